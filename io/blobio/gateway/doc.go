// Package gateway runs a real S3 server, versitygw, on this machine alone, for tests. The program comes from
// tools/go.mod and is built once.
//
// Only what finds, starts and stops that program enters; what a store must do belongs to blobtest. The first test to
// read is io/blobio/conformance_test.go.
package gateway
