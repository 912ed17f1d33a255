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
						Err: fmt.Errorf("column %q stands twice, first as column %d: "+
							"give one of them another name in the file", cell.Name, first)})
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
	table := csvTable{in: text, path: r.path(name), dialect: f.dialect()}
	return table.scan(check, func(c *csvRow) bool {
		one.line, one.cells = c.line, one.cells[:0]
		for _, column := range keep {
			one.cells = append(one.cells, c.cell(column))
		}
		if f.bare {
			r.doubtQuotes(f, &one)
		}
		return in.row(&one)
	})
}

// doubtQuotes says of the first row of a TSV that has a cell in quotes that they are kept, and what to write if they
// are not meant.
func (r *raw) doubtQuotes(f *file, one *row) {
	for _, cell := range one.cells {
		if len(cell) > 1 && cell[0] == '"' && cell[len(cell)-1] == '"' && r.quoted != one.name {
			r.quoted = one.name
			r.doubts = append(r.doubts, fmt.Sprintf("%s: %s stands in quotes, which are kept: where they are none of the text, "+
				"%s", one.place().in(""), cell, f.toWrite([]string{"quotes: rfc4180"})))
		}
	}
}

// A csvTable is a CSV file that is read row by row.
type csvTable struct {
	in      io.Reader
	path    string
	dialect csvio.Dialect
}

// A csvRow is one row of a csvTable.
type csvRow struct {
	line   int
	text   string // of the piece
	fields csvio.Fields
	at     int
}

// cell is the text of a column, which is a part of the piece's if it can be; empty of one that is not there.
func (c *csvRow) cell(column int) string {
	if column < 0 {
		return ""
	}
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
	cutter := t.dialect.Cutter(t.in, t.path, pieceBytes)
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
			more = eachRow(piece, fields, each)
		}
		piece.Free()
	}
	return errors.Join(errs...)
}

func eachRow(piece *csvio.Piece, fields csvio.Fields, each func(*csvRow) bool) (more bool) {
	r, from, line := csvRow{text: string(fields.Data), fields: fields}, 0, piece.Line
	for r.at = range fields.Rows() {
		begin := int(fields.Marks[r.at*fields.Columns])
		line += bytes.Count(fields.Data[from:begin], []byte("\n"))
		r.line, from = piece.InFile(line), begin
		if !each(&r) {
			return false
		}
	}
	return true
}
