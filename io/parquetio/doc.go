// Package parquetio writes Arrow record batches as Parquet files.
//
// A [Writer] makes one file. Its schema is an Arrow schema; [Writer.Sink] gives an engine sink for each pass that feeds
// the file. The file is cut into row groups of 131,072 rows, or of fewer that are wide: one ends with the row that
// reaches 64 MiB, counted by content (see Writer.size). Its bytes depend on the schema, the metadata and the rows
// alone: not on workers, batches or schedule.
//
// Every column is encoded once: text as plain byte arrays, dictionary text as codes into one dictionary per row group
// (in the order of first appearance) unless that does not pay (see pays), numbers plain, lists as standard three-level
// LIST groups. Dictionary codes go from Arrow to the page by a table per dictionary, so that an entry is hashed once
// and a cell never is; only text in lists, which comes without codes, is hashed value by value. Pages are compressed
// with zstd level 1 and carry a checksum; column chunks carry minimum, maximum and number of nulls.
//
// A value is copied once, from its batch into the page that is compressed. Until its row group is encoded, the Writer
// therefore keeps the buffers of the batches, which are immutable (see package engine); text that stands in a buffer of
// far more text is copied at once.
//
// parquet-go has no way to hand codes or pages to its writer, so this package lays out pages, column chunks and the
// footer itself from parquet-go's parts: its format structs, thrift encoder, run-length encoder and zstd codec.
//
// It reads nothing back: what was published is read from the CSV tables, and any reader of Parquet opens these files.
//
// Only what makes a Parquet file of batches may enter; which columns a table has belongs to stages. The first test is
// TestRoundTrip in writer_test.go.
package parquetio
