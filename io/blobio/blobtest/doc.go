// Package blobtest holds stores to their contract, and has stores, servers and faults for tests.
//
// What enters is a promise that every blobio.Store keeps, or a fault that one may have. A real server is run by
// gateway. The first test to read is io/blobio/conformance_test.go.
package blobtest
