package sources

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dermset/dermset/dataset"
)

// besideM are words for men that make M doubtful beside them: it may be mujer, mulher (Spanish and Portuguese hombre,
// varón, homem), and V may be vrouw (Dutch).
var besideM = []string{"H", "V", "hombre", "varón", "homem"}

// sexes notes which letters a column of sexes has. M is male where nothing says otherwise, so that a column of H and M
// would make men of all women.
type sexes struct {
	m, other place
	hasM     bool
	word     string // of besideM; empty: none was seen
}

// see takes a raw cell, and what it is made.
func (s *sexes) see(at place, raw, made string) {
	if raw = strings.TrimSpace(raw); len(raw) == 0 || s.hasM && s.word != "" {
		return
	}
	if !s.hasM && strings.EqualFold(raw, "m") && strings.EqualFold(strings.TrimSpace(made), "m") {
		s.m, s.hasM = at, true
	}
	if s.word != "" {
		return
	}
	if i := slices.IndexFunc(besideM, func(word string) bool { return strings.EqualFold(word, raw) }); i >= 0 {
		s.other, s.word = at, besideM[i]
	}
}

// doubtful is the error of a column where nobody can tell who M is.
func (s *sexes) doubtful(c *Config, dir string) error {
	if !s.hasM || s.word == "" {
		return nil
	}
	what := fmt.Sprintf("sex \"M\" (%s) stands beside %q (%s), so it may be a woman", s.m.in(dir), s.word, s.other.in(dir))
	column := c.columns[dataset.SexColumn]
	if column == nil { // a script writes it
		return fmt.Errorf("%s: %s: want male and female in their places", c.Path, what)
	}
	line := fmt.Sprintf("map: {%s: male, M: female}", s.word)
	if column.raw() != "" {
		line = fmt.Sprintf("sex: {column: %s, %s, other: keep}", yamlText(column.raw()), line)
	}
	return fmt.Errorf("%s:%d: %s: write `%s`, or the other way round", c.Path, column.line, what, line)
}
