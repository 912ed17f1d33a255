package csvio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/dermset/dermset/io/fileio"
)

// A Row is one row of a large CSV while EachRow shows it.
type Row struct {
	header []HeaderCell
	wanted []int // places of the columns that EachRow was asked for
	piece  *Piece
	fields Fields
	row    int
}

// Cell is the text of the column that EachRow was asked for at place i; of one that is not there it is empty.
func (r Row) Cell(i int) string { return string(r.Append(nil, i)) }

// Append appends what Cell says to b.
func (r Row) Append(b []byte, i int) []byte {
	if r.wanted[i] < 0 {
		return b
	}
	return AppendValue(b, r.fields.Raw(r.row, r.wanted[i]))
}

// Cells are all cells by column.
func (r Row) Cells() map[string]string {
	all := make(map[string]string, len(r.header))
	for i, cell := range r.header {
		all[cell.Name] = string(AppendValue(nil, r.fields.Raw(r.row, i)))
	}
	return all
}

// Line is where the row begins in its file.
func (r Row) Line() int {
	start := r.fields.Marks[r.row*r.fields.Columns]
	return r.piece.Line + bytes.Count(r.fields.Data[:start], []byte{'\n'})
}

// EachRow shows every row of a CSV until see returns false. A file that lacks one of the columns is an error.
func EachRow(ctx context.Context, path string, columns []string, see func(Row) bool) error {
	find := func(header []HeaderCell) ([]int, error) {
		wanted := make([]int, len(columns))
		var errs []error
		for i, column := range columns {
			wanted[i] = slices.IndexFunc(header, func(cell HeaderCell) bool { return cell.Name == column })
			if wanted[i] < 0 {
				errs = append(errs, fmt.Errorf("%s:1: there is no column %q", path, column))
			}
		}
		return wanted, errors.Join(errs...)
	}
	return EachRowOf(ctx, path, find, see)
}

// EachRowOf is EachRow of the columns that find finds in the header; -1 stands for one that is not there.
func EachRowOf(ctx context.Context, path string, find func([]HeaderCell) ([]int, error), see func(Row) bool) error {
	var all []HeaderCell
	var wanted []int
	begin := func(header []HeaderCell) (err error) {
		all = header
		wanted, err = find(header)
		return err
	}
	return eachPiece(ctx, path, begin, func(piece *Piece, fields Fields) bool {
		for i := range fields.Rows() {
			if !see(Row{all, wanted, piece, fields, i}) {
				return false
			}
		}
		return true
	})
}

// ReadHeader reads the header of a CSV alone.
func ReadHeader(path string) ([]HeaderCell, error) {
	file, err := fileio.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return NewCutter(file, path, ',', headerBytes).Header()
}

// headerBytes is how much of a file ReadHeader looks at first.
const headerBytes = 4 << 10

// eachPiece shows a CSV piece by piece, after its header, until see returns false.
func eachPiece(ctx context.Context, path string, begin func([]HeaderCell) error, see func(*Piece, Fields) bool) error {
	file, err := fileio.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	cutter := NewCutter(file, path, ',', 1<<20)
	header, err := cutter.Header()
	if err == nil {
		err = begin(header)
	}
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
		more := see(piece, fields)
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
	err := eachPiece(ctx, path, anyHeader, func(piece *Piece, fields Fields) bool {
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

func anyHeader([]HeaderCell) error { return nil }
