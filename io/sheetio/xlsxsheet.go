package sheetio

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// maxMerged is how many merged cells a workbook may have.
const maxMerged = 100_000

// A sheetReader reads the worksheets of one workbook.
type sheetReader struct {
	parts    *parts
	date1904 bool
	shared   []string // the shared strings
	dates    []bool   // by cell style: is it a date's
	cells    int      // that may still be taken
	merged   int      // ranges of merged cells so far
}

// readShared reads what the sheets have in common: strings and styles.
func (r *sheetReader) readShared(rels []relation) error {
	for _, rel := range rels {
		var read func(*xml.Decoder) error
		switch {
		case rel.is("sharedStrings"):
			read = r.readStrings
		case rel.is("styles"):
			read = r.readStyles
		default:
			continue
		}
		data, ok, err := r.parts.read(rel.Target)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("is damaged: it has no part %q", rel.Target)
		}
		if err := read(xml.NewDecoder(bytes.NewReader(data))); err != nil {
			return fmt.Errorf("%s: %w", rel.Target, err)
		}
	}
	return nil
}

// readStrings reads the shared strings, in order.
func (r *sheetReader) readStrings(d *xml.Decoder) error {
	return eachElement(d, func(e xml.StartElement) error {
		if e.Name.Local != "si" {
			return nil
		}
		text, err := richText(d)
		r.shared = append(r.shared, unescape(text))
		return err
	})
}

// eachElement calls f for each start tag up to the end of the document, which must be there.
// F may read on to the element's end.
func eachElement(d *xml.Decoder, f func(xml.StartElement) error) error {
	for {
		token, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if e, ok := token.(xml.StartElement); ok {
			if err := f(e); err != nil {
				return err
			}
		}
	}
}

// eachChild calls f for each start tag inside the element that was just begun, up to its end. F reads on to the end of
// the child.
func eachChild(d *xml.Decoder, f func(xml.StartElement) error) error {
	for {
		token, err := d.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.EndElement:
			return nil
		case xml.StartElement:
			if err := f(t); err != nil {
				return err
			}
		}
	}
}

// richText reads to the end of the element that was just begun and joins the text of its <t>,
// without phonetic hints (<rPh>).
func richText(d *xml.Decoder) (string, error) {
	var text strings.Builder
	depth, inText := 1, 0
	for depth > 0 {
		token, err := d.Token()
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Local == "rPh" {
				if err := d.Skip(); err != nil {
					return "", err
				}
				continue
			}
			depth++
			if t.Name.Local == "t" {
				inText = depth
			}
		case xml.EndElement:
			if depth == inText {
				inText = 0
			}
			depth--
		case xml.CharData:
			if inText > 0 {
				text.Write(t)
			}
		}
	}
	return text.String(), nil
}

// read reads one worksheet into s.
func (r *sheetReader) read(part string, s *Sheet) error {
	data, ok, err := r.parts.read(part)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("the file has no part %q", part)
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	g := grid{left: &r.cells}
	at := position{row: -1, column: -1}
	err = eachElement(d, func(e xml.StartElement) error {
		switch e.Name.Local {
		case "sheetData":
			return r.readCells(d, &g, &at)
		case "mergeCell":
			return r.readMerged(attr(e, "ref"), s)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", part, err)
	}
	s.Rows = g.rows
	return nil
}

// readMerged reads the place of cells that are shown as one.
func (r *sheetReader) readMerged(ref string, s *Sheet) error {
	first, last, two := strings.Cut(ref, ":")
	if !two || first == last {
		return nil // one cell alone
	}
	row, column, ok := parseCellName(first)
	toRow, toColumn, fine := parseCellName(last)
	if !ok || !fine || toRow < row || toColumn < column {
		return fmt.Errorf("merged cells %q: want a range such as A2:A3: save the workbook again with a spreadsheet", ref)
	}
	if r.merged++; r.merged > maxMerged {
		return fmt.Errorf("the workbook %w: %d merged cells are allowed", errTooLarge, maxMerged)
	}
	s.Merged = append(s.Merged, Range{row, column, toRow, toColumn})
	return nil
}

// readCells reads to the end of <sheetData>. Elsewhere <row> is another thing (the anchor of a form control has one).
func (r *sheetReader) readCells(d *xml.Decoder, g *grid, at *position) error {
	for {
		token, err := d.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.EndElement:
			if t.Name.Local == "sheetData" {
				return nil
			}
		case xml.StartElement:
			switch t.Name.Local {
			case "row":
				err = at.nextRow(attr(t, "r"))
			case "c":
				err = r.readCell(d, t, g, at)
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

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// stored is a cell as the file has it.
type stored struct {
	kind, style            string // attributes t and s
	value, inline, formula string // <v>, <is>, <f>
	hasValue, hasFormula   bool
}

func (r *sheetReader) readCell(d *xml.Decoder, e xml.StartElement, g *grid, at *position) error {
	if err := at.nextCell(attr(e, "r")); err != nil {
		return err
	}
	s := stored{kind: attr(e, "t"), style: attr(e, "s")}
	if err := s.readChildren(d); err != nil {
		return err
	}
	c, err := r.cell(s)
	if err != nil {
		return fmt.Errorf("cell %s: %w", CellName(at.row, at.column), err)
	}
	if c == (Cell{}) {
		return nil
	}
	return g.put(at.row, at.column, c)
}

func (s *stored) readChildren(d *xml.Decoder) error {
	return eachChild(d, func(e xml.StartElement) (err error) {
		switch e.Name.Local {
		case "v":
			s.hasValue = true
			err = d.DecodeElement(&s.value, &e)
		case "f":
			s.hasFormula = true
			err = d.DecodeElement(&s.formula, &e)
		case "is":
			s.inline, err = richText(d)
		default:
			err = d.Skip()
		}
		return err
	})
}

// cell says what a stored cell is.
func (r *sheetReader) cell(s stored) (Cell, error) {
	if s.hasFormula && (!s.hasValue || s.value == "" && s.kind != "str") {
		return Cell{"=" + s.formula, FormulaWithoutValue}, nil
	}
	if s.kind == "inlineStr" {
		return Cell{unescape(s.inline), Text}, nil
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
	if err != nil {
		return Cell{}, fmt.Errorf("value %q is no number", s.value)
	}
	if style, err := strconv.ParseUint(s.style, 10, 31); err == nil && int(style) < len(r.dates) && r.dates[style] {
		if text, ok := dateText(number, r.date1904); ok {
			return Cell{text, Date}, nil
		}
	}
	return Cell{value, Number}, nil
}
