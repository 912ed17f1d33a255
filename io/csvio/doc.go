// Package csvio reads and writes comma-separated text: RFC 4180, read strictly, with errors that say where and what to
// do.
//
// # The format
//
// A file is UTF-8 text; a byte order mark at its very start is dropped. A line `sep=;` before the header, as Excel
// writes it, is obeyed. A file is a header record and any number of further records, each with as many fields as the
// header. A file with a header alone is a table without rows; a file without a header is an error.
//
// A record ends with LF, with CR LF, or with the end of the file. A CR that is not followed by LF is an ordinary byte
// of its field. Fields are separated by one comma (or another byte: [NewCutter]). Spaces are part of a field.
//
// A field whose first byte is a quote (") is quoted: it ends at the next quote that is not doubled, a doubled quote
// stands for one, and commas and line ends inside it are kept byte for byte, CR LF too. Right after the closing quote
// comes a comma or the record's end. A field that does not begin with a quote holds none.
//
// A blank line (nothing before its line end) is no record. Blank lines at the end of a file are ignored, up to
// [MaxRecord] bytes of them; elsewhere one is an error, also in a file of one column: an only field that is empty is
// written "".
//
// No field holds a NUL byte. No record is longer than [MaxRecord] bytes.
//
// # Errors
//
// What breaks these rules is an [Error] with path, line and column. Lines are physical: a line end inside quotes
// counts. Columns count bytes from 1. Rows with a wrong number of fields, blank lines, NUL bytes and bytes that are not
// UTF-8 are all reported (of a record: its number of fields, and its first bad byte); [MaxErrors] at most from one
// piece. A misplaced or unclosed quote, or a record that is too long, is the last error of its file, for what follows
// cannot be told from what is quoted. None of this depends on how a file is cut into pieces.
//
// # Differences from encoding/csv
//
// There, blank lines vanish anywhere, CR LF inside quotes becomes LF, a CR right before the end of the file vanishes,
// invalid UTF-8 and NUL pass, and a byte order mark stays.
//
// # Small and large
//
// [ReadTable] gives a small table that people write, with the columns that it must have; [Read] any small table as
// strings. For large files a [Cutter] reads serially, checks the quotes and cuts [Piece]s at record ends; [Piece.Scan]
// then finds the fields of a piece, in parallel with others.
//
// # Others' files
//
// A [Dialect] reads what others write: other delimiters, comments, lines before the header. [Recognise] says what a
// file seems to be that does not read; it only ever ends in a message.
//
// # What may enter
//
// What holds of a CSV whatever its columns mean. Batches made of one belong to io/arrowio, what a column means to the
// room that reads it. The first test is TestRead in read_test.go.
package csvio
