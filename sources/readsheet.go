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
	s := sheet{in: in, header: f.headerRow - 1, one: row{rawFile: &rawFile{name: name, sheet: tab.Name}}}
	s.merged = merged{fill: f.fill == "down", header: s.header}
	if s.merged.ranges, err = book.Merged(tab); err == nil {
		err = book.Rows(tab, s.row)
	}
	if errors.Is(err, errEnough) {
		return nil
	}
	if err == nil {
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
	rows   int // up to the last one with a cell
	merged merged
	one    row
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
	one := &s.one
	one.line, one.cells, one.kinds = at+1, one.cells[:0], one.kinds[:0]
	for _, column := range one.columns {
		s.merged.check(at, column, cells)
		cell := s.merged.seen(at, column, cells)
		one.cells, one.kinds = append(one.cells, cell.Plain()), append(one.kinds, cell.Kind)
	}
	if !s.in.row(one) {
		return errEnough
	}
	return nil
}

// columns reads the header.
func (s *sheet) columns(cells []sheetio.Cell) error {
	var names, all []string
	seen := map[string]int{}
	for i := range max(len(cells), len(s.merged.open)) {
		name := s.merged.seen(s.header, i, cells).Plain()
		if name == "" {
			continue
		}
		if all = append(all, name); !s.in.want[name] {
			continue
		}
		s.merged.check(s.header, i, cells)
		if first, twice := seen[name]; twice {
			return fmt.Errorf("cell %s: column %q stands twice, first in %s", sheetio.CellName(s.header, i), name,
				sheetio.CellName(s.header, first))
		}
		seen[name] = i
		s.one.columns, names = append(s.one.columns, i), append(names, name)
	}
	return s.in.columns(names, all)
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
