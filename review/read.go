package review

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/mapping"
)

// A Filled is a review workbook as a person gave it back.
type Filled struct {
	Meta    Meta
	Lines   []Line   // by tab, then from above, whatever is hidden or filtered
	Ignored []string // in words: tabs and columns that hold something and are not read

	// Rows are how many rows each tab of the workbook had to be decided, as MetaTab says; nil: it says nothing of it.
	Rows map[string]int
}

// A Line is one row of a tab.
type Line struct {
	Kind     Kind
	Tab      string // of the review workbook, not of the mapping's
	Number   int    // row of the tab, from 1
	ID       string
	Label    string
	Dated    bool              // Seen holds a date
	At       map[string]string // the name of each cell, C7, by header
	Cells    map[string]string // by header, of the columns that a person fills and of what they show of the workbook
	Problems []string          // why it cannot be taken as it stands, each with its cell
}

// ReadFilled reads a review workbook that came back, an XLSX file or a folder of CSVs, whichever program saved it. Tabs
// and columns are found by their headers, wherever they were moved. What a spreadsheet changed in a row, numbers for
// text, formulas, merged cells, ids that stand twice, is a problem of that row. What makes the whole file useless, a
// tab without one of its columns or without the ids, a missing tab of keys, another form of CSV, is an error that says
// what to do; all come at once.
func ReadFilled(book *sheetio.Book) (*Filled, error) {
	f := &Filled{}
	var problems []error
	found := false
	for i := range book.Sheets {
		sheet := &book.Sheets[i]
		switch {
		case sheet.Name == MetaTab:
			f.readMeta(sheet)
			continue
		case sheet.Err != nil:
			problems = append(problems, fmt.Errorf("tab %q: cannot be read: %w", sheet.Name, sheet.Err))
			continue
		}
		if err := checkDialect(sheet); err != nil && book.Folder {
			problems = append(problems, err)
			continue
		}
		r, err := openFilled(sheet)
		if err != nil {
			problems = append(problems, err)
		}
		if r == nil {
			if err == nil && sheet.Name != startTab && sheet.Name != namesTab && len(sheet.Rows) > 0 {
				f.Ignored = append(f.Ignored, fmt.Sprintf("tab %q", sheet.Name))
			}
			continue
		}
		found = true
		f.Ignored = append(f.Ignored, r.ignored()...)
		f.Lines = append(f.Lines, r.lines()...)
	}
	if f.Meta.Sheet == "" {
		problems = append(problems, fmt.Errorf("the tab %q is missing or holds no key %q, which says what sheet this is: "+
			"give the whole workbook back, hidden tabs too (a folder of CSVs has it as %s.csv), or export it again",
			MetaTab, MetaKeys[0], MetaTab))
	}
	if !found && len(problems) == 0 {
		problems = append(problems, errors.New("it has no tab of a review workbook"))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	markTwice(f.Lines)
	return f, nil
}

// readMeta reads keys and values. Those that it does not know are not looked at.
func (f *Filled) readMeta(sheet *sheetio.Sheet) {
	m := &f.Meta
	fields := map[string]*string{"sheet": &m.Sheet, "version": &m.Version, "role": &m.Role, "person": &m.Person,
		"made": &m.Made}
	for row := range sheet.Rows {
		key, value := strings.TrimSpace(sheet.Cell(row, 0).Text), strings.TrimSpace(sheet.Cell(row, 1).Text)
		if field := fields[key]; field != nil {
			*field = value
		}
		if key == "open" {
			m.Open = strings.EqualFold(value, yes)
		}
		if key == rowsKey {
			f.addRows(value)
		}
	}
}

// checkDialect refuses a CSV that a spreadsheet wrote in the form of its country. That it is UTF-8 sheetio has seen.
func checkDialect(sheet *sheetio.Sheet) error {
	if len(sheet.Rows) == 0 || len(sheet.Rows[0]) != 1 {
		return nil
	}
	header := sheet.Rows[0][0].Text
	parts := strings.FieldsFunc(header, func(r rune) bool { return r == ';' || r == '\t' })
	by := csvio.PartedBy([]string{header})
	if by == "" || !slices.ContainsFunc(parts, func(p string) bool { _, is := KindOf(strings.Trim(p, `" `)); return is }) {
		return nil
	}
	return fmt.Errorf("tab %q: its columns are parted by %s, not by commas: save it as \"CSV UTF-8 (comma delimited)\", "+
		"or give the XLSX back", sheet.Name, by)
}

// A filledTab is a tab whose columns are found.
type filledTab struct {
	kind    Kind
	sheet   *sheetio.Sheet
	columns map[string]int // those that are read
	others  []int          // those that are not, and that no review workbook has
	bad     map[int][]string
}

// openFilled finds the columns of a tab. It is nil for one that is no tab of a review workbook.
func openFilled(sheet *sheetio.Sheet) (*filledTab, error) {
	if len(sheet.Rows) == 0 {
		return nil, nil
	}
	header := make([]string, len(sheet.Rows[0]))
	for i, c := range sheet.Rows[0] {
		header[i] = strings.TrimSpace(c.Text)
	}
	var first error
	for _, kind := range []Kind{Labels, Refinements, Questions, Categories} {
		if at, _ := csvio.FindColumns(header, []string{table[kind][0].Header}, none); len(at) == 0 || at[0] < 0 {
			continue
		}
		wanted := []string{kind.LabelHeader(), RowOf}
		for _, c := range table[kind] {
			if (c.Fills || c.Header == Question) && !slices.Contains(wanted, c.Header) {
				wanted = append(wanted, c.Header)
			}
		}
		at, problems := csvio.FindColumns(header, wanted, none)
		if len(problems) > 0 {
			first = fmt.Errorf("tab %q: %s: bring the columns back, hidden ones too, or export it again", sheet.Name,
				strings.Join(problems, "; "))
			continue
		}
		t := &filledTab{kind: kind, sheet: sheet, columns: map[string]int{}, bad: map[int][]string{}}
		for i, name := range wanted {
			t.columns[name] = at[i]
		}
		t.findOthers(header)
		t.findMerged()
		t.findFormulas()
		return t, nil
	}
	return nil, first
}

// none names no column that is only written like a wanted one.
func none(string) string { return "" }

// findOthers finds the columns that show what the workbook holds, and those that are not read.
func (t *filledTab) findOthers(header []string) {
	read := map[int]bool{}
	for _, at := range t.columns {
		read[at] = true
	}
	for i, name := range header {
		known := strings.HasPrefix(name, Picture)
		for _, c := range table[t.kind] {
			if csvio.HeaderKey(c.Header) == csvio.HeaderKey(name) {
				known = true
				if strings.HasPrefix(c.Header, Proposed) {
					t.columns[c.Header] = i
				}
			}
		}
		if !known && !read[i] {
			t.others = append(t.others, i)
		}
	}
}

// ignored are the columns that hold something and that nobody reads.
func (t *filledTab) ignored() (all []string) {
	for _, column := range t.others {
		for row := range t.sheet.Rows {
			if t.sheet.Cell(row, column).Text != "" {
				all = append(all, fmt.Sprintf("column %q of tab %q", t.sheet.Cell(0, column).Text, t.sheet.Name))
				break
			}
		}
	}
	return all
}

// filled are the headers of the columns that are read and must be text, in the order of the table; Seen may be a box.
func (t *filledTab) filled() (all []string) {
	for _, c := range table[t.kind] {
		if _, is := t.columns[c.Header]; is && (c.Fills || c.Header == Question || c.Header == t.kind.LabelHeader()) {
			all = append(all, c.Header)
		}
	}
	return append(all, RowOf)
}

// findMerged finds rows of which a cell is shown together with others: only the first of them has a value.
func (t *filledTab) findMerged() {
	for _, m := range t.sheet.Merged {
		for _, header := range t.filled() {
			column := t.columns[header]
			for row := max(1, m.FromRow); row <= min(m.ToRow, len(t.sheet.Rows)-1); row++ {
				if m.Has(row, column) {
					t.bad[row] = append(t.bad[row], fmt.Sprintf("%s is in the merged cells %s, of which only the first has a value: "+
						"unmerge them and fill in each", header, m))
				}
			}
		}
	}
}

// findFormulas finds values that a formula gave.
func (t *filledTab) findFormulas() {
	for _, at := range t.sheet.Formulas {
		for _, header := range t.filled() {
			if t.columns[header] == at.Column && at.Row > 0 {
				t.bad[at.Row] = append(t.bad[at.Row], fmt.Sprintf("%s holds a formula: want its text (%s!%s)", header,
					t.sheet.Name, sheetio.CellName(at.Row, at.Column)))
			}
		}
	}
}

// lines are the rows of the tab that hold anything in a column that is read.
func (t *filledTab) lines() (all []Line) {
	for row := 1; row < max(len(t.sheet.Rows), 1); row++ {
		l := Line{Kind: t.kind, Tab: t.sheet.Name, Number: row + 1, Cells: map[string]string{}, Problems: t.bad[row],
			At: map[string]string{}}
		anything := false
		for header, column := range t.columns {
			l.Cells[header], l.At[header] = t.sheet.Cell(row, column).Text, sheetio.CellName(row, column)
			anything = anything || l.Cells[header] != ""
		}
		if !anything && len(l.Problems) == 0 {
			continue
		}
		for _, header := range t.filled() {
			c := t.sheet.Cell(row, t.columns[header])
			l.Dated = l.Dated || header == Seen && c.Kind == sheetio.Date
			if header == Seen && c.Kind != sheetio.FormulaWithoutValue && c.Kind != sheetio.Failed {
				continue
			}
			if why := mapping.NotText(header, c); why != "" {
				l.Problems = append(l.Problems, fmt.Sprintf("%s (%s): type it as text", why,
					t.sheet.Name+"!"+sheetio.CellName(row, t.columns[header])))
			}
		}
		l.ID, l.Label = strings.TrimSpace(l.Cells[RowOf]), l.Cells[t.kind.LabelHeader()]
		all = append(all, l)
	}
	return all
}

// markTwice finds ids that stand in several rows: one was pasted over another, and nobody knows which is which.
func markTwice(lines []Line) {
	type key struct {
		kind         Kind
		id, question string
	}
	of := func(l Line) key { return key{l.Kind, l.ID, l.Cells[Question]} }
	first := map[key]int{}
	for i, l := range lines {
		if l.ID == "" {
			continue
		}
		at, twice := first[of(l)]
		if !twice {
			first[of(l)] = i
			continue
		}
		if n := len(lines[at].Problems); n == 0 || lines[at].Problems[n-1] != pasted(l) {
			lines[at].Problems = append(lines[at].Problems, pasted(l))
		}
		lines[i].Problems = append(lines[i].Problems, pasted(lines[at]))
	}
}

func pasted(other Line) string {
	return fmt.Sprintf("row %d of tab %q has the same id: one was pasted over the other", other.Number, other.Tab)
}
