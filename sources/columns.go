package sources

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dermset/dermset/dataset"
)

// A column says how the cells of one column of the dataset CSV are made: from one origin, or from a list of them, one
// per image of the row; then split, replace, map, in this order.
type column struct {
	line    int
	sources []origin
	list    bool // the sources go with the images of the row one by one
	split   string
	replace [][2]string
	mapping map[string]string // nil: none
	other   string            // keep | empty | reject: a cell that mapping does not have
	oneHot  *oneHot
	missing string // of mask_path: keep | empty | error
}

// isList reports whether a row's cells go with its images one by one.
func (c *column) isList() bool { return c.list || c.split != "" }

// An origin is a template: text and raw columns in turn. A raw column alone and a constant are templates too. A
// template with an empty column is empty.
type origin []part

type part struct {
	text   string
	column string // when not empty, the part is this column's cell
}

// A oneHot is a label given by which of several columns is set.
type oneHot struct {
	columns []string
	labels  []string // of the columns
	none    string   // the label when no column is set
}

// A reader is one way the differentials of a row are stated, by one reader.
type reader struct {
	line      int
	reader    string
	format    string // json | python | delimited
	column    string
	columns   []string // labels in order of rank, empty ones left out
	labels    string   // with weights: two parallel lists
	weights   string
	separator string // of delimited entries
	weightSep string // of a delimited entry's label and weight; empty: no weights
}

func (c *Config) decodeColumns(n *node) {
	known := fields{}
	for _, name := range dataset.Columns {
		known[name] = func(n *node) { c.columns[name] = decodeColumn(n, name) }
	}
	known[dataset.Differentials] = func(n *node) {
		n.OneOrEach(func(n *node) { c.readers = append(c.readers, decodeReader(n)) })
	}
	n.Fields(known)
}

func (c *Config) decodeExtra(n *node) {
	add := func(n *node, name string, col *column) {
		switch {
		case name == "":
			n.Failf("a column's name is empty")
		case slices.Contains(dataset.Columns, name):
			n.Failf("%q is one of the dataset's own columns, want it under columns:, or another name", name)
		case slices.ContainsFunc(c.extra, func(e extra) bool { return e.name == name }):
			n.Failf("%q stands twice", name)
		default:
			c.extra = append(c.extra, extra{name, col})
		}
	}
	if n.IsMapping() {
		n.Members(func(name string, n *node) { add(n, name, decodeColumn(n, name)) })
		return
	}
	n.Each(func(n *node) {
		var name string
		n.Text(&name)
		add(n, name, &column{line: n.Line(), sources: []origin{{{column: name}}}})
	})
}

// decodeColumn reads how a column is made: the name of a raw column, a template if it has braces, or a mapping.
func decodeColumn(n *node, name string) *column {
	c := &column{line: n.Line(), missing: "keep"}
	if n.IsText() {
		var text string
		if n.Filled(&text); strings.ContainsAny(text, "{}") {
			c.addTemplate(n, text)
		} else {
			c.addColumn(text)
		}
		return c
	}
	known := fields{
		"column":    func(n *node) { c.one(n, c.addColumn) },
		"columns":   func(n *node) { c.many(n, c.addColumn) },
		"constant":  func(n *node) { c.one(n, c.addConstant) },
		"constants": func(n *node) { c.many(n, c.addConstant) },
		"template":  func(n *node) { c.one(n, func(text string) { c.addTemplate(n, text) }) },
		"templates": func(n *node) { c.many(n, func(text string) { c.addTemplate(n, text) }) },
		"replace": func(n *node) {
			n.Pairs(func(from, to string) {
				if from == "" {
					n.Failf("what is to be replaced is empty")
				}
				c.replace = append(c.replace, [2]string{from, to})
			})
		},
		"split": func(n *node) { n.Filled(&c.split) },
		"map": func(n *node) {
			c.mapping = map[string]string{}
			n.Pairs(func(from, to string) { c.mapping[from] = to })
		},
		"other": func(n *node) { n.OneOf(&c.other, "keep", "empty", "reject") },
	}
	if name == dataset.Label {
		known["one_hot"] = func(n *node) { c.oneHot = decodeOneHot(n) }
	}
	if name == dataset.MaskPath {
		known["missing"] = func(n *node) { n.OneOf(&c.missing, "keep", "empty", "error") }
	}
	n.Fields(known)
	c.check(n)
	return c
}

func (c *column) check(n *node) {
	if !n.IsMapping() {
		return
	}
	origins := 0
	for _, key := range n.Keys() {
		switch key {
		case "column", "columns", "constant", "constants", "template", "templates", "one_hot":
			origins++
		}
	}
	switch {
	case origins != 1:
		n.Failf("want one of column, columns, constant, constants, template, templates (or one_hot, for a label)")
	case c.oneHot != nil && len(n.Keys()) > 1:
		n.Failf("one_hot: says what the labels are, nothing stands beside it")
	case c.mapping != nil && c.other == "":
		n.Failf("map: wants other: beside it: what becomes of a value that it does not have, keep, empty or reject")
	case c.mapping == nil && c.other != "":
		n.Failf("other: has no meaning without map:")
	case c.split != "" && len(c.sources) != 1:
		n.Failf("split: wants one column: or template:")
	}
}

func (c *column) one(n *node, add func(string)) {
	var text string
	if n.Text(&text) {
		add(text)
	}
}

func (c *column) many(n *node, add func(string)) {
	var texts []string
	n.Texts(&texts)
	for _, text := range texts {
		add(text)
	}
	if c.list = true; n.IsList() && len(texts) == 0 {
		n.Failf("is an empty list")
	}
}

func (c *column) addColumn(name string) { c.sources = append(c.sources, origin{{column: name}}) }

func (c *column) addConstant(text string) { c.sources = append(c.sources, origin{{text: text}}) }

func (c *column) addTemplate(n *node, text string) {
	made, err := parseTemplate(text)
	if err != nil {
		n.Failf("%v", err)
	}
	c.sources = append(c.sources, made)
}

// parseTemplate reads text with columns in braces; {{ and }} stand for a brace.
func parseTemplate(text string) (origin, error) {
	var made origin
	var plain strings.Builder
	flush := func() {
		if plain.Len() > 0 {
			made = append(made, part{text: plain.String()})
			plain.Reset()
		}
	}
	for rest := text; rest != ""; {
		switch {
		case strings.HasPrefix(rest, "{{") || strings.HasPrefix(rest, "}}"):
			plain.WriteByte(rest[0])
			rest = rest[2:]
		case rest[0] == '}':
			return nil, fmt.Errorf("template %q: a } closes nothing (}} stands for one)", text)
		case rest[0] == '{':
			name, after, closed := strings.Cut(rest[1:], "}")
			if !closed || name == "" || strings.Contains(name, "{") {
				return nil, fmt.Errorf("template %q: want a column's name in braces ({{ stands for a brace)", text)
			}
			flush()
			made = append(made, part{column: name})
			rest = after
		default:
			plain.WriteByte(rest[0])
			rest = rest[1:]
		}
	}
	flush()
	return made, nil
}

func decodeOneHot(n *node) *oneHot {
	h := &oneHot{}
	n.Fields(fields{
		"columns": func(n *node) {
			n.Pairs(func(column, label string) {
				h.columns, h.labels = append(h.columns, column), append(h.labels, label)
			})
		},
		"none": func(n *node) { n.Text(&h.none) },
	})
	if len(h.columns) == 0 {
		n.Failf("want columns: {raw column: label}")
	}
	return h
}

func decodeReader(n *node) reader {
	r := reader{line: n.Line(), format: "json"}
	if n.IsText() {
		n.Filled(&r.column)
		return r
	}
	var format, separator, weightSep string
	n.Fields(fields{
		"reader":           func(n *node) { n.Text(&r.reader) },
		"column":           func(n *node) { n.Filled(&r.column) },
		"columns":          func(n *node) { n.Texts(&r.columns) },
		"labels":           func(n *node) { n.Filled(&r.labels) },
		"weights":          func(n *node) { n.Filled(&r.weights) },
		"format":           func(n *node) { n.OneOf(&format, "json", "python", "delimited") },
		"separator":        func(n *node) { n.Filled(&separator) },
		"weight_separator": func(n *node) { n.Filled(&weightSep) },
	})
	if err := r.set(format, separator, weightSep); err != nil {
		n.Failf("%v", err)
	}
	return r
}

func (r *reader) set(format, separator, weightSep string) error {
	origins := 0
	for _, given := range []bool{r.column != "", len(r.columns) > 0, r.labels != ""} {
		if given {
			origins++
		}
	}
	r.format, r.separator, r.weightSep = cmp.Or(format, r.format), cmp.Or(separator, ";"), weightSep
	switch {
	case origins != 1:
		return errors.New(
			"want column: (all entries), columns: (a label each), or labels: beside weights: (two lists), one of them")
	case (r.labels != "") != (r.weights != ""):
		return errors.New("want labels: and weights: together")
	case len(r.columns) > 0 && format != "":
		return errors.New("format: has no meaning for columns: of a label each")
	case r.format != "delimited" && (separator != "" || weightSep != ""):
		return errors.New("separator: and weight_separator: want format: delimited")
	case r.labels != "" && weightSep != "":
		return errors.New("weight_separator: beside weights: has no meaning")
	}
	return nil
}

// names calls add for every raw column that the source's rows are made of, with the line in source.yaml that names it.
func (c *Config) names(add func(column string, line int)) {
	of := func(col *column) {
		if col == nil {
			return
		}
		for _, source := range col.sources {
			for _, part := range source {
				if part.column != "" {
					add(part.column, col.line)
				}
			}
		}
		if col.oneHot != nil {
			for _, name := range col.oneHot.columns {
				add(name, col.line)
			}
		}
	}
	for _, conditions := range [][]condition{c.where, c.skip} {
		for _, condition := range conditions {
			add(condition.column, condition.line)
		}
	}
	for _, name := range dataset.Columns {
		of(c.columns[name])
	}
	for _, r := range c.readers {
		for _, name := range append([]string{r.column, r.labels, r.weights}, r.columns...) {
			if name != "" {
				add(name, r.line)
			}
		}
	}
	for _, e := range c.extra {
		of(e.from)
	}
}
