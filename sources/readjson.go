package sources

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dermset/dermset/dataset/literal"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/textio"
	"github.com/dermset/dermset/packed"
)

const (
	// maxRecord is how long one value of a JSON file may be that has to be read whole: a record, a line, a key.
	maxRecord = csvio.MaxRecord
	// jsonBlock is how much of a JSON file is read at once.
	jsonBlock = 1 << 20
	// jsonAhead is how much of it stands ready at least where a value begins: more than any token but a text.
	jsonAhead = 1 << 16
)

// readJSON reads the records of a JSON file: the list, or the object of objects, that records: leads to.
// Numbers keep their text.
func (r *raw) readJSON(f *file, name string, in intake) error {
	text, err := r.text(f, name)
	if err != nil {
		return err
	}
	defer text.Close()
	j := newJSONText(text, r.path(name))
	records := newJSONRecords(name, j, in)
	if err := records.begin(); err != nil {
		return err
	}
	var keys []string
	if f.records != "" {
		keys = strings.Split(f.records, ".")
	}
	if f.records == fileColumn {
		records.whole, keys = true, nil
	}
	if err = j.fill(); err == nil {
		err = records.find(keys)
	}
	if err == nil && len(keys) == 0 {
		err = records.further()
	}
	if err == nil {
		err = j.end()
	}
	if errors.Is(err, errEnough) {
		return nil
	}
	return j.failed(err)
}

// errEnough ends a reading whose rows nobody wants any more.
var errEnough = errors.New("enough")

// readJSONLines reads a record per line; empty lines are none.
func (r *raw) readJSONLines(f *file, name string, in intake) error {
	text, err := r.text(f, name)
	if err != nil {
		return err
	}
	defer text.Close()
	j := newJSONText(text, r.path(name))
	records := newJSONRecords(name, j, in)
	if err := records.begin(); err != nil {
		return err
	}
	var errs []error
	for line := 1; len(errs) < csvio.MaxErrors; line++ {
		one, err := j.nextLine()
		if err == io.EOF {
			break
		}
		if err != nil {
			return errors.Join(append(errs, j.failed(err))...)
		}
		if strings.TrimSpace(one) == "" {
			continue
		}
		of := &jsonText{path: j.path, line: line, eof: true, scan: literal.Scanner{Text: one, NaN: true}}
		records.text = of
		err = records.record("")
		if err == nil && of.scan.Peek() == '{' {
			err = errors.New("a second object stands in the line: write `format: json`, which reads one after another")
		} else if err == nil {
			err = of.scan.End()
		}
		if errors.Is(err, errEnough) {
			break
		}
		if err != nil {
			errs = append(errs, of.failed(err))
		}
	}
	return errors.Join(errs...)
}

// A jsonText is a JSON file through a window that slides over it.
type jsonText struct {
	in   io.Reader
	path string
	scan literal.Scanner // its Text is the window
	eof  bool
	tail []byte // a character that is not whole yet
	// line and column are those of byte passed of the window: lines from 1, columns from 0.
	line, column, passed int
	depth                int
	block, ahead         int // jsonBlock and jsonAhead; smaller in tests
}

func newJSONText(in io.Reader, path string) *jsonText {
	return &jsonText{in: in, path: path, scan: literal.Scanner{NaN: true}, line: 1, block: jsonBlock, ahead: jsonAhead}
}

// more slides the window on: what is before the place of the scanner goes, at least as much as is left comes in.
func (j *jsonText) more() error {
	s := &j.scan
	j.pass(s.At)
	rest := s.Text[s.At:]
	if len(rest) > maxRecord {
		return fmt.Errorf("a value is longer than %d bytes", maxRecord)
	}
	text := make([]byte, len(rest)+len(j.tail)+max(j.block, len(rest)))
	from := copy(text, rest)
	n := from + copy(text[from:], j.tail)
	read, err := io.ReadFull(j.in, text[n:])
	if j.eof = err == io.EOF || err == io.ErrUnexpectedEOF; err != nil && !j.eof {
		return err
	}
	text = text[:n+read]
	if first := j.line == 1 && j.column == 0 && from == 0; first {
		text = []byte(strings.TrimPrefix(string(text), "\ufeff"))
	}
	whole := len(text)
	if !j.eof {
		whole = textio.WholeRunes(text)
	}
	j.tail = append(j.tail[:0], text[whole:]...)
	s.Text, s.At, j.passed = string(text[:whole]), 0, 0
	if bad := invalid(s.Text[from:]); bad >= 0 {
		j.pass(from + bad)
		return &csvio.Error{Path: j.path, Line: j.line, Column: j.column + 1,
			Err: fmt.Errorf("byte %#x is not UTF-8", s.Text[from+bad])}
	}
	return nil
}

// invalid is the place of the first byte that is not UTF-8, or -1.
func invalid(text string) int {
	if utf8.ValidString(text) {
		return -1
	}
	for at, r := range text {
		if _, size := utf8.DecodeRuneInString(text[at:]); r == utf8.RuneError && size == 1 {
			return at
		}
	}
	return -1
}

// pass counts lines up to a byte of the window.
func (j *jsonText) pass(to int) {
	part := j.scan.Text[j.passed:to]
	if n := strings.Count(part, "\n"); n > 0 {
		j.line += n
		j.column = len(part) - 1 - strings.LastIndexByte(part, '\n')
	} else {
		j.column += len(part)
	}
	j.passed = to
}

// failed is an error at the place of the scanner.
func (j *jsonText) failed(err error) error {
	if err == nil {
		return nil
	}
	if _, placed := errors.AsType[*csvio.Error](err); placed {
		return err
	}
	j.pass(max(j.passed, min(j.scan.At, len(j.scan.Text))))
	return &csvio.Error{Path: j.path, Line: j.line, Column: j.column + 1, Err: err}
}

// fill skips white space and sees that a good part of what follows is in the window.
func (j *jsonText) fill() error {
	for j.scan.Peek(); !j.eof && len(j.scan.Text)-j.scan.At < j.ahead; j.scan.Peek() {
		if err := j.more(); err != nil {
			return err
		}
	}
	return nil
}

func (j *jsonText) end() error {
	if err := j.fill(); err != nil {
		return err
	}
	return j.scan.End()
}

// try reads a value. It is done unless the window ends where the value may go on.
func (j *jsonText) try() (value literal.Value, done bool, err error) {
	if err := j.fill(); err != nil {
		return value, true, err
	}
	s := &j.scan
	start := s.At
	value, err = s.Value()
	if j.eof || err == nil && s.At < len(s.Text) || err != nil && len(s.Text)-s.At >= j.ahead {
		return value, true, err
	}
	s.At = start
	return value, false, nil
}

// value reads a value whole.
func (j *jsonText) value() (literal.Value, error) {
	for {
		value, done, err := j.try()
		if err == nil && !done {
			err = j.more()
		}
		if done || err != nil {
			return value, err
		}
	}
}

// skip checks a value and passes over it, member by member where it is long.
func (j *jsonText) skip() error {
	_, done, err := j.try()
	switch {
	case done:
		return err
	case j.scan.Peek() == '[':
		return j.list(j.skip)
	case j.scan.Peek() == '{':
		return j.object(func(string) error { return j.skip() })
	}
	_, err = j.value()
	return err
}

// list reads a list that may be longer than the window; read reads one member.
func (j *jsonText) list(read func() error) error { return j.members(']', read) }

// object reads an object that may be longer than the window; read reads the value of a key.
func (j *jsonText) object(read func(key string) error) error {
	var seen packed.Numbers
	return j.members('}', func() error {
		s := &j.scan
		if s.Peek() != '"' {
			return s.Want("a key in quotes")
		}
		s.At++
		key, err := s.Quoted('"')
		if err != nil {
			return err
		}
		if _, isNew := seen.Put([]byte(key), 0); !isNew {
			return fmt.Errorf("key %q stands twice", key)
		}
		if err := j.fill(); err != nil {
			return err
		}
		if !s.Take(':') {
			return s.Want("a colon")
		}
		if err := j.fill(); err != nil {
			return err
		}
		return read(key)
	})
}

// members reads what stands between brackets.
func (j *jsonText) members(end byte, read func() error) error {
	if j.depth++; j.depth > literal.MaxDepth {
		return fmt.Errorf("nested deeper than %d", literal.MaxDepth)
	}
	defer func() { j.depth-- }()
	s := &j.scan
	s.At++
	for first := true; ; first = false {
		if err := j.fill(); err != nil {
			return err
		}
		if first && s.Take(end) {
			return nil
		}
		if first && s.Peek() == ',' {
			return s.Want("a value")
		}
		if err := read(); err != nil {
			return err
		}
		if err := j.fill(); err != nil {
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

// nextLine is the next line, without its end; io.EOF behind the last.
func (j *jsonText) nextLine() (string, error) {
	s := &j.scan
	for {
		rest := s.Text[s.At:]
		line, _, whole := strings.Cut(rest, "\n")
		switch {
		case whole:
			s.At += len(line) + 1
			return line, nil
		case j.eof && rest == "":
			return "", io.EOF
		case j.eof:
			s.At = len(s.Text)
			return rest, nil
		}
		if err := j.more(); err != nil {
			return "", err
		}
	}
}

// lookedAt is at how many records of a file a message looks that says which columns there are.
const lookedAt = 100

// jsonRecords makes rows of records.
type jsonRecords struct {
	text   *jsonText
	in     intake
	names  []string
	index  map[string]int // columns
	fresh  []bool         // columns that the record has not set yet
	row    row
	looked int  // at so many records for the names of all columns
	whole  bool // each object that stands by itself is a record
	lone   bool // the last one was
}

func newJSONRecords(name string, text *jsonText, in intake) *jsonRecords {
	j := &jsonRecords{text: text, in: in, index: map[string]int{}, row: row{rawFile: &rawFile{name: name}}}
	for _, column := range slices.Sorted(maps.Keys(in.want)) {
		if !slices.Contains(pathColumns, column) {
			j.index[column] = len(j.names)
			j.names = append(j.names, column)
		}
	}
	j.row.cells, j.fresh = make([]string, len(j.names)), make([]bool, len(j.names))
	return j
}

func (j *jsonRecords) begin() error { return j.in.columns(j.names, nil) }

// find goes down the keys to the records and reads them. Everything else is checked and passed over.
func (j *jsonRecords) find(keys []string) error {
	s := &j.text.scan
	first := s.Peek()
	if len(keys) > 0 {
		if first != '{' {
			return s.Want(fmt.Sprintf("an object with the key %q of records:", keys[0]))
		}
		found := false
		err := j.text.object(func(key string) error {
			if key == keys[0] {
				found = true
				return j.find(keys[1:])
			}
			return j.text.skip()
		})
		if err == nil && !found {
			err = fmt.Errorf("there is no key %q, which records: names", keys[0])
		}
		return err
	}
	switch first {
	case '[':
		if j.whole {
			return s.Want("an object, for records: $file makes a record of each")
		}
		return j.text.list(func() error { return j.record("") })
	case '{':
		return j.object()
	}
	return s.Want("a list of records, or an object of them (records: names the key that leads to it)")
}

// object reads an object of records, or one that is itself a record: of a short file, one that has a member that is no
// object, or one of which columns name a key.
func (j *jsonRecords) object() error {
	start := j.text.scan.At // what stands ready is not moved
	value, done, _ := j.text.try()
	if done {
		j.text.scan.At = start
	}
	j.lone = true
	if j.whole {
		return j.record("")
	}
	if done && (slices.ContainsFunc(value.Members, func(v literal.Value) bool { return v.Kind != literal.Dict }) ||
		slices.ContainsFunc(value.Keys, j.named)) {
		return j.record("")
	}
	j.lone = false
	return j.text.object(j.record)
}

// named reports whether a column is a key of a record, or begins with it.
func (j *jsonRecords) named(key string) bool {
	return slices.ContainsFunc(j.names, func(name string) bool { return name == key || strings.HasPrefix(name, key+".") })
}

// further reads the objects that stand behind one that is a record, as `jq` and programs that append write them.
func (j *jsonRecords) further() error {
	for err := j.text.fill(); ; err = j.text.fill() {
		switch {
		case err != nil || j.text.scan.Peek() != '{':
			return err
		case !j.lone:
			return errors.New("a second object stands behind one of records: if each is a record, write `records: $file`")
		}
		if err := j.record(""); err != nil {
			return err
		}
	}
}

// record reads one object. key is its own key, if the records are an object.
func (j *jsonRecords) record(key string) error {
	s := &j.text.scan
	if s.Peek() != '{' {
		return s.Want("a record, which is an object (records: names the key that leads to the list of them)")
	}
	j.text.pass(s.At)
	j.row.line = j.text.line
	value, err := j.text.value()
	if err != nil {
		return err
	}
	j.looked++
	clear(j.row.cells)
	for i := range j.fresh {
		j.fresh[i] = true
	}
	if key != "" {
		j.set(keyColumn, key)
	}
	if err := j.flatten("", value); err != nil {
		return err
	}
	if !j.in.row(&j.row) {
		return errEnough
	}
	return nil
}

// flatten sets the record's cells: members of an object inside it are columns object.member, lists stay JSON,
// null is empty.
func (j *jsonRecords) flatten(prefix string, object literal.Value) error {
	for i, key := range object.Keys {
		value, name := object.Members[i], prefix+key
		if value.Kind == literal.Dict {
			if err := j.flatten(name+".", value); err != nil {
				return err
			}
		}
		text := value.Text
		switch value.Kind {
		case literal.None:
			text = ""
		case literal.Sequence:
			text = nullNaN(text)
		}
		if !j.set(name, text) {
			return fmt.Errorf("column %q is made by two keys", name)
		}
	}
	return nil
}

// nullNaN has null for each NaN, Infinity and -Infinity of a list, so that it is JSON for whoever reads it.
func nullNaN(list string) string {
	if !strings.Contains(list, "NaN") && !strings.Contains(list, "Infinity") {
		return list
	}
	return quotedOrNaN.ReplaceAllStringFunc(list, func(part string) string {
		if part[0] == '"' {
			return part
		}
		return "null"
	})
}

var quotedOrNaN = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|-?Infinity|NaN`)

// set sets a cell, if its column is used. It reports whether the record did not have it yet.
func (j *jsonRecords) set(name, text string) (fresh bool) {
	if j.looked <= lookedAt {
		j.in.also(name)
	}
	at, used := j.index[name]
	if !used {
		return true
	}
	fresh, j.fresh[at] = j.fresh[at], false
	j.row.cells[at] = text
	j.in.seen(at)
	return fresh
}
