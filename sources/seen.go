package sources

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dermset/dermset/dataset/literal"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/textio"
)

// explained says of a file that does not read what it seems to be instead, and what to write in source.yaml, at the
// place of the first error: the others follow from it.
func (t *table) explained(name string, err error) error {
	if err == nil {
		return nil
	}
	first := err
	for {
		all, joined := first.(interface{ Unwrap() []error })
		if !joined {
			break
		}
		first = all.Unwrap()[0]
	}
	seen := t.looksLike(name, strings.Contains(first.Error(), "is not UTF-8"))
	if seen == "" {
		return err
	}
	t.told = true
	if at, placed := errors.AsType[*csvio.Error](first); placed {
		cause, _, _ := strings.Cut(at.Err.Error(), ": ")
		return &csvio.Error{Path: at.Path, Line: at.Line, Column: at.Column,
			Err: fmt.Errorf("%s (read as it is declared: %s)", seen, cause)}
	}
	if t.file.format == "xlsx" { // what its reader says follows from that
		return fmt.Errorf("%s: %s", t.raw.path(name), seen)
	}
	return errors.Join(fmt.Errorf("%s: %s", t.raw.path(name), seen), first)
}

// looksLike says what a file seems to be, other than source.yaml declares, and what to write there; empty: nothing
// else. Where it is known not to be UTF-8, the first bytes that are not are looked at for its encoding.
func (t *table) looksLike(name string, notUTF8 bool) string {
	f, head := t.file, t.head(name, false)
	if len(head) == 0 {
		return ""
	}
	seen := csvio.Look(head, slices.Sorted(maps.Keys(t.want)))
	if notUTF8 && seen.Kind.Name == "" && len(seen.Encodings) == 0 {
		seen.AddEncodings(t.head(name, true))
	}
	var keys []string
	switch kind := seen.Kind; {
	case kind.Name != "" && kind.Format == "":
		if f.format == "xlsx" || f.format == "parquet" {
			kind.Remedy = strings.TrimPrefix(kind.Remedy, textio.MayBePacked)
		}
		return "is " + kind.Name + ": " + kind.Remedy
	case kind.Name != "" && kind.Format == f.format,
		kind.Format == "jsonl" && f.format == "json", // which reads one object after another
		kind.Name == "" && strings.HasPrefix(f.format, "json"):
		seen = seen.OnlyEncodings()
		keys = f.otherKeys(seen)
		if way := recordsIn(string(head), 0); len(keys) == 0 && f.format == "json" && f.records == "" && way != "" {
			return "has its records below " + way + ": " + f.toWrite([]string{"records: " + way})
		}
	case f.format == "csv" || f.format == "tsv" || kind.Name != "":
		keys = f.otherKeys(seen)
	case slices.Contains(head, 0):
		return ""
	default: // text that is said to be a workbook or Parquet
		return fmt.Sprintf("is text, not %s: %s", f.format, f.toWrite(append([]string{"format: csv"}, seen.Keys()...)))
	}
	if !slices.Contains(keys, "format: csv") && f.namesInQuotes(head, t.want) {
		keys = append(keys, "quotes: rfc4180")
	}
	if len(keys) == 0 {
		return ""
	}
	what := []string{seen.What()}
	for key, is := range map[string]string{`delimiter: ","`: "has fields separated by commas", "format: csv": "is no TSV",
		"quotes: rfc4180": "has its column names in quotes",
		"header: 1":       "has its column names in line 1", "skip_lines: 0": "has its column names in line 1"} {
		if slices.Contains(keys, key) {
			what = append(what, is)
		}
	}
	slices.Sort(what)
	text := strings.Trim(strings.Join(what, "; "), "; ") + ": "
	if other := t.unlike(name, keys); other != "" {
		return text + fmt.Sprintf("%q is not so, and what stands beside path: is for both: save them alike, best as CSV "+
			"UTF-8", other)
	}
	text += f.toWrite(keys)
	if seen.Decimal != "" {
		text += ", and `replace: {\",\": \".\"}` beside the column: of such numbers"
	}
	return text
}

// unlike is another file of the table that would be read wrongly as the keys say; empty: none is seen.
func (t *table) unlike(name string, keys []string) string {
	const most = 100
	names, _ := t.raw.filesOf(t.file)
	isEncoding := func(key string) bool { return strings.HasPrefix(key, "encoding:") }
	isWide := func(key string) bool { return strings.HasPrefix(key, "encoding: utf-") }
	isForm := func(key string) bool { return !isEncoding(key) && !strings.HasPrefix(key, "comment:") }
	form := func(keys []string) string {
		return strings.Join(slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return !isForm(key) }), ", ")
	}
	for _, other := range names[:min(len(names), most)] {
		head := t.head(other, false)
		if other == name || len(head) == 0 {
			continue
		}
		seen := csvio.Look(head, slices.Sorted(maps.Keys(t.want)))
		if strings.HasPrefix(t.file.format, "json") {
			seen = seen.OnlyEncodings()
		}
		has := t.file.otherKeys(seen)
		if slices.Contains(keys, "quotes: rfc4180") && t.file.namesInQuotes(head, t.want) {
			has = append(has, "quotes: rfc4180")
		}
		text := head
		if !slices.ContainsFunc(text, func(c byte) bool { return c >= utf8.RuneSelf }) {
			text = t.head(other, true)
		}
		isUTF8 := len(textio.Guess(text)) == 0 && slices.ContainsFunc(text, func(c byte) bool { return c >= utf8.RuneSelf })
		if form(has) != form(keys) || slices.ContainsFunc(has, isWide) != slices.ContainsFunc(keys, isWide) ||
			slices.ContainsFunc(keys, isEncoding) && isUTF8 {
			return other
		}
	}
	return ""
}

// head is the first bytes of a file, unpacked, or those from where it is not UTF-8; of a text in another encoding, as
// it is declared, as UTF-8.
func (t *table) head(name string, notUTF8 bool) []byte {
	file, err := t.raw.open(name)
	if err != nil {
		return nil
	}
	defer file.Close()
	in := io.Reader(file)
	if isPacked(name) {
		in = textio.Unpack(file)
	}
	block := make([]byte, csvio.HeadBytes)
	n, err := io.ReadFull(in, block) // what was read before an error is looked at
	for notUTF8 && err == nil && !slices.ContainsFunc(block[:n], func(c byte) bool { return c >= utf8.RuneSelf }) {
		n, err = io.ReadFull(in, block)
	}
	head := block[:n]
	if t.file.encoding != "utf-8" {
		head = []byte(textio.Loosely(head, t.file.encoding))
	}
	return head
}

// otherKeys are the keys of what is seen that the file does not have so already.
func (f *file) otherKeys(seen *csvio.Seen) []string {
	delimiter := f.delimiter
	if delimiter == "" && f.format == "tsv" {
		delimiter = "\t"
	}
	has := []string{"encoding: " + f.encoding, "comment: " + strconv.Quote(f.comment), "line_ends: " + f.lineEnds,
		"header: " + strconv.Itoa(max(f.header, f.skipLines+1)), "format: " + f.format, "delimiter: " +
			strconv.Quote(delimiter)}
	if delimiter == "\t" {
		has = append(has, "delimiter: tab")
	}
	keys := slices.DeleteFunc(seen.Keys(), func(key string) bool { return slices.Contains(has, key) })
	switch other := seen.Kind.Name == "" && seen.Delimiter != ""; {
	case other && f.format == "tsv" && f.delimiter == "" && seen.Delimiter != "tab": // whose quotes are bytes
		keys = append([]string{"format: csv"}, keys...)
	case other && seen.Delimiter == "," && delimiter != "" && delimiter != ",":
		keys = append(keys, `delimiter: ","`)
	}
	switch first := seen.Found && seen.Header == 0 && seen.Comment == ""; {
	case first && f.header > 1:
		keys = append(keys, "header: 1")
	case first && f.skipLines > 0:
		keys = append(keys, "skip_lines: 0")
	}
	return keys
}

// namesInQuotes reports whether quotes, which are bytes as the file is declared, stand around names of columns, and the
// file reads where they are none.
func (f *file) namesInQuotes(head []byte, want wanted) bool {
	if f.quotes != "none" {
		return false
	}
	if end := bytes.LastIndexByte(head, '\n'); len(head) == csvio.HeadBytes && end > 0 {
		head = head[:end+1]
	}
	dialect := f.dialect()
	dialect.Plain = false
	cutter := dialect.Cutter(bytes.NewReader(head), f.name, csvio.HeadBytes)
	names, err := cutter.Header()
	quoted := slices.ContainsFunc(names, func(cell csvio.HeaderCell) bool {
		return want[cell.Name] && bytes.Contains(head, []byte(strconv.Quote(cell.Name)))
	})
	if err != nil || !quoted {
		return false
	}
	piece, err := cutter.Next()
	if err == io.EOF {
		return true
	}
	if err == nil {
		_, err = piece.Scan(len(names))
	}
	return err == nil
}

// recordsIn leads, by keys, to the first list of objects in the text of an object, which may end anywhere; empty: there
// is none.
func recordsIn(text string, depth int) (way string) {
	s := literal.Scanner{Text: text, NaN: true}
	for open := byte('{'); s.Take(open); open = ',' {
		if !s.Take('"') {
			return ""
		}
		key, err := s.Quoted('"')
		if err != nil || !s.Take(':') {
			return ""
		}
		start := s.At
		switch s.Peek() {
		case '[':
			s.At++
			if s.Peek() == '{' {
				return key
			}
		case '{':
			if depth < literal.MaxDepth {
				if way := recordsIn(s.Text[s.At:], depth+1); way != "" {
					return key + "." + way
				}
			}
		}
		s.At = start
		if _, err := s.Value(); err != nil {
			return ""
		}
	}
	return ""
}

// toWrite is what to write in source.yaml, and where.
func (f *file) toWrite(keys []string) string {
	if path := f.paths[0]; f.short {
		if strings.ContainsAny(path, "{}[],&*#?|<>=!%@:\\\"'`- ") {
			path = strconv.Quote(path)
		}
		return fmt.Sprintf("write `{path: %s, %s}` in line %d of source.yaml", path, strings.Join(keys, ", "), f.line)
	}
	return fmt.Sprintf("write `%s` beside the path: of the file in line %d of source.yaml", strings.Join(keys, ", "),
		f.line)
}
