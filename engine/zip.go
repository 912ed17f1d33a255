package engine

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Zip puts two streams side by side, such as rows and the decisions about them: the columns of a, then those of b,
// under a's schema metadata. Both must be cut into the same batches; a task of the result runs one task of each and
// holds the bytes of both.
//
// A column name that both have is an error now. Streams of different lengths, and batches of different lengths, are an
// error when they are met; it counts batches from 0 and calls a left and b right. Of errors of both sides,
// a's comes first.
func Zip(a, b Stream) (Stream, error) {
	fields := slices.Concat(a.Schema.Fields(), b.Schema.Fields())
	var twice []error
	for _, field := range b.Schema.Fields() {
		if a.Schema.HasField(field.Name) {
			twice = append(twice, fmt.Errorf("column %q is on both sides", field.Name))
		}
	}
	if len(twice) > 0 {
		return Stream{}, zipError(errors.Join(twice...))
	}
	metadata := a.Schema.Metadata()
	schema := arrow.NewSchema(fields, &metadata)
	return Stream{Schema: schema, Tasks: zipped(schema, a.Tasks, b.Tasks)}, nil
}

func zipError(err error) error { return locate("", "zip", err) }

func zipped(schema *arrow.Schema, a, b iter.Seq2[Task, error]) iter.Seq2[Task, error] {
	return func(yield func(Task, error) bool) {
		next, stop := iter.Pull2(b)
		defer stop()
		n := 0
		for left, err := range a {
			if err != nil {
				yield(Task{}, err)
				return
			}
			right, err, ok := next()
			if err == nil && !ok {
				err = zipError(fmt.Errorf("right ends after %d batches, left goes on", n))
			}
			if err != nil {
				yield(Task{}, err)
				return
			}
			if !yield(beside(schema, n, left, right), nil) {
				return
			}
			n++
		}
		_, err, ok := next()
		if err == nil && ok {
			err = zipError(fmt.Errorf("left ends after %d batches, right goes on", n))
		}
		if err != nil {
			yield(Task{}, err)
		}
	}
}

// beside is the task that puts the batches of left and right, number n of both streams, side by side.
func beside(schema *arrow.Schema, n int, left, right Task) Task {
	return Task{
		Bytes: left.Bytes + right.Bytes, Input: left.Input + right.Input,
		Run: func() (arrow.RecordBatch, error) {
			l, err := left.Run()
			if err != nil && !isBad(err) {
				return nil, err
			}
			r, errRight := right.Run()
			switch {
			case err != nil && errRight != nil:
				return nil, errors.Join(err, errRight)
			case err != nil || errRight != nil:
				return nil, cmp.Or(err, errRight)
			case l == nil || r == nil:
				return nil, errNoBatch
			case l.NumRows() != r.NumRows():
				return nil, zipError(fmt.Errorf("batch %d has %d rows left, %d right", n, l.NumRows(), r.NumRows()))
			}
			return array.NewRecordBatch(schema, slices.Concat(l.Columns(), r.Columns()), l.NumRows()), nil
		},
	}
}
