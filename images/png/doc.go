// Package png decodes the plain kind of PNG, which is nearly all that cameras and exporters write, in half the time
// that the standard library takes: 8 bits a sample, grey, RGB or RGBA, not interlaced, without a transparent colour.
//
// It is a short cut and no judge: whatever is not of that kind, or is broken in any way, it leaves to the standard
// library, whose verdict counts unless the file is only odd (oddPNG in images). What it accepts, the standard library
// accepts, with the same pixels: checksums of chunks and of the data are proven here too.
//
// A kind enters if it is frequent and its pixels agree with the standard library's; limits and verdicts belong to
// images. The first test is TestAgreesWithStandardLibrary in png_test.go.
package png
