package stages

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/rows"
)

// ImagePaths keeps the image paths of joined rows alone. They are by far the longest column, and looked at more often
// than the others: for the names of groups, for pictures, for equal images.
type ImagePaths struct{}

// Name is the stage's name in errors.
func (ImagePaths) Name() string { return "image paths" }

// Bind checks that there are image paths.
func (ImagePaths) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	return joinedColumns(in, func(name string) bool { return name == rows.ColImagePath })
}

// RowColumns keeps all other columns of joined rows that a later step reads.
type RowColumns struct{}

// Name is the stage's name in errors.
func (RowColumns) Name() string { return "row columns" }

// Bind checks that there are image paths.
func (RowColumns) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	return joinedColumns(in, func(name string) bool {
		switch name {
		case rows.ColImagePath, rows.ColBad, rows.ColReason, rows.ColClass:
			return false
		}
		return true
	})
}

// joinedColumns keeps the columns of which want is true.
func joinedColumns(in *arrow.Schema, want func(name string) bool) (*arrow.Schema, apply, error) {
	if _, err := rows.ColumnsOf(in, arrow.Field{Name: rows.ColImagePath, Type: rows.TypeText}); err != nil {
		return nil, nil, err
	}
	out, choose := columnsWhere(in, want)
	return out, choose, nil
}
