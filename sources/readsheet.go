package sources

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dermset/dermset/io/sheetio"
)

// readSheet reads one sheet of a workbook. Rows without any cell are none.
func (r *raw) readSheet(f *file, name string, want func(string) bool, t *table) error {
	in, err := r.open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	book, err := sheetio.OpenXLSX(in, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", r.path(name), err)
	}
	tab, err := pick(book.Tabs, f.sheet)
	if err != nil {
		return fmt.Errorf("%s: %w", r.path(name), err)
	}
	s := sheet{name: name, tab: tab.Name, want: want, t: t, header: f.headerRow - 1}
	s.merged = merged{fill: f.fill == "down", header: s.header}
	if s.merged.ranges, err = book.Merged(tab); err == nil {
		err = book.Rows(tab, s.row)
	}
	if err == nil {
		err = s.end()
	}
	if err != nil {
		return fmt.Errorf("%s: sheet %q: %w", r.path(name), tab.Name, err)
	}
	return nil
}

// A sheet takes the rows of a tab into a table, in order.
type sheet struct {
	name   string // of the file, below the raw folder
	tab    string
	want   func(column string) bool
	t      *table
	header int // row of the column names, from 0
	rows   int // up to the last one with a cell
	keep   []int
	merged merged
}

func (s *sheet) row(at int, cells []sheetio.Cell) error {
	s.rows = at + 1
	s.merged.begin(at, cells)
	if at == s.header {
		return s.columns(cells)
	}
	if at < s.header || blank(cells) {
		return nil
	}
	one := row{file: s.name, line: at + 1, cells: make([]string, len(s.keep), len(s.keep)+len(pathColumns))}
	for i, column := range s.keep {
		s.merged.check(at, column, cells)
		cell := s.merged.seen(at, column, cells)
		one.cells[i] = cell.Plain()
		if cell.Kind != sheetio.Text {
			s.t.odd[cellPlace{len(s.t.rows), i}] = oddCell{cell.Kind, s.tab + "!" + sheetio.CellName(at, column)}
		}
	}
	s.t.rows = append(s.t.rows, one)
	return nil
}

// columns reads the header.
func (s *sheet) columns(cells []sheetio.Cell) error {
	seen := map[string]int{}
	for i := range max(len(cells), len(s.merged.open)) {
		name := s.merged.seen(s.header, i, cells).Plain()
		if name == "" {
			continue
		}
		s.t.all = append(s.t.all, name)
		if !s.want(name) {
			continue
		}
		s.merged.check(s.header, i, cells)
		if first, twice := seen[name]; twice {
			return fmt.Errorf("cell %s: column %q stands twice, first in %s", sheetio.CellName(s.header, i), name,
				sheetio.CellName(s.header, first))
		}
		seen[name] = i
		s.keep = append(s.keep, i)
		s.t.columns = append(s.t.columns, name)
	}
	return nil
}

// end says what is wrong with the sheet as a whole.
func (s *sheet) end() error {
	if s.rows <= s.header {
		return fmt.Errorf("has %d rows, the header is said to be row %d", s.rows, s.header+1)
	}
	return s.merged.err()
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
		names = append(names, fmt.Sprintf("%q", tab.Name))
		if name != "" && tab.Name == name || name == "" && !tab.Hidden {
			found = append(found, tab)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return sheetio.Tab{}, errors.New("has several sheets, want sheet: with the name of one")
	}
	return sheetio.Tab{}, fmt.Errorf("sheet %q is not there, only %s", name, strings.Join(names, ", "))
}
