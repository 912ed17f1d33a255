package annotations

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits of JSON: a file may be of any size, for it is read element by element.
const (
	// mostElement is how many bytes one element (a picture, an annotation, a task) may take in memory: 8 million numbers
	// of a polygon or mask. A larger one is read to its end and not kept.
	mostElement = 64 << 20
	mostDepth   = 64 // of lists and objects in each other; exporters have about ten
	costOfValue = 128
	mostNumber  = 64   // characters
	mostKey     = 4096 // bytes; of a longer one only a begin counts
	mostKeys    = 4096 // are held once
)

// A value is one element of a file. Zero means that there is none.
type value struct {
	kind    byte // of 'n'ull, 't'rue, 'f'alse, '0' for numbers, '"', '[', '{'
	line    int
	number  float64
	text    string    // of texts
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
		return number(v.text)
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
	if v.isNumber() {
		return strconv.FormatFloat(v.number, 'f', -1, 64)
	}
	return v.text
}

// A jsonReader reads a JSON text front to back. NaN and Infinity are numbers, as Python writes them, so that one of
// them spoils one annotation and no file.
type jsonReader struct {
	in    io.Reader
	ahead []byte // read, and not yet looked at
	room  []byte
	path  string
	line  int
	depth int
	err   error // the first; nothing is read after it
	left  int   // bytes that may still be kept of this element
	over  bool
	texts []byte
	isKey bool // what is being read is a key
	cut   bool
	keys  map[string]string
}

func newJSON(in io.Reader, path string) *jsonReader {
	j := &jsonReader{room: make([]byte, 64<<10), path: path, line: 1, keys: map[string]string{}}
	begin := bufio.NewReaderSize(in, 16)
	j.in = begin
	if mark, _ := begin.Peek(3); bytes.Equal(mark, []byte("\ufeff")) {
		_, _ = begin.Discard(3)
	} else if len(mark) > 1 && (mark[0] >= 0xFE || mark[1] == 0) {
		j.failf("is not UTF-8: save it as UTF-8")
	}
	return j
}

func (j *jsonReader) failf(format string, args ...any) {
	if j.err == nil {
		j.err = fmt.Errorf("%s:%d: %s", j.path, j.line, fmt.Sprintf(format, args...))
	}
}

// fill reports whether there are more bytes.
func (j *jsonReader) fill() bool {
	for len(j.ahead) == 0 && j.err == nil {
		n, err := j.in.Read(j.room)
		if j.ahead = j.room[:n]; n == 0 && err == io.EOF {
			return false
		}
		if n == 0 && err != nil {
			j.failf("%v", err)
		}
	}
	return j.err == nil
}

// byte takes the next byte; 0 where there is none, which is an error.
func (j *jsonReader) byte() byte {
	if !j.fill() {
		j.failf("breaks off: export it again")
		return 0
	}
	c := j.ahead[0]
	j.ahead = j.ahead[1:]
	if c == '\n' {
		j.line++
	}
	return c
}

// next looks at the next byte that is no space; 0 at the end.
func (j *jsonReader) next() byte {
	for j.fill() {
		switch c := j.ahead[0]; c {
		case ' ', '\t', '\r', '\n':
			j.byte()
		default:
			return c
		}
	}
	return 0
}

// end wants nothing more.
func (j *jsonReader) end() error {
	if j.next(); j.fill() {
		j.failf("goes on after its end")
	}
	return j.err
}

// open takes a bracket.
func (j *jsonReader) open() {
	j.byte()
	if j.depth++; j.depth > mostDepth {
		j.failf("is nested more than %d deep", mostDepth)
	}
}

// more reports whether one more stands between brackets, and takes the comma before it.
func (j *jsonReader) more(closing byte, first bool) bool {
	c := j.next()
	switch {
	case c == closing:
		j.byte()
		j.depth--
		return false
	case first:
	case c == ',':
		j.byte()
	default:
		j.wrong("a comma")
	}
	return j.err == nil
}

// wrong says what was wanted in the place of the next byte.
func (j *jsonReader) wrong(want string) {
	if c := j.next(); c == 0 {
		j.failf("breaks off: export it again")
	} else {
		j.failf("is no JSON: %q where %s is wanted", c, want)
	}
}

// key reads a key and the colon behind it. There are few, so that each is held once.
func (j *jsonReader) key() string {
	if j.next() != '"' {
		j.wrong("a key")
		return ""
	}
	j.string(true)
	key, known := j.keys[string(j.texts)]
	if !known {
		if key = string(j.texts); len(j.keys) < mostKeys {
			j.keys[key] = key
		}
	}
	if j.next() != ':' {
		j.wrong("a colon")
		return ""
	}
	j.byte()
	return key
}

// object shows the keys of an object; each must read the value.
func (j *jsonReader) object(each func(key string)) {
	if j.next() != '{' {
		j.wrong("an object")
		return
	}
	j.open()
	for first := true; j.more('}', first); first = false {
		each(j.key())
	}
}

// array shows the elements of a list; each must read its own.
func (j *jsonReader) array(each func()) {
	if j.next() != '[' {
		j.wrong("a list")
		return
	}
	j.open()
	for first := true; j.more(']', first); first = false {
		each()
	}
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
	switch c {
	case '{':
		j.open()
		for first := true; j.more('}', first); first = false {
			key := j.key()
			child := j.parse()
			if j.spend(costOfValue + len(key)) {
				v.members = append(v.members, member{key, child})
			}
		}
	case '[':
		j.open()
		for first := true; j.more(']', first); first = false {
			j.append(&v)
		}
	case '"':
		j.string(false)
		v.text = string(j.texts)
	case 't':
		j.literal("true")
	case 'f':
		j.literal("false")
	case 'n':
		j.literal("null")
	default:
		v.kind = '0'
		v.number = j.number()
	}
	return v
}

// append reads an element of a list.
func (j *jsonReader) append(v *value) {
	child := j.parse()
	if child.isNumber() && len(v.list) == 0 {
		if j.spend(8) {
			v.numbers = append(v.numbers, child.number)
		}
		return
	}
	if !j.spend(costOfValue * (1 + len(v.numbers))) {
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

// number takes what is a number in JSON, and NaN and Infinity; one that is too large for us is infinite.
func (j *jsonReader) number() float64 {
	var room [mostNumber]byte
	text := room[:0]
	for j.fill() && isNumeral(j.ahead[0]) {
		n := 1
		for n < len(j.ahead) && isNumeral(j.ahead[n]) {
			n++
		}
		if len(text)+n > mostNumber {
			j.failf("has a number of more than %d characters", mostNumber)
			return 0
		}
		text = append(text, j.ahead[:n]...)
		j.ahead = j.ahead[n:]
	}
	switch word := string(text); word {
	case "":
		j.wrong("a value")
		return 0
	case "NaN", "Infinity", "-Infinity":
		number, _ := strconv.ParseFloat(word, 64)
		return number
	}
	for _, c := range text {
		if c > '9' && c != 'e' && c != 'E' {
			j.failf("is no JSON: %q is no value", text)
			return 0
		}
	}
	number, err := strconv.ParseFloat(string(text), 64)
	if err != nil && !math.IsInf(number, 0) {
		j.failf("is no JSON: %q is no number", text)
	}
	return number
}

func isNumeral(c byte) bool {
	return '0' <= c && c <= '9' || c == '-' || c == '+' || c == '.' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// string reads a text with its quotes, into texts. What there is no room for is read and not kept: all texts of an
// element have the room of the element, and a key has room of its own.
func (j *jsonReader) string(key bool) {
	j.byte()
	j.texts, j.isKey, j.cut = j.texts[:0], key, false
	for j.fill() {
		plain := 0
		for plain < len(j.ahead) && j.ahead[plain] >= ' ' && j.ahead[plain] != '"' && j.ahead[plain] != '\\' {
			plain++
		}
		if plain > 0 {
			j.keep(j.ahead[:plain]...)
			j.ahead = j.ahead[plain:]
			continue
		}
		switch j.byte() {
		case '"':
			if !j.cut && !utf8.Valid(j.texts) {
				j.failf("is not UTF-8: save it as UTF-8")
			}
			return
		case '\\':
			j.escape(j.byte())
		default:
			j.failf("is no JSON: a control character in a text")
		}
	}
	j.failf("breaks off: export it again")
}

func (j *jsonReader) keep(text ...byte) {
	if j.isKey && len(j.texts)+len(text) <= mostKey || !j.isKey && j.spend(len(text)) {
		j.texts = append(j.texts, text...)
		return
	}
	j.cut = true
}

// escape reads what stands behind a backslash.
func (j *jsonReader) escape(c byte) {
	if at := strings.IndexByte(`"\/bfnrt`, c); at >= 0 {
		j.keep("\"\\/\b\f\n\r\t"[at])
		return
	}
	if c != 'u' {
		j.failf("is no JSON: \\%c in a text", c)
		return
	}
	r := j.hex()
	for utf16.IsSurrogate(r) && j.fill() && j.ahead[0] == '\\' {
		j.byte()
		if c = j.byte(); c != 'u' {
			j.keep(utf8.AppendRune(nil, r)...)
			j.escape(c)
			return
		}
		second := j.hex()
		pair := utf16.DecodeRune(r, second)
		if pair == utf8.RuneError { // no pair: each is a character of its own
			j.keep(utf8.AppendRune(nil, r)...)
			pair = second
		}
		r = pair
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
