package sources

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/dermset/dermset/io/csvio"
)

// pieceBytes is how much of a CSV file is looked at together.
const pieceBytes = 1 << 20

func (r *raw) readCSV(f *file, name string, in intake) error {
	text, err := r.text(f, name)
	if err != nil {
		return err
	}
	defer text.Close()
	var keep []int
	check := func(header []csvio.HeaderCell) error {
		var errs []error
		var names, all []string
		seen := map[string]int{}
		for i, cell := range header {
			if first := seen[cell.Name]; first > 0 {
				if in.want[cell.Name] {
					errs = append(errs, &csvio.Error{Path: r.path(name), Line: cell.Line, Column: cell.Column,
						Err: fmt.Errorf("column %q stands twice, first as column %d", cell.Name, first)})
				}
				continue
			}
			seen[cell.Name] = i + 1
			all = append(all, cell.Name)
			if in.want[cell.Name] {
				keep, names = append(keep, i), append(names, cell.Name)
			}
		}
		if err := errors.Join(errs...); err != nil {
			return err
		}
		return in.columns(names, all)
	}
	one := row{rawFile: &rawFile{name: name}}
	table := csvTable{in: text, path: r.path(name), comma: f.comma, plain: f.quotes == "none"}
	return table.scan(check, func(c *csvRow) bool {
		one.line, one.cells = c.line, one.cells[:0]
		for _, column := range keep {
			one.cells = append(one.cells, c.cell(column))
		}
		return in.row(&one)
	})
}

// A csvTable is a CSV file that is read row by row.
type csvTable struct {
	in    io.Reader
	path  string
	comma byte
	plain bool // quotes are bytes like others
}

// A csvRow is one row of a csvTable.
type csvRow struct {
	line   int
	text   string // of the piece
	fields csvio.Fields
	at     int
}

// cell is the text of a column, which is a part of the piece's if it can be.
func (c *csvRow) cell(column int) string {
	raw := c.fields.Raw(c.at, column)
	if len(raw) == 0 {
		return ""
	}
	if raw[0] == '"' && !c.fields.Plain {
		return string(csvio.AppendValue(nil, raw))
	}
	from := int(c.fields.Marks[c.at*c.fields.Columns+column])
	return c.text[from : from+len(raw)]
}

// scan calls header and, for every row, each, until that returns false. The error joins everything that is wrong,
// csvio.MaxErrors at most.
func (t *csvTable) scan(header func([]csvio.HeaderCell) error, each func(*csvRow) bool) error {
	cutter := csvio.NewCutter(t.in, t.path, t.comma, pieceBytes)
	cutter.Plain = t.plain
	cells, err := cutter.Header()
	if err != nil {
		return err
	}
	if err := header(cells); err != nil {
		return err
	}
	var errs []error
	for more := true; more && len(errs) < csvio.MaxErrors; {
		piece, err := cutter.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		fields, err := piece.Scan(len(cells))
		if err != nil {
			errs = append(errs, err)
		} else {
			more = eachRow(piece.Line, fields, each)
		}
		piece.Free()
	}
	return errors.Join(errs...)
}

func eachRow(line int, fields csvio.Fields, each func(*csvRow) bool) (more bool) {
	r, from := csvRow{line: line, text: string(fields.Data), fields: fields}, 0
	for r.at = range fields.Rows() {
		begin := int(fields.Marks[r.at*fields.Columns])
		r.line += bytes.Count(fields.Data[from:begin], []byte("\n"))
		from = begin
		if !each(&r) {
			return false
		}
	}
	return true
}
