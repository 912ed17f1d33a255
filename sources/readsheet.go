package sources

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dermset/dermset/io/sheetio"
)

// readSheet reads one sheet of a workbook. Rows without any cell are none.
func (r *raw) readSheet(f *file, name string, in intake) error {
	data, err := r.open(name) // sees that no link leads out of the raw folder
	if err != nil {
		return err
	}
	if err := data.Close(); err != nil {
		return err
	}
	book, err := sheetio.Read(r.path(name))
	if err != nil {
		return err
	}
	sheet, err := pick(book, f.sheet)
	if err != nil {
		return fmt.Errorf("%s: %w", r.path(name), err)
	}
	if len(sheet.Rows) < f.headerRow {
		return fmt.Errorf("%s: sheet %q has %d rows, the header is said to be row %d",
			r.path(name), sheet.Name, len(sheet.Rows), f.headerRow)
	}
	var keep []int
	var names, all []string
	seen := map[string]int{}
	for i, cell := range sheet.Rows[f.headerRow-1] {
		if cell.Text != "" {
			all = append(all, cell.Text)
		}
		if cell.Text == "" || !in.want[cell.Text] {
			continue
		}
		if first, twice := seen[cell.Text]; twice {
			return fmt.Errorf("%s: sheet %q, cell %s: column %q stands twice, first in %s", r.path(name), sheet.Name,
				sheetio.CellName(f.headerRow-1, i), cell.Text, sheetio.CellName(f.headerRow-1, first))
		}
		seen[cell.Text] = i
		keep = append(keep, i)
		names = append(names, cell.Text)
	}
	if err := in.columns(names, all); err != nil {
		return err
	}
	one := row{rawFile: &rawFile{name: name, sheet: sheet.Name, columns: keep}}
	for at, cells := range sheet.Rows[f.headerRow:] {
		if blank(cells) {
			continue
		}
		one.line, one.cells, one.kinds = f.headerRow+at+1, one.cells[:0], one.kinds[:0]
		for _, column := range keep {
			var cell sheetio.Cell
			if column < len(cells) {
				cell = cells[column]
			}
			one.cells, one.kinds = append(one.cells, cell.Text), append(one.kinds, cell.Kind)
		}
		if !in.row(&one) {
			break
		}
	}
	return nil
}

func blank(cells []sheetio.Cell) bool {
	return !slices.ContainsFunc(cells, func(cell sheetio.Cell) bool {
		return strings.TrimSpace(cell.Text) != "" || cell.Kind == sheetio.FormulaWithoutValue
	})
}

// pick is the sheet of that name, or the only visible one.
func pick(book *sheetio.Book, name string) (*sheetio.Sheet, error) {
	var found *sheetio.Sheet
	var names []string
	for i := range book.Sheets {
		sheet := &book.Sheets[i]
		names = append(names, fmt.Sprintf("%q", sheet.Name))
		switch {
		case name != "" && sheet.Name == name:
			return sheet, nil
		case name == "" && !sheet.Hidden && found != nil:
			return nil, fmt.Errorf("has several sheets, want sheet: with the name of one")
		case name == "" && !sheet.Hidden:
			found = sheet
		}
	}
	if found == nil {
		return nil, fmt.Errorf("sheet %q is not there, only %s", name, strings.Join(names, ", "))
	}
	return found, nil
}

// kindText says what an odd cell is.
func kindText(kind sheetio.Kind) string {
	switch kind {
	case sheetio.Number:
		return "a number"
	case sheetio.Date:
		return "a date"
	case sheetio.Bool:
		return "a truth value"
	}
	return "a formula without a value"
}
