package sources

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dermset/dermset/dataset"
)

// A column says how the cells of one column of the dataset CSV, or the keys of a join, are made: from one origin, or
// from a list of them, one per image of the row; then split, stem, replace, matches, map, else, in this order.
type column struct {
	line    int
	sources []origin
	list    bool // the sources go with the images of the row one by one
	split   string
	stem    bool // of what the raw column holds, the file's name without folder and suffix counts
	replace [][2]string
	pattern *pattern          // nil: none
	mapping map[string]string // nil: none
	sight   sight             // of the keys of mapping
	other   string            // keep | empty | reject: a cell that pattern does not match, or mapping does not have
	oneHot  *oneHot
	orElse  *column // makes a cell that is empty; nil: it stays so
	missing string  // of mask_path: keep | empty | error
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

// columns is how many raw columns stand in the template.
func (o origin) columns() (n int) {
	for _, p := range o {
		if p.column != "" {
			n++
		}
	}
	return n
}

// raw is the raw column that a column is without more; empty: it is made.
func (c *column) raw() string {
	made := c.stem || c.replace != nil || c.pattern != nil || c.mapping != nil
	if made || len(c.sources) != 1 || len(c.sources[0]) != 1 {
		return ""
	}
	return c.sources[0][0].column
}

// A reader is one way the differentials of a row are stated, by one reader.
type reader struct {
	line      int
	reader    string
	format    string // json | python | delimited
	column    string
	columns   []string // labels in order of rank, empty ones left out
	oneHot    *oneHot  // whose set columns are the entries
	shares    *oneHot  // whose columns hold the weights of their labels
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
		case slices.ContainsFunc(c.extra, func(e extra) bool { return furtherKey(e.name) == furtherKey(name) }):
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

// furtherKey is equal for further columns that have one name in a version.
func furtherKey(name string) string { return strings.TrimPrefix(name, dataset.FurtherPrefix) }

// decodeColumn reads how a column is made: the name of a raw column, a template if it has braces, or a mapping.
func decodeColumn(n *node, name string) *column {
	c := &column{line: n.Line(), missing: "keep"}
	if n.IsText() {
		c.addText(n)
		return c
	}
	known := c.fields()
	for key, read := range (fields{
		"columns":   func(n *node) { c.many(n, c.addColumn) },
		"constant":  func(n *node) { c.one(n, c.addConstant) },
		"constants": func(n *node) { c.many(n, c.addConstant) },
		"templates": func(n *node) { c.many(n, func(text string) { c.addTemplate(n, text) }) },
		"split":     func(n *node) { n.Filled(&c.split) },
		"one_hot":   func(n *node) { c.oneHot = decodeOneHot(n) },
		"else":      func(n *node) { c.orElse = decodeColumn(n, "") },
	}) {
		known[key] = read
	}
	known["missing"] = func(n *node) {
		if n.OneOf(&c.missing, "keep", "empty", "error"); name != dataset.MaskPath {
			n.Mistyped("is of mask_path alone, and says what becomes of a mask that is not there: leave it out")
		}
	}
	if bareTemplate(n, known) {
		return c
	}
	n.Fields(known)
	c.check(n)
	return c
}

// fields are the keys of what is made of one raw column, or of one template.
func (c *column) fields() fields {
	return fields{
		"column":   func(n *node) { c.one(n, c.addColumn) },
		"template": func(n *node) { c.one(n, func(text string) { c.addTemplate(n, text) }) },
		"stem":     func(n *node) { n.YesNo(&c.stem) },
		"replace": orDefault(func(n *node) {
			n.Pairs(func(from, to string) {
				if from == "" {
					n.Failf("what is to be replaced is empty")
				}
				c.replace = append(c.replace, [2]string{from, to})
			})
		}),
		"matches": func(n *node) { c.match().re = decodePattern(n) },
		"to":      func(n *node) { n.Filled(&c.match().text) },
		"map": orDefault(func(n *node) {
			c.mapping = map[string]string{}
			n.Pairs(func(from, to string) { c.mapping[from] = to })
		}),
		"other": func(n *node) { n.OneOf(&c.other, "keep", "empty", "reject") },
	}
}

// bareTemplate refuses a template without quotes, which is a list of keys in YAML: {file}.
func bareTemplate(n *node, known fields) bool {
	keys := n.Keys()
	if len(keys) != 1 || known[keys[0]] != nil {
		return false
	}
	text := "x"
	n.Members(func(_ string, value *node) {
		if value.IsText() {
			value.Text(&text)
		}
	})
	if text != "" {
		return false
	}
	n.Failf("{%[1]s} without quotes is no template in YAML: write \"{%[1]s}\"", keys[0])
	return true
}

// decodeKey reads how a key of a join is made: of one raw column or template, as a column is. A key that the pattern
// does not match, or the map does not have, joins nothing.
func decodeKey(n *node) *column {
	c := &column{line: n.Line()}
	if n.IsText() {
		c.addText(n)
		return c
	}
	known := c.fields()
	if bareTemplate(n, known) {
		return c
	}
	n.Fields(known)
	switch given := c.other; {
	case given == "reject":
		n.Failf("other: reject: a key that does not fit joins nothing, and what becomes of its row type: says; " +
			"want keep or empty")
	case given == "" && (c.pattern != nil || c.mapping != nil):
		c.other = "empty"
	}
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
	c.checkPattern(n)
	fits := c.mapping != nil || c.pattern != nil
	switch {
	case origins != 1:
		n.Failf("want one of column, columns, constant, constants, template, templates, one_hot")
	case c.oneHot != nil && (c.split != "" || c.stem || c.replace != nil || fits):
		n.Failf("one_hot: says what its values are: only other: and else: stand beside it")
	case c.oneHot != nil && c.other == "keep":
		n.Failf("other: keep: want empty or reject, for a cell that is no mark is no value")
	case fits && c.other == "":
		n.Failf("%s wants other: beside it: what becomes of a value that does not fit, keep, empty or reject", c.fitting())
	case !fits && c.oneHot == nil && c.other != "":
		n.Failf("other: has no meaning without map: or matches:")
	case c.split != "" && len(c.sources) != 1:
		n.Failf("split: wants one column: or template:")
	case c.stem && slices.ContainsFunc(c.sources, func(o origin) bool { return o.columns() != 1 }):
		n.Failf("stem: wants one column, alone or in braces; of several say which part is meant: " +
			`matches: '^(.*)\.[^.]*$' takes the suffix off the text`)
	case c.missing != "keep" && c.missing != "" && len(c.sources) != 1:
		n.Failf("missing: wants one column: or template:")
	case c.orElse != nil && c.orElse.isList() && !c.isList():
		n.Failf("else: is a list, but what it stands for is not")
	}
}

// fitting are the keys that a value may not fit.
func (c *column) fitting() string {
	switch {
	case c.pattern == nil:
		return "map:"
	case c.mapping == nil:
		return "matches:"
	}
	return "matches: or map:"
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

// addText adds a text: a raw column's name, or a template.
func (c *column) addText(n *node) {
	var text string
	if n.Filled(&text); strings.ContainsAny(text, "{}") {
		c.addTemplate(n, text)
	} else {
		c.addColumn(text)
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
		"columns":          orDefault(func(n *node) { n.Texts(&r.columns) }),
		"labels":           func(n *node) { n.Filled(&r.labels) },
		"weights":          func(n *node) { n.Filled(&r.weights) },
		"one_hot":          orDefault(func(n *node) { r.oneHot = decodeOneHot(n) }),
		"probabilities":    orDefault(func(n *node) { r.shares = &oneHot{}; r.shares.decodeColumns(n) }),
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
	for _, given := range []bool{r.column != "", len(r.columns) > 0, r.labels != "", r.oneHot != nil, r.shares != nil} {
		if given {
			origins++
		}
	}
	r.format, r.separator, r.weightSep = cmp.Or(format, r.format), cmp.Or(separator, ";"), weightSep
	switch {
	case origins != 1:
		return errors.New("want column: (all entries), columns: (a label each), labels: beside weights: (two lists), " +
			"one_hot: (columns that are set) or probabilities: (a weight each), one of them")
	case (r.labels != "") != (r.weights != ""):
		return errors.New("want labels: and weights: together")
	case (len(r.columns) > 0 || r.oneHot != nil || r.shares != nil) && format != "":
		return errors.New("format: has no meaning for columns: of a label, a mark or a weight each")
	case r.oneHot != nil && (r.oneHot.none != "" || r.oneHot.several != "reject"):
		return errors.New("one_hot: of differentials: every set column is an entry; none: and several: have no meaning")
	case r.format != "delimited" && (separator != "" || weightSep != ""):
		return errors.New("separator: and weight_separator: want format: delimited")
	case r.labels != "" && weightSep != "":
		return errors.New("weight_separator: beside weights: has no meaning")
	}
	return nil
}

// names calls add for every raw column that the source's rows are made of, with the line in source.yaml that names it.
func (c *Config) names(add func(column string, line int)) {
	for _, conditions := range [][]condition{c.where, c.skip} {
		for _, condition := range conditions {
			add(condition.column, condition.line)
		}
	}
	for _, name := range dataset.Columns {
		c.columns[name].names(add)
	}
	for _, r := range c.readers {
		for _, name := range append([]string{r.column, r.labels, r.weights}, r.columns...) {
			if name != "" {
				add(name, r.line)
			}
		}
		r.oneHot.names(add, r.line)
		r.shares.names(add, r.line)
	}
	for _, e := range c.extra {
		e.from.names(add)
	}
}

// names calls add for every raw column that the column is made of; of nil for none.
func (c *column) names(add func(column string, line int)) {
	if c == nil {
		return
	}
	for _, source := range c.sources {
		for _, part := range source {
			if part.column != "" {
				add(part.column, c.line)
			}
		}
	}
	c.oneHot.names(add, c.line)
	c.orElse.names(add)
}
