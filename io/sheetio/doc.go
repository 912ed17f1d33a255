// Package sheetio reads and writes workbooks: an XLSX file, or a folder with a .csv per tab.
// It reads documents of Google Sheets.
//
// # What reading promises
//
// A [Book] is what the file stores, not what a spreadsheet would show: text byte for byte (escapes such as _x000D_
// decoded, nothing trimmed), numbers as the digits in the file, and each cell says as what it was stored. So 2E63 that
// a spreadsheet took for a number is known to be one. Of merged cells only the first has a value; the sheet says where
// there are some. Hidden tabs, rows and columns are read; a hidden tab says so. Chart sheets are left out.
// All cells of a CSV are text, and the apostrophe that [Guarded] put before one is taken off.
//
// A file that is encrypted, cut short, not an XLSX, or not what the format allows (cells twice or out of order, XML
// that does not end) is an error, never a shorter table. The limits are checked before memory is taken, for what is
// unpacked too. A tab that is too large, or has no part in the file, has its error in [Sheet.Err]: nobody may want to
// read it.
//
// [OpenXLSX] reads tabs one at a time and row by row, as large as a spreadsheet allows, and looks at no other. Memory
// is that of the shared strings and of one row.
//
// Why not excelize, which the tests compare with: its row iterator takes XML that ends early for the end of the sheet
// and does not tell text from numbers, its whole-sheet reader allocates every row and column up to the last one a file
// names, and what it saves again has lost the parts of a worksheet that it does not know.
//
// # What reading Google Sheets promises
//
// A [Pulled] document is the XLSX that Google exports of it, read as any XLSX is, and [Read] makes the same book of the
// kept file without asking anybody. What an export cannot hold is an error or shows: Google makes none of a document of
// more than 10 MB, and [CheckTabName] tells which tabs it would give another name. A token goes to the configured hosts
// only and follows no redirect; no error holds one, nor the text of an answer.
//
// Why not Google's client library: two requests need none of its two dozen modules.
//
// # What writing promises
//
// Every cell is written as text, into columns formatted as text, so that nobody who types 2E63 there makes a number of
// it. The same sheets give the same bytes, on any machine at any time. What was written reads back as the same sheets,
// all cells as text and none merged. Rows are appended to a workbook that people keep, and cells of it changed
// ([EditXLSX], [EditCSV]), by replacing text in its files: all else keeps its bytes. A cell that does not hold what the
// caller takes it to hold is not changed.
//
// A form ([WriteForm]) is a workbook for one person to fill in: locked but for what is his, with filters, drop-downs
// and pictures in cells. It reads back like any other.
//
// # What may enter
//
// What holds of a workbook whatever its tabs mean; what they mean belongs to mapping and sources. The first test is
// sheetio_test.go.
package sheetio
