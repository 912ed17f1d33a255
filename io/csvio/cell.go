package csvio

import (
	"bytes"
	"errors"
	"fmt"
)

// MaxCell is the most bytes that one cell may hold.
const MaxCell = 1 << 20

// TooLong is the error of a cell of more bytes.
func TooLong(bytes int) error { return fmt.Errorf("a cell of %d bytes, at most 1 MiB is read", bytes) }

// CheckCells says which cells of these columns hold more than MaxCell bytes, each as an *Error with the column's name;
// nil if none does.
func (p *Piece) CheckCells(f Fields, header []HeaderCell, columns []int) error {
	if len(p.data) <= MaxCell {
		return nil
	}
	var errs []error
	for row := range f.Rows() {
		first := row * f.Columns
		if f.Marks[first+f.Columns]-f.Marks[first] <= MaxCell {
			continue
		}
		for _, column := range columns {
			if size := f.size(row, column); size > MaxCell && len(errs) < MaxErrors {
				at := place{line: p.Line}
				at.move(p.data, int(f.Marks[first+column]))
				errs = append(errs, &Error{p.Path, at.line, at.column(),
					fmt.Errorf("column %q: %w", header[column].Name, TooLong(size))})
			}
		}
	}
	return errors.Join(errs...)
}

// size is how many bytes a cell holds.
func (f Fields) size(row, column int) int {
	raw := f.Raw(row, column)
	if len(raw) == 0 || raw[0] != '"' || f.Plain {
		return len(raw)
	}
	inside := raw[1 : len(raw)-1]
	return len(inside) - bytes.Count(inside, []byte{'"'})/2
}
