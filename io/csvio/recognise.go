package csvio

import (
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/textio"
)

// HeadBytes is how much of a file Recognise wants to see.
const HeadBytes = 64 << 10

// A Seen is what a file seems to be that does not read as CSV, or that has not the columns that it should have. It only
// ever ends in a message. Its fields are what source.yaml would say of the file, and empty where that is the default or
// not known.
type Seen struct {
	Kind      textio.Kind // no text of a table: the rest is empty then
	Encodings []string    // the likeliest first; the file is not UTF-8
	Delimiter string      // as source.yaml says it, such as ; or tab
	Found     bool        // a line has at least one of the columns
	Header    int         // line of the column names, if it is not the first
	Comment   string      // what comments begin with
	OnlyCR    bool        // lines end with CR alone, as on a Mac of before 2001
	Decimal   string      // a number with a decimal comma
	samples   []string    // a word as each of Encodings has it
}

// RecogniseFile is Recognise for a file; nil if it cannot be read.
func RecogniseFile(path string, columns []string) *Seen {
	file, err := fileio.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	head, err := io.ReadAll(io.LimitReader(file, HeadBytes))
	if err != nil {
		return nil
	}
	return Recognise(head, columns)
}

// Recognise says what is peculiar to a file, by its first bytes and the columns that its header should have, if these
// are known; nil where nothing is: it is CSV as this room reads it, as far as can be seen.
func Recognise(head []byte, columns []string) *Seen {
	if s := Look(head, columns); s.Kind.Name != "" || len(s.Keys()) > 0 {
		return s
	}
	return nil
}

// Look is Recognise of any file, also of one that is read as it is.
func Look(head []byte, columns []string) *Seen {
	s := &Seen{Kind: textio.KindOf(head), Encodings: textio.Guess(head)}
	if s.Kind.Name != "" && !strings.HasPrefix(s.Kind.Format, "json") {
		return &Seen{Kind: s.Kind}
	}
	text := string(head)
	if s.sample(head); s.Kind.Name != "" {
		return s
	}
	if len(s.Encodings) > 0 {
		text = textio.Loosely(head, s.Encodings[0])
	}
	text = strings.TrimPrefix(text, "\ufeff")
	s.OnlyCR = strings.Contains(text, "\r") && !strings.Contains(text, "\n")
	s.form(linesOf(text, len(head) >= HeadBytes), columns)
	return s
}

// sample keeps a word as each of the encodings has it.
func (s *Seen) sample(head []byte) {
	for _, name := range s.Encodings {
		s.samples = append(s.samples, textio.Sample(head, name))
	}
}

// AddEncodings guesses the encoding by bytes from further on in the file, which are not UTF-8.
func (s *Seen) AddEncodings(part []byte) {
	s.Encodings = textio.Guess(part)
	s.sample(part)
}

// OnlyEncodings is what is seen of a text that is no CSV.
func (s *Seen) OnlyEncodings() *Seen { return &Seen{Encodings: s.Encodings, samples: s.samples} }

// linesOf are the first lines of a text, whatever they end with; one that is cut is none.
func linesOf(text string, cut bool) []string {
	const most = 200
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if cut && len(lines) > 1 {
		lines = lines[:len(lines)-1]
	}
	return lines[:min(len(lines), most)]
}

// delimiters are what fields may be parted by, as source.yaml says it, commonest first. One that holds another stands
// before it.
var delimiters = []struct{ said, is string }{
	{",", ","}, {";", ";"}, {"\\t|\\t", "\t|\t"}, {"tab", "\t"}, {"||", "||"}, {"|", "|"}, {"::", "::"}, {":", ":"},
	{"^", "^"}, {"~", "~"}, {"§", "§"}, {"¬", "¬"}, {"\\x1f", "\x1f"}, {"\\x01", "\x01"},
}

// form finds delimiter and header: where most of the columns stand or, if none of them does, where rows of equally many
// fields begin.
func (s *Seen) form(lines []string, columns []string) {
	best, delimiter, at := 0, 0, 0
	wanted := map[string]bool{}
	for _, column := range columns {
		wanted[HeaderKey(column)] = true
	}
	for d := range delimiters {
		for i, line := range lines[:min(len(lines), 50)] {
			if n := matching(fieldsOf(line, delimiters[d].is), wanted); n > best {
				best, delimiter, at = n, d, i
			}
		}
	}
	if s.Found = best > 0; !s.Found {
		if delimiter, at = evenForm(lines); delimiter < 0 {
			return
		}
		if len(columns) > 0 { // no line has one of them: none can be told to be the header
			at = 0
		}
	}
	s.Delimiter = delimiters[delimiter].said
	if sep, length := SepLine([]byte(lines[0] + "\n")); length > 0 && at == 1 {
		at = 0 // it is read
		if string(sep) == delimiters[delimiter].is {
			s.Delimiter = ""
		}
	}
	if at > 0 {
		s.Header = at + 1
		s.comment(lines[:at])
	} else {
		s.commentsWithin(lines, delimiters[delimiter].is)
	}
	s.decimals(lines[at:], delimiters[delimiter].is)
}

// comment finds what all lines before the header begin with, if it is a mark that programs write before comments.
func (s *Seen) comment(before []string) {
	for _, mark := range []string{"#", "//", "%", "--", "!"} {
		if !slices.ContainsFunc(before, func(line string) bool { return !strings.HasPrefix(line, mark) }) {
			s.Comment, s.Header = mark, 0
			return
		}
	}
}

// commentsWithin finds comments between rows: all lines that begin with a mark have fewer fields than the header.
func (s *Seen) commentsWithin(lines []string, delimiter string) {
	for _, mark := range []string{"#", "//"} {
		some, all := false, true
		for _, line := range lines[1:] {
			if strings.HasPrefix(line, mark) {
				some = true
				all = all && len(fieldsOf(line, delimiter)) < len(fieldsOf(lines[0], delimiter))
			}
		}
		if some && all {
			s.Comment = mark
			return
		}
	}
}

// fieldsOf cuts a line, roughly: a quoted field may hold the delimiter.
func fieldsOf(line, delimiter string) (fields []string) {
	for quotes := true; ; {
		if quotes && strings.HasPrefix(line, `"`) {
			end := strings.Index(line[1:], `"`+delimiter)
			if quotes = end >= 0; quotes {
				fields, line = append(fields, line[1:1+end]), line[1+end+1+len(delimiter):]
				continue
			}
		}
		field, rest, more := strings.Cut(line, delimiter)
		fields = append(fields, strings.Trim(field, `"`))
		if !more {
			return fields
		}
		line = rest
	}
}

// matching is how many of the columns, by their keys, are among the fields.
func matching(fields []string, columns map[string]bool) int {
	found := map[string]bool{}
	for _, field := range fields {
		if key := HeaderKey(field); columns[key] {
			found[key] = true
		}
	}
	return len(found)
}

// evenForm is the delimiter by which the most lines have equally many fields, more than one, and the first such line
// where only lines of few words stand before it; -1: there is none.
func evenForm(lines []string) (delimiter, first int) {
	delimiter = -1
	most := 0
	for d := range delimiters {
		counts := map[int]int{}
		for _, line := range lines {
			counts[len(fieldsOf(line, delimiters[d].is))]++
		}
		for _, fields := range slices.Sorted(maps.Keys(counts)) {
			n := counts[fields]
			if fields == 1 || 2*n < len(lines) {
				continue
			}
			at := slices.IndexFunc(lines, func(line string) bool {
				return len(fieldsOf(line, delimiters[d].is)) == fields
			})
			if score := n*1000 + filled(lines[at], delimiters[d].is); score > most {
				most, delimiter, first = score, d, at
			}
		}
	}
	for _, line := range lines[:first] {
		if filled(line, delimiters[delimiter].is) > 2 {
			first = 0
		}
	}
	return delimiter, first
}

// filled is how many fields of a line have a text that is no delimiter itself.
func filled(line, delimiter string) (n int) {
	for _, field := range fieldsOf(line, delimiter) {
		if strings.Trim(field, " |:") != "" {
			n++
		}
	}
	return n
}

var decimal = regexp.MustCompile(`^[+-]?[0-9]{1,3},[0-9]{1,4}$`)

// IsDecimalComma reports whether a text is a number with a decimal comma.
func IsDecimalComma(text string) bool { return decimal.MatchString(text) }

// decimals looks for a number with a decimal comma.
func (s *Seen) decimals(rows []string, delimiter string) {
	for _, row := range rows[min(1, len(rows)):] {
		for _, field := range fieldsOf(row, delimiter) {
			if IsDecimalComma(field) {
				s.Decimal = field
				return
			}
		}
	}
}

// Keys are what source.yaml says of the file, key by key: `delimiter: ";"`.
func (s *Seen) Keys() (keys []string) {
	add := func(key, value string) {
		if value != "" {
			keys = append(keys, key+": "+value)
		}
	}
	add("format", s.Kind.Format)
	if len(s.Encodings) > 0 {
		add("encoding", s.Encodings[0])
	}
	switch {
	case s.Delimiter == "", s.Delimiter == ",":
	case s.Delimiter == "tab":
		add("delimiter", s.Delimiter)
	default:
		add("delimiter", `"`+s.Delimiter+`"`)
	}
	if s.Header > 0 {
		add("header", strconv.Itoa(s.Header))
	}
	if s.Comment != "" {
		add("comment", `"`+s.Comment+`"`)
	}
	if s.OnlyCR {
		add("line_ends", "cr")
	}
	return keys
}

// names of delimiters in words.
var delimiterNames = map[string]string{
	";": "semicolons", "tab": "tabs", "|": "bars (|)", ":": "colons", "\\t|\\t": "tab, bar, tab",
	"\\x1f": "the byte 0x1f", "\\x01": "the byte 0x01",
}

// What says in words what the file is, for a message behind its name: "is a workbook of Excel (.xlsx)".
func (s *Seen) What() string {
	var all []string
	if s.Kind.Name != "" {
		all = append(all, "is "+s.Kind.Name)
	}
	if len(s.Encodings) > 0 {
		text := "is not UTF-8, but " + s.Encodings[0]
		if s.samples[0] != "" {
			text += fmt.Sprintf(" (%q)", s.samples[0])
		}
		for i, other := range s.Encodings[1:] {
			if s.samples[i+1] != s.samples[0] {
				text += fmt.Sprintf(", or %s (%q)", other, s.samples[i+1])
			}
		}
		all = append(all, text)
	}
	if s.OnlyCR {
		all = append(all, "has lines that end with CR alone, as on an old Mac")
	}
	if s.Delimiter != "" && s.Delimiter != "," {
		name := delimiterNames[s.Delimiter]
		if name == "" {
			name = strconv.Quote(s.Delimiter)
		}
		all = append(all, "has fields separated by "+name)
	}
	switch {
	case s.Comment != "":
		all = append(all, fmt.Sprintf("has comments (%s)", s.Comment))
	case s.Header > 0:
		all = append(all, fmt.Sprintf("has its column names in line %d", s.Header))
	}
	if s.Decimal != "" {
		all = append(all, fmt.Sprintf("has decimal commas (%s)", s.Decimal))
	}
	return strings.Join(all, "; ")
}

// Raw is the message for raw material: what the file is, and the lines of source.yaml that read it.
func (s *Seen) Raw() string {
	keys := s.Keys()
	if len(keys) == 0 {
		return s.What() + ": " + s.Kind.Remedy
	}
	text := fmt.Sprintf("%s: write `%s` beside its path: in source.yaml", s.What(), strings.Join(keys, ", "))
	if s.Decimal != "" {
		text += ", and `replace: {\",\": \".\"}` beside the column: of such numbers"
	}
	return text
}

// Fixed is the message for a file that has one form only, such as a dataset CSV or a tab of the mapping: what it is,
// and how to save it rightly.
func (s *Seen) Fixed() string {
	if s.Kind.Name != "" {
		return s.What() + ", not CSV: " + strings.TrimPrefix(s.Kind.Remedy, textio.MayBePacked)
	}
	return s.What() + ": save it as CSV UTF-8 with commas, and the column names in line 1 " +
		"(LibreOffice: Save As, Text CSV, Edit filter settings; Excel: CSV UTF-8, which has the separator of the " +
		"system's region)"
}
