// Package googletest is as much of Google Drive, version 3, as reading a document of Google Sheets needs, on a loopback
// address, for tests. It exports tabs as Google does: their names cut to what an XLSX can hold.
//
// An answer enters if reading a document can meet it; what must come of it stands in the test. The first test to read
// is io/sheetio/google_test.go.
package googletest
