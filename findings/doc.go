// Package findings is what a person should look at: every kind of it there is, how findings are ordered and counted,
// and how a person accepts one that is meant.
//
// A [Finding] is data, never an error: something about the workbook, a row, a split or a person's decision that may be
// wrong. The [Catalogue] says once for each id how grave it is, whether it blocks a build, what it means and what to do
// about it; [New] makes a finding of an id, wherever it is found. What is found, and where, is the business of the room
// that looks: mapping, stages, workflow.
//
// The order of [Sort] does not depend on the order of rows in a workbook. [ReadAccepted] and [Accept] are
// mapping/accepted_findings.csv.
//
// A new finding is a line of the catalogue (`dermset findings` prints it, and docs/findings.md is made of it) and a
// test in the room that makes it. Only what is true of findings of every kind may enter here. The first test to read is
// TestCatalogue.
package findings
