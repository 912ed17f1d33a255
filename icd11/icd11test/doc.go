// Package icd11test makes small lists of codes for tests: as the zip that WHO publishes, and behind a server that
// answers as the ICD-API does. The codes and titles are facts of release 2025-01;
// ids that nobody looks up are invented.
//
// What enters is a kind of row, or an answer of the API, that a test needs; what is wrong with a list is made in the
// test. The first test to read is icd11/release_test.go.
package icd11test
