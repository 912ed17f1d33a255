package sources

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dermset/dermset/io/sheetio"
)

// merged tells what a person sees in cells of a sheet that are merged with others, and where that is nothing to rely
// on. A person sees the text of the range's first cell in all its rows and columns; the file has it in the first cell
// alone. Rows and columns count from 0, and rows come in order.
type merged struct {
	ranges   []sheetio.Range // that have not begun, by their first row
	fill     bool            // source.yaml says fill: down
	header   int             // row of the column names
	open     []*shown        // by column: the last range that has begun there
	troubles [kindsOfTrouble][]string
}

// shown is a range that has begun.
type shown struct {
	sheetio.Range
	first sheetio.Cell
	told  [kindsOfTrouble]bool
}

// What is wrong with a range.
const (
	notFilled = iota
	overColumns
	overHeader
	hidesText
	kindsOfTrouble
)

var troubles = [kindsOfTrouble]string{
	"only the first cell of each has a value, and the rows below would have none: write fill: down for this file to " +
		"give them the same value, or unmerge the cells and fill in each row",
	"they lie over several columns, and only the first one has a value: unmerge them and fill in each cell",
	"they reach from the column names into the rows below: say header: with the last row of the names, or unmerge them",
	"cells below the one that is seen hold another text: unmerge them and mend it",
}

// begin opens the ranges that begin in the row, or before it in a row without any cell.
func (m *merged) begin(at int, cells []sheetio.Cell) {
	for len(m.ranges) > 0 && m.ranges[0].FromRow <= at {
		s := &shown{Range: m.ranges[0]}
		m.ranges = m.ranges[1:]
		if s.FromRow == at {
			s.first = cellOf(cells, s.FromColumn)
		}
		for len(m.open) <= s.ToColumn {
			m.open = append(m.open, nil)
		}
		for column := s.FromColumn; column <= s.ToColumn; column++ {
			m.open[column] = s
		}
	}
}

func cellOf(cells []sheetio.Cell, column int) sheetio.Cell {
	if column < len(cells) {
		return cells[column]
	}
	return sheetio.Cell{}
}

// covering is the range that a cell belongs to without being its first; nil if there is none.
func (m *merged) covering(at, column int) *shown {
	if column >= len(m.open) {
		return nil
	}
	s := m.open[column]
	if s == nil || !s.Has(at, column) || at == s.FromRow && column == s.FromColumn {
		return nil
	}
	return s
}

// seen is what a person sees in a cell of the row that has begun. Over columns nothing is carried: whether it is meant
// there nobody can tell.
func (m *merged) seen(at, column int, cells []sheetio.Cell) sheetio.Cell {
	own := cellOf(cells, column)
	if s := m.covering(at, column); s != nil && own == (sheetio.Cell{}) && column == s.FromColumn {
		return s.first
	}
	return own
}

// check notes what is wrong with a cell that is used.
func (m *merged) check(at, column int, cells []sheetio.Cell) {
	s := m.covering(at, column)
	if s == nil {
		return
	}
	trouble, empty := notFilled, sheetio.Cell{}
	own := cellOf(cells, column)
	switch {
	case own != empty && own != s.first:
		trouble = hidesText
	case own == s.first: // or both are empty
		return
	case column != s.FromColumn:
		trouble = overColumns
	case s.FromRow <= m.header && at > m.header:
		trouble = overHeader
	case m.fill:
		return
	}
	if !s.told[trouble] {
		s.told[trouble] = true
		m.troubles[trouble] = append(m.troubles[trouble], s.String())
	}
}

// maxNamed is how many ranges an error names.
const maxNamed = 20

// err is all that is wrong with the ranges.
func (m *merged) err() error {
	var errs []error
	for kind, ranges := range m.troubles {
		if len(ranges) == 0 {
			continue
		}
		more := ""
		if n := len(ranges) - maxNamed; n > 0 {
			ranges, more = ranges[:maxNamed], fmt.Sprintf(" and %d more", n)
		}
		errs = append(errs, fmt.Errorf("merged cells %s%s: %s", strings.Join(ranges, ", "), more, troubles[kind]))
	}
	return errors.Join(errs...)
}
