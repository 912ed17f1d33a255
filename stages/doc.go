// Package stages has the rules on rows: batches in, batches out, without files, clock or network.
//
// # What is here
//
// [Normalise] and [Join] take a dataset CSV's rows to labels with mapped names, or a reason why they have none.
// [Labels], [BadValues] and [BadWeights] count on the way. [ImagePaths] and [RowColumns] choose what is kept until the
// second pass. [Facts] puts beside the rows what is known of their pictures. Once it is decided what becomes of each
// row, [Keep] parts selected from rejected ones; [SoftLabel], [Selected], [Soft], [NamedClasses], [Rejected] and
// [DropExtra] make the output tables, and [Distribution] counts what is in them.
//
// # What may enter
//
// A rule that needs nothing but the batch it is given: a stage, or a survey that adds up small tables. What must know
// all rows at once is decided in ledger, a room that this one does not know; both speak of rows in the words of package
// rows. One rule is one file and one test, its columns stand in rows, and a step in workflow calls it.
//
// The first test is TestNormalise in normalise_test.go. Stages are tested by engine/enginetest, over batch sizes,
// workers and nulls; what they say together with the ledger is compared with an oracle in ledger/agree_test.go.
package stages
