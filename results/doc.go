// Package results says what verbs give to programs: each result's columns are declared once, with key, kind and a line
// of meaning, and JSON, the header of the CSV, the JSON Schema and docs/json.md are made of these declarations.
//
// Rows are cells of text, as CSV and terminals have them; JSON makes of a cell what its kind says, and says no to a
// cell that is none of it. One rule for all: a value that is absent is an empty cell, and null in JSON; no key is left
// out. Text that is not UTF-8, as names of files may be, is escaped ([Escaped]).
//
// What may enter: what holds for the results of all verbs. What a verb's columns are stands beside who makes its rows.
//
// The first test is TestJSON.
package results
