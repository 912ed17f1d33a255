package sheetio

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// EditXLSX gives the XLSX file whose bytes are data with the edits. All that was there stays, as with AppendXLSX; the
// look of a cell that is changed stays too, and what it holds now is text. Edits are refused as by EditCSV, and also if
// the cell holds a formula, is filled by that of another, or is in the header or the totals of a table. The stored
// values of formulas that look at a changed cell stay until a spreadsheet calculates them again. The result is read
// back and compared before it is given. Name only stands in errors.
func EditXLSX(name string, data []byte, edits []Edit) ([]byte, error) {
	before, err := Open(name, data)
	if err != nil {
		return nil, err
	}
	want, edits, err := sheetsAfter(before.Sheets, edits)
	if err == nil {
		data, err = editTabs(data, edits)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	same, err := readsAs(name, data, want)
	if err != nil {
		return nil, fmt.Errorf("after changing cells: %w", err)
	}
	if !same {
		return nil, fmt.Errorf("%s: the cells cannot be changed without others: change them with a spreadsheet", name)
	}
	return data, nil
}

func editTabs(data []byte, edits []Edit) ([]byte, error) {
	if len(edits) == 0 {
		return data, nil
	}
	p, err := openParts(bytes.NewReader(data), int64(len(data)), maxUnpackedBytes)
	if err != nil {
		return nil, err
	}
	a := appender{parts: p, changed: map[string][]byte{}}
	if err := a.open(); err != nil {
		return nil, err
	}
	byTab := map[string][]Edit{}
	for _, e := range edits {
		byTab[e.Tab] = append(byTab[e.Tab], e)
	}
	var refused EditErrors
	for _, s := range a.workbook.tabs {
		edits := byTab[attr(s, "name")]
		for _, rel := range a.relations {
			if len(edits) == 0 || rel.ID != relationID(s) || !rel.is("worksheet") {
				continue
			}
			more, err := a.editTab(rel.Target, edits)
			if err != nil {
				return nil, fmt.Errorf("tab %q: %w", attr(s, "name"), err)
			}
			refused = append(refused, more...)
		}
	}
	if len(refused) > 0 {
		return nil, refused
	}
	return a.pack(data)
}

// editTab changes cells of a worksheet part, if no edit is refused.
func (a *appender) editTab(part string, edits []Edit) (refused EditErrors, err error) {
	data, err := a.part(part)
	if err != nil {
		return nil, err
	}
	var kept []keptRange
	err = a.eachTable(part, func(_ string, table []byte) error {
		return startTags(xml.NewDecoder(bytes.NewReader(table)), func(e xml.StartElement, _ int64) error {
			if r, ok := parseRange(attr(e, "ref")); ok && e.Name.Local == "table" {
				kept = append(kept, keptOfTable(e, r)...)
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	a.changed[partKey(part)], refused, err = editCells(data, edits, kept)
	return refused, err
}

// A keptRange is cells that are not changed, and why.
type keptRange struct {
	Range
	why string
}

// keptOfTable is the header and the totals of a table, whose texts its part holds too.
func keptOfTable(e xml.StartElement, all Range) []keptRange {
	rows := func(attribute string, otherwise int) int {
		if n, err := strconv.Atoi(attr(e, attribute)); err == nil {
			return n
		}
		return otherwise
	}
	header, totals := all, all
	header.ToRow = header.FromRow + rows("headerRowCount", 1) - 1
	totals.FromRow = totals.ToRow - rows("totalsRowCount", 0) + 1
	return []keptRange{
		{header, "is in the header of a table: change it with a spreadsheet"},
		{totals, "is in the totals of a table: change it with a spreadsheet"},
	}
}

// A splice replaces the bytes between two places of a part.
type splice struct {
	from, to int64
	text     string
}

// editCells puts texts into the cells of a worksheet part, but for those that are kept.
func editCells(data []byte, edits []Edit, kept []keptRange) (out []byte, refused EditErrors, err error) {
	edits = slices.SortedFunc(slices.Values(edits), Edit.compare)
	c := cellEditor{data: data, left: edits, kept: kept}
	if err := c.find(); err != nil {
		return nil, nil, err
	}
	for _, e := range edits {
		i := slices.IndexFunc(c.kept, func(k keptRange) bool { return k.Has(e.Row, e.Column) })
		if i >= 0 {
			c.refuse(e, c.kept[i].why)
		}
	}
	at := int64(0)
	for _, s := range c.splices {
		out = append(append(out, data[at:s.from]...), s.text...)
		at = s.to
	}
	return append(out, data[at:]...), c.refused, nil
}

// A cellEditor walks through a worksheet part and notes what to replace.
type cellEditor struct {
	data    []byte
	left    []Edit // by place: those behind where it is
	kept    []keptRange
	splices []splice // by place
	refused EditErrors
	prefix  string // of the row's name
}

func (c *cellEditor) refuse(e Edit, why string) { c.refused = append(c.refused, EditError{e, why}) }

func (c *cellEditor) find() error {
	d := xml.NewDecoder(bytes.NewReader(c.data))
	inCells := false
	at := position{row: -1, column: -1}
	for {
		from := d.InputOffset()
		token, err := d.Token()
		if err == io.EOF {
			c.noRow(fileLimits.rows)
			return nil
		}
		if err != nil {
			return err
		}
		switch e := token.(type) {
		case xml.EndElement:
			inCells = inCells && e.Name.Local != "sheetData"
		case xml.StartElement:
			if inCells = inCells || e.Name.Local == "sheetData"; !inCells || e.Name.Local != "row" {
				continue
			}
			if err := at.nextRow(attr(e, "r")); err != nil {
				return err
			}
			c.noRow(at.row)
			if err := c.row(d, from, &at); err != nil {
				return err
			}
		}
	}
}

// noRow refuses the edits of rows before this one that are left.
func (c *cellEditor) noRow(row int) {
	for len(c.left) > 0 && c.left[0].Row < row {
		c.refuse(c.left[0], "the file has no row for it: change it with a spreadsheet")
		c.left = c.left[1:]
	}
}

// row reads to the end of a row, whose start tag begins at from, and changes its cells.
func (c *cellEditor) row(d *xml.Decoder, from int64, at *position) error {
	c.prefix = prefixAt(c.data[from+1:])
	afterTag := d.InputOffset()
	for {
		begin := d.InputOffset()
		token, err := d.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.EndElement:
			cells := c.missing(at.row, fileLimits.columns)
			switch {
			case cells == "":
			case d.InputOffset() == begin: // <row/>
				tag := bytes.TrimRight(bytes.TrimSuffix(c.data[from:afterTag], []byte("/>")), " \t\r\n")
				c.splices = append(c.splices, splice{from, afterTag, string(tag) + ">" + cells + "</" + c.prefix + "row>"})
			default:
				c.splices = append(c.splices, splice{begin, begin, cells})
			}
			return nil
		case xml.StartElement:
			if t.Name.Local != "c" {
				err = d.Skip()
			} else if err = at.nextCell(attr(t, "r")); err == nil {
				err = c.cell(d, t, begin, *at)
			}
			if err != nil {
				return err
			}
		}
	}
}

// cell reads to the end of a cell, whose start tag begins at begin, and changes it.
func (c *cellEditor) cell(d *xml.Decoder, e xml.StartElement, begin int64, at position) error {
	if cells := c.missing(at.row, at.column); cells != "" {
		c.splices = append(c.splices, splice{begin, begin, cells})
	}
	formula, err := skipCell(d)
	if err != nil {
		return err
	}
	next := len(c.left) > 0 && c.left[0].Row == at.row && c.left[0].Column == at.column
	if formula.there && next {
		c.kept = append(c.kept, keptRange{Range{at.row, at.column, at.row, at.column},
			"holds a formula: type the text over it with a spreadsheet"})
	}
	if r, ok := parseRange(formula.ref); ok && formula.fills {
		c.kept = append(c.kept, keptRange{r, fmt.Sprintf("is filled by the formula of %s: change that with a spreadsheet",
			CellName(at.row, at.column))})
	}
	if next {
		c.splices = append(c.splices, splice{begin, d.InputOffset(), c.element(c.left[0], attr(e, "s"))})
		c.left = c.left[1:]
	}
	return nil
}

// A formula is what a cell says of its own.
type formula struct {
	there bool
	fills bool   // it fills the cells of ref too
	ref   string // as the file has it
}

// skipCell reads to the end of a cell.
func skipCell(d *xml.Decoder) (f formula, err error) {
	err = eachChild(d, func(e xml.StartElement) error {
		if e.Name.Local == "f" {
			kind := attr(e, "t")
			f = formula{true, kind == "array" || kind == "dataTable", attr(e, "ref")}
		}
		return d.Skip()
	})
	return f, err
}

// missing is the new cells of a row that have no element and stand before a column.
func (c *cellEditor) missing(row, before int) string {
	var cells strings.Builder
	for len(c.left) > 0 && c.left[0].Row == row && c.left[0].Column < before {
		cells.WriteString(c.element(c.left[0], ""))
		c.left = c.left[1:]
	}
	return cells.String()
}

// element is the element of a changed cell. One that is empty now stays, for those behind it may have no names.
func (c *cellEditor) element(e Edit, style string) string {
	return textCell(c.prefix, CellName(e.Row, e.Column), style, e.Text)
}
