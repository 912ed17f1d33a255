package sources

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A literal is a value as JSON or Python writes it.
type literal struct {
	kind    literalKind
	text    string    // of text: what it stands for; else as written
	keys    []string  // of a dict, in order, each once
	members []literal // of a dict or a list
}

type literalKind byte

const (
	isNone literalKind = iota
	isBool
	isNumber
	isString
	isSequence
	isDict
)

// maxDepth is how deep values may be nested. Nothing that describes an image is near it.
const maxDepth = 64

// A scanner reads literals. With python set it reads what Python's repr writes of lists, tuples, dicts, strings, numbers, True, False, None,
// nan and inf, otherwise JSON. It runs nothing. Strings side by side, which Python would join, are an error, for numpy writes lists so.
type scanner struct {
	text   string
	at     int
	python bool
	depth  int
}

// parseLiteral reads the whole text as one value.
func parseLiteral(text string, python bool) (literal, error) {
	s := scanner{text: text, python: python}
	value, err := s.value()
	if err == nil {
		err = s.end()
	}
	if err != nil {
		return literal{}, fmt.Errorf("byte %d: %w", s.at+1, err)
	}
	return value, nil
}

func (s *scanner) end() error {
	if s.peek(); s.at < len(s.text) {
		return s.want("nothing after the value")
	}
	return nil
}

func (s *scanner) peek() byte {
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) take(c byte) bool {
	if s.peek() != c || s.at >= len(s.text) {
		return false
	}
	s.at++
	return true
}

func (s *scanner) want(what string) error {
	if s.peek(); s.at >= len(s.text) {
		return fmt.Errorf("the text ends, want %s", what)
	}
	r, _ := utf8.DecodeRuneInString(s.text[s.at:])
	return fmt.Errorf("%q, want %s", r, what)
}

func (s *scanner) value() (literal, error) {
	c := s.peek()
	start := s.at
	switch {
	case c == '"' || c == '\'' && s.python:
		s.at++
		text, err := s.quoted(c)
		return literal{kind: isString, text: text}, err
	case c == '[' || c == '(' && s.python:
		l := literal{kind: isSequence}
		err := s.sequence(func() error {
			value, err := s.value()
			l.members = append(l.members, value)
			return err
		})
		l.text = s.text[start:s.at]
		return l, err
	case c == '{':
		l := literal{kind: isDict}
		err := s.dict(func(key string) error {
			value, err := s.value()
			l.keys, l.members = append(l.keys, key), append(l.members, value)
			return err
		})
		l.text = s.text[start:s.at]
		return l, err
	case c == '-' || c == '+' && s.python || c >= '0' && c <= '9' || c == '.' && s.python:
		return s.number()
	}
	return s.word()
}

// sequence reads a list or tuple; read reads one member.
func (s *scanner) sequence(read func() error) error {
	end := byte(']')
	if s.peek() == '(' {
		end = ')'
	}
	s.at++
	return s.members(end, read)
}

// dict reads a JSON object or a Python dict with text keys; read reads the value of a key.
func (s *scanner) dict(read func(key string) error) error {
	s.at++
	seen := map[string]bool{}
	return s.members('}', func() error {
		quote := s.peek()
		if quote != '"' && (quote != '\'' || !s.python) {
			return s.want("a key in quotes")
		}
		s.at++
		key, err := s.quoted(quote)
		switch {
		case err != nil:
			return err
		case seen[key]:
			return fmt.Errorf("key %q stands twice", key)
		case !s.take(':'):
			return s.want("a colon")
		}
		seen[key] = true
		return read(key)
	})
}

// members reads what follows an opening bracket.
func (s *scanner) members(end byte, read func() error) error {
	if s.depth++; s.depth > maxDepth {
		return fmt.Errorf("nested deeper than %d", maxDepth)
	}
	defer func() { s.depth-- }()
	for first := true; ; first = false {
		switch {
		case (first || s.python) && s.take(end):
			return nil
		case first && s.take(','):
			s.at--
			return s.want("a value")
		}
		if err := read(); err != nil {
			return err
		}
		if s.take(end) {
			return nil
		}
		if !s.take(',') {
			return s.want("a comma or " + string(end))
		}
	}
}

func (s *scanner) word() (literal, error) {
	words := map[string]literalKind{"null": isNone, "true": isBool, "false": isBool}
	if s.python {
		words = map[string]literalKind{"None": isNone, "True": isBool, "False": isBool, "nan": isNone, "inf": isNumber}
	}
	start := s.at
	for s.at < len(s.text) && (s.text[s.at]|0x20 >= 'a' && s.text[s.at]|0x20 <= 'z') {
		s.at++
	}
	word := s.text[start:s.at]
	kind, known := words[word]
	if !known {
		s.at = start
		return literal{}, s.want("a value")
	}
	return literal{kind: kind, text: word}, nil
}

func (s *scanner) number() (literal, error) {
	start := s.at
	if s.text[s.at] == '-' || s.text[s.at] == '+' {
		s.at++
	}
	if s.python && strings.HasPrefix(s.text[s.at:], "inf") {
		s.at += 3
		return literal{kind: isNumber, text: s.text[start:s.at]}, nil
	}
	whole := s.digits()
	zero := whole > 1 && s.text[s.at-whole] == '0'
	fraction := 0
	point := s.at < len(s.text) && s.text[s.at] == '.'
	if point {
		s.at++
		fraction = s.digits()
	}
	bad := whole+fraction == 0 || zero || !s.python && (whole == 0 || point && fraction == 0)
	if s.at < len(s.text) && s.text[s.at]|0x20 == 'e' {
		s.at++
		if s.at < len(s.text) && (s.text[s.at] == '-' || s.text[s.at] == '+') {
			s.at++
		}
		bad = s.digits() == 0 || bad
	}
	text := s.text[start:s.at]
	if bad {
		s.at = start
		return literal{}, s.want("a number")
	}
	return literal{kind: isNumber, text: text}, nil
}

func (s *scanner) digits() int {
	start := s.at
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at - start
}

// quoted reads what follows an opening quote. Text without escapes is a part of the input, not a copy.
func (s *scanner) quoted(quote byte) (string, error) {
	start := s.at
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == quote:
			end := s.at
			s.at++
			if s.python && (s.peek() == '"' || s.peek() == '\'') {
				return "", fmt.Errorf("strings side by side, want a comma between them")
			}
			return s.text[start:end], nil
		case c == '\\':
			return s.escaped(start, quote)
		case c < ' ' && (!s.python || c == '\n'):
			return "", fmt.Errorf("control character %q in a string, want it escaped", c)
		}
	}
	return "", fmt.Errorf("a string has no end")
}

func (s *scanner) escaped(start int, quote byte) (string, error) {
	text := []byte(s.text[start:s.at])
	for s.at < len(s.text) {
		c := s.text[s.at]
		switch {
		case c == quote:
			from := s.at
			if _, err := s.quoted(quote); err != nil { // an empty rest: it sees that no string stands beside
				s.at = from
				return "", err
			}
			return string(text), nil
		case c < ' ' && (!s.python || c == '\n'):
			return "", fmt.Errorf("control character %q in a string, want it escaped", c)
		case c != '\\':
			text = append(text, c)
			s.at++
			continue
		}
		if s.at++; s.at >= len(s.text) {
			break
		}
		r, err := s.escape()
		if err != nil {
			return "", err
		}
		text = utf8.AppendRune(text, r)
	}
	return "", fmt.Errorf("a string has no end")
}

// escape reads what follows a backslash.
func (s *scanner) escape() (rune, error) {
	c := s.text[s.at]
	from, to := `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if s.python {
		from, to = `"'\abfnrtv`, "\"'\\\a\b\f\n\r\t\v"
	}
	if i := strings.IndexByte(from, c); i >= 0 {
		s.at++
		return rune(to[i]), nil
	}
	switch {
	case c == 'u':
		r, err := s.hex(4)
		if err != nil || !utf16.IsSurrogate(r) {
			return r, err
		}
		if !s.python && strings.HasPrefix(s.text[s.at:], `\u`) {
			s.at++
			if low, err := s.hex(4); err == nil && utf16.DecodeRune(r, low) != utf8.RuneError {
				return utf16.DecodeRune(r, low), nil
			}
		}
		return 0, fmt.Errorf("half of a surrogate pair")
	case c == 'x' && s.python:
		return s.hex(2)
	case c == 'U' && s.python:
		r, err := s.hex(8)
		if err == nil && !utf8.ValidRune(r) {
			err = fmt.Errorf("no such character")
		}
		return r, err
	}
	return 0, fmt.Errorf("escape \\%c is unknown", c)
}

// hex reads the digits behind the letter at s.at.
func (s *scanner) hex(digits int) (rune, error) {
	from := s.at + 1
	if from+digits > len(s.text) {
		return 0, fmt.Errorf("want %d hex digits", digits)
	}
	value, err := strconv.ParseUint(s.text[from:from+digits], 16, 32)
	if err != nil {
		return 0, fmt.Errorf("want %d hex digits", digits)
	}
	s.at = from + digits
	return rune(value), nil
}
