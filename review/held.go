package review

import (
	"strings"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/mapping"
)

// Held is what the workbook holds of a row.
type Held struct {
	Cells     decisions.Cells // of the columns that are decided
	Annotator string
	Consult   string
	Differ    bool // the label is listed several times, and not alike
}

// HeldBy is what a workbook holds of each row, by its name in the log.
func HeldBy(m *mapping.Mapping) map[decisions.Row]Held {
	all := map[decisions.Row]Held{}
	add := func(row decisions.Row, h Held) {
		if other, twice := all[row]; twice {
			h.Differ = other.Differ || !h.Cells.Equal(other.Cells) || h.Annotator != other.Annotator
		}
		all[row] = h
	}
	for _, r := range m.Rows {
		add(RowOfLabel(r), Held{CellsOfLabel(r), strings.TrimSpace(r.Annotator), r.Consult, false})
	}
	for _, r := range m.Refinements {
		add(RowOfCategory(r.Category), Held{CellsOfCategory(r), strings.TrimSpace(r.Annotator), r.Consult, false})
	}
	return all
}
