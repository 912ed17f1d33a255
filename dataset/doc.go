// Package dataset says what a dataset CSV is, its columns and what a cell may hold; and what the renaming CSV beside it
// is, with the one reader and writer of those.
//
// A dataset CSV (sources/<name>/<name>_dataset.csv) has a row per image and the twelve columns of [Columns], then any
// further ones. It may be written by `source ingest`, by a script or by hand; so the rules stand here, once, for the
// ingest that writes a cell and for the build that reads one. Both call the same functions: what ingest wrote, the
// build reads unchanged.
//
// # Cells
//
// Every cell may be empty: empty is "unknown", never a value. [Sex], [Age], [Fitzpatrick], [ImageType] and
// [DiagnosisMethod] take a cell to its normal form and say whether it is a value at all; blanks around it and the case
// of ASCII letters do not matter to them. A cell that is none of the allowed values is the finding bad_value: it counts
// as empty, its row stays.
//
// Labels and ids are the opposite: every byte counts, so nothing here changes them. [AppendFoldedID] only tells which
// ids are likely meant to be one.
//
// # Differentials
//
// [ParseDifferentials] reads the JSON of a differentials cell, [AppendDifferentials] writes it, and [Derive] gives the
// label that a row without one takes from its differentials.
//
// # Renaming CSVs
//
// [ReadRenaming] reads sources/<name>/<name>_renaming.csv, and [AppendRenaming] writes it. What a person filled in is
// kept by the next `source ingest` and copied by `mapping merge`, so that both must read the same, or refuse the same:
// TestReadRenamingRefuses.
//
// # What may enter
//
// What a column of these two CSVs is called, and what its cell means, where ingest and build must agree. How raw
// material becomes a row belongs to sources, what becomes of the row to stages. The first test is values_test.go.
package dataset
