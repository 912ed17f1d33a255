package csvio

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
)

// A Row is one row of a large CSV while EachRow shows it.
type Row struct {
	Columns map[string]int // the place of each column; not to be changed
	piece   *Piece
	fields  Fields
	row     int
}

// Cell is the text of a column; empty for a column that the file does not have.
func (r Row) Cell(column string) string {
	i, known := r.Columns[column]
	if !known {
		return ""
	}
	return string(AppendValue(nil, r.fields.Raw(r.row, i)))
}

// Cells are all cells by column.
func (r Row) Cells() map[string]string {
	all := make(map[string]string, len(r.Columns))
	for column := range r.Columns {
		all[column] = r.Cell(column)
	}
	return all
}

// Line is where the row begins in its file.
func (r Row) Line() int {
	start := r.fields.Marks[r.row*r.fields.Columns]
	return r.piece.Line + bytes.Count(r.fields.Data[:start], []byte{'\n'})
}

// EachRow shows every row of a CSV until see returns false.
func EachRow(ctx context.Context, path string, see func(Row) bool) error {
	var columns map[string]int
	return eachPiece(ctx, path, func(header []HeaderCell, piece *Piece, fields Fields) bool {
		if columns == nil {
			columns = map[string]int{}
			for i, cell := range header {
				columns[cell.Name] = i
			}
		}
		for i := range fields.Rows() {
			if !see(Row{columns, piece, fields, i}) {
				return false
			}
		}
		return true
	})
}

// eachPiece shows a CSV piece by piece until see returns false.
func eachPiece(ctx context.Context, path string, see func([]HeaderCell, *Piece, Fields) bool) error {
	file, err := Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	cutter := NewCutter(file, path, ',', 1<<20)
	header, err := cutter.Header()
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		piece, err := cutter.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		fields, err := piece.Scan(len(header))
		if err != nil {
			return err
		}
		more := see(header, piece, fields)
		piece.Free()
		if !more {
			return nil
		}
	}
	return ctx.Err()
}

// LinesOf finds the lines on which rows (from 0, without the header) of a CSV file begin.
func LinesOf(ctx context.Context, path string, rows []int64) (map[int64]int, error) {
	wanted := slices.Compact(slices.Sorted(slices.Values(rows)))
	lines, first := make(map[int64]int, len(wanted)), int64(0)
	if len(wanted) == 0 {
		return lines, nil
	}
	err := eachPiece(ctx, path, func(_ []HeaderCell, piece *Piece, fields Fields) bool {
		next, line, from := first+int64(fields.Rows()), piece.Line, 0
		for len(wanted) > 0 && wanted[0] < next {
			begin := int(fields.Marks[int(wanted[0]-first)*fields.Columns])
			line += bytes.Count(fields.Data[from:begin], []byte{'\n'})
			lines[wanted[0]], from, wanted = line, begin, wanted[1:]
		}
		first = next
		return len(wanted) > 0
	})
	return lines, err
}
