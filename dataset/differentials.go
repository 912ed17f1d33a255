package dataset

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// An Entry is one diagnosis of a differential.
type Entry struct {
	Label     string  // never empty when parsed
	Weight    float64 // ±Inf when the number is too large for a float64; 0 without a weight
	HasWeight bool
	Reader    string // empty: none
}

// ParseDifferentials appends the entries of a differentials cell to into. The cell is empty (no entries), a JSON list of labels
// ["a","b"], or a JSON list of objects {"label":"a","weight":0.5,"reader":"r1"} with weight and reader optional. Nothing else will do: not
// a mix of both, no other key, no key twice, no null, no empty label, no half of a surrogate pair, no text after the list. A weight beyond
// float64 is ±Inf, so that it can be named as a bad weight. On an error, which says at which byte, into is returned as it was.
//
// Labels and readers are parts of the cell, but for those with escapes.
func ParseDifferentials(cell string, into []Entry) ([]Entry, error) {
	if cell == "" {
		return into, nil
	}
	p := parser{text: cell}
	if !utf8.ValidString(p.text) {
		return into, errors.New("differentials are not UTF-8")
	}
	entries, err := p.list(into)
	if err != nil {
		return into, fmt.Errorf("differentials, byte %d: %w", p.at+1, err)
	}
	return entries, nil
}

var errNoLabel = errors.New("an entry has no label, or an empty one")

// parser reads one cell; at is the next byte.
type parser struct {
	text string
	at   int
}

func (p *parser) list(into []Entry) ([]Entry, error) {
	if !p.take('[') {
		return nil, p.want("a list of labels or of objects")
	}
	if !p.take(']') {
		objects := p.peek() == '{'
		for {
			var entry Entry
			var err error
			switch {
			case objects && p.take('{'):
				entry, err = p.object()
			case objects:
				err = p.want("an object, like the first entry")
			default:
				if entry.Label, err = p.textOf("a label in double quotes"); err == nil && entry.Label == "" {
					err = errNoLabel
				}
			}
			if err != nil {
				return nil, err
			}
			into = append(into, entry)
			if p.take(']') {
				break
			}
			if !p.take(',') {
				return nil, p.want("a comma or ]")
			}
		}
	}
	if p.peek(); p.at < len(p.text) {
		return nil, p.want("nothing after the list")
	}
	return into, nil
}

// object reads what follows an opening brace.
func (p *parser) object() (Entry, error) {
	var entry Entry
	var hasLabel, hasReader bool
	if p.take('}') {
		return entry, errNoLabel
	}
	for {
		if !p.take('"') {
			return entry, p.want("a key in double quotes")
		}
		key, err := p.quoted()
		if err != nil {
			return entry, err
		}
		if !p.take(':') {
			return entry, p.want("a colon")
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
		case p.take(','):
		case !p.take('}'):
			return entry, p.want("a comma or }")
		case !hasLabel:
			return entry, errNoLabel
		default:
			return entry, nil
		}
	}
}

// textOf reads a string; want says what it is to be.
func (p *parser) textOf(want string) (string, error) {
	if !p.take('"') {
		return "", p.want(want)
	}
	return p.quoted()
}

// peek skips white space and returns the next byte, 0 at the end.
func (p *parser) peek() byte {
	for ; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// take skips white space and the byte c, if it is next.
func (p *parser) take(c byte) bool {
	if p.peek() != c || p.at >= len(p.text) {
		return false
	}
	p.at++
	return true
}

func (p *parser) want(what string) error {
	p.peek()
	if p.at >= len(p.text) {
		return fmt.Errorf("the text ends, want %s", what)
	}
	r, _ := utf8.DecodeRuneInString(p.text[p.at:])
	return fmt.Errorf("%q, want %s", r, what)
}

// quoted reads what follows an opening quote. Text without escapes is a part of the cell, not a copy.
func (p *parser) quoted() (string, error) {
	start := p.at
	for ; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == '"':
			p.at++
			return p.text[start : p.at-1], nil
		case c == '\\':
			return p.escaped(start)
		case c < ' ':
			return "", fmt.Errorf("control character %q in a string, want it escaped", c)
		}
	}
	return "", errors.New("a string has no end")
}

// escaped goes on with a string that begins at start and has its first escape at p.at.
func (p *parser) escaped(start int) (string, error) {
	text := append(make([]byte, 0, len(p.text)-start), p.text[start:p.at]...)
	for p.at < len(p.text) {
		c := p.text[p.at]
		switch {
		case c == '"':
			p.at++
			return string(text), nil
		case c < ' ':
			return "", fmt.Errorf("control character %q in a string, want it escaped", c)
		case c != '\\':
			text = append(text, c)
			p.at++
			continue
		}
		p.at++
		if p.at >= len(p.text) {
			break
		}
		c = p.text[p.at]
		if c == 'u' {
			r, err := p.unicode()
			if err != nil {
				return "", err
			}
			text = utf8.AppendRune(text, r)
			continue
		}
		i := strings.IndexByte(`"\/bfnrt`, c)
		if i < 0 {
			return "", fmt.Errorf("escape \\%c is unknown", c)
		}
		text = append(text, "\"\\/\b\f\n\r\t"[i])
		p.at++
	}
	return "", errors.New("a string has no end")
}

// unicode reads uXXXX, and the second half of a surrogate pair after it.
func (p *parser) unicode() (rune, error) {
	r, ok := p.hex()
	if !ok {
		return 0, errors.New(`\u wants four hex digits`)
	}
	if !utf16.IsSurrogate(r) {
		return r, nil
	}
	if p.at+1 < len(p.text) && p.text[p.at] == '\\' && p.text[p.at+1] == 'u' {
		p.at++
		if low, ok := p.hex(); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, nil
			}
		}
	}
	return 0, errors.New("half of a surrogate pair")
}

// hex reads the four digits behind the u at p.at.
func (p *parser) hex() (rune, bool) {
	if p.at+5 > len(p.text) {
		return 0, false
	}
	var r rune
	for _, c := range []byte(p.text[p.at+1 : p.at+5]) {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	p.at += 5
	return r, true
}

func (p *parser) number() (float64, error) {
	p.peek()
	start := p.at
	p.is('-')
	whole := p.at
	if !p.digits() || p.text[whole] == '0' && p.at > whole+1 {
		p.at = start
		return 0, p.want("a number")
	}
	if p.is('.') && !p.digits() {
		return 0, p.want("a digit")
	}
	if p.is('e') || p.is('E') {
		if !p.is('-') {
			p.is('+')
		}
		if !p.digits() {
			return 0, p.want("a digit")
		}
	}
	// The grammar is checked, so the only error is the range: then the value is ±Inf, which is what we promise.
	value, _ := strconv.ParseFloat(p.text[start:p.at], 64)
	return value, nil
}

func (p *parser) is(c byte) bool {
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *parser) digits() bool {
	start := p.at
	for p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9' {
		p.at++
	}
	return p.at > start
}

// AppendDifferentials appends the cell that parses to entries: nothing for none, a list of labels when no entry has a weight or a reader,
// else a list of objects. Infinite weights are written as ±1e999, NaN as no weight. Labels and readers must be UTF-8.
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
			dst = appendQuoted(dst, e.Label)
			continue
		}
		dst = appendQuoted(append(dst, `{"label":`...), e.Label)
		if e.HasWeight && !math.IsNaN(e.Weight) {
			dst = appendNumber(append(dst, `,"weight":`...), e.Weight)
		}
		if e.Reader != "" {
			dst = appendQuoted(append(dst, `,"reader":`...), e.Reader)
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

func appendQuoted(dst []byte, text string) []byte {
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
