package sources

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/io/sheetio"
)

// A oneHot is a value given by which of several columns is set.
type oneHot struct {
	columns   []string
	labels    []string // of the columns
	none      string   // the value when no column is set
	marks     words    // what a set column holds; none: 1, 1.0, true, yes, or a tick beside empty cells alone
	unset     words    // what one that is not set may hold, beside nothing
	several   string   // reject | first | join: what two set columns of different values mean
	separator string   // of join
}

// words are what cells of a oneHot hold, as they are written, and as markKey compares them.
type words struct{ written, keys []string }

func (w *words) decode(n *node) {
	n.OneOrMore(&w.written)
	for _, word := range w.written {
		key := markKey(word)
		if w.keys = append(w.keys, key); key == "" {
			n.Failf("%q: an empty cell is never set, and needs no word", word)
		}
	}
}

// with is the list as source.yaml has it, with one word more.
func (w *words) with(more string) string {
	var all []string
	for _, word := range append(slices.Clone(w.written), more) {
		if dataset.AsLatin(word) != word {
			all = append(all, strconv.QuoteToASCII(word)) // else nobody sees which is which
			continue
		}
		all = append(all, strconv.QuoteToGraphic(word))
	}
	return "[" + strings.Join(all, ", ") + "]"
}

func decodeOneHot(n *node) *oneHot {
	h := &oneHot{several: "reject"}
	given := map[string]*node{}
	n.Fields(fields{
		"columns":   func(n *node) { h.decodeColumns(n) },
		"none":      func(n *node) { n.Text(&h.none) },
		"marks":     orDefault(h.marks.decode),
		"unset":     orDefault(h.unset.decode),
		"several":   func(n *node) { n.OneOf(&h.several, "reject", "first", "join") },
		"separator": func(n *node) { given["separator"] = n; n.Filled(&h.separator) },
	})
	if h.several != "join" && given["separator"] != nil {
		given["separator"].Failf("has no meaning without several: join")
	}
	if h.separator == "" {
		h.separator = "; "
	}
	if len(h.columns) == 0 {
		n.Failf("want columns: {raw column: label}, or a list of columns whose names are the labels")
	}
	for i, key := range h.unset.keys {
		if slices.Contains(h.marks.keys, key) || len(h.marks.keys) == 0 && (isYes(key) || isTick(key)) {
			n.Failf("%q means set, and cannot mean unset too", h.unset.written[i])
		}
	}
	return h
}

// decodeColumns reads columns and their labels; those of a list are named as their labels are.
func (h *oneHot) decodeColumns(n *node) {
	if n.IsMapping() {
		n.Pairs(func(column, label string) {
			h.columns, h.labels = append(h.columns, column), append(h.labels, label)
		})
		return
	}
	n.Texts(&h.columns)
	for i, column := range h.columns {
		if column == "" || slices.Contains(h.columns[:i], column) {
			n.Failf("%q is empty, or stands twice", column)
		}
	}
	h.labels = h.columns
}

func (h *oneHot) names(add func(column string, line int), line int) {
	if h == nil {
		return
	}
	for _, name := range h.columns {
		add(name, line)
	}
}

// selectors choose how a sign is drawn (Unicode, emoji-variation-sequences.txt), which no reader of a table means.
var selectors = strings.NewReplacer("\ufe0e", "", "\ufe0f", "")

// markKey is equal for marks that differ only in case, blanks around, or in how Unicode writes them.
func markKey(cell string) string {
	if !dataset.IsASCII(cell) {
		cell = norm.NFC.String(selectors.Replace(cell))
	}
	return strings.ToLower(strings.TrimSpace(cell))
}

func isYes(key string) bool { return key == "true" || key == "yes" || isWhole(key, "1") }

func isNo(key string) bool { return key == "false" || key == "no" || isWhole(key, "0") }

// isTick reports whether a key is what people put beside what holds. With words or numbers in the columns beside it, it
// may mean anything.
func isTick(key string) bool { return key == "x" || key == "✓" || key == "✔" }

// isWhole reports whether a text is the digit, with nothing but zeros behind its point.
func isWhole(text, digit string) bool {
	whole, fraction, _ := strings.Cut(text, ".")
	return whole == digit && strings.Trim(fraction, "0") == ""
}

// isSet reports whether a cell is a mark; known is false for one that is neither set nor unset.
func (h *oneHot) isSet(cell string) (set, known bool) {
	if len(h.marks.keys)+len(h.unset.keys) == 0 { // most cells of most sets
		switch cell {
		case "", "0", "0.0":
			return false, true
		case "1", "1.0":
			return true, true
		}
	}
	key := markKey(cell)
	switch {
	case key == "" || slices.Contains(h.unset.keys, key):
		return false, true
	case len(h.marks.keys) > 0:
		set = slices.Contains(h.marks.keys, key)
		return set, set
	}
	set = isYes(key) || isTick(key)
	return set, set || isNo(key)
}

// mixes reports whether a cell that is set is a tick, and others of the row hold words or numbers.
func (h *oneHot) mixes(cell string, others func(column string) string) bool {
	return len(h.marks.keys) == 0 && isTick(markKey(cell)) && slices.ContainsFunc(h.columns, func(name string) bool {
		key := markKey(others(name))
		return isYes(key) || isNo(key)
	})
}

// unknown says what to do about a cell that is neither set nor unset, and where in a sheet it is.
func (h *oneHot) unknown(column, cell, place string) string {
	text := strings.TrimSpace(cell)
	want := "1 or 0, true or false, yes or no, X or nothing"
	if len(h.marks.written) > 0 {
		want = strings.Join(h.marks.written, ", ") + " if set, " +
			strings.Join(append(slices.Clone(h.unset.written), "nothing"), ", ") + " if not"
	}
	marks := h.marks.with(text)
	if len(h.marks.written) == 0 { // those that are read without marks: are to be read with it
		set := words{written: []string{"1", "1.0", "true", "yes", "X", "✓", "✔"}}
		unset := words{written: append(slices.Clone(h.unset.written), "0", "0.0", "false")}
		marks = set.with(text) + ", unset: " + unset.with("no")
	}
	remedy := fmt.Sprintf("if that means set, write marks: %s, if not, unset: %s", marks, h.unset.with(text))
	if latin := dataset.AsLatin(text); latin != text {
		remedy = fmt.Sprintf("it is %+q, which looks like %q; %s", text, latin, remedy)
	}
	if share, err := strconv.ParseFloat(text, 64); err == nil && share > 0 && share < 1 {
		remedy = "if it is a probability, write it as differentials: {probabilities: {column: label, …}}"
	}
	return fmt.Sprintf("%s is %q%s, want %s; %s", column, cell, place, want, remedy)
}

// sheetCell says where the cell of a raw column stands in a sheet, and whether it holds no formula without a value.
func (g *ingest) sheetCell(name string) (place string, computed bool) {
	at := g.refs[name]
	r := g.rows[at.table]
	if r == nil || at.column >= len(r.columns) { // it is no sheet's, or no column of the sheet
		return "", true
	}
	return " in cell " + r.cellName(at.column), r.kind(at.column) != sheetio.FormulaWithoutValue
}

// setColumns appends the numbers of the columns that are set. Where one is neither set nor unset, it says why.
func (g *ingest) setColumns(into []int, h *oneHot) (set []int, why string) {
	for at, name := range h.columns {
		cell := g.cell(name)
		is, known := h.isSet(cell)
		if !known || is && h.mixes(cell, g.cell) {
			place, _ := g.sheetCell(name)
			return into, h.unknown(name, cell, place)
		}
		if cell == "" {
			if place, computed := g.sheetCell(name); !computed {
				return into, name + " is a formula without a value" + place + ": open the workbook, let it compute, save it"
			}
		}
		if is {
			into = append(into, at)
		}
	}
	return into, ""
}

// oneHot is the value whose column is set. One that columns contradict is refused, unless other is empty.
func (g *ingest) oneHot(h *oneHot, other string) (string, Unused) {
	refuse := func(why string) (string, Unused) {
		if other == "empty" {
			return "", Unused{}
		}
		return "", Unused{Reason: "one_hot", Detail: why}
	}
	set, why := g.setColumns(g.set[:0], h)
	if g.set = set[:0]; why != "" {
		return refuse(why)
	}
	if len(set) == 0 && slices.ContainsFunc(h.columns, g.alien) {
		return "", Unused{} // what a file does not know of is not none
	}
	value, first := h.none, -1
	var values []string
	for _, at := range set {
		switch {
		case first < 0:
			value, first = h.labels[at], at
			values = append(values, value)
		case slices.Contains(values, h.labels[at]):
		case h.several == "reject":
			return refuse(fmt.Sprintf("both %s and %s are set (several: first or join would take them)",
				h.columns[first], h.columns[at]))
		case h.several == "join":
			values = append(values, h.labels[at])
			value = strings.Join(values, h.separator)
		}
	}
	return value, Unused{}
}

// hotEntries appends an entry for every column that is set, or whose cell is a weight above 0. Where a cell is neither,
// it says why.
func (g *ingest) hotEntries(into []dataset.Entry, r *reader, h *oneHot) (entries []dataset.Entry, why string) {
	if r.oneHot != nil {
		set, why := g.setColumns(g.set[:0], h)
		g.set = set[:0]
		for _, at := range set {
			into = append(into, dataset.Entry{Label: h.labels[at], Reader: r.reader})
		}
		return into, why
	}
	for at, name := range h.columns {
		cell := strings.TrimSpace(g.cell(name))
		place, computed := g.sheetCell(name)
		if cell == "" && computed {
			continue
		}
		weight, has, err := parseWeight(cell)
		if err != nil {
			return into, name + place + ": " + err.Error()
		}
		if has && weight != 0 {
			into = append(into, dataset.Entry{Label: h.labels[at], Weight: weight, HasWeight: true, Reader: r.reader})
		}
	}
	return into, ""
}
