package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/mapping"
)

// A plant is one error of planted.csv. What it does to a workbook:
//
//	code    in every row of the name what, the code A of with (A>B) becomes B
//	map     the label what of the tab gets the name with, and its codes
//	swap    the labels what and with exchange names, codes and notes
//	shift   from the label what on, the names, codes and notes of so many rows go one row down (or up, if negative)
//	rename  the label what gets the name with, and keeps its codes
//	cell    of the label what, name or codes become what stands behind =
//	twice   the label what stands once more, with the name with
//	refine  the category what is excluded, or merged into what stands behind >
type plant struct {
	book, kind        string
	crosses           bool // malignant, in situ, uncertain, benign
	op, tab, what, to string
}

// keptAside is which errors were not looked at while rules were tuned: every third, by its place.
const keptAside = 3

// A tally counts what was caught.
type tally struct{ caught, of int }

func (t *tally) count(caught bool) {
	t.of++
	if caught {
		t.caught++
	}
}

// plants tries every planted error.
func plants(books map[string]*workbook, kept, verbose bool) (caught, of int, err error) {
	table, err := csvio.ReadTable(filepath.Join("bench", "mapping-errors", "planted.csv"),
		"book", "kind", "crosses", "op", "tab", "what", "with")
	if err != nil {
		return 0, 0, err
	}
	var tuned, aside, crossing, bare tally
	kinds := map[string]bool{}
	for i, r := range table.Records {
		f := r.Fields
		p := plant{f[0], f[1], f[2] != "", f[3], f[4], f[5], f[6]}
		kinds[p.kind] = true
		by, err := books[p.book].try(p, false)
		if err != nil {
			return 0, 0, fmt.Errorf("planted.csv:%d: %w", r.Line, err)
		}
		isAside := i%keptAside == keptAside-1
		if by == nil && (!isAside || kept) {
			fmt.Printf("MISSED %s, %s: %s %s %q %s\n", p.book, p.kind, p.op, p.tab, p.what, p.to)
		} else if verbose && by != nil && (!isAside || kept) {
			fmt.Printf("caught %s, %s: %s %s %q %s: %s %q: %s\n", p.book, p.kind, p.op, p.tab, p.what, p.to, by.ID,
				by.Subject, by.Detail)
		}
		if isAside {
			aside.count(by != nil)
		} else {
			tuned.count(by != nil)
		}
		if p.crosses {
			crossing.count(by != nil && (by.ID == "behaviour_crossed" || by.ID == "title_mismatch" ||
				by.ID == "label_names_other" || by.ID == "rows_shifted"))
		}
		without, err := books[p.book].try(p, true)
		if err != nil {
			return 0, 0, err
		}
		bare.count(without != nil)
	}
	fmt.Printf("planted: %d kinds; looked at %d of %d, kept aside %d of %d, crossing behaviours %d of %d, without notes "+
		"%d of %d\n", len(kinds), tuned.caught, tuned.of, aside.caught, aside.of, crossing.caught, crossing.of,
		bare.caught, bare.of)
	return tuned.caught + aside.caught, tuned.of + aside.of, nil
}

// try plants one error and returns the first finding that it brings; nil if there is none.
func (w *workbook) try(p plant, bare bool) (*findings.Finding, error) {
	sheets, had := w.copied(), w.had
	if bare {
		sheets, had = w.withoutNotes(), map[string]bool{}
		for _, f := range w.bare() {
			had[key(f)] = true
		}
	}
	s := spoiler{w: w, sheets: sheets, about: map[string]bool{}}
	if err := s.spoil(p); err != nil {
		return nil, err
	}
	var found *findings.Finding
	for _, f := range w.check(s.sheets) {
		if f.Severity == findings.Info || had[key(f)] || !s.isAbout(p, f) {
			continue
		}
		if found == nil || f.ID == "behaviour_crossed" {
			found = &f
		}
	}
	return found, nil
}

func (w *workbook) bare() []findings.Finding {
	if w.unnoted == nil {
		w.unnoted = w.check(w.withoutNotes())
	}
	return w.unnoted
}

// A spoiler spoils sheets, and notes which labels, names and categories it touches.
type spoiler struct {
	w      *workbook
	sheets []sheetio.Sheet
	about  map[string]bool
}

// isAbout reports whether a finding is about what was spoiled. That a name is new only tells what was meant if it says
// so.
func (s *spoiler) isAbout(p plant, f findings.Finding) bool {
	if f.ID == "new_category" && !strings.Contains(f.Detail, "did you mean") {
		return false
	}
	if p.op == "code" {
		_, wrong, _ := strings.Cut(p.to, ">")
		if wrong != "" && !strings.Contains(f.Detail, wrong) && f.ID != "behaviour_crossed" {
			return false
		}
	}
	return s.about[f.Subject]
}

func (s *spoiler) spoil(p plant) error {
	switch p.op {
	case "code":
		return s.code(p)
	case "refine":
		s.refine(p)
		return nil
	}
	tab := slices.IndexFunc(s.sheets, func(sheet sheetio.Sheet) bool { return sheet.Name == p.tab })
	if tab < 0 {
		return fmt.Errorf("no tab %q", p.tab)
	}
	rows := s.sheets[tab].Rows
	at := func(label string) int {
		return slices.IndexFunc(rows, func(row []sheetio.Cell) bool { return row[labelColumn].Text == label })
	}
	first := at(p.what)
	if first < 0 {
		return fmt.Errorf("no label %q", p.what)
	}
	s.about[p.what] = true
	switch p.op {
	case "swap":
		second := at(p.to)
		if second < 0 {
			return fmt.Errorf("no label %q", p.to)
		}
		for c := nameColumn; c <= noteColumn; c++ {
			rows[first][c], rows[second][c] = rows[second][c], rows[first][c]
		}
		s.about[p.to] = true
	case "shift":
		n, err := strconv.Atoi(p.to)
		if err != nil {
			return err
		}
		s.shift(rows[first:], n)
	case "map", "twice":
		if p.op == "twice" {
			s.sheets[tab].Rows = append(rows, slices.Clone(rows[first]))
			rows, first = s.sheets[tab].Rows, len(rows)
		}
		rows[first][nameColumn].Text, rows[first][codeColumn].Text = p.to, s.codes(p.to)
		s.about[p.to] = p.to != mapping.Excludes
	case "rename":
		rows[first][nameColumn].Text = p.to
		s.about[p.to] = true
	case "cell":
		column, text, _ := strings.Cut(p.to, "=")
		s.about[rows[first][nameColumn].Text] = true
		s.about[text] = column == "name" && text != mapping.Excludes
		rows[first][map[string]int{"name": nameColumn, "codes": codeColumn}[column]].Text = text
	default:
		return fmt.Errorf("op %q", p.op)
	}
	return nil
}

// shift turns the names, codes and notes of rows by one.
func (s *spoiler) shift(rows [][]sheetio.Cell, n int) {
	count := max(n, -n)
	old := slices.Clone(rows[:count])
	for i := range old {
		old[i] = slices.Clone(old[i])
	}
	for i := range count {
		from := (i + 1) % count
		if n > 0 {
			from = (i + count - 1) % count
		}
		copy(rows[i][nameColumn:], old[from][nameColumn:])
		s.about[rows[i][labelColumn].Text] = true
	}
}

// code changes a code wherever the name has it.
func (s *spoiler) code(p plant) error {
	old, wrong, _ := strings.Cut(p.to, ">")
	done := false
	for _, sheet := range s.sheets {
		for _, row := range sheet.Rows {
			codes := strings.Split(row[codeColumn].Text, ";")
			at := slices.Index(codes, old)
			if row[nameColumn].Text != p.what || at < 0 {
				continue
			}
			codes[at] = wrong
			row[codeColumn].Text = strings.Trim(strings.Join(codes, ";"), ";")
			s.about[row[labelColumn].Text], done = true, true
		}
	}
	s.about[p.what] = true
	if !done {
		return fmt.Errorf("%q has no code %s", p.what, old)
	}
	return nil
}

func (s *spoiler) refine(p plant) {
	action, into, _ := strings.Cut(p.to, ">")
	for i, sheet := range s.sheets {
		if sheet.Name == mapping.RefineTab {
			s.sheets[i].Rows = append(sheet.Rows, row(p.what, action, into, "")...)
		}
	}
	s.about[p.what], s.about[into] = true, into != ""
}

// codes are those of a name in the good workbook, as a cell holds them.
func (s *spoiler) codes(name string) string {
	if i, ok := slices.BinarySearch(s.w.table.Names, name); ok {
		return strings.Join(s.w.table.Codes[i], ";")
	}
	return ""
}
