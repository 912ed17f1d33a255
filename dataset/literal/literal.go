package literal

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A Value is what a literal says.
type Value struct {
	Kind    Kind
	Text    string   // of a string: what it stands for; else as written
	Keys    []string // of a dict, in order, each once
	Members []Value  // of a dict or a sequence
}

// A Kind of values. Each has a name in JSON and one in Python.
type Kind byte

const (
	None Kind = iota // null; None, nan, inf
	Bool             // true, false; True, False
	Number
	String   // text
	Sequence // a list, or a tuple
	Dict     // an object; a dict with text keys
)

// MaxDepth is how deep values may be nested. Nothing that describes an image is near it.
const MaxDepth = 64

// A Scanner reads literals piece by piece; At is the next byte. With Python set it reads what Python's repr writes of
// lists, tuples, dicts, strings, numbers, True, False, None, nan and inf, otherwise JSON. It runs nothing. Strings side
// by side, which Python would join, are an error, for numpy writes lists so. Where a method fails, At is where.
type Scanner struct {
	Text   string
	At     int
	Python bool
	NaN    bool // takes the NaN, Infinity and -Infinity that Python writes into JSON: none
	depth  int
}

// Parse reads the whole text as one value.
func Parse(text string, python bool) (Value, error) {
	s := Scanner{Text: text, Python: python}
	value, err := s.Value()
	if err == nil {
		err = s.End()
	}
	if err != nil {
		return Value{}, fmt.Errorf("byte %d: %w", s.At+1, err)
	}
	return value, nil
}

// End wants nothing but white space to be left.
func (s *Scanner) End() error {
	if s.Peek(); s.At < len(s.Text) {
		return s.Want("nothing after the value")
	}
	return nil
}

// Peek skips white space and returns the next byte, 0 at the end.
func (s *Scanner) Peek() byte {
	for ; s.At < len(s.Text); s.At++ {
		switch c := s.Text[s.At]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// Take skips white space and the byte c, if it is next.
func (s *Scanner) Take(c byte) bool {
	if s.Peek() != c || s.At >= len(s.Text) {
		return false
	}
	s.At++
	return true
}

// Want is the error of another byte than what is wanted.
func (s *Scanner) Want(what string) error {
	if s.Peek(); s.At >= len(s.Text) {
		return fmt.Errorf("the text ends, want %s", what)
	}
	r, _ := utf8.DecodeRuneInString(s.Text[s.At:])
	return fmt.Errorf("%q, want %s", r, what)
}

// Value reads any value.
func (s *Scanner) Value() (Value, error) {
	c := s.Peek()
	start := s.At
	switch {
	case c == '"' || c == '\'' && s.Python:
		s.At++
		text, err := s.Quoted(c)
		return Value{Kind: String, Text: text}, err
	case c == '[' || c == '(' && s.Python:
		l := Value{Kind: Sequence}
		err := s.Sequence(func() error {
			value, err := s.Value()
			l.Members = append(l.Members, value)
			return err
		})
		l.Text = s.Text[start:s.At]
		return l, err
	case c == '{':
		l := Value{Kind: Dict}
		err := s.Dict(func(key string) error {
			value, err := s.Value()
			l.Keys, l.Members = append(l.Keys, key), append(l.Members, value)
			return err
		})
		l.Text = s.Text[start:s.At]
		return l, err
	case c == '-' || c == '+' && s.Python || c >= '0' && c <= '9' || c == '.' && s.Python:
		text, err := s.Number()
		if strings.HasSuffix(text, "Infinity") || strings.HasSuffix(text, "inf") {
			return Value{Kind: None, Text: text}, err
		}
		return Value{Kind: Number, Text: text}, err
	}
	return s.word()
}

// Sequence reads a list or tuple; read reads one member.
func (s *Scanner) Sequence(read func() error) error {
	end := byte(']')
	if s.Peek() == '(' {
		end = ')'
	}
	s.At++
	return s.members(end, read)
}

// Dict reads a JSON object or a Python dict with text keys; read reads the value of a key.
func (s *Scanner) Dict(read func(key string) error) error {
	s.At++
	seen := map[string]bool{}
	return s.members('}', func() error {
		quote := s.Peek()
		if quote != '"' && (quote != '\'' || !s.Python) {
			return s.Want("a key in quotes")
		}
		s.At++
		key, err := s.Quoted(quote)
		switch {
		case err != nil:
			return err
		case seen[key]:
			return fmt.Errorf("key %q stands twice", key)
		case !s.Take(':'):
			return s.Want("a colon")
		}
		seen[key] = true
		return read(key)
	})
}

// members reads what follows an opening bracket.
func (s *Scanner) members(end byte, read func() error) error {
	if s.depth++; s.depth > MaxDepth {
		return fmt.Errorf("nested deeper than %d", MaxDepth)
	}
	defer func() { s.depth-- }()
	for first := true; ; first = false {
		switch {
		case (first || s.Python) && s.Take(end):
			return nil
		case first && s.Take(','):
			s.At--
			return s.Want("a value")
		}
		if err := read(); err != nil {
			return err
		}
		if s.Take(end) {
			return nil
		}
		if !s.Take(',') {
			return s.Want("a comma or " + string(end))
		}
	}
}

func (s *Scanner) word() (Value, error) {
	words := map[string]Kind{"null": None, "true": Bool, "false": Bool}
	if s.Python {
		words = map[string]Kind{"None": None, "True": Bool, "False": Bool, "nan": None, "inf": None}
	}
	if s.NaN {
		words["NaN"], words["Infinity"] = None, None
	}
	start := s.At
	for s.At < len(s.Text) && (s.Text[s.At]|0x20 >= 'a' && s.Text[s.At]|0x20 <= 'z') {
		s.At++
	}
	word := s.Text[start:s.At]
	kind, known := words[word]
	if !known {
		s.At = start
		return Value{}, s.Want("a value")
	}
	return Value{Kind: kind, Text: word}, nil
}

// Number reads a number and returns it as written.
func (s *Scanner) Number() (string, error) {
	sign := s.Peek()
	start := s.At
	if sign == '-' || sign == '+' && s.Python {
		s.At++
	}
	if s.Python && s.At > start && strings.HasPrefix(s.Text[s.At:], "inf") {
		s.At += 3
		return s.Text[start:s.At], nil
	}
	if s.NaN && strings.HasPrefix(s.Text[start:], "-Infinity") {
		s.At = start + len("-Infinity")
		return s.Text[start:s.At], nil
	}
	whole := s.digits()
	zero := whole > 1 && s.Text[s.At-whole] == '0'
	fraction := 0
	point := s.At < len(s.Text) && s.Text[s.At] == '.'
	if point {
		s.At++
		fraction = s.digits()
	}
	bad := whole+fraction == 0 || zero || !s.Python && (whole == 0 || point && fraction == 0)
	if !bad && s.At < len(s.Text) && s.Text[s.At]|0x20 == 'e' {
		s.At++
		if s.At < len(s.Text) && (s.Text[s.At] == '-' || s.Text[s.At] == '+') {
			s.At++
		}
		bad = s.digits() == 0
	}
	if bad {
		s.At = start
		return "", s.Want("a number")
	}
	return s.Text[start:s.At], nil
}

func (s *Scanner) digits() int {
	start := s.At
	for s.At < len(s.Text) && s.Text[s.At] >= '0' && s.Text[s.At] <= '9' {
		s.At++
	}
	return s.At - start
}

// Quoted reads what follows an opening quote. Text without escapes is a part of the input, not a copy.
func (s *Scanner) Quoted(quote byte) (string, error) {
	start := s.At
	for ; s.At < len(s.Text); s.At++ {
		switch c := s.Text[s.At]; {
		case c == quote:
			end := s.At
			s.At++
			if s.Python && (s.Peek() == '"' || s.Peek() == '\'') {
				return "", fmt.Errorf("strings side by side, want a comma between them")
			}
			return s.Text[start:end], nil
		case c == '\\':
			return s.escaped(start, quote)
		case c < ' ' && (!s.Python || c == '\n'):
			return "", fmt.Errorf("control character %q in a string, want it escaped", c)
		}
	}
	return "", fmt.Errorf("a string has no end")
}

func (s *Scanner) escaped(start int, quote byte) (string, error) {
	text := []byte(s.Text[start:s.At])
	for s.At < len(s.Text) {
		c := s.Text[s.At]
		switch {
		case c == quote:
			from := s.At
			if _, err := s.Quoted(quote); err != nil { // an empty rest: it sees that no string stands beside
				s.At = from
				return "", err
			}
			return string(text), nil
		case c < ' ' && (!s.Python || c == '\n'):
			return "", fmt.Errorf("control character %q in a string, want it escaped", c)
		case c != '\\':
			text = append(text, c)
			s.At++
			continue
		}
		if s.At++; s.At >= len(s.Text) {
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
func (s *Scanner) escape() (rune, error) {
	c := s.Text[s.At]
	from, to := `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if s.Python {
		from, to = `"'\abfnrtv`, "\"'\\\a\b\f\n\r\t\v"
	}
	if i := strings.IndexByte(from, c); i >= 0 {
		s.At++
		return rune(to[i]), nil
	}
	switch {
	case c == 'u':
		r, err := s.hex(4)
		if err != nil || !utf16.IsSurrogate(r) {
			return r, err
		}
		if !s.Python && strings.HasPrefix(s.Text[s.At:], `\u`) {
			s.At++
			if low, err := s.hex(4); err == nil && utf16.DecodeRune(r, low) != utf8.RuneError {
				return utf16.DecodeRune(r, low), nil
			}
		}
		return 0, fmt.Errorf("half of a surrogate pair")
	case c == 'x' && s.Python:
		return s.hex(2)
	case c == 'U' && s.Python:
		r, err := s.hex(8)
		if err == nil && !utf8.ValidRune(r) {
			err = fmt.Errorf("no such character")
		}
		return r, err
	}
	return 0, fmt.Errorf("escape \\%c is unknown", c)
}

// hex reads the digits behind the letter at s.At.
func (s *Scanner) hex(digits int) (rune, error) {
	from := s.At + 1
	if from+digits > len(s.Text) {
		return 0, fmt.Errorf(`\%c wants %d hex digits`, s.Text[s.At], digits)
	}
	value, err := strconv.ParseUint(s.Text[from:from+digits], 16, 32)
	if err != nil {
		return 0, fmt.Errorf(`\%c wants %d hex digits`, s.Text[s.At], digits)
	}
	s.At = from + digits
	return rune(value), nil
}
