// Package factio keeps facts: small rows of text, each found by a hash of what it is a fact of. A store is one file
// that only grows:
//
//	sha256 TAB field TAB … TAB checksum LF
//
// under a first line of the fields' names. The checksum is CRC-32C in hex, of the line before it. Facts can be computed
// again, so that a row whose checksum is wrong, which a power cut may leave, counts as not there, and a last line
// without an end is cut off. Of two rows of one hash the later one counts.
//
// What holds of facts of any kind may enter; which facts there are, and what their fields mean, belongs to pictures.
// The first test is factio_test.go.
package factio
