package columnio

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// A File is an open Parquet file. Nothing of it changes, so several may read it at once.
type File struct {
	in     io.ReaderAt
	leaves []leaf
	*footer
}

// A Column is a column of the file.
type Column struct {
	Name   string // of a member of a group: group.member
	List   bool   // a row has any number of values
	Number bool   // the values are numbers to a reader too
	Unread string // why the column cannot be read, as the end of a sentence; empty for one that can
}

// A leaf is a column, and how its values are found.
type leaf struct {
	Column
	physical int32
	repeats  int // highest repetition level
	defined  int // definition level of a value that is there
	entry    int // of a list: definition level from which on a row has entries
	text     func(value) (string, error)
}

// Open reads the metadata of a file of size bytes.
func Open(in io.ReaderAt, size int64) (*File, error) {
	footer, err := readFooter(in, size)
	if err != nil {
		return nil, err
	}
	f := &File{in: in, footer: footer}
	if len(footer.schema) == 0 {
		return nil, errSchema
	}
	rest, err := f.walk(footer.schema[1:], footer.schema[0].children, leaf{}, nil)
	if err == nil && len(rest) > 0 {
		err = errSchema
	}
	for i, g := range f.groups {
		if err == nil && len(g.chunks) != len(f.leaves) {
			err = fmt.Errorf("is damaged: row group %d has %d columns, the schema %d", i+1, len(g.chunks), len(f.leaves))
		}
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Columns are the file's columns, in order.
func (f *File) Columns() []Column {
	columns := make([]Column, len(f.leaves))
	for i := range f.leaves {
		columns[i] = f.leaves[i].Column
	}
	return columns
}

var errSchema = errors.New("is damaged: its schema makes no tree")

// Repetition of an element of the schema.
const (
	required = 0
	optional = 1
	repeated = 2
)

// maxNesting is how deep groups may stand in groups.
const maxNesting = 64

// walk finds the leaves among the next children of the schema, which is a tree in depth-first order.
func (f *File) walk(schema []element, children int32, above leaf, path []string) ([]element, error) {
	if len(path) > maxNesting {
		return nil, errors.New("is not read: its groups are nested too deeply")
	}
	for ; children > 0; children-- {
		if len(schema) == 0 {
			return nil, errSchema
		}
		e, l, names := schema[0], above, append(path[:len(path):len(path)], schema[0].name)
		if e.repetition != required {
			l.defined++
		}
		if e.repetition == repeated {
			l.repeats++
			l.entry = l.defined
		}
		schema = schema[1:]
		if e.leaf {
			l.describe(e, names)
			f.leaves = append(f.leaves, l)
			continue
		}
		var err error
		if schema, err = f.walk(schema, e.children, l, names); err != nil {
			return nil, err
		}
	}
	return schema, nil
}

// listTails are what writers put between the name of a list and its values.
var listTails = []string{".list.element", ".list.item", ".bag.array_element", ".array"}

func (l *leaf) describe(e element, path []string) {
	l.Name, l.List, l.physical = strings.Join(path, "."), l.repeats > 0, e.physical
	for _, tail := range listTails {
		if l.List {
			l.Name = strings.TrimSuffix(l.Name, tail)
		}
	}
	l.text, l.Number = textOf(e)
	switch {
	case l.repeats > 1:
		l.Unread = "is a list of lists, which is not read"
	case l.text == nil:
		l.Unread = "is of type " + typeName(e) + ", which is not read"
	}
}
