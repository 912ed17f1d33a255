package sources

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dermset/dermset/dataset/literal"
	"github.com/dermset/dermset/io/csvio"
)

// readJSON reads the records of a JSON file: the list, or the object of objects, that records: leads to.
// Numbers keep their text.
func (r *raw) readJSON(f *file, name string, want func(string) bool, t *table) error {
	text, err := r.text(f, name)
	if err != nil {
		return err
	}
	s := &literal.Scanner{Text: text}
	records := jsonRecords{scan: s, table: t, index: map[string]int{}, file: name, want: want}
	var keys []string
	if f.records != "" {
		keys = strings.Split(f.records, ".")
	}
	err = records.find(keys)
	if err == nil {
		err = s.End()
	}
	if err != nil {
		return jsonError(r.path(name), text, s.At, 0, err)
	}
	return nil
}

func jsonError(path, text string, at, before int, err error) error {
	done := text[:min(at, len(text))]
	return &csvio.Error{Path: path, Line: before + 1 + strings.Count(done, "\n"),
		Column: len(done) - strings.LastIndexByte(done, '\n'), Err: err}
}

// readJSONLines reads a record per line; empty lines are none.
func (r *raw) readJSONLines(f *file, name string, want func(string) bool, t *table) error {
	text, err := r.text(f, name)
	if err != nil {
		return err
	}
	records := jsonRecords{table: t, index: map[string]int{}, file: name, want: want}
	var errs []error
	for line, rest := 0, text; rest != "" && len(errs) < csvio.MaxErrors; line++ {
		var one string
		one, rest, _ = strings.Cut(rest, "\n")
		if strings.TrimSpace(one) == "" {
			continue
		}
		s := &literal.Scanner{Text: one}
		records.scan, records.line, records.seen = s, line+1, 0
		err := records.record("")
		if err == nil {
			err = s.End()
		}
		if err != nil {
			errs = append(errs, jsonError(r.path(name), one, s.At, line, err))
		}
	}
	return errors.Join(errs...)
}

// jsonRecords collects records. line is that of byte seen of the text.
type jsonRecords struct {
	scan       *literal.Scanner
	table      *table
	index      map[string]int // columns
	file       string
	line, seen int
	want       func(string) bool
}

// find goes down the keys to the records and reads them. Everything else is checked and passed over.
func (j *jsonRecords) find(keys []string) error {
	s := j.scan
	first := s.Peek()
	if len(keys) > 0 {
		if first != '{' {
			return s.Want(fmt.Sprintf("an object with the key %q of records:", keys[0]))
		}
		found := false
		err := s.Dict(func(key string) error {
			if key == keys[0] {
				found = true
				return j.find(keys[1:])
			}
			_, err := s.Value()
			return err
		})
		if err == nil && !found {
			err = fmt.Errorf("there is no key %q, which records: names", keys[0])
		}
		return err
	}
	j.line = 1
	switch first {
	case '[':
		return s.Sequence(func() error { return j.record("") })
	case '{':
		return s.Dict(func(key string) error { return j.record(key) })
	}
	return s.Want("a list of records, or an object of them (records: names the key that leads to it)")
}

// record reads one object. key is its own key, if the records are an object.
func (j *jsonRecords) record(key string) error {
	s := j.scan
	if s.Peek() != '{' {
		return s.Want("a record, which is an object (records: names the key that leads to the list of them)")
	}
	j.line += strings.Count(s.Text[j.seen:s.At], "\n")
	j.seen = s.At
	line := j.line
	value, err := s.Value()
	if err != nil {
		return err
	}
	one := row{file: j.file, line: line}
	if key != "" {
		j.set(&one, keyColumn, key)
	}
	if err := j.flatten(&one, "", value); err != nil {
		return err
	}
	for i, cell := range one.cells {
		if cell == absent {
			one.cells[i] = ""
		}
	}
	j.table.rows = append(j.table.rows, one)
	return nil
}

// flatten sets the record's cells: members of an object inside it are columns object.member, lists stay JSON,
// null is empty.
func (j *jsonRecords) flatten(one *row, prefix string, object literal.Value) error {
	for i, key := range object.Keys {
		value, name := object.Members[i], prefix+key
		if value.Kind == literal.Dict {
			if err := j.flatten(one, name+".", value); err != nil {
				return err
			}
		}
		text := value.Text
		if value.Kind == literal.None {
			text = ""
		}
		if !j.set(one, name, text) {
			return fmt.Errorf("column %q is made by two keys", name)
		}
	}
	return nil
}

// set sets a cell, if its column is used. It reports whether the record did not have it yet.
func (j *jsonRecords) set(one *row, name, text string) bool {
	if !j.want(name) {
		return true
	}
	at, known := j.index[name]
	if !known {
		at = len(j.table.columns)
		j.index[name] = at
		j.table.columns = append(j.table.columns, name)
	}
	for len(one.cells) <= at {
		one.cells = append(one.cells, absent)
	}
	fresh := one.cells[at] == absent
	one.cells[at] = text
	return fresh
}

// absent marks a cell that a record has not set, while it is read: no JSON text begins with this byte.
const absent = "\xff"
