// Package textio reads text as it comes: in any encoding, packed by gzip; and says what a file seems to be that is
// none.
//
// [Encoding] knows an encoding by any of its usual names. A [Reader] gives UTF-8 of it: a byte that the encoding does
// not have is an error with its line, never a silent U+FFFD. [Unpack] reads gzip, with a limit. [KindOf] tells files of
// other kinds by their first bytes (a workbook named .csv), [Guess] which encoding text may be in; both only ever end
// in a message, never in a reading: what is read is what a person declared.
//
// # What may enter
//
// What holds of any text, whatever its form. CSV stands in csvio. The first test is TestReader in reader_test.go.
package textio
