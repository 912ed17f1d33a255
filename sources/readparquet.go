package sources

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/io/columnio"
)

// readParquet reads the columns in use. Members of a group are columns group.member; a list is a JSON list. A row's
// line is its number, from 1.
func (r *raw) readParquet(name string, want func(string) bool, t *table) error {
	in, err := r.open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	file, err := columnio.Open(in, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", r.path(name), err)
	}
	columns := file.Columns()
	wanted, err := pickColumns(columns, want, t)
	if err == nil {
		err = file.Rows(wanted, func(line int64, cells [][]columnio.Value) error {
			one := row{file: name, line: int(line), cells: make([]string, len(cells), len(cells)+len(pathColumns))}
			for i, values := range cells {
				one.cells[i] = valuesText(columns[wanted[i]], values)
			}
			t.rows = append(t.rows, one)
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("%s: %w", r.path(name), err)
	}
	return nil
}

// pickColumns finds the columns in use, and makes them the table's.
func pickColumns(columns []columnio.Column, want func(string) bool, t *table) (wanted []int, err error) {
	var errs []error
	for i, c := range columns {
		if t.all = append(t.all, c.Name); !want(c.Name) {
			continue
		}
		switch {
		case c.Unread != "":
			errs = append(errs, fmt.Errorf("column %q %s", c.Name, c.Unread))
		case t.column(c.Name) >= 0:
			errs = append(errs, fmt.Errorf("column %q stands twice", c.Name))
		}
		t.columns, wanted = append(t.columns, c.Name), append(wanted, i)
	}
	return wanted, errors.Join(errs...)
}

// valuesText is a cell: a value as it is, a list as JSON, of numbers as they are, of texts otherwise. A null in a list
// keeps its place, for lists that go together are told by it; a list without entries is no list.
func valuesText(c columnio.Column, values []columnio.Value) string {
	switch {
	case len(values) == 0:
		return ""
	case !c.List:
		return values[0].Text
	}
	var text []byte
	for i, value := range values {
		text = append(text, "[,"[min(i, 1)])
		switch {
		case value.Null:
			text = append(text, "null"...)
		case c.Number: // JSON has no infinity; this reads as one
			text = append(text, strings.Replace(strings.TrimPrefix(value.Text, "+"), "Inf", "1e999", 1)...)
		default:
			text = dataset.AppendQuoted(text, value.Text)
		}
	}
	return string(append(text, ']'))
}
