package review

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/mapping"
)

// rowsKey is the key of MetaTab that says of one tab of the workbook how many of its rows were there to be decided:
// "12 clinic". The log's rows also have those that were only asked about, or listed among the categories.
const rowsKey = "rows"

// addRows reads the value of one rowsKey.
func (f *Filled) addRows(value string) {
	count, tab, _ := strings.Cut(value, " ")
	if n, err := strconv.Atoi(count); err == nil && tab != "" {
		if f.Rows == nil {
			f.Rows = map[string]int{}
		}
		f.Rows[tab] = n
	}
}

// gone are the rows of the sheet that were there to be decided and that the file lacks. A tab of which it has none is
// an error: somebody deleted it, or its first row is no longer its header, and then it would be silent.
func (j *judge) gone(f *Filled) (gone []Outcome, err error) {
	decided, anywhere := map[decisions.Row]bool{}, map[decisions.Row]bool{}
	tabs := map[string]bool{}    // that the file has any row of
	damaged := map[string]bool{} // labels beside ids that are of no row: they are refused, not gone
	for _, l := range f.Lines {
		key, _, _ := strings.Cut(l.ID, ".")
		row, known := j.rows[key]
		anywhere[row] = true
		if known && (l.Kind == Labels || l.Kind == Refinements) {
			decided[row], tabs[row.Tab] = true, true
		}
		if !known && l.Kind != Questions {
			damaged[l.Label] = true
		}
	}
	var order []string
	wanted, missing := map[string]int{}, map[string]int{}
	for _, row := range j.made.Rows {
		if !j.toDecide(f, row, wanted[row.Tab], anywhere[row]) {
			continue
		}
		if wanted[row.Tab]++; wanted[row.Tab] == 1 {
			order = append(order, row.Tab)
		}
		switch {
		case decided[row]:
		case damaged[row.Label]:
			tabs[row.Tab] = true
		default:
			missing[row.Tab]++
			gone = append(gone, Outcome{Row: row, What: Missing, Why: "the sheet was exported with it"})
		}
	}
	var problems []error
	for _, tab := range order {
		if !tabs[tab] && missing[tab] > 0 {
			problems = append(problems, fmt.Errorf("tab %q of %d rows is gone, or its first row is no longer the header: "+
				"give all tabs back, each with its header in row 1, or export it again", tab, wanted[tab]))
		}
	}
	return gone, errors.Join(problems...)
}

// toDecide says whether a row of the export stood in a tab of decisions, of which before it had so many: Book.Made has
// these before the others. Of sheets that do not say how many there were, it is those that are nowhere in the file; but
// categories may as well have stood among the categories alone.
func (j *judge) toDecide(f *Filled, row decisions.Row, before int, anywhere bool) bool {
	if f.Rows != nil {
		return before < f.Rows[row.Tab]
	}
	return !anywhere && !(row.Tab == mapping.RefineTab && j.meta.Shows())
}
