// Package desk is what a person does at the mapping and the sources between two builds: ingest, upload, merge,
// pull, suggest, codes, review.
//
// What enters it is one act of one verb on the workspace's own files; what makes something of all rows or pictures is
// build's. Its first test is ingest_test.go.
package desk
