package sources

import (
	"errors"
	"fmt"
	"slices"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/io/columnio"
)

// readParquet reads the columns in use. Members of a group are columns group.member; a list is a JSON list. A row's
// line is its number, from 1.
func (r *raw) readParquet(name string, in intake) error {
	data, err := r.open(name)
	if err != nil {
		return err
	}
	defer data.Close()
	info, err := data.Stat()
	if err != nil {
		return err
	}
	file, err := columnio.Open(data, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", r.path(name), err)
	}
	columns := file.Columns()
	wanted, err := pickColumns(columns, in)
	if err != nil {
		return fmt.Errorf("%s: %w", r.path(name), err)
	}
	one := row{rawFile: &rawFile{name: name}, cells: make([]string, len(wanted))}
	err = file.Rows(wanted, func(line int64, cells [][]columnio.Value) error {
		one.line = int(line)
		for i, values := range cells {
			one.cells[i] = valuesText(columns[wanted[i]], values)
		}
		if !in.row(&one) {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return fmt.Errorf("%s: %w", r.path(name), err)
	}
	return nil
}

// pickColumns finds the columns in use, and makes them the table's.
func pickColumns(columns []columnio.Column, in intake) (wanted []int, err error) {
	var names, all []string
	var errs []error
	for i, c := range columns {
		if all = append(all, c.Name); !in.want[c.Name] {
			continue
		}
		switch {
		case c.Unread != "":
			errs = append(errs, fmt.Errorf("column %q %s", c.Name, c.Unread))
		case slices.Contains(names, c.Name):
			errs = append(errs, fmt.Errorf("column %q stands twice", c.Name))
		}
		names, wanted = append(names, c.Name), append(wanted, i)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return wanted, in.columns(names, all)
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
		case c.Number:
			text = append(text, value.Text...)
		default:
			text = dataset.AppendQuoted(text, value.Text)
		}
	}
	return string(append(text, ']'))
}
