package stages

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
)

// Columns keeps the columns of the given fields, in the order in which they stand.
type Columns []arrow.Field

// Name is the stage's name in errors.
func (Columns) Name() string { return "columns" }

// Bind never fails: who reads the columns sees what is missing.
func (s Columns) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	out, choose := columnsWhere(in, func(name string) bool {
		return slices.ContainsFunc(s, func(f arrow.Field) bool { return f.Name == name })
	})
	return out, choose, nil
}

// Beside puts what a stage makes of rows beside their own columns.
type Beside struct{ Stage engine.Stage }

// Name is the stage's name in errors.
func (s Beside) Name() string { return s.Stage.Name() }

// Bind binds the stage.
func (s Beside) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	made, make, err := s.Stage.Bind(in)
	if err != nil {
		return nil, nil, err
	}
	out := arrow.NewSchema(slices.Concat(in.Fields(), made.Fields()), nil)
	return out, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		more, err := make(batch)
		if err != nil {
			return nil, err
		}
		return array.NewRecordBatch(out, slices.Concat(batch.Columns(), more.Columns()), batch.NumRows()), nil
	}, nil
}
