// Package literal reads values as JSON or Python writes them: raw metadata, and the cells of a dataset CSV.
//
// Only how a value is written may enter. What it means is for who reads it: dataset knows differentials, sources raw
// metadata. The first test is TestJSONLikeTheStandard in literal_test.go.
package literal
