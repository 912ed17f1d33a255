package sources

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/dermset/dermset/dataset"
)

// A leaf is one column of a Parquet file.
type leaf struct {
	index    int // among the file's leaves
	list     bool
	number   bool
	column   int // in the table
	defined  int // definition level of a value that is there
	asString func(parquet.Value) (string, error)
}

// readParquet reads the columns in use. Members of a group are columns group.member; a list is a JSON list. A row's
// line is its number, from 1.
func (r *raw) readParquet(name string, in intake) (err error) {
	data, err := r.open(name)
	if err != nil {
		return err
	}
	defer data.Close()
	defer func() { // the Parquet library panics on some damaged files
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: is damaged: %v", r.path(name), p)
		}
	}()
	info, err := data.Stat()
	if err != nil {
		return err
	}
	file, err := parquet.OpenFile(data, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", r.path(name), err)
	}
	leaves, names, all, err := pickLeaves(file.Schema(), in.want)
	if err != nil {
		return fmt.Errorf("%s: %w", r.path(name), err)
	}
	if err := in.columns(names, all); err != nil {
		return err
	}
	one := &row{rawFile: &rawFile{name: name}, cells: make([]string, len(names))}
	for _, group := range file.RowGroups() {
		if more, err := readGroup(group, leaves, names, one, in); err != nil {
			return fmt.Errorf("%s, row %d: %w", r.path(name), one.line+1, err)
		} else if !more {
			break
		}
	}
	return nil
}

func pickLeaves(schema *parquet.Schema, want wanted) (leaves []*leaf, names, all []string, _ error) {
	leaves = make([]*leaf, len(schema.Columns()))
	var errs []error
	for i, keys := range schema.Columns() {
		found, _ := schema.Lookup(keys...)
		name := strings.Join(keys, ".")
		for _, tail := range []string{".list.element", ".list.item", ".bag.array_element", ".array"} {
			if found.MaxRepetitionLevel > 0 {
				name = strings.TrimSuffix(name, tail)
			}
		}
		if all = append(all, name); !want[name] {
			continue
		}
		l := &leaf{index: i, list: found.MaxRepetitionLevel > 0, column: len(names), defined: found.MaxDefinitionLevel}
		l.asString, l.number = textOf(found.Node.Type()), numeric(found.Node.Type())
		switch {
		case found.MaxRepetitionLevel > 1:
			errs = append(errs, fmt.Errorf("column %q is a list of lists, which is not read", name))
		case l.asString == nil:
			errs = append(errs, fmt.Errorf("column %q is of type %s, which is not read", name, found.Node.Type()))
		case slices.Contains(names, name):
			errs = append(errs, fmt.Errorf("column %q stands twice", name))
		}
		names = append(names, name)
		leaves[i] = l
	}
	return leaves, names, all, errors.Join(errs...)
}

func readGroup(group parquet.RowGroup, leaves []*leaf, names []string, one *row, in intake) (more bool, _ error) {
	rows := group.Rows()
	defer rows.Close()
	buffer := make([]parquet.Row, 256)
	lists := make([][]dataset.Entry, len(names))
	numbers := make([]bool, len(names))
	for _, l := range leaves {
		if l != nil {
			numbers[l.column] = l.number
		}
	}
	for {
		n, err := rows.ReadRows(buffer)
		for _, values := range buffer[:n] {
			clear(one.cells)
			for i := range lists {
				lists[i] = lists[i][:0]
			}
			for _, value := range values {
				l := leaves[value.Column()]
				if l == nil || value.IsNull() || value.DefinitionLevel() < l.defined {
					continue
				}
				text, err := l.asString(value)
				if err != nil {
					return false, fmt.Errorf("column %q: %w", names[l.column], err)
				}
				if l.list {
					lists[l.column] = append(lists[l.column], dataset.Entry{Label: text})
				} else {
					one.cells[l.column] = text
				}
			}
			for column, list := range lists {
				if len(list) > 0 {
					one.cells[column] = listText(list, numbers[column])
				}
			}
			one.line++
			if !in.row(one) {
				return false, nil
			}
		}
		if err == io.EOF {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		if n == 0 {
			return false, errors.New("no more rows can be read")
		}
	}
}

// listText is a list as JSON: of numbers as they are, of texts otherwise.
func listText(list []dataset.Entry, numbers bool) string {
	if !numbers {
		return string(dataset.AppendDifferentials(nil, list))
	}
	texts := make([]string, len(list))
	for i, entry := range list {
		texts[i] = entry.Label
	}
	return "[" + strings.Join(texts, ",") + "]"
}

// numeric says whether values of a type are numbers to a reader too.
func numeric(kind parquet.Type) bool {
	if l := kind.LogicalType(); l != nil {
		if _, date := l.Value.(*format.DateType); date {
			return false
		}
	}
	switch kind.Kind() {
	case parquet.Int32, parquet.Int64, parquet.Float, parquet.Double:
		return true
	}
	return false
}

// textOf says how values of a type become text; nil for a type that is not read.
func textOf(kind parquet.Type) func(parquet.Value) (string, error) {
	var logical format.LogicalTypeValue
	if l := kind.LogicalType(); l != nil {
		logical = l.Value
	}
	_, decimal := logical.(*format.DecimalType)
	switch kind.Kind() {
	case parquet.Boolean:
		return func(v parquet.Value) (string, error) { return strconv.FormatBool(v.Boolean()), nil }
	case parquet.Int32, parquet.Int64:
		return wholeNumber(kind, logical)
	case parquet.Float:
		return func(v parquet.Value) (string, error) {
			return strconv.FormatFloat(float64(v.Float()), 'f', -1, 32), nil
		}
	case parquet.Double:
		return func(v parquet.Value) (string, error) { return strconv.FormatFloat(v.Double(), 'f', -1, 64), nil }
	case parquet.ByteArray:
		if decimal {
			return nil
		}
		return func(v parquet.Value) (string, error) {
			if !utf8.Valid(v.ByteArray()) {
				return "", fmt.Errorf("%q is not UTF-8", v.ByteArray())
			}
			return string(v.ByteArray()), nil
		}
	}
	return nil
}

func wholeNumber(kind parquet.Type, logical format.LogicalTypeValue) func(parquet.Value) (string, error) {
	wide := kind.Kind() == parquet.Int64
	number := func(v parquet.Value) int64 {
		if wide {
			return v.Int64()
		}
		return int64(v.Int32())
	}
	signed := func(v parquet.Value) (string, error) { return strconv.FormatInt(number(v), 10), nil }
	switch logical := logical.(type) {
	case nil:
		return signed
	case *format.IntType:
		switch {
		case logical.IsSigned:
			return signed
		case wide:
			return func(v parquet.Value) (string, error) { return strconv.FormatUint(v.Uint64(), 10), nil }
		}
		return func(v parquet.Value) (string, error) { return strconv.FormatUint(uint64(v.Uint32()), 10), nil }
	case *format.DateType:
		return func(v parquet.Value) (string, error) {
			return time.Unix(number(v)*24*3600, 0).UTC().Format("2006-01-02"), nil
		}
	}
	return nil
}
