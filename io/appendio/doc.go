// Package appendio keeps what is known of many things in a file of lines that only grows: of the lines about one key
// the last one counts. What a file holds can be computed or fetched again, so that it need not be mended: a machine
// that stops while it writes leaves a last line without its end, which is cut off when the file is opened again, or
// blocks that were never written, which [Parse] takes for no line.
//
// What holds of lines whatever they say may enter. What a line says, and how it is proven, is for who keeps the file:
// io/factio, and the log of transfer. The first test is appendio_test.go.
package appendio
