package yamlio

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/encoding/charmap"
)

// What is looked through for mistakes that a person can be shown; each one takes some hundred readings of the file.
const (
	mostMended = 64 << 10 // bytes
	mostLines  = 1000
)

// broken notes what is wrong with text that is no YAML; there is nothing to read then. What is said to be written
// instead of a line was tried: with it the file can be read, or is wrong only further down.
func (d *Document) broken(data []byte, err error) {
	d.root = yaml.Node{}
	text := mendable{lines: splitLines(string(data))}
	if len(data) > mostMended || len(text.lines) > mostLines {
		line, _ := placeOf(err)
		d.saidBy(line, err)
		return
	}
	for len(d.errs) < maxErrors && text.read(len(text.lines)) != nil {
		if !text.mend(d) {
			d.saidBy(text.bad()+1, text.read(len(text.lines)))
			return
		}
	}
}

var atLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?((?s:.*))$`)

// place is the line of an error of the yaml package, which names none in the first, and what it says.
func placeOf(err error) (line int, what string) {
	m := atLine.FindStringSubmatch(err.Error())
	if m == nil {
		return 0, err.Error()
	}
	if line, _ = strconv.Atoi(m[1]); line == 0 {
		line = 1
	}
	return line, m[2]
}

// saidBy notes an error in the words of the yaml package.
func (d *Document) saidBy(line int, err error) {
	_, what := placeOf(err)
	d.Failf(line, "", "%s: look at this line and those above it for a quote or bracket that is not closed, "+
		"a colon inside text (put quotes around it), or other spaces at its beginning", what)
}

// splitLines parts text where YAML has line ends: LF, CRLF, CR alone.
func splitLines(text string) []string {
	return strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
}

// mendable is text that is no YAML, line by line.
type mendable struct{ lines []string }

// read is what is wrong with the first lines; nil: they can be read.
func (m *mendable) read(lines int) error {
	return readOne([]byte(strings.Join(m.lines[:lines], "\n")), &yaml.Node{})
}

// bad is the first line, from 0, with which the text cannot be read, whatever follows it.
func (m *mendable) bad() int {
	for n := len(m.lines) - 1; n > 0; n-- {
		if m.read(n) == nil {
			return n
		}
	}
	return 0
}

// readOne reads the one document of a text, if there is one.
func readOne(data []byte, into *yaml.Node) error {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(into); err == io.EOF {
		return nil
	} else if err != nil {
		return err
	}
	if decoder.Decode(&yaml.Node{}) != io.EOF {
		return errSecond
	}
	return nil
}

// linesAbove is how far above the place of an error its cause is looked for.
const linesAbove = 12

// mend finds a line with which the text can be read when it is written otherwise, or else more of the text; it
// writes it
// so, and notes what was wrong.
func (m *mendable) mend(d *Document) bool {
	bad := m.bad()
	return m.mendSo(d, bad, func() bool { return m.read(len(m.lines)) == nil }) || m.mendSo(d, bad, func() bool {
		for n := bad + 1; n < min(len(m.lines), bad+linesAbove); n++ {
			if m.read(n) == nil {
				return true
			}
		}
		return false
	})
}

func (m *mendable) mendSo(d *Document, bad int, better func() bool) bool {
	were := m.lines
	for _, slip := range slipsOfLines {
		for i := min(bad+1, len(were)-1); i >= max(0, bad-linesAbove); i-- {
			for _, line := range slip.instead(were, i) {
				m.lines = slices.Clone(were)
				m.lines[i] = line
				if slip.everywhere {
					m.everywhere(slip)
				}
				if better() {
					m.note(d, were, slip.cause)
					return true
				}
			}
		}
	}
	m.lines = were
	return false
}

// everywhere mends the same slip in all other lines.
func (m *mendable) everywhere(slip slipOfLine) {
	for i := range m.lines {
		if instead := slip.instead(m.lines, i); len(instead) > 0 {
			m.lines[i] = instead[0]
		}
	}
}

// note notes the first line that is not what it was, and how many others are not.
func (m *mendable) note(d *Document, were []string, cause string) {
	first, more := -1, 0
	for i := range were {
		switch {
		case were[i] == m.lines[i]:
		case first < 0:
			first = i
		default:
			more++
		}
	}
	was, is, column, also := were[first], m.lines[first], 0, ""
	for column < min(len(was), len(is)) && was[column] == is[column] {
		column++
	}
	if more > 0 {
		also = fmt.Sprintf(", and so on (lines: %d more)", more)
	}
	d.errs = append(d.errs, &Error{Path: d.Path, Line: first + 1, Column: column + 1,
		Err: fmt.Errorf("%s: write `%s`%s", cause, is, also)})
}

// A slipOfLine is a kind of mistake in a line, and what may stand there instead; the first kind that helps is told.
type slipOfLine struct {
	cause      string
	instead    func(lines []string, i int) []string
	everywhere bool // who makes it once makes it in all lines
}

const tabBefore = "a tab before the line's text, and YAML wants spaces"

var slipsOfLines = []slipOfLine{
	{tabBefore, oneLine(tabsToSpaces(2)), true},
	{tabBefore, oneLine(tabsToSpaces(4)), true},
	{tabBefore, oneLine(tabsToSpaces(8)), true},
	{tabBefore, oneLine(tabsToSpaces(0)), true},
	{tabBefore, tabAsAbove, false},
	{"a space that is none of the space bar's at the line's beginning", oneLine(plainSpaces), true},
	{"typographic quotes, and YAML wants straight ones", oneLine(straightQuotes), true},
	{"a backslash inside double quotes means something else: single ones keep it", oneLine(singleQuotes), true},
	{"no space behind the colon", oneLine(spaceBehindColon), true},
	{"a quote that is not closed", closeQuote, false},
	{"a bracket that is not closed, or closed twice", closeBracket, false},
	{"text that YAML would take apart (it holds a sign): put quotes around it", oneLine(quoteInside), false},
	{"text that YAML would take apart (it holds a colon, or begins with a sign): put quotes around it",
		oneLine(quoteValue), false},
	{"no colon behind the key", oneLine(colonBehindKey), false},
	{"other spaces at the line's beginning than the lines above have", indentAsAbove, false},
}

func oneLine(mend func(string) string) func([]string, int) []string {
	return func(lines []string, i int) []string {
		if line := mend(lines[i]); line != lines[i] {
			return []string{line}
		}
		return nil
	}
}

// begin is what a line begins with before its first key or text: spaces and the marks of lists.
func begin(line string) (spaces, rest string) {
	rest = strings.TrimLeft(line, " \t\u00a0\u3000\u200b")
	return line[:len(line)-len(rest)], rest
}

var tabBehindDash = regexp.MustCompile(`^( *(?:- +)*-) *\t[ \t]*`)

// tabsToSpaces has so many spaces for each tab at the line's beginning, and one for those behind a dash of a list.
func tabsToSpaces(width int) func(string) string {
	return func(line string) string {
		spaces, rest := begin(line)
		line = strings.ReplaceAll(spaces, "\t", strings.Repeat(" ", width)) + rest
		for tabBehindDash.MatchString(line) {
			line = tabBehindDash.ReplaceAllString(line, "$1 ")
		}
		return line
	}
}

func plainSpaces(line string) string {
	spaces, rest := begin(line)
	return strings.NewReplacer("\u00a0", " ", "\u3000", " ", "\u200b", "").Replace(spaces) + rest
}

// anySpace has the space bar's spaces for all others, wherever they are.
func anySpace(line string) string {
	return strings.NewReplacer("\u00a0", " ", "\u3000", " ").Replace(line)
}

func straightQuotes(line string) string {
	return strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "‘", "'", "’", "'").Replace(line)
}

var doubleQuoted = regexp.MustCompile(`"[^"']*\\[^"']*"`)

func singleQuotes(line string) string {
	return doubleQuoted.ReplaceAllStringFunc(line, func(text string) string { return "'" + text[1:len(text)-1] + "'" })
}

var tightColon = regexp.MustCompile(`^([ -]*[A-Za-z_][A-Za-z0-9_-]*):([^ /:\\].*)$`)

func spaceBehindColon(line string) string { return tightColon.ReplaceAllString(line, "$1: $2") }

func closeQuote(lines []string, i int) (instead []string) {
	line := strings.TrimRight(lines[i], " ")
	for _, quote := range []string{`"`, "'"} {
		if strings.Count(line, quote)%2 == 0 {
			continue
		}
		instead = append(instead, line+quote)
		for _, close := range []string{"}", "]"} {
			if before, is := strings.CutSuffix(line, close); is {
				instead = append(instead, before+quote+close)
			}
		}
	}
	return instead
}

func closeBracket(lines []string, i int) (instead []string) {
	line := strings.TrimRight(lines[i], " ")
	for _, pair := range []string{"{}", "[]"} {
		open, closed := strings.Count(line, pair[:1]), strings.Count(line, pair[1:])
		switch {
		case open > closed:
			instead = append(instead, line+pair[1:])
			for _, end := range []string{"}", "]"} {
				if before, is := strings.CutSuffix(line, end); is {
					instead = append(instead, before+pair[1:]+end)
				}
			}
		case closed > open:
			at := strings.LastIndex(line, pair[1:])
			instead = append(instead, line[:at]+line[at+1:])
		}
	}
	return instead
}

var keyAndText = regexp.MustCompile(`^([ -]*(?:[^\s:"'{\[#-][^:"'{\[]*:|-) +)([^ "'].*?)( +#.*)?$`)

// quoteValue puts quotes around the text behind a key, or behind the mark of a list.
func quoteValue(line string) string {
	m := keyAndText.FindStringSubmatch(strings.TrimRight(line, " "))
	if m == nil || strings.HasPrefix(m[2], "{") && strings.HasSuffix(m[2], "}") ||
		strings.HasPrefix(m[2], "[") && strings.HasSuffix(m[2], "]") {
		return line
	}
	quoted := `"` + m[2] + `"`
	if strings.ContainsAny(m[2], `"\`) {
		quoted = "'" + strings.ReplaceAll(m[2], "'", "''") + "'"
	}
	return m[1] + quoted + m[3]
}

var textInside = regexp.MustCompile(`([{,] *[A-Za-z_][A-Za-z0-9_]*: +)([^"'{}\[\], ][^"'{}\[\],]*[:?#&*!%@|>][^"'{}\[\],]*)`)

// quoteInside puts quotes around texts with signs behind the keys of a line such as a: {b: c}.
func quoteInside(line string) string { return textInside.ReplaceAllString(line, `$1"$2"`) }

var keyWithoutColon = regexp.MustCompile(`^([ -]*[A-Za-z_][A-Za-z0-9_]*)(?: *= *| +|$)(.*)$`)

func colonBehindKey(line string) string {
	m := keyWithoutColon.FindStringSubmatch(line)
	if m == nil {
		return line
	}
	return strings.TrimRight(m[1]+": "+m[2], " ")
}

// indentAsAbove begins the line as lines above it do, the nearest first.
func indentAsAbove(lines []string, i int) (instead []string) {
	own, rest := begin(lines[i])
	if rest == "" {
		return nil
	}
	for above := i - 1; above >= max(0, i-linesAbove); above-- {
		spaces, text := begin(lines[above])
		if text != "" && spaces != own && !slices.Contains(instead, spaces+rest) {
			instead = append(instead, spaces+rest)
		}
	}
	return instead
}

// tabAsAbove is indentAsAbove of a line that begins with a tab among spaces.
func tabAsAbove(lines []string, i int) []string {
	if own, _ := begin(lines[i]); !strings.Contains(own, "\t") {
		return nil
	}
	return indentAsAbove(lines, i)
}

// checkText notes what keeps a file from being read as text at all: bytes that are not UTF-8, and control characters. A
// byte order mark may stand before UTF-8, and before UTF-16, which the yaml package reads.
func (d *Document) checkText(data []byte) {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return
	}
	line, start := 1, 0
	for at := 0; at < len(data); {
		r, size := utf8.DecodeRune(data[at:])
		switch {
		case r == '\n' || r == '\r' && !bytes.HasPrefix(data[at:], []byte("\r\n")):
			line, start = line+1, at+1
		case r == utf8.RuneError && size == 1:
			end := at + max(bytes.IndexAny(append(bytes.Clone(data[at:]), '\n'), "\r\n"), 0)
			meant, _ := charmap.Windows1252.NewDecoder().Bytes(data[start:end])
			d.errs = append(d.errs, &Error{Path: d.Path, Line: line, Column: at - start + 1, Err: fmt.Errorf(
				"byte 0x%02x is not UTF-8: save the file as UTF-8; of windows-1252, the line would be `%s`", data[at], meant)})
			return
		case r == 0:
			d.errs = append(d.errs, &Error{Path: d.Path, Line: line, Column: at - start + 1, Err: fmt.Errorf(
				"a NUL byte: if the file is UTF-16, save it as UTF-8, else take it out")})
			return
		}
		at += size
	}
}
