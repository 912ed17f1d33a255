package engine

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
)

// A Survey is a sink made of two functions: it asks a question of the whole stream, such as the number of images per
// class. OnLook answers for one batch, in parallel; OnTake adds the answers up, in stream order. Name stands in errors.
type Survey[P any] struct {
	Name   string
	OnLook func(batch arrow.RecordBatch) (P, error)
	OnTake func(part P) error
}

// Look is OnLook.
func (s Survey[P]) Look(batch arrow.RecordBatch) (any, error) { return s.OnLook(batch) }

// Take is OnTake.
func (s Survey[P]) Take(part any) error {
	p, _ := part.(P) // only a nil P of interface type is not a P
	return s.OnTake(p)
}

// String is the survey's name.
func (s Survey[P]) String() string { return s.Name }

// Through makes a sink whose batches first go through stages, such as one that selects rows and chooses columns for one
// file. It returns the schema behind the stages. Stages and the sinks' Look run in Look; Take hands on in the order of
// sinks. A batch that the stages leave empty is not shown to the sinks. Errors are as those of [Map] and [Drain].
func Through(in *arrow.Schema, stages []Stage, sinks ...Sink) (*arrow.Schema, Sink, error) {
	c, err := bind(in, stages)
	if err != nil {
		return nil, nil, err
	}
	return c.out, &through{c, sinks}, nil
}

type through struct {
	chain *chain
	sinks []Sink
}

func (t *through) Look(batch arrow.RecordBatch) (any, error) {
	batch, err := t.chain.apply(batch)
	if err != nil {
		return nil, err
	}
	return look(t.sinks, batch)
}

func (t *through) Take(part any) error { return take(t.sinks, part.([]any)) }

// look shows a batch to sinks and returns a part for each, or no parts if the batch is empty. The first error ends it.
func look(sinks []Sink, batch arrow.RecordBatch) (parts []any, err error) {
	if batch.NumRows() == 0 {
		return nil, nil
	}
	parts = make([]any, len(sinks))
	for i, sink := range sinks {
		err := contain(func() (err error) {
			parts[i], err = sink.Look(batch)
			return err
		})
		if err != nil {
			return nil, locate("", sinkName(sink, err), err)
		}
	}
	return parts, nil
}

// take hands parts, as look returned them, to the sinks. The first error ends it.
func take(sinks []Sink, parts []any) error {
	for i, part := range parts {
		err := contain(func() error { return sinks[i].Take(part) })
		if err != nil {
			return locate("", sinkName(sinks[i], err), err)
		}
	}
	return nil
}

// sinkName is the name of the sink that returned err: its own or, for a panic, at least its type.
func sinkName(sink Sink, err error) string {
	if named, ok := sink.(fmt.Stringer); ok {
		return named.String()
	}
	if _, ok := err.(*Panic); ok {
		return fmt.Sprintf("%T", sink)
	}
	return ""
}
