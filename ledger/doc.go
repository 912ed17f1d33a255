// Package ledger gives every row of all sources a number and keeps a few bytes of it. On these alone it decides what
// becomes of the rows: which belong together, which classes are large enough, and which split a row goes to.
//
// # The way of a ledger
//
// [Groups] takes the joined rows of all sources and makes a [Ledger]: of each row its reason, mapped name, patient and
// group. [Ledger.Identify] names the groups. [Ledger.LearnPictures] adds which rows lose their image and which share
// one. A ledger is stored as two streams and loaded again. [Decide] makes a [Decision] of it: classes, threshold,
// split, the tables that follow, and a stream of decisions that is zipped beside the rows. [Ledger.Rejoin] and
// [Preview] say what another mapping would change.
//
// # What may enter
//
// A rule that needs more than one batch: all rows of a patient, of a picture, of a class. What grows with rows is a
// vector, says how many bytes a row it takes, and has a test or a line in ARCHITECTURE.md that holds it to them. A rule
// on one row after another is a stage, and stages is a room that this one does not know:
// only the tests here take rows through both.
//
// The first test is TestRulesAgreeWithTheOracle in agree_test.go: random worlds, row by row against the oracle of
// oracle_test.go. What the split promises is in promises_test.go.
package ledger
