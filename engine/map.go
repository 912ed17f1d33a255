package engine

import (
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Map puts stages behind a stream, the first stage nearest to it. It binds them now and reads nothing: each task of the
// result runs a task of in and then the stages on its batch. Once a batch is empty, the stages after are skipped.
//
// An error is an *Error that names the stage, here for Bind and later for a batch. A stage that returns no batch, or
// one that does not have the schema it announced, is such an error too.
func Map(in Stream, stages ...Stage) (Stream, error) {
	c, err := bind(in.Schema, stages)
	if err != nil {
		return Stream{}, err
	}
	return Stream{Schema: c.out, Tasks: mapped(in.Tasks, c)}, nil
}

func mapped(tasks iter.Seq2[Task, error], c *chain) iter.Seq2[Task, error] {
	return func(yield func(Task, error) bool) {
		for task, err := range tasks {
			if err != nil {
				yield(Task{}, err)
				return
			}
			run := task.Run
			task.Run = func() (arrow.RecordBatch, error) {
				batch, err := run()
				if err != nil {
					return nil, err
				}
				return c.apply(batch)
			}
			if !yield(task, nil) {
				return
			}
		}
	}
}

// A chain is stages bound one behind another.
type chain struct {
	links []link
	out   *arrow.Schema
	empty func() arrow.RecordBatch // the empty batch of schema out
}

type link struct {
	name  string
	out   *arrow.Schema
	apply func(arrow.RecordBatch) (arrow.RecordBatch, error)
}

func bind(in *arrow.Schema, stages []Stage) (*chain, error) {
	c := &chain{out: in}
	for _, stage := range stages {
		out, apply, err := stage.Bind(c.out)
		if err == nil && (out == nil || apply == nil) {
			err = errors.New("bind returned neither an error nor a schema and a function")
		}
		if err != nil {
			return nil, locate("", stage.Name(), err)
		}
		c.links = append(c.links, link{stage.Name(), out, apply})
		c.out = out
	}
	out := c.out
	c.empty = sync.OnceValue(
		func() arrow.RecordBatch { return array.NewRecordBuilder(memory.DefaultAllocator, out).NewRecordBatch() })
	return c, nil
}

// apply runs the stages on one batch.
func (c *chain) apply(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
	if len(c.links) == 0 {
		return batch, nil
	}
	if batch == nil {
		return nil, errNoBatch
	}
	for _, l := range c.links {
		if batch.NumRows() == 0 {
			return c.empty(), nil
		}
		err := contain(func() (err error) {
			batch, err = l.apply(batch)
			return err
		})
		if err == nil {
			err = check(batch, l.out)
		}
		if err != nil {
			return nil, locate("", l.name, err)
		}
	}
	return batch, nil
}

// check says what breaks the promise that a batch of schema want was made.
func check(batch arrow.RecordBatch, want *arrow.Schema) error {
	if batch == nil {
		return errNoBatch
	}
	have := batch.Schema()
	if have == want {
		return nil
	}
	if have.NumFields() != want.NumFields() {
		return fmt.Errorf("the batch has %d columns, its schema %d", have.NumFields(), want.NumFields())
	}
	for i, field := range want.Fields() {
		if !have.Field(i).Equal(field) {
			return fmt.Errorf("column %d of the batch is %v, want %v", i, have.Field(i), field)
		}
	}
	return nil
}
