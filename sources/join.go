package sources

import (
	"fmt"
	"slices"
	"strings"
)

// A join says how a table's rows find those of the tables before it: by keys, which are made as columns are.
type join struct {
	line        int
	left, right []*column // what keys are made of, pairwise; the rest of a column that makes several cells is never set
	foldCase    bool      // keys that differ only in case are equal
	inner       bool
}

func decodeJoin(n *node) *join {
	j := &join{line: n.Line()}
	kind := "left"
	add := func(left, right *column) { j.left, j.right = append(j.left, left), append(j.right, right) }
	n.Fields(fields{
		"on": func(n *node) {
			switch {
			case slices.Contains(n.Keys(), "before") && slices.Contains(n.Keys(), "this"):
				j.addPair(n, add)
			case n.IsMapping():
				n.Members(func(name string, n *node) { add(keyOf(n, name), decodeKey(n)) })
			case n.IsText():
				add(decodeKey(n), decodeKey(n))
			default:
				n.Each(func(n *node) { j.addPair(n, add) })
			}
		},
		"ignore_case": func(n *node) { n.YesNo(&j.foldCase) },
		"type":        func(n *node) { n.OneOf(&kind, "left", "inner") },
	})
	if j.inner = kind == "inner"; len(j.left) == 0 {
		n.Failf("want on: the key column, a list of them, or {column before: column of this file}")
	}
	return j
}

// addPair reads an entry of a list of keys: a text for both sides, or how either side is made.
func (j *join) addPair(n *node, add func(left, right *column)) {
	if n.IsText() {
		add(decodeKey(n), decodeKey(n))
		return
	}
	var before, this *column
	n.Fields(fields{
		"before": func(n *node) { before = decodeKey(n) },
		"this":   func(n *node) { this = decodeKey(n) },
	})
	if before == nil || this == nil {
		n.Failf("want before: how the key of the files before is made, and this: how that of this file is")
		return
	}
	add(before, this)
}

// keyOf is the key that stands as the name of another one.
func keyOf(n *node, name string) *column {
	c := &column{line: n.Line()}
	switch {
	case name == "":
		n.Failf("the key before it is empty")
	case strings.ContainsAny(name, "{}"):
		c.addTemplate(n, name)
	default:
		c.addColumn(name)
	}
	return c
}

// key appends the key that the cells make; ok is false if a part of it is empty, for an empty key joins nothing.
func (j *join) key(key []byte, parts []*column, cell func(col *column, name string) string) (_ []byte, ok bool) {
	for i, col := range parts {
		text := col.fill(col.sources[0], func(name string) string { return cell(col, name) })
		if text, _ = col.shape(text); text == "" {
			return key, false
		}
		if j.foldCase {
			text = strings.ToLower(text)
		}
		if i > 0 {
			key = append(key, 0)
		}
		key = append(key, text...)
	}
	return key, true
}

// noPartner says which key no row of a table has, or of which cells none could be made. of are the parts of the key.
func (j *join) noPartner(table string, of []*column, cell func(col *column, name string) string) string {
	if key, ok := j.key(nil, of, cell); ok {
		return fmt.Sprintf("no row of %s has its key %.200q", table, strings.ReplaceAll(string(key), "\x00", ", "))
	}
	var cells []string
	for _, col := range of {
		col.names(func(name string, _ int) { cells = append(cells, fmt.Sprintf("%s is %.200q", name, cell(col, name))) })
	}
	return "its key is empty, or does not fit: " + strings.Join(cells, ", ")
}

// keyNames are the raw columns that the keys of the joined file are made of, for messages.
func (j *join) keyNames() string {
	var names []string
	for _, col := range j.right {
		col.names(func(name string, _ int) { names = append(names, name) })
	}
	return strings.Join(names, ", ")
}
