package mapping

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/fileio"
)

// A Crosswalk is one line of a table that leads from another terminology, or another language, to ICD-11. The tables
// are the user's: their licences forbid to ship them.
type Crosswalk struct {
	From     string // a code of ICD-10 (L20.9), a SNOMED CT id
	Term     string // what it is called; may be empty
	To       string // an ICD-11 code
	Relation string // as the table says it; may be empty
	File     string // base name
	Line     int
}

// crosswalkForms are the tables that can be read: the columns of from, term, to and relation, an empty one being
// optional or not there. The first form whose columns are all in the header counts.
var crosswalkForms = [][4]string{
	// WHO's 10To11MapToOneCategory.txt, and 10To11MapToMultipleCategories.txt
	{"icd10Code", "icd10Title", "icd11Code", "Relation"},
	{"from", "term", "to", "relation"}, // a table of one's own
	// WHO's SimpleTabulation of another language: its titles lead to the codes
	{"Code", "Title", "Code", ""},
}

// maxCrosswalk bounds a crosswalk, in bytes.
const maxCrosswalk = 256 << 20

// ReadCrosswalks reads every .csv, .tsv and .txt of a folder. A folder that is not there holds none. What is wrong with
// any of them comes at once, with its file and line.
func ReadCrosswalks(dir string) ([]Crosswalk, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []Crosswalk
	var errs []error
	for _, e := range entries {
		ext := strings.ToLower(filepath.Ext(e.Name()))
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") || !slices.Contains([]string{".csv", ".tsv", ".txt"}, ext) {
			continue
		}
		read := readTabbed
		if ext == ".csv" {
			read = readCommas
		}
		lines, err := readCrosswalk(filepath.Join(dir, e.Name()), read)
		all, errs = append(all, lines...), append(errs, err)
	}
	return all, errors.Join(errs...)
}

func readCommas(data []byte, path string) (*csvio.Table, error) {
	return csvio.Read(bytes.NewReader(data), path)
}

// readTabbed reads a table with a tab between its cells, as WHO writes it: quotes are letters, but for a pair around a
// whole cell. The header may have one cell more than the rows, which says when the file was made. Where it ends with CR
// LF all rows do, and a line feed alone is part of a cell.
func readTabbed(data []byte, path string) (*csvio.Table, error) {
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("%s: is not UTF-8: save it as UTF-8", path)
	}
	t := &csvio.Table{}
	stamped := false
	text := strings.TrimPrefix(string(data), "\ufeff")
	end := "\n"
	if header, _, _ := strings.Cut(text, "\n"); strings.HasSuffix(header, "\r") {
		end = "\r\n"
	}
	for i, line := range strings.Split(text, end) {
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			continue
		}
		cells := strings.Split(line, "\t")
		for j, cell := range cells {
			if len(cell) > 1 && cell[0] == '"' && cell[len(cell)-1] == '"' {
				cells[j] = strings.ReplaceAll(cell[1:len(cell)-1], `""`, `"`)
			}
		}
		switch {
		case t.Header == nil:
			t.Header = cells
			continue
		case len(t.Records) == 0 && len(cells) == len(t.Header)-1:
			stamped = true
		}
		if want := len(t.Header); stamped && len(cells) != want-1 || !stamped && len(cells) != want {
			return nil, fmt.Errorf("%s:%d: has %d cells, the header %d: get the file again", path, i+1, len(cells), want)
		}
		t.Records = append(t.Records, csvio.Record{Line: i + 1, Fields: cells})
	}
	if stamped {
		t.Header = t.Header[:len(t.Header)-1]
	}
	return t, nil
}

func readCrosswalk(path string, read func([]byte, string) (*csvio.Table, error)) ([]Crosswalk, error) {
	data, err := fileio.ReadUpTo(path, maxCrosswalk)
	if err != nil {
		return nil, err
	}
	table, err := read(data, path)
	if err != nil {
		return nil, err
	}
	columns, ok := crosswalkColumns(table.Header)
	if !ok {
		return nil, fmt.Errorf("%s:1: the columns are %s: want from and to, and perhaps term and relation, or those of "+
			"WHO's table, icd10Code, icd10Title, icd11Code",
			path, strings.Join(table.Header, ", "))
	}
	var all []Crosswalk
	for _, r := range table.Records {
		at := func(i int) string {
			if columns[i] < 0 {
				return ""
			}
			return strings.TrimSpace(r.Fields[columns[i]])
		}
		term := strings.TrimLeft(at(1), "- ") // dashes say how deep a title of WHO's stands
		c := Crosswalk{From: at(0), Term: term, To: at(2), Relation: at(3), File: filepath.Base(path), Line: r.Line}
		if strings.HasPrefix(c.To, "X") {
			continue // an extension code says nothing alone, and may have the title of a disease
		}
		if c.From != "" && c.To != "" && !strings.EqualFold(c.To, "No Mapping") { // blocks have no code
			all = append(all, c)
		}
	}
	return all, nil
}

// crosswalkColumns finds the columns of the first form that fits; -1 stands for one that is not there.
func crosswalkColumns(header []string) (columns [4]int, ok bool) {
	for _, form := range crosswalkForms {
		for i, name := range form {
			columns[i] = slices.IndexFunc(header,
				func(h string) bool { return name != "" && csvio.HeaderKey(h) == csvio.HeaderKey(name) })
		}
		if columns[0] >= 0 && columns[2] >= 0 {
			return columns, true
		}
	}
	return columns, false
}

// broad reports whether the table says that the code is wider or narrower than what it stands for, or only related.
func (c Crosswalk) broad() bool {
	r := strings.ToLower(c.Relation)
	return r != "" && !strings.HasPrefix(r, "equi") && !strings.HasPrefix(r, "exact") && r != "="
}

func (c Crosswalk) where() string {
	text := fmt.Sprintf("%s:%d: %s", c.File, c.Line, c.From)
	if c.Term != "" {
		text += fmt.Sprintf(" %q", c.Term)
	}
	text += " to " + c.To
	if c.Relation != "" {
		text += ", " + c.Relation
	}
	return text
}

// crossings are crosswalks by what a label may hold of them: the code or id, and the words of the term.
type crossings struct{ byFrom, byTerm map[string][]Crosswalk }

func crossingsOf(lines []Crosswalk) crossings {
	x := crossings{map[string][]Crosswalk{}, map[string][]Crosswalk{}}
	for _, c := range lines {
		x.byFrom[strings.ToUpper(c.From)] = append(x.byFrom[strings.ToUpper(c.From)], c)
		if c.Term != "" {
			key := bag(wordsOf(c.Term))
			x.byTerm[key] = append(x.byTerm[key], c)
		}
	}
	return x
}

// find lists the lines for a label: that are its code, or whose code stands in it as a word of its own,
// or whose term it is.
func (x crossings) find(label string) []Crosswalk {
	var found []Crosswalk
	for _, field := range strings.FieldsFunc(label, func(r rune) bool { return strings.ContainsRune(" \t()[],;:|", r) }) {
		found = append(found, x.byFrom[strings.ToUpper(field)]...)
	}
	said := wordsOf(label)
	if len(said) > 0 {
		for _, c := range x.byTerm[bag(said)] {
			if !contrary(said, wordsOf(c.Term)) {
				found = append(found, c)
			}
		}
	}
	slices.SortFunc(found,
		func(a, b Crosswalk) int { return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line)) })
	return slices.Compact(found)
}
