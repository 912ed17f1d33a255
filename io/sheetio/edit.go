package sheetio

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// An Edit is the text that a cell of a row that is there gets instead of what it held: Before, which is the zero Cell
// where it was empty. Row and Column are from 0. An empty Text empties the cell.
type Edit struct {
	Tab         string
	Row, Column int
	Before      Cell
	Text        string
}

// An EditError says why an edit cannot be made.
type EditError struct {
	Edit Edit
	Why  string
}

// EditErrors are those of several edits.
type EditErrors []EditError

func (all EditErrors) Error() string {
	lines := make([]string, len(all))
	for i, e := range all {
		lines[i] = fmt.Sprintf("%s!%s: %s", e.Edit.Tab, CellName(max(e.Edit.Row, 0), max(e.Edit.Column, 0)), e.Why)
	}
	return strings.Join(lines, "\n")
}

// compare orders edits of one tab by their places.
func (e Edit) compare(other Edit) int {
	return cmp.Or(cmp.Compare(e.Row, other.Row), cmp.Compare(e.Column, other.Column))
}

// EditCSV gives the CSV of the tab of the edits with their texts, Guarded, but for a lone -. All other bytes stay. An
// edit is refused, with EditErrors, if its cell is in the header, is not there or does not hold Before, or if a
// spreadsheet cannot hold its text; nothing is changed then. The result is read back and compared before it is given.
// Path only stands in errors.
func EditCSV(path string, data []byte, edits []Edit) ([]byte, error) {
	cells := maxCells
	before, err := readTab(path, data, &cells)
	if err != nil {
		return nil, err
	}
	want, edits, err := sheetsAfter([]Sheet{before}, edits)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	out := editRecords(data, edits)
	cells = maxCells
	after, err := readTab(path, out, &cells)
	if err != nil {
		return nil, fmt.Errorf("after changing cells: %w", err)
	}
	if !sameSheet(after, want[0]) {
		return nil, fmt.Errorf("%s: the cells cannot be changed without others: change them with a spreadsheet", path)
	}
	return out, nil
}

// editRecords copies a CSV that reads without errors and puts the texts where the fields of the edits are.
func editRecords(data []byte, edits []Edit) []byte {
	texts := map[[2]int]string{}
	for _, e := range edits {
		texts[[2]int{e.Row, e.Column}] = e.Text
	}
	out := make([]byte, 0, len(data)+64*len(edits))
	comma, from := separatorOf(data)
	out = append(out, data[:from]...)
	row, column, quoted := 0, 0, false
	field := func(to int) {
		if text, ok := texts[[2]int{row, column}]; ok {
			out = appendField(out, GuardedRecord([]string{text}, 0)[0], comma)
		} else {
			out = append(out, data[from:to]...)
		}
	}
	for i := from; i < len(data); i++ {
		switch c := data[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == comma:
			field(i)
			out = append(out, comma)
			column, from = column+1, i+1
		case c == '\n':
			end := i
			if end > from && data[end-1] == '\r' {
				end--
			}
			field(end)
			out = append(out, data[end:i+1]...)
			row, column, from = row+1, 0, i+1
		}
	}
	field(len(data))
	return out
}

// sheetsAfter is the sheets after the edits, as reading gives them, and the edits that change something.
func sheetsAfter(sheets []Sheet, edits []Edit) (out []Sheet, changing []Edit, err error) {
	out = slices.Clone(sheets)
	var refused EditErrors
	seen := map[string]map[[2]int]bool{} // tabs whose rows are copies, and places that were named
	for _, e := range edits {
		i := slices.IndexFunc(out, func(s Sheet) bool { return s.Name == e.Tab })
		why := "there is no such tab"
		if i >= 0 {
			why = e.refused(&sheets[i])
		}
		if place := [2]int{e.Row, e.Column}; why == "" && seen[e.Tab][place] {
			why = "is to be changed twice"
		} else if why == "" {
			if seen[e.Tab] == nil {
				seen[e.Tab], out[i].Rows = map[[2]int]bool{}, slices.Clone(out[i].Rows)
			}
			seen[e.Tab][place] = true
		}
		switch after := (Cell{Text: e.Text}); {
		case why != "":
			refused = append(refused, EditError{e, why})
		case after != e.Before:
			out[i].Rows[e.Row] = withCell(out[i].Rows[e.Row], e.Column, after)
			changing = append(changing, e)
		}
	}
	for i := range out {
		out[i].Rows = trimEnd(out[i].Rows, func(row []Cell) bool { return len(row) == 0 })
	}
	if len(refused) > 0 {
		return nil, nil, refused
	}
	return out, changing, nil
}

// refused says why the edit cannot be made in the sheet; empty if it can, as far as reading tells.
func (e Edit) refused(s *Sheet) string {
	merged := slices.IndexFunc(s.Merged, func(r Range) bool { return r.Has(e.Row, e.Column) })
	switch {
	case s.Err != nil:
		return "the tab cannot be read: " + s.Err.Error()
	case e.Row == 0:
		return "is in the header, which is not changed"
	case e.Row < 0 || e.Row >= len(s.Rows) || e.Column < 0 || e.Column >= len(s.Rows[0]):
		return "the tab has no such cell"
	case merged >= 0:
		return fmt.Sprintf("is one of the merged cells %s: unmerge them", s.Merged[merged])
	case s.Cell(e.Row, e.Column) != e.Before:
		return fmt.Sprintf("holds %s, want %s", s.Cell(e.Row, e.Column).said(), e.Before.said())
	}
	if err := CheckText(e.Text); err != nil {
		return "the new text " + err.Error()
	}
	return ""
}

// said is what a cell holds, in words.
func (c Cell) said() string {
	switch {
	case c == Cell{}:
		return "nothing"
	case c.Kind == Text:
		return strconv.Quote(c.Text)
	}
	return fmt.Sprintf("%s, %q", c.Kind, c.Text)
}

// withCell is a copy of a row with another cell, none empty at its end.
func withCell(row []Cell, column int, c Cell) []Cell {
	row = append(slices.Clone(row), make([]Cell, max(0, column+1-len(row)))...)
	row[column] = c
	return trimEnd(row, func(c Cell) bool { return c == Cell{} })
}

// trimEnd is a list without those at its end that are empty.
func trimEnd[T any](list []T, empty func(T) bool) []T {
	for len(list) > 0 && empty(list[len(list)-1]) {
		list = list[:len(list)-1]
	}
	return list
}
