package annotations

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits of JSON: a file may be of any size, for it is read element by element.
const (
	// mostElement is how many bytes one element (a picture, an annotation, a task) may take in memory: 8 million numbers of
	// a polygon or mask. A larger one is read to its end and not kept.
	mostElement = 64 << 20
	mostDepth   = 64 // of lists and objects in each other; exporters have about ten
	costOfValue = 128
	mostNumber  = 64   // characters
	mostKey     = 4096 // bytes; of a longer one its begin counts
)

// A value is one element of a file. Zero means that there is none.
type value struct {
	kind    byte // of 'n'ull, 't'rue, 'f'alse, '0' for numbers, '"', '[', '{'
	line    int
	number  float64
	text    string    // of texts; of numbers, as written
	numbers []float64 // of a list that holds nothing else
	list    []value   // of other lists
	members []member
}

type member struct {
	key   string
	value value
}

// get is the value of a key, the last one if there are several, as other readers have it.
func (v value) get(key string) value {
	for i := len(v.members) - 1; i >= 0; i-- {
		if v.members[i].key == key {
			return v.members[i].value
		}
	}
	return value{}
}

func (v value) isText() bool   { return v.kind == '"' }
func (v value) isNumber() bool { return v.kind == '0' }
func (v value) isList() bool   { return v.kind == '[' }
func (v value) isObject() bool { return v.kind == '{' }

// given says whether there is a value, and one that is not null.
func (v value) given() bool { return v.kind != 0 && v.kind != 'n' }

// float is the number, of a text that is one too, or NaN.
func (v value) float() float64 {
	if v.isNumber() {
		return v.number
	}
	if v.isText() {
		if number, err := strconv.ParseFloat(v.text, 64); err == nil {
			return number
		}
	}
	return math.NaN()
}

// size is a number of pixels; 0 for what is none.
func (v value) size() int32 {
	if f := v.float(); f >= 1 && f <= mostSide && f == math.Trunc(f) {
		return int32(f)
	}
	return 0
}

// word is a text, or a number as text without a fraction of zero: ids and classes are written either way.
func (v value) word() string {
	if v.isNumber() && v.number == math.Trunc(v.number) && math.Abs(v.number) < 1<<53 {
		return strconv.FormatInt(int64(v.number), 10)
	}
	return v.text
}

// A jsonReader reads a JSON text front to back. NaN and Infinity are numbers, as Python writes them, so that one of them
// spoils one annotation and no file.
type jsonReader struct {
	in    *bufio.Reader
	path  string
	line  int
	depth int
	err   error // the first; nothing is read after it
	left  int   // bytes that may still be kept of this element
	over  bool
	texts []byte
	isKey bool // what is being read is a key
	cut   bool
}

func newJSON(in io.Reader, path string) *jsonReader {
	j := &jsonReader{in: bufio.NewReaderSize(in, 64<<10), path: path, line: 1}
	if begin, _ := j.in.Peek(3); bytes.Equal(begin, []byte("\ufeff")) {
		_, _ = j.in.Discard(3)
	} else if len(begin) > 1 && (begin[0] >= 0xFE || begin[1] == 0) {
		j.failf("is not UTF-8: save it as UTF-8")
	}
	return j
}

func (j *jsonReader) failf(format string, args ...any) {
	if j.err == nil {
		j.err = fmt.Errorf("%s:%d: %s", j.path, j.line, fmt.Sprintf(format, args...))
	}
}

// byte takes the next byte; 0 where there is none.
func (j *jsonReader) byte() byte {
	if j.err != nil {
		return 0
	}
	c, err := j.in.ReadByte()
	switch {
	case err == io.EOF:
		j.failf("breaks off: export it again")
	case err != nil:
		j.failf("%v", err)
	case c == '\n':
		j.line++
	}
	return c
}

// next looks at the next byte that is no space; 0 at the end.
func (j *jsonReader) next() byte {
	for j.err == nil {
		begin, err := j.in.Peek(1)
		if err == io.EOF {
			return 0
		}
		if err != nil {
			j.failf("%v", err)
			return 0
		}
		switch begin[0] {
		case '\n':
			j.line++
		case ' ', '\t', '\r':
		default:
			return begin[0]
		}
		_, _ = j.in.Discard(1)
	}
	return 0
}

// end wants nothing more.
func (j *jsonReader) end() error {
	if j.next(); j.err == nil {
		if _, err := j.in.Peek(1); err != io.EOF {
			j.failf("goes on after its end")
		}
	}
	return j.err
}

// inside reads what stands between brackets, one by one.
func (j *jsonReader) inside(closing byte, each func()) {
	j.byte()
	if j.depth++; j.depth > mostDepth {
		j.failf("is nested more than %d deep", mostDepth)
	}
	for first := true; j.err == nil; first = false {
		c := j.next()
		if c == closing {
			j.byte()
			break
		}
		if !first {
			if c != ',' {
				j.wrong("a comma")
				break
			}
			j.byte()
			j.next()
		}
		each()
	}
	j.depth--
}

// wrong says what was wanted in the place of the next byte.
func (j *jsonReader) wrong(want string) {
	if c := j.next(); c == 0 {
		j.failf("breaks off: export it again")
	} else {
		j.failf("is no JSON: %q where %s is wanted", c, want)
	}
}

// object shows the keys of an object; each must read the value.
func (j *jsonReader) object(each func(key string)) {
	if j.next() != '{' {
		j.wrong("an object")
		return
	}
	j.inside('}', func() {
		if j.next() != '"' {
			j.wrong("a key")
			return
		}
		key := j.string(true)
		if j.next() != ':' {
			j.wrong("a colon")
			return
		}
		j.byte()
		each(key)
	})
}

// array shows the elements of a list; each must read its own.
func (j *jsonReader) array(each func()) {
	if j.next() != '[' {
		j.wrong("a list")
		return
	}
	j.inside(']', each)
}

// skip reads a value and keeps nothing.
func (j *jsonReader) skip() {
	j.left, j.over = 0, true
	j.parse()
}

// value reads a value; ok is false if it is too large, and then parts of it are left out.
func (j *jsonReader) value() (v value, ok bool) {
	j.left, j.over = mostElement, false
	v = j.parse()
	return v, !j.over
}

// spend reports whether so many bytes may be kept.
func (j *jsonReader) spend(bytes int) bool {
	j.left -= bytes
	j.over = j.over || j.left < 0
	return !j.over
}

func (j *jsonReader) parse() value {
	c := j.next()
	v := value{kind: c, line: j.line}
	switch {
	case c == '{':
		j.object(func(key string) {
			child := j.parse()
			if j.spend(costOfValue + len(key)) {
				v.members = append(v.members, member{key, child})
			}
		})
	case c == '[':
		j.array(func() { v.append(j.parse(), j.spend) })
	case c == '"':
		v.text = j.string(false)
	case c == 't' || c == 'f' || c == 'n':
		j.literal(map[byte]string{'t': "true", 'f': "false", 'n': "null"}[c])
	default:
		v.kind = '0'
		v.text = j.numeral()
		v.number = j.parseNumber(v.text)
	}
	return v
}

// append adds an element to a list.
func (v *value) append(child value, spend func(int) bool) {
	if child.isNumber() && len(v.list) == 0 {
		if spend(8) {
			v.numbers = append(v.numbers, child.number)
		}
		return
	}
	if !spend(costOfValue * (1 + len(v.numbers))) {
		return
	}
	for _, number := range v.numbers { // there is something else among numbers
		v.list = append(v.list, value{kind: '0', line: child.line, number: number})
	}
	v.numbers = nil
	v.list = append(v.list, child)
}

func (j *jsonReader) literal(word string) {
	for i := range len(word) {
		if j.byte() != word[i] {
			j.failf("is no JSON: want %s", word)
			return
		}
	}
}

// numeral reads the characters of a number.
func (j *jsonReader) numeral() string {
	var text []byte
	for j.err == nil {
		begin, _ := j.in.Peek(1)
		if len(begin) == 0 || !isNumeral(begin[0]) {
			break
		}
		if text = append(text, j.byte()); len(text) > mostNumber {
			j.failf("has a number of more than %d characters", mostNumber)
		}
	}
	if len(text) == 0 {
		j.wrong("a value")
	}
	return string(text)
}

func isNumeral(c byte) bool {
	return '0' <= c && c <= '9' || c == '-' || c == '+' || c == '.' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// parseNumber takes what is a number in JSON, and NaN and Infinity; one that is too large for us is infinite.
func (j *jsonReader) parseNumber(text string) float64 {
	switch text {
	case "NaN", "Infinity", "-Infinity":
		number, _ := strconv.ParseFloat(text, 64)
		return number
	}
	for i := range len(text) {
		if c := text[i]; c > '9' && c != 'e' && c != 'E' {
			j.failf("is no JSON: %q is no value", text)
			return 0
		}
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(number, 0) {
		j.failf("is no JSON: %q is no number", text)
	}
	return number
}

// string reads a text with its quotes. What there is no room for is read and not kept: all texts of an element have the
// room of the element, and a key has room of its own.
func (j *jsonReader) string(key bool) string {
	j.byte()
	j.texts, j.isKey, j.cut = j.texts[:0], key, false
	for j.err == nil {
		switch c := j.byte(); {
		case c == '"':
			if !j.cut && !utf8.Valid(j.texts) {
				j.failf("is not UTF-8: save it as UTF-8")
			}
			return string(j.texts)
		case c == '\\':
			j.escape()
		case c < ' ':
			j.failf("is no JSON: a control character in a text")
		default:
			j.keep(c)
		}
	}
	return ""
}

func (j *jsonReader) keep(text ...byte) {
	if j.isKey && len(j.texts) < mostKey || !j.isKey && j.spend(len(text)) {
		j.texts = append(j.texts, text...)
		return
	}
	j.cut = true
}

var escapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func (j *jsonReader) escape() {
	c := j.byte()
	if plain, ok := escapes[c]; ok {
		j.keep(plain)
		return
	}
	if c != 'u' {
		j.failf("is no JSON: \\%c in a text", c)
		return
	}
	r := j.hex()
	if utf16.IsSurrogate(r) {
		if begin, _ := j.in.Peek(2); string(begin) == `\u` {
			j.byte()
			j.byte()
			r = utf16.DecodeRune(r, j.hex())
		}
	}
	j.keep(utf8.AppendRune(nil, r)...)
}

func (j *jsonReader) hex() rune {
	var digits [4]byte
	for i := range digits {
		digits[i] = j.byte()
	}
	r, err := strconv.ParseUint(string(digits[:]), 16, 16)
	if err != nil {
		j.failf("is no JSON: \\u%s in a text", digits[:])
	}
	return rune(r)
}
