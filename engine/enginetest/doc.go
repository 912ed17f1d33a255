// Package enginetest tests stages and streams with tables that are written as rows.
//
// A row is a map from column name to value. A column that is absent or nil is null. A value is what Go would write: a
// string for utf8 and dictionaries, any integer that fits for the integer types, any number for the floats, a bool, a
// slice for a list ([]string, []map[string]any, …), a map[string]any for a struct. What the functions here return is
// canonical: null columns are absent, every number has the Go type of its column, a list is []any,
// or []map[string]any if it holds structs.
//
// [Run] is the test every stage has: one call with rows in and rows out runs it over many batch sizes,
// workers and nulls.
//
// What enters helps to test any stage or stream; the rows of one rule stand in its own test. The first test is
// enginetest_test.go.
package enginetest
