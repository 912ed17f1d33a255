package sources

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/slips"
)

// A sight notes which of the values that source.yaml names no row has, and the first others that rows have instead.
// The zero sight looks for nothing.
type sight struct {
	named  int  // how many there are
	spare  bool // that no row has any of them says nothing
	unseen map[string]bool
	others map[string]bool
}

// mostOthers is how many other values are looked at for one that may be meant.
const mostOthers = 200

func sightOf(values []string) sight {
	s := sight{unseen: map[string]bool{}, others: map[string]bool{}}
	for _, value := range values {
		if value != "" { // rows may all have something
			s.unseen[value] = true
		}
	}
	s.named = len(s.unseen)
	return s
}

// see takes a value of a row, which is named or not.
func (s *sight) see(value string, named bool) {
	switch {
	case len(s.unseen) == 0:
	case named:
		delete(s.unseen, value)
	case value != "" && len(s.others) < mostOthers && !s.others[value]:
		s.others[strings.Clone(value)] = true
	}
}

// idle says which values no row has: those of which another one is near, or all if none is in any row.
func (s *sight) idle(path string, line int, what string) (told []string) {
	if len(s.others) == 0 {
		return nil // no row has anything, and where every value is named nothing is mistyped
	}
	others := slices.Sorted(maps.Keys(s.others))
	for _, value := range slices.Sorted(maps.Keys(s.unseen)) {
		if meant := nearValue(value, others); meant != "" {
			told = append(told, fmt.Sprintf("%q (did you mean %q?)", value, meant))
		} else if len(s.unseen) == s.named && !s.spare {
			told = append(told, fmt.Sprintf("%q", value))
		}
	}
	if len(told) == 0 {
		return nil
	}
	more := ""
	if n := len(told) - mostIdle; n > 0 {
		told, more = told[:mostIdle], fmt.Sprintf(" and %d more", n)
	}
	return []string{fmt.Sprintf("%s:%d: %s: no row that it is asked of has %s%s", path, line, what,
		strings.Join(told, ", "), more)}
}

// mostIdle is how many values of a map or a condition are told.
const mostIdle = 5

// nearValue is the value that was probably meant: one that differs in accents, case, blanks or forms of Unicode, else
// the nearest.
func nearValue(written string, values []string) string {
	key := plain(written)
	if i := slices.IndexFunc(values, func(value string) bool { return plain(value) == key }); i >= 0 {
		return values[i]
	}
	if len(key) < 4 { // a code of few letters is another code
		return ""
	}
	return slips.Nearest(written, values)
}

// plain is a value without accents, case and signs.
func plain(value string) string {
	return folded(slips.WithoutAccents(value))
}

// sights are all values that are looked for, each with the column of the dataset or of the condition, and its line.
func (c *Config) sights(each func(s *sight, values []string, line int, what string)) {
	for i := range c.where {
		w := &c.where[i]
		each(&w.sight, slices.Concat(w.is, w.not), w.line, "where: "+w.column)
	}
	for i := range c.skip {
		w := &c.skip[i]
		each(&w.sight, slices.Concat(w.is, w.not), w.line, "skip: "+w.column)
	}
	column := func(name string, col *column) {
		for ; col != nil; col = col.orElse {
			each(&col.sight, slices.Collect(maps.Keys(col.mapping)), col.line, "map of "+name)
			col.sight.spare = col.other == "keep" // such as {unknown: ""}
		}
	}
	for _, name := range dataset.Columns {
		column(name, c.columns[name])
	}
	for _, e := range c.extra {
		column(e.name, e.from)
	}
}

// look begins to look for the values that source.yaml names.
func (c *Config) look() {
	c.sights(func(s *sight, values []string, _ int, _ string) { *s = sightOf(values) })
}

// idle are those that no row has.
func (c *Config) idle() (told []string) {
	c.sights(func(s *sight, _ []string, line int, what string) { told = append(told, s.idle(c.Path, line, what)...) })
	return told
}
