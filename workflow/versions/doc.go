// Package versions is what people ask of a published version, and what later builds take from an earlier one: trace,
// diff with its causes, verify, upload, what is withdrawn, and the one reader of its tables, which reads the CSVs, and
// crops of Parquet, and hands out plain Go values.
// No other room reads a version.
//
// What enters it asks a version that is there, and changes nothing in it; where one is uploaded is noted in the
// workspace. Its first test is versions_test.go.
package versions
