// Package sources turns a source's raw material into its dataset CSV and its renaming CSV, as its source.yaml declares.
//
// # The way of a raw row
//
// [Load] reads source.yaml, strictly. [Ingest] then reads the further tables of `files:` (CSV, TSV, JSON, JSON Lines,
// XLSX, Parquet, or a walk over a folder, where every image is a row whose columns are parts of its path) into stores.
// Each row of the first one, as it is read, is joined to them, dropped by `where:` or `skip:`, or made into rows of the
// dataset by `columns:` and `extra:`, one per image. With `exec:` the user's own script writes the CSV instead, which
// is then checked and normalised the same way.
//
// # What it promises
//
// Nothing is dropped in silence: every raw row is used, or listed in [Report.UnusedRows] with file, line and reason.
// Raw rows = used + unused, per file. A cell that its column does not allow is kept and listed in [Report.BadValues];
// its row stays (package dataset has the rules). Labels and ids keep every byte.
//
// A broken file, a missing column, a path outside the source, the same image twice, a label that a spreadsheet holds as
// a number: these are errors. They come together, and nothing is written then.
//
// Output depends on the raw material, source.yaml and the renaming CSV of the run before, and on nothing else. Both
// CSVs appear by one act, and a dataset CSV that a person has edited is not overwritten (publish.go).
//
// Files are opened below the raw folder only: no link leads out of it. Only `exec:` runs anything.
//
// Memory: the first file is read row by row. Of each image, patient and lesion a hash is kept, of each label a hash and
// a count; rows of joined files are packed, and they and the texts of labels go to disk beyond a share of memory. A
// cell holds at most csvio.MaxCell bytes. bench/memory holds all of it to 500 MB and 100 bytes a row.
//
// # What may enter
//
// A shape of raw material that a key of source.yaml can declare; what is peculiar to one source is its script. What a
// cell may hold belongs to dataset, what its label means to mapping. The first test is TestShapes in ingest_test.go.
package sources
