package mapping

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/sheetio"
)

var (
	mappingColumns = []string{"Source Label", "Target Name", "ICD-11 Code(s)", "Notes/Justification"}
	refineColumns  = []string{"Category", "Action", "Merge into", "Reason"}
)

// A tab is a sheet whose columns are found.
type tab struct {
	sheet   *sheetio.Sheet
	columns []int // of the wanted columns
	extra   []int // of all others
}

// openTab finds the columns of a sheet and says in words what is wrong with its header.
func openTab(sheet *sheetio.Sheet, wanted []string) (*tab, []string) {
	if sheet.Err != nil {
		return nil, []string{"the tab cannot be read: " + sheet.Err.Error()}
	}
	if len(sheet.Rows) == 0 {
		return nil, []string{fmt.Sprintf("the tab is empty: want the columns %s", strings.Join(wanted, ", "))}
	}
	header := make([]string, len(sheet.Rows[0]))
	for i, c := range sheet.Rows[0] {
		header[i] = c.Text
	}
	columns, problems := csvio.FindColumns(header, wanted,
		func(column string) string { return nearHeader(header, column) })
	if len(problems) > 0 {
		return nil, problems
	}
	t := &tab{sheet: sheet, columns: columns}
	for i := range header {
		if !slices.Contains(columns, i) {
			t.extra = append(t.extra, i)
		}
	}
	return t, nil
}

// nearHeader names a column that is only written like the wanted one.
func nearHeader(header []string, wanted string) string {
	for _, h := range header {
		if spelling(csvio.HeaderKey(h)) == spelling(csvio.HeaderKey(wanted)) {
			return fmt.Sprintf(", but one is called %q%s", h, itHolds(h))
		}
	}
	return ""
}

// texts is the row's cells in the further columns: of row 0, their names.
func (t *tab) texts(row int) []string {
	var out []string
	for _, c := range t.extra {
		out = append(out, t.sheet.Cell(row, c).Text)
	}
	return out
}

func (t *tab) cell(row, column int) sheetio.Cell { return t.sheet.Cell(row, t.columns[column]) }

func (t *tab) place(row, column int) string {
	return t.sheet.Name + "!" + sheetio.CellName(row, t.columns[column])
}

// merged reports whether the cell is one of several that are merged.
func (t *tab) merged(row, column int) bool {
	return slices.ContainsFunc(t.sheet.Merged, func(m sheetio.Range) bool { return m.Has(row, t.columns[column]) })
}

// empty reports whether no cell of the row holds anything.
func (t *tab) empty(row int) bool {
	return !slices.ContainsFunc(t.sheet.Rows[row], func(c sheetio.Cell) bool { return c != sheetio.Cell{} })
}

// notText says in words why a cell is not text; empty if it is.
func notText(column string, c sheetio.Cell) string {
	if c.Kind == sheetio.Text {
		return ""
	}
	why := fmt.Sprintf("%s holds %s, %q, not text", column, c.Kind, c.Text)
	if code := likelyCode(c.Text); code != "" && c.Kind == sheetio.Number {
		why += fmt.Sprintf("; probably the code %s was meant", code)
	}
	return why
}

// likelyCode is the ICD-11 code that a spreadsheet took for the number: 2E63 for 2E+63; empty if there is none. 87
// codes are a digit, an E and two digits.
func likelyCode(number string) string {
	v, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return ""
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', -1, 64), "e+")
	if len(mantissa) != 1 || mantissa == "0" || len(exponent) != 2 || exponent < "10" {
		return ""
	}
	return mantissa + "E" + exponent
}
