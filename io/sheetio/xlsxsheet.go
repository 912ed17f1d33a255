package sheetio

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxMerged is how many merged cells a workbook may have.
const maxMerged = 100_000

// maxRowText bounds the text that the file gives in the cells of one row, shared texts aside.
const maxRowText = 16 << 20

// A sheetReader reads the worksheets of one workbook.
type sheetReader struct {
	parts    *parts
	date1904 bool
	shared   []string // the shared strings
	dates    []bool   // by cell style: is it a date's
	limits   limits

	formula func(Place) error // is told of each cell whose value one gave; nil: nobody asks
}

// limits are those of a tab, and of what the tabs share.
type limits struct {
	rows, columns int
	shared        int // bytes of the shared strings, sharedCost for each of them included
}

// sharedCost is what a shared string takes beside its text.
const sharedCost = 32

// readShared reads what the sheets have in common: strings and styles. A part that is missing holds nothing: a cell
// that needs a text of it says so.
func (r *sheetReader) readShared(rels []relation) error {
	for _, rel := range rels {
		var read func(*tags) error
		switch {
		case rel.is("sharedStrings"):
			read = r.readStrings
		case rel.is("styles"):
			read = r.readStyles
		default:
			continue
		}
		if _, err := r.parts.scan(rel.Target, read); err != nil {
			return err
		}
	}
	return nil
}

// readStrings reads the shared strings, in order.
func (r *sheetReader) readStrings(t *tags) error {
	left := r.limits.shared
	return t.each(func(e xml.StartElement) error {
		if e.Name.Local != "si" {
			return nil
		}
		text, err := t.text(true)
		text = unescape(text)
		left -= len(text) + sharedCost
		switch {
		case err != nil:
			return err
		case len(text) > maxText:
			return fmt.Errorf("shared text %d: %w", len(r.shared), errLongText)
		case left < 0:
			return fmt.Errorf("the texts of all tabs: %w: %d bytes are allowed", errTooLarge, r.limits.shared)
		}
		r.shared = append(r.shared, text)
		return nil
	})
}

// scan reads one worksheet to its end. Each is called for every row with a cell that is not empty, in order; its cells,
// none empty at the end, are good until it returns. Merged is called for every range of merged cells, after the rows.
func (r *sheetReader) scan(part string, each func(row int, cells []Cell) error, merged func(Range) error) error {
	there, err := r.parts.scan(part, func(t *tags) error {
		return t.each(func(e xml.StartElement) error {
			switch e.Name.Local {
			case "sheetData":
				return r.readRows(t, each)
			case "mergeCell":
				return readMerged(attr(e, "ref"), merged)
			}
			return nil
		})
	})
	switch {
	case err != nil || there:
		return err
	case part == "":
		return errNoPart
	}
	return fmt.Errorf("%w: it has no part %q", errNoPart, part)
}

// readMerged reads the place of cells that are shown as one.
func readMerged(ref string, merged func(Range) error) error {
	r, ok := parseRange(ref)
	switch {
	case !ok:
		return fmt.Errorf("merged cells %q: want a range such as A2:A3: save the workbook again with a spreadsheet", ref)
	case r.FromRow == r.ToRow && r.FromColumn == r.ToColumn:
		return nil // one cell alone
	}
	return merged(r)
}

// A rowReader gathers the cells of a row.
type rowReader struct {
	*sheetReader
	at    position
	cells []Cell
	bytes int // of text, in cells
}

// readRows reads to the end of <sheetData>. Elsewhere <row> is another thing (the anchor of a form control has one).
func (r *sheetReader) readRows(t *tags, each func(row int, cells []Cell) error) error {
	row := rowReader{sheetReader: r, at: position{row: -1, column: -1}}
	flush := func() error {
		if len(row.cells) == 0 {
			return nil
		}
		err := each(row.at.row, row.cells)
		clear(row.cells)
		row.cells, row.bytes = row.cells[:0], 0
		return err
	}
	for {
		token, err := t.next()
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.EndElement:
			if token.Name.Local == "sheetData" {
				return flush()
			}
		case xml.StartElement:
			switch token.Name.Local {
			case "row":
				if err = flush(); err == nil {
					err = row.at.nextRow(attr(token, "r"))
				}
			case "c":
				err = row.read(t, token)
			}
			if err != nil {
				return err
			}
		}
	}
}

// A position is the place of the last row and cell read.
type position struct{ row, column int }

// nextRow moves to the row of number r, which begins at 1 and may be left out.
func (at *position) nextRow(r string) error {
	next := at.row + 1
	if r != "" {
		n, err := strconv.ParseUint(r, 10, 31)
		if err != nil || int(n)-1 <= at.row {
			return fmt.Errorf("row %q after row %d: is out of order: save the workbook again with a spreadsheet", r, at.row+1)
		}
		next = int(n) - 1
	}
	at.row, at.column = next, -1
	return nil
}

// nextCell moves to the cell of that name, which may be left out.
func (at *position) nextCell(name string) error {
	if at.row < 0 {
		return fmt.Errorf("cell %q: is in no row: save the workbook again with a spreadsheet", name)
	}
	next := at.column + 1
	if name != "" {
		row, column, ok := parseCellName(name)
		if !ok || row != at.row || column <= at.column {
			return fmt.Errorf("cell %q after %s: is out of order: save the workbook again with a spreadsheet",
				name, CellName(at.row, at.column))
		}
		next = column
	}
	at.column = next
	return nil
}

// stored is a cell as the file has it.
type stored struct {
	kind, style                     string // attributes t and s
	value, inline, formula          string // <v>, <is>, <f>
	hasValue, hasInline, hasFormula bool
}

// read reads a cell.
func (r *rowReader) read(t *tags, e xml.StartElement) error {
	if err := r.at.nextCell(attr(e, "r")); err != nil {
		return err
	}
	s := stored{kind: attr(e, "t"), style: attr(e, "s")}
	err := s.readChildren(t)
	var c Cell
	if err == nil {
		c, err = r.cell(s)
	}
	if err == nil && s.hasFormula && c.Kind != FormulaWithoutValue && r.formula != nil {
		err = r.formula(Place{r.at.row, r.at.column})
	}
	if err == nil && len(c.Text) > maxText {
		err = errLongText
	}
	if err != nil {
		return fmt.Errorf("cell %s: %w", CellName(r.at.row, r.at.column), err)
	}
	if c == (Cell{}) {
		return nil
	}
	if err := r.limits.check(r.at); err != nil {
		return err
	}
	if s.kind != "s" {
		if r.bytes += len(c.Text); r.bytes > maxRowText {
			return fmt.Errorf("row %d: %w: %d bytes of text are allowed", r.at.row+1, errTooLarge, maxRowText)
		}
	}
	for len(r.cells) < r.at.column {
		r.cells = append(r.cells, Cell{})
	}
	r.cells = append(r.cells, c)
	return nil
}

func (l limits) check(at position) error {
	if at.row >= l.rows {
		return fmt.Errorf("row %d: %w: %d rows are allowed", at.row+1, errTooLarge, l.rows)
	}
	if at.column >= l.columns {
		return fmt.Errorf("column %s: %w: %d columns are allowed", columnName(at.column), errTooLarge, l.columns)
	}
	return nil
}

func (s *stored) readChildren(t *tags) error {
	return t.children(func(e xml.StartElement) (err error) {
		switch e.Name.Local {
		case "v":
			s.hasValue = true
			s.value, err = t.text(false)
		case "f":
			s.hasFormula = true
			s.formula, err = t.text(false)
		case "is":
			s.hasInline = true
			s.inline, err = t.text(true)
		default:
			err = t.skip()
		}
		return err
	})
}

// cell says what a stored cell is.
func (r *sheetReader) cell(s stored) (Cell, error) {
	if s.hasInline && (s.kind == "inlineStr" || !s.hasValue) || s.kind == "inlineStr" && s.hasValue {
		if !s.hasInline { // some writers put the text there
			s.inline = s.value
		}
		return Cell{unescape(s.inline), Text}, nil
	}
	if s.hasFormula && (!s.hasValue || s.value == "" && s.kind != "str") {
		return Cell{"=" + s.formula, FormulaWithoutValue}, nil
	}
	if s.value == "" {
		return Cell{}, nil
	}
	switch s.kind {
	case "s":
		i, err := strconv.ParseUint(strings.TrimSpace(s.value), 10, 31)
		if err != nil || int(i) >= len(r.shared) {
			return Cell{}, fmt.Errorf("shared text %q: the file holds %d", s.value, len(r.shared))
		}
		return Cell{r.shared[i], Text}, nil
	case "str":
		return Cell{unescape(s.value), Text}, nil
	case "b":
		return Cell{map[bool]string{true: "TRUE", false: "FALSE"}[s.value == "1" || s.value == "true"], Bool}, nil
	case "e":
		return Cell{s.value, Failed}, nil
	case "d":
		return Cell{s.value, Date}, nil
	case "", "n":
		return r.number(s)
	}
	return Cell{}, fmt.Errorf("type %q is unknown", s.kind)
}

func (r *sheetReader) number(s stored) (Cell, error) {
	value := strings.TrimSpace(s.value)
	number, err := strconv.ParseFloat(value, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || strings.Trim(value, "0123456789.eE+-") != "" {
		return Cell{}, fmt.Errorf("value %q is no number", s.value)
	}
	if style, err := strconv.ParseUint(s.style, 10, 31); err == nil && int(style) < len(r.dates) && r.dates[style] {
		if text, ok := dateText(number, r.date1904); ok {
			return Cell{text, Date}, nil
		}
	}
	return Cell{value, Number}, nil
}
