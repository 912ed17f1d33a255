package mapping

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/slips"
)

var (
	mappingColumns = []string{"Source Label", "Target Name", "ICD-11 Code(s)", "Notes/Justification"}
	refineColumns  = []string{"Category", "Action", "Merge into", "Reason"}
)

// Columns that a tab may have besides.
const (
	neededColumn    = "Needed to Differentiate" // what would tell the diseases of several codes apart
	consultColumn   = "Consult"                 // an open question
	annotatorColumn = "Annotator"               // who proposed the row, an id of people.yaml
)

var optionalColumns = []string{neededColumn, consultColumn, annotatorColumn}

// What a new tab begins with: all columns, for a row without an annotator cannot be reviewed.
var (
	newColumns       = slices.Concat(mappingColumns, optionalColumns)
	newRefineColumns = slices.Concat(refineColumns, []string{consultColumn, annotatorColumn})
)

// A tab is a sheet whose columns are found.
type tab struct {
	sheet     *sheetio.Sheet
	columns   []int          // of the wanted columns
	optional  map[string]int // of those of optionalColumns that are there
	extra     []int          // of all others
	reviewers []int          // those of extra that name a reviewer
}

// openTab finds the columns of a sheet and says in words what is wrong with its header.
func openTab(sheet *sheetio.Sheet, wanted []string) (*tab, []string) {
	if sheet.Err != nil {
		return nil, []string{"the tab cannot be read: " + sheet.Err.Error()}
	}
	if len(sheet.Rows) == 0 {
		return nil, []string{fmt.Sprintf("the tab is empty: want the columns %s", strings.Join(wanted, ", "))}
	}
	header := headerOf(sheet)
	columns, problems := csvio.FindColumns(header, wanted,
		func(column string) string { return nearHeader(header, column) })
	t := &tab{sheet: sheet, columns: columns, optional: map[string]int{}}
	for i, h := range header {
		switch name := optionalColumn(h); {
		case slices.Contains(columns, i):
		case name == "":
			t.extra = append(t.extra, i)
			if namesReviewer(h) {
				t.reviewers = append(t.reviewers, i)
			}
		case csvio.HeaderKey(h) != csvio.HeaderKey(name):
			problems = append(problems, fmt.Sprintf("column %q is called %q%s", name, h, itHolds(h)))
		default:
			if _, twice := t.optional[name]; twice {
				problems = append(problems, fmt.Sprintf("column %q is there more than once", name))
			}
			t.optional[name] = i
		}
	}
	if row := headerBelow(sheet, wanted); len(problems) > 0 && row > 0 {
		return nil, []string{fmt.Sprintf("row %d has the columns: delete the rows above it", row+1)}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return t, nil
}

// headerBelow is a row further down, from 0, that has all columns; 0: there is none.
func headerBelow(sheet *sheetio.Sheet, wanted []string) int {
	const within = 20
	for row := 1; row < min(len(sheet.Rows), within); row++ {
		texts := make([]string, len(sheet.Rows[row]))
		for i, c := range sheet.Rows[row] {
			texts[i] = c.Text
		}
		if _, problems := csvio.FindColumns(texts, wanted, nil); len(problems) == 0 {
			return row
		}
	}
	return 0
}

// optionalColumn is the optional column that a header is, or is only written like; empty if it is none of them.
func optionalColumn(header string) string {
	for _, name := range optionalColumns {
		if spelling(csvio.HeaderKey(header)) == spelling(csvio.HeaderKey(name)) {
			return name
		}
	}
	return ""
}

func headerOf(sheet *sheetio.Sheet) []string {
	header := make([]string, len(sheet.Rows[0]))
	for i, c := range sheet.Rows[0] {
		header[i] = c.Text
	}
	return header
}

// column finds a column that need not be among the wanted ones.
func (t *tab) column(name string) (int, error) {
	header := headerOf(t.sheet)
	at, problems := csvio.FindColumns(header, []string{name}, func(name string) string { return nearHeader(header, name) })
	if len(problems) > 0 {
		return 0, fmt.Errorf("tab %q: %s: its first row must have it, once", t.sheet.Name, problems[0])
	}
	return at[0], nil
}

// nearHeader names a column that is only written like the wanted one.
func nearHeader(header []string, wanted string) string {
	for _, h := range header {
		if spelling(csvio.HeaderKey(h)) == spelling(csvio.HeaderKey(wanted)) {
			return fmt.Sprintf(", but one is called %q%s", h, itHolds(h))
		}
	}
	if near := slips.Nearest(wanted, header); near != "" {
		return fmt.Sprintf(", but one is called %q: write %q there", near, wanted)
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

// text is the row's cell in an optional column: empty where there is no such column, or nothing but blanks, or a box
// that is not ticked, which a CSV has as the text FALSE.
func (t *tab) text(row int, name string) string {
	column, ok := t.optional[name]
	if !ok {
		return ""
	}
	cell := t.sheet.Cell(row, column)
	if strings.TrimSpace(cell.Text) == "" || cell.Text == "FALSE" {
		return ""
	}
	return cell.Plain()
}

// placeOf is the place of a row's cell in an optional column that is there.
func (t *tab) placeOf(row int, name string) string { return t.cellName(row, t.optional[name]) }

// cellName is the place of a cell in any column of the sheet.
func (t *tab) cellName(row, column int) string {
	return t.sheet.Name + "!" + sheetio.CellName(row, column)
}

func (t *tab) cell(row, column int) sheetio.Cell { return t.sheet.Cell(row, t.columns[column]) }

func (t *tab) place(row, column int) string { return t.cellName(row, t.columns[column]) }

// merged reports whether the cell is one of several that are merged.
func (t *tab) merged(row, column int) bool {
	return slices.ContainsFunc(t.sheet.Merged, func(m sheetio.Range) bool { return m.Has(row, t.columns[column]) })
}

// empty reports whether no cell of the row holds anything.
func (t *tab) empty(row int) bool {
	return !slices.ContainsFunc(t.sheet.Rows[row], func(c sheetio.Cell) bool { return c != sheetio.Cell{} })
}

// mostDigits is how long a number is that is given as it is stored.
const mostDigits = 20

// NotText says in words why a cell is not text; empty if it is.
func NotText(column string, c sheetio.Cell) string {
	if c.Kind == sheetio.Text {
		return ""
	}
	text := c.Text
	if number, err := strconv.ParseFloat(text, 64); err == nil && len(text) > mostDigits {
		text = strconv.FormatFloat(number, 'G', -1, 64) // as a spreadsheet shows it
	}
	why := fmt.Sprintf("%s holds %s, %q, not text", column, c.Kind, text)
	if code := likelyCode(c.Text); code != "" && c.Kind == sheetio.Number {
		why += fmt.Sprintf("; probably the code %s was meant", code)
	}
	return why
}

// asCode proposes the code of which a spreadsheet made a number before it became text.
func asCode(cell string) string {
	if code := likelyCode(cell); code != "" && strings.ContainsAny(cell, "+.") {
		return fmt.Sprintf("; a spreadsheet takes %[1]s for a number: write %[1]s into a cell of text", code)
	}
	return ""
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
