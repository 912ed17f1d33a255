package mapping

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dermset/dermset/io/sheetio"
)

// A label, name or code cell that is stored as anything but text is an error that names the cell and
// says as what it is stored.
func TestCellsThatAreNoText(t *testing.T) {
	for _, c := range []sheetio.Cell{{Text: "7", Kind: sheetio.Number}, {Text: "2026-03-01", Kind: sheetio.Date},
		{Text: "TRUE", Kind: sheetio.Bool}, {Text: "=A1", Kind: sheetio.FormulaWithoutValue},
		{Text: "#N/A", Kind: sheetio.Failed}} {
		for column := range 3 {
			row := cellsOf("a", "N", "2C32", "note")
			row[column] = c
			book := &sheetio.Book{Sheets: []sheetio.Sheet{okRefine,
				{Name: "A", Rows: [][]sheetio.Cell{cellsOf(mappingColumns...), row}}}}
			m, told := Parse(book, []Source{source()}, Given{Known: []Category{{Name: "N"}}, NoCode: []string{"N"}})
			if len(told) != 1 || told[0].ID != "number_cell" || told[0].Place != "A!"+sheetio.CellName(1, column) ||
				!told[0].Blocks || !strings.Contains(told[0].Detail, fmt.Sprintf("%s, %q", c.Kind, c.Text)) {
				t.Errorf("column %d, %s: %+v", column, c.Kind, told)
			}
			if column == 0 && len(m.Rows) > 0 || column == 2 && (m.Rows[0].Codes != nil || !m.Rows[0].NoCode) {
				t.Errorf("column %d, %s: is used all the same: %+v", column, c.Kind, m.Rows)
			}
		}
	}
}
