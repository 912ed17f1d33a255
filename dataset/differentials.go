package dataset

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/dermset/dermset/dataset/literal"
)

// An Entry is one diagnosis of a differential.
type Entry struct {
	Label     string  // never empty when parsed
	Weight    float64 // ±Inf when the number is too large for a float64; 0 without a weight
	HasWeight bool
	Reader    string // empty: none
}

// ParseDifferentials appends the entries of a differentials cell to into. The cell is empty (no entries), a JSON list
// of labels ["a","b"], or a JSON list of objects {"label":"a","weight":0.5,"reader":"r1"} with weight and reader
// optional. Nothing else will do: not a mix of both, no other key, no key twice, no null, no empty label, no half of a
// surrogate pair, no text after the list. A weight beyond float64 is ±Inf, so that it can be named as a bad weight. On
// an error, which says at which byte, into is returned as it was.
//
// Labels and readers are parts of the cell, but for those with escapes.
func ParseDifferentials(cell string, into []Entry) ([]Entry, error) {
	if cell == "" {
		return into, nil
	}
	p := parser{literal.Scanner{Text: cell}}
	if !utf8.ValidString(cell) {
		return into, errors.New("differentials are not UTF-8")
	}
	entries, err := p.list(into)
	if err != nil {
		return into, fmt.Errorf("differentials, byte %d: %w", p.At+1, err)
	}
	return entries, nil
}

var errNoLabel = errors.New("an entry has no label, or an empty one")

// A parser reads one cell.
type parser struct{ literal.Scanner }

func (p *parser) list(into []Entry) ([]Entry, error) {
	if !p.Take('[') {
		return nil, p.Want("a list of labels or of objects")
	}
	if !p.Take(']') {
		objects := p.Peek() == '{'
		for {
			var entry Entry
			var err error
			switch {
			case objects && p.Take('{'):
				entry, err = p.object()
			case objects:
				err = p.Want("an object, like the first entry")
			default:
				if entry.Label, err = p.textOf("a label in double quotes"); err == nil && entry.Label == "" {
					err = errNoLabel
				}
			}
			if err != nil {
				return nil, err
			}
			into = append(into, entry)
			if p.Take(']') {
				break
			}
			if !p.Take(',') {
				return nil, p.Want("a comma or ]")
			}
		}
	}
	return into, p.End()
}

// object reads what follows an opening brace.
func (p *parser) object() (Entry, error) {
	var entry Entry
	var hasLabel, hasReader bool
	if p.Take('}') {
		return entry, errNoLabel
	}
	for {
		if !p.Take('"') {
			return entry, p.Want("a key in double quotes")
		}
		key, err := p.Quoted('"')
		if err != nil {
			return entry, err
		}
		if !p.Take(':') {
			return entry, p.Want("a colon")
		}
		switch {
		case key == "label" && !hasLabel:
			hasLabel = true
			if entry.Label, err = p.textOf("a label in double quotes"); err == nil && entry.Label == "" {
				err = errNoLabel
			}
		case key == "weight" && !entry.HasWeight:
			entry.HasWeight = true
			entry.Weight, err = p.number()
		case key == "reader" && !hasReader:
			hasReader = true
			entry.Reader, err = p.textOf("a reader in double quotes")
		case key == "label" || key == "weight" || key == "reader":
			err = fmt.Errorf("key %q stands twice in an entry", key)
		default:
			err = fmt.Errorf("key %q is unknown, want one of label, weight, reader", key)
		}
		switch {
		case err != nil:
			return entry, err
		case p.Take(','):
		case !p.Take('}'):
			return entry, p.Want("a comma or }")
		case !hasLabel:
			return entry, errNoLabel
		default:
			return entry, nil
		}
	}
}

// textOf reads a string; want says what it is to be.
func (p *parser) textOf(want string) (string, error) {
	if !p.Take('"') {
		return "", p.Want(want)
	}
	return p.Quoted('"')
}

// number reads a weight. One beyond float64 is ±Inf, which is what we promise;
// there is no other error once the grammar is right.
func (p *parser) number() (float64, error) {
	text, err := p.Number()
	if err != nil {
		return 0, err
	}
	value, _ := strconv.ParseFloat(text, 64)
	return value, nil
}

// AppendDifferentials appends the cell that parses to entries: nothing for none, a list of labels when no entry has a
// weight or a reader, else a list of objects. Infinite weights are written as ±1e999, NaN as no weight.
// Labels and readers must be UTF-8.
func AppendDifferentials(dst []byte, entries []Entry) []byte {
	if len(entries) == 0 {
		return dst
	}
	plain := true
	for _, e := range entries {
		plain = plain && !e.HasWeight && e.Reader == ""
	}
	for i, e := range entries {
		if i == 0 {
			dst = append(dst, '[')
		} else {
			dst = append(dst, ',')
		}
		if plain {
			dst = AppendQuoted(dst, e.Label)
			continue
		}
		dst = AppendQuoted(append(dst, `{"label":`...), e.Label)
		if e.HasWeight && !math.IsNaN(e.Weight) {
			dst = appendNumber(append(dst, `,"weight":`...), e.Weight)
		}
		if e.Reader != "" {
			dst = AppendQuoted(append(dst, `,"reader":`...), e.Reader)
		}
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func appendNumber(dst []byte, value float64) []byte {
	if math.IsInf(value, 0) {
		if value < 0 {
			dst = append(dst, '-')
		}
		return append(dst, "1e999"...)
	}
	form := byte('f')
	if size := math.Abs(value); size != 0 && (size < 1e-6 || size >= 1e21) {
		form = 'e'
	}
	return strconv.AppendFloat(dst, value, form, -1, 64)
}

// AppendQuoted appends text, which must be UTF-8, as a JSON string.
func AppendQuoted(dst []byte, text string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		case c < ' ':
			dst = append(dst, `\u00`...)
			dst = append(dst, hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
