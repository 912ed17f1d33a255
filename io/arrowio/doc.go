// Package arrowio is where rows come into the engine and leave it: CSV files as streams of Arrow batches ([ReadCSV]),
// batches as CSV files ([CSVWriter]), and the intermediate files under work/ ([RowsWriter], [OpenRows]).
//
// A stream here makes its batches in its tasks, in parallel: only cutting a CSV file at record ends is serial. A sink
// here encodes in Look, in parallel, and writes in Take, in order; it does not close what it writes to.
//
// A way between a file of rows and batches may enter. Parquet files belong to io/parquetio, the format of CSV to
// io/csvio, rules on rows to stages. The first test is readcsv_test.go.
package arrowio
