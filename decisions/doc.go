// Package decisions is the log of what people decided: who reviewed which row of the mapping and how, what was approved
// and when an approval was taken back. mapping/decisions.jsonl is its file.
//
// # The file
//
// One JSON object a line, of which [Decision] has the fields. Each names the SHA-256 of the line before it (of its
// bytes without the line's end; the first names 64 zeros), its number, and when it was written, in UTC, never before
// the line above. Lines are only ever added. Beside it stands mapping/decisions.head with the number and the SHA-256 of
// the last line: a line is acknowledged once the head names it. So a log that was cut at a line's end is found as well
// as one in which a byte changed, and what lies behind the head, torn or whole, was never acknowledged.
//
// # What rows go through
//
// unmapped → proposed → primary reviewed → secondary reviewed → approved. The log knows reviews alone; that a person
// edited the workbook meanwhile is seen by its cells, which are not those that the last review left: the row is
// proposed again. [Read] holds the whole history against what is legal ([Legal]), not the last sheet alone.
//
// # What a version keeps
//
// The log and its head, in its mapping/: of an approved version up to the line of its approval, so that the version is
// the same whenever it is built, of a draft as they are. mapping/README.txt there checks the chain with a shell and
// sha256sum: each line begins with {"n":N,"prev":"…", where N counts from 1 and prev is the SHA-256 of the line before,
// as it stands, without its line end. So the order of fields in [Decision] is part of the format.
//
// # What may enter
//
// The file, its chain, and what its history means. Reading and writing review workbooks belongs to review, who may
// decide what to people, what is approved to workflow. The first test is TestChain in decisions_test.go.
package decisions
