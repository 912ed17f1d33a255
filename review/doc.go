// Package review makes the workbooks in which people review the mapping, and reads them back.
//
// # The workbook
//
// An XLSX, or a folder with a .csv per tab, for one person in one role. format.go says what stands in it: its tabs, the
// columns of each, which of them the person fills, the ids by which rows are known again however they were sorted,
// filtered or moved, and when a row counts as answered. A blinded sheet, for a secondary reviewer or a sample, holds
// nothing of what others proposed: no cell, no order, no color, no count that tells it.
//
// # What may enter
//
// What a review workbook is, and what of workbook and log goes into one: no workspace, no log that is written, no
// store. Who may decide, and files, belong to workflow/desk; what is legal to decisions. The first test is
// TestBlinded in export_test.go.
package review
