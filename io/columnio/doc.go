// Package columnio reads Parquet files that others wrote, column by column, as text.
//
// # What it promises
//
// A [File] is read strictly: what a file says of itself twice must agree (rows, values, bytes, checksums), and what
// does not is an error that names row and column, never another value or a row less. [File.Rows] decodes the columns
// that it is asked for and no other: a column that is damaged, encrypted or of a type that is not read hurts only who
// wants it.
//
// A value is text as a person would write it (text.go), or null. A list keeps its nulls, so that lists that belong
// together stay aligned. Encodings: all of the format but BIT_PACKED levels, which no writer has used since 2013.
// Codecs: all but LZO; of the LZ4 that the format never defined, both kinds.
//
// # Memory
//
// A file may claim anything, so a claim is held against the bytes that are there before memory is taken: a footer or a
// page against its file and chunk, what is unpacked against what its codec can make of so many bytes. The pages and
// dictionaries at work take 256 MiB at most, over all columns; a value or a list 1 MiB; a file has at most 256 rows per
// byte. Values are decoded one by one, so numbers of values, runs and lengths that a page claims cost nothing.
//
// # Why not a library
//
// parquet-go reads LZ4_RAW as nothing, booleans in runs wrongly, and no empty row group; its decoders take what a page
// claims. arrow-go's parquet reads these rightly, but it takes what a footer, a snappy or zstd header or a block of
// deltas claims before anything can be checked, and refuses pages of nulls that have no bytes, which Spark writes. Both
// keep page and decoder together, so that what remains to be ours would be all but the decoders below, which are the
// smaller half. The tests hold them against files of both.
//
// # What may enter
//
// What holds of a Parquet file whatever its columns mean, which is for sources. Files of ours are written by
// io/parquetio. The first test is TestReadsWhatWasWritten in matrix_test.go.
package columnio
