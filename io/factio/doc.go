// Package factio keeps facts, each found by a hash of what it is a fact of. A store is one file that only grows. That
// of small rows of text has a first line of the fields' names, and then
//
//	sha256 TAB field TAB … TAB checksum LF
//
// where the checksum is CRC-32C in hex, of the line before it. Of two rows of one hash the later one counts. A
// FixedStore, of values of bytes that have one width, has a first line of their name and width, and then records
//
//	sha256 (32 bytes), value, checksum (CRC-32C of both in 4 bytes, the high one first)
//
// which take three quarters of what they would as text, need not be taken apart, and are found by their number. Facts
// can be computed again, so that a row whose checksum is wrong, which a power cut may leave, counts as not there, and a
// last one without its end is cut off.
//
// What holds of facts of any kind may enter; which facts there are, and what their fields mean, belongs to pictures.
// The first test is factio_test.go.
package factio
