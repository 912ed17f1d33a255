// Package rows says what a row is between generate and publish: the columns it has, and what they may hold.
//
// Two rooms work on rows and know nothing of each other: stages has the rules on batches, ledger has what is decided on
// the numbers of all rows. What both must say in the same words stands here, once. These are the names and Arrow types
// of columns, the reasons for which a row is rejected, the verdicts on images, the splits, and a few short ways to make
// and read an Arrow column.
//
// What may enter: a word that two rooms need. A rule does not; neither does anything that keeps state,
// reads a file or starts a goroutine.
//
// The first test is TestReasonsHaveStages in reason_test.go; columns are tested in arrow_test.go.
package rows
