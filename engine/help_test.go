package engine_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"go.uber.org/goleak"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/engine/enginetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// numbers is the schema of the test streams: one column n.
var numbers = arrow.NewSchema([]arrow.Field{{Name: "n", Type: arrow.PrimitiveTypes.Int64}}, nil)

// number is a batch of one row.
func number(t testing.TB, n int) arrow.RecordBatch {
	return enginetest.Batch(t, numbers, []enginetest.Row{{"n": n}})
}

// count is a stream of the batches 0, 1, … n-1 of one row each. Each task first calls work, if any, with its number.
func count(t testing.TB, n int, work func(i int) error) engine.Stream {
	return engine.Stream{Schema: numbers, Tasks: func(yield func(engine.Task, error) bool) {
		for i := range n {
			batch := number(t, i)
			task := engine.Task{Bytes: 1, Input: 1, Run: func() (arrow.RecordBatch, error) {
				if work != nil {
					if err := work(i); err != nil {
						return nil, err
					}
				}
				return batch, nil
			}}
			if !yield(task, nil) {
				return
			}
		}
	}}
}

// delay sleeps for a random time, most often none.
func delay() {
	if rand.IntN(3) == 0 {
		time.Sleep(time.Duration(rand.IntN(300)) * time.Microsecond)
	}
}

// A taker is a sink that keeps the values of n in the order they are taken.
type taker struct {
	took []int64
	look func(n int64) error
	take func(n int64) error
}

func (s *taker) Look(batch arrow.RecordBatch) (any, error) {
	if batch.NumRows() == 0 {
		return nil, errors.New("an empty batch is shown")
	}
	var values []int64
	for _, row := range enginetest.Rows(batch) {
		n := row["n"].(int64)
		if s.look != nil {
			if err := s.look(n); err != nil {
				return nil, err
			}
		}
		values = append(values, n)
	}
	return values, nil
}

func (s *taker) Take(part any) error {
	for _, n := range part.([]int64) {
		if s.take != nil {
			if err := s.take(n); err != nil {
				return err
			}
		}
		s.took = append(s.took, n)
	}
	return nil
}

func (s *taker) String() string { return "taker" }

// passes is a sequence of passes without errors.
func passes(all ...engine.Pass) iter.Seq2[engine.Pass, error] {
	return func(yield func(engine.Pass, error) bool) {
		for _, pass := range all {
			if !yield(pass, nil) {
				return
			}
		}
	}
}

// one is a single pass p of one stream into one sink.
func one(in engine.Stream, into ...engine.Sink) iter.Seq2[engine.Pass, error] {
	return passes(engine.Pass{Name: "p", In: in, Into: into})
}

func drain(workers int, all iter.Seq2[engine.Pass, error]) error {
	return engine.Drain(context.Background(), engine.Settings{Workers: workers}, all)
}

// upTo fails the test unless took is 0, 1, … n-1.
func upTo(t *testing.T, took []int64, n int) {
	t.Helper()
	if len(took) != n {
		t.Fatalf("%d batches taken, want %d: %v", len(took), n, took)
	}
	for i, v := range took {
		if v != int64(i) {
			t.Fatalf("batch %d taken at %d", v, i)
		}
	}
}

// wantError fails the test unless err has the text.
func wantError(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || err.Error() != text {
		t.Fatalf("error is %v, want %s", err, text)
	}
}

// badCell is bad input.
type badCell int

func (b badCell) Error() string { return fmt.Sprintf("bad cell %d", int(b)) }
func (badCell) BadInput()       {}

// A rule is a stage made of a function; its output schema is its input schema unless out is set.
type rule struct {
	name  string
	out   *arrow.Schema
	apply func(arrow.RecordBatch) (arrow.RecordBatch, error)
}

func (r rule) Name() string { return r.name }

func (r rule) Bind(in *arrow.Schema) (*arrow.Schema, func(arrow.RecordBatch) (arrow.RecordBatch, error), error) {
	if r.apply == nil {
		return nil, nil, errors.New("no column \"x\"")
	}
	if r.out != nil {
		in = r.out
	}
	return in, r.apply, nil
}

// multiples is a stage that keeps the rows whose n is a multiple of k.
func multiples(k int64) engine.Stage {
	return rule{name: "multiples", apply: func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		var keep []int32
		for i, row := range enginetest.Rows(batch) {
			if row["n"].(int64)%k == 0 {
				keep = append(keep, int32(i))
			}
		}
		return engine.Take(batch, keep), nil
	}}
}
