package sources

import (
	"bytes"
	"fmt"
	"path"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/dermset/dermset/dataset"
)

// An Alone tells of the used rows without a partner in a joined table.
type Alone struct {
	Table string // its name in source.yaml
	Rows  int
	Of    int      // of so many used rows
	First []string // places and keys of the first, with what may be meant
}

// mostAlone is how many rows without a partner are told one by one.
const mostAlone = 5

// A lonely is a row of the first table that no row of a joined one joins.
type lonely struct {
	at   place
	told string // which key it has, or why it has none
	key  string // empty: it has none
	like string // a key that is nearly this one
}

// lone notes a used row of the first table that no row of the store joins, the first of them with its key.
func (g *ingest) lone(i int, at place) {
	s, j := g.stores[i], g.c.files[i+1].join
	if s.alone++; s.alone > mostAlone {
		return
	}
	cell := func(_ *column, name string) string { return g.text(g.joins[i][name]) }
	l := lonely{at: at, told: j.noPartner(s.file.name, j.left, cell)}
	if key, ok := j.key(nil, j.left, cell); ok {
		l.key = string(key)
	}
	s.lonely = append(s.lonely, l)
}

// nearly looks whether a row of the store that nothing joins is what a row without a partner means.
func (s *store) nearly(key []byte) {
	var loose []byte
	for i := range s.lonely {
		if l := &s.lonely[i]; l.key != "" && l.like == "" {
			if loose == nil {
				loose = appendLoose(nil, string(key))
			}
			if bytes.Equal(loose, appendLoose(nil, l.key)) {
				l.like = string(key)
			}
		}
	}
}

// appendLoose appends a key without what mostly tells two ways to write one: case, forms of Unicode, folders, the
// suffix of a file, blanks, zeros before a number.
func appendLoose(dst []byte, key string) []byte {
	name := path.Base(strings.ReplaceAll(key, `\`, "/"))
	if suffix := path.Ext(name); len(suffix) > 1 && strings.Trim(suffix[1:], "0123456789") != "" {
		name = strings.TrimSuffix(name, suffix)
	}
	digit := false
	for _, c := range dataset.AppendFoldedID(nil, name) {
		if c == '0' && !digit {
			continue
		}
		digit = '0' <= c && c <= '9'
		dst = append(dst, c)
	}
	return dst
}

// alone says which rows have no row in a joined table; it is an error where that is all, for then no key fits.
func (g *ingest) alone(i int, used int) error {
	s, f := g.stores[i], &g.c.files[i+1]
	a := Alone{Table: s.file.name, Rows: s.alone, Of: used}
	for _, l := range s.lonely {
		text := l.at.in("") + ": " + l.told
		if l.like != "" {
			text += fmt.Sprintf(", but %.200q: write %s", strings.ReplaceAll(l.like, "\x00", ", "), f.join.toFit(l.key, l.like))
		}
		a.First = append(a.First, text)
	}
	if s.alone < used || len(s.ends) == 0 {
		g.out.report.Alone = append(g.out.report.Alone, a)
		return nil
	}
	return fmt.Errorf("%s:%d: join: not one of %d used rows has a row in %s: %s", g.c.Path, f.join.line, used,
		s.file.name, strings.Join(a.First[:min(2, len(a.First))], "; "))
}

// toFit is what to write so that a key of the files before fits one of this file.
func (j *join) toFit(before, this string) string {
	side, add := "before", ""
	switch {
	case strings.EqualFold(before, this):
		return "`ignore_case: yes`"
	case norm.NFC.String(before) == norm.NFC.String(this):
		from, to := before, this
		if norm.NFC.IsNormalString(before) {
			side, from, to = "this", this, before
		}
		add = "replace: {" + strings.Join(composing(from, to), ", ") + "}"
	case stem(before) == this:
		add = "stem: yes"
	case stem(this) == before:
		side, add = "this", "stem: yes"
	case strings.TrimLeft(before, "0") == this:
		add = `matches: "^0*(.+)$"`
	case strings.TrimLeft(this, "0") == before:
		side, add = "this", `matches: "^0*(.+)$"`
	case strings.TrimSpace(before) == this:
		add = `matches: "^\\s*(.*\\S)\\s*$"`
	case strings.TrimSpace(this) == before:
		side, add = "this", `matches: "^\\s*(.*\\S)\\s*$"`
	default:
		return "how either key is made: `on: [{before: …, this: …}]`"
	}
	if len(j.left) != 1 || j.left[0].raw() == "" || j.right[0].raw() == "" {
		return fmt.Sprintf("`%s` beside the column of `%s:`", add, side)
	}
	left, right := yamlText(j.left[0].raw()), yamlText(j.right[0].raw())
	if side == "before" {
		left = fmt.Sprintf("{column: %s, %s}", left, add)
	} else {
		right = fmt.Sprintf("{column: %s, %s}", right, add)
	}
	return fmt.Sprintf("`on: [{before: %s, this: %s}]`", left, right)
}

// composing are pairs of replace: that make one form of Unicode of another.
func composing(from, to string) (pairs []string) {
	seen := map[string]bool{}
	for from != "" && to != "" {
		n, m := next(from), next(to)
		if a, b := from[:n], to[:m]; a != b && !seen[a] {
			seen[a] = true
			pairs = append(pairs, fmt.Sprintf("%+q: %+q", a, b))
		}
		from, to = from[n:], to[m:]
	}
	return pairs
}

// next is how long the first letter of a text is, with the marks on it.
func next(text string) int {
	for i, r := range text {
		if i > 0 && !unicode.Is(unicode.Mn, r) {
			return i
		}
	}
	return len(text)
}
