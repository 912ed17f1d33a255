// Package mapping reads the workbook that maps source labels to categories, and finds what a person should look at.
//
// # The workbook
//
// A source's tab has the columns Source Label, Target Name, ICD-11 Code(s) and Notes/Justification in its first row,
// each once, in any order, without regard to case and spaces; further columns are kept. The tab [RefineTab] has
// Category, Action, Merge into and Reason. An XLSX cannot hold its name, which has 32 characters: there the tab is
// called what 31 of them spell.
//
// Labels, names and categories are compared by their bytes. Nothing is trimmed, folded or repaired: what is only nearly
// equal is a finding. Two spellings are nearly equal if they differ only in case, spaces, dashes, underscores, slashes,
// quotes, invisible characters, in Cyrillic or Greek letters that look like Latin ones,
// or in forms that Unicode's NFKC makes one.
//
// Tabs that have the columns of a mapping but belong to no source are read too, for the codes of a name are those of
// the whole workbook. Other tabs are not looked at.
//
// # What codes and labels mean
//
// With a release of ICD-11 each code is looked up, and its title compared with the Target Name, its labels and notes by
// their words (titlecheck.go). [Suggest] proposes what unmapped labels may mean; [Apply] fills in what a person left of
// such a list. Both read words as stems (words.go) and know the abbreviations and synonyms of words/words.csv
// (lexicon.go). [Change] writes what people decided over what the cells held.
//
// # What it becomes
//
// [Parse] gives the [Mapping], by which rows are joined and categories merged, and all findings, in an order that the
// order of rows in the workbook does not change. A mapping with findings that block is whole,
// but no dataset is built from it.
//
// # What may enter
//
// How cells of the workbook are read, judged, suggested and filled in. How a spreadsheet stores them belongs to
// io/sheetio, the grammar of codes to icd11, and what becomes of rows to stages and ledger. The first test is
// TestSmallestWorkbooks in findings_test.go.
package mapping
