package sources

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dermset/dermset/io/sheetio"
)

// readSheet reads one sheet of a workbook. Rows without any cell are none.
func (r *raw) readSheet(f *file, name string, in intake) error {
	data, err := r.open(name)
	if err != nil {
		return err
	}
	defer data.Close()
	info, err := data.Stat()
	if err != nil {
		return err
	}
	book, err := sheetio.OpenXLSX(data, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", r.path(name), err)
	}
	tab, err := pick(book.Tabs, f.sheet)
	if err != nil {
		return fmt.Errorf("%s: %w", r.path(name), err)
	}
	s := sheet{in: in, header: max(1, f.header) - 1, one: row{rawFile: &rawFile{name: name, sheet: tab.Name}}}
	s.merged = merged{fill: f.fill == "down", header: s.header}
	if s.merged.ranges, err = book.Merged(tab); err == nil {
		err = book.Rows(tab, s.row)
	}
	if err == nil || errors.Is(err, errEnough) {
		err = s.end()
	}
	if err != nil {
		return fmt.Errorf("%s: sheet %q: %w", r.path(name), tab.Name, err)
	}
	return nil
}

// A sheet takes the rows of a tab in, in order.
type sheet struct {
	in     intake
	header int // row of the column names, from 0
	named  bool
	rows   int // up to the last one with a cell
	one    row
	merged merged
	found  int // how many of the columns that are in use the header has
	meant  int // another row, from 1, that has some; 0: there is none
}

// headerWithin is up to which row the names of the columns are looked for, where they are not in the row that is said.
const headerWithin = 50

// headerRows is how far from the header a row is taken for another row of it.
const headerRows = 3

// lookForHeader notes the first row that has names of columns that are in use.
func (s *sheet) lookForHeader(at int, cells []sheetio.Cell) {
	if max(at-s.header, s.header-at) <= headerRows {
		for _, cell := range cells {
			if name := cell.Plain(); s.in.want[name] {
				s.in.astray(name, at+1)
			}
		}
	}
	if s.meant > 0 || s.found > 0 || at == s.header || at >= headerWithin {
		return
	}
	seen := map[string]bool{}
	for _, cell := range cells {
		if name := cell.Plain(); s.in.want[name] {
			seen[name] = true
		}
	}
	if len(seen) > 1 {
		s.meant = at + 1
	}
}

func (s *sheet) row(at int, cells []sheetio.Cell) error {
	s.rows = at + 1
	s.merged.begin(at, cells)
	if at == s.header {
		return s.columns(cells)
	}
	s.lookForHeader(at, cells)
	if at < s.header || blank(cells) {
		return nil
	}
	if !s.named { // the row of the names has no cell
		if err := s.columns(nil); err != nil {
			return err
		}
	}
	s.one.line, s.one.cells, s.one.kinds = at+1, s.one.cells[:0], s.one.kinds[:0]
	for _, column := range s.one.columns {
		s.merged.check(at, column, cells)
		cell := s.merged.seen(at, column, cells)
		s.one.cells, s.one.kinds = append(s.one.cells, cell.Plain()), append(s.one.kinds, cell.Kind)
	}
	if !s.in.row(&s.one) {
		return errEnough
	}
	return nil
}

// columns reads the header.
func (s *sheet) columns(cells []sheetio.Cell) error {
	s.named = true
	var names, all []string
	seen := map[string]int{}
	for i := range max(len(cells), len(s.merged.open)) {
		name := s.merged.seen(s.header, i, cells).Plain()
		if name == "" {
			continue
		}
		all = append(all, name)
		if !s.in.want[name] {
			continue
		}
		s.merged.check(s.header, i, cells)
		if first, twice := seen[name]; twice {
			return fmt.Errorf("cell %s: column %q stands twice, first in %s: give one of them another name",
				sheetio.CellName(s.header, i), name, sheetio.CellName(s.header, first))
		}
		seen[name] = i
		s.found++
		s.one.columns = append(s.one.columns, i)
		names = append(names, name)
	}
	return s.in.columns(names, all)
}

// end says what is wrong with the sheet as a whole.
func (s *sheet) end() error {
	if s.found == 0 && s.meant > 0 {
		return &headerElsewhere{s.header + 1, s.meant}
	}
	if s.rows <= s.header {
		return fmt.Errorf("has %d rows, the header is said to be row %d", s.rows, s.header+1)
	}
	return s.merged.err()
}

// headerElsewhere is the error of a sheet whose names of columns stand in another row. Nothing else is wrong with it
// as far
// as anybody knows.
type headerElsewhere struct{ said, meant int }

func (e *headerElsewhere) Error() string {
	return fmt.Sprintf("row %d has not the names of the columns, but row %d has: write `header: %d` beside its path: in "+
		"source.yaml", e.said, e.meant, e.meant)
}

func blank(cells []sheetio.Cell) bool {
	for _, cell := range cells {
		if strings.TrimSpace(cell.Text) != "" {
			return false
		}
	}
	return true
}

// pick is the tab of that name, or the only visible one.
func pick(tabs []sheetio.Tab, name string) (sheetio.Tab, error) {
	var found []sheetio.Tab
	var names []string
	for _, tab := range tabs {
		names = append(names, tab.Name)
		if name != "" && tab.Name == name || name == "" && !tab.Hidden {
			found = append(found, tab)
		}
	}
	meant := near(name, names)
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return sheetio.Tab{}, fmt.Errorf("has the sheets %s: write `sheet: %s`, or another one, beside its path: "+
			"in source.yaml",
			quotedList(names), yamlText(found[0].Name))
	case name == "":
		return sheetio.Tab{}, fmt.Errorf("all its sheets are hidden, %s: write `sheet: %s` beside its path: in source.yaml",
			quotedList(names), yamlText(names[0]))
	case meant != "":
		return sheetio.Tab{}, fmt.Errorf("sheet %q is not there, but %q is: write `sheet: %s` in source.yaml", name, meant,
			yamlText(meant))
	}
	return sheetio.Tab{}, fmt.Errorf("sheet %q is not there, only %s", name, quotedList(names))
}

func quotedList(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = fmt.Sprintf("%q", name)
	}
	return strings.Join(quoted, ", ")
}
