package engine

import (
	"iter"

	"github.com/apache/arrow-go/v18/arrow"
)

// A Task makes one batch of a stream. Run is called at most once, from any goroutine,
// and depends on nothing but what the task holds.
type Task struct {
	// Bytes is an estimate of the memory the task and its batch hold from the moment the task is yielded
	// until its batch is taken.
	Bytes int64
	Input int64 // bytes of a file that the task reads, for Watch
	Run   func() (arrow.RecordBatch, error)
}

// A Stream is a finite sequence of record batches of one schema, used once. Tasks is ranged over by one goroutine; an
// error ends it. The range may be left early: what the sequence holds open, it closes by defer.
type Stream struct {
	Schema *arrow.Schema
	Tasks  iter.Seq2[Task, error]
}

// A Stage is a rule on batches: a named struct of exported options, without state. Bind checks the input schema and the
// options and returns the output schema and the function that turns one batch into one batch: pure, called from many
// goroutines, never with an empty batch. It may drop or add rows but never looks beyond its batch.
type Stage interface {
	Name() string
	Bind(in *arrow.Schema) (out *arrow.Schema, apply func(arrow.RecordBatch) (arrow.RecordBatch, error), err error)
}

// A Sink takes the batches of a stream. Look is called in parallel, once per batch, and does the work that needs no
// order; Take is called from one goroutine at a time with what Look returned, in stream order. Take may keep part. A
// sink that is a [fmt.Stringer] is called by that name in errors.
type Sink interface {
	Look(batch arrow.RecordBatch) (part any, err error)
	Take(part any) error
}

// A Pass feeds every batch of one stream to each of its sinks, in the order of Into. Name stands in errors and
// progress, such as a source's name. Passes may share a sink: it looks at batches of several passes at once
// and takes them in order.
type Pass struct {
	Name string
	In   Stream
	Into []Sink
}

// Settings of a run. None of them changes a byte of any answer.
type Settings struct {
	Workers    int // goroutines that run tasks; less than 1 counts as 1
	BatchBytes int // input bytes per batch, about; what readers cut their input by
	// bound on the bytes of tasks in flight; less than 1: no bound but the number of tasks, at most 2×Workers+2
	MemoryBytes int64
	// Watch, if not nil, is told of rows and bytes of input as they are taken, in order, from one goroutine.
	Watch func(pass string, rows, bytes int64)
}
