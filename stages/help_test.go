package stages

import (
	"maps"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"go.uber.org/goleak"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/engine/enginetest"
	"github.com/dermset/dermset/rows"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type row = enginetest.Row

// rawSchema is the schema of a dataset CSV with further columns.
func rawSchema(more ...string) *arrow.Schema {
	fields := slices.Clone(rawFields)
	for _, name := range more {
		fields = append(fields, rows.Nullable(rows.ExtraPrefix+name, rows.TypeText))
	}
	return arrow.NewSchema(fields, nil)
}

// rawRow is a row of rawSchema(); cells that are not given are empty.
func rawRow(cells map[string]string) row {
	r := row{}
	for _, f := range rawFields {
		r[f.Name] = cells[f.Name]
	}
	return r
}

// drain runs one pass.
func drain(t testing.TB, in engine.Stream, into ...engine.Sink) {
	t.Helper()
	if err := enginetest.Drain(in, into...); err != nil {
		t.Fatal(err)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// with is a copy of a row with some cells changed.
func with(r row, changes row) row {
	r = maps.Clone(r)
	maps.Copy(r, changes)
	return r
}

// inTurn are stages one behind another as one.
type inTurn []engine.Stage

func (inTurn) Name() string { return "in turn" }

func (s inTurn) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	out, steps := in, []apply{}
	for _, stage := range s {
		next, step, err := stage.Bind(out)
		if err != nil {
			return nil, nil, err
		}
		out, steps = next, append(steps, step)
	}
	return out, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		for _, step := range steps {
			if batch.NumRows() == 0 {
				return array.NewRecordBuilder(memory.DefaultAllocator, out).NewRecordBatch(), nil
			}
			var err error
			if batch, err = step(batch); err != nil {
				return nil, err
			}
		}
		return batch, nil
	}, nil
}
