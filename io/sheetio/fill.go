package sheetio

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/dermset/dermset/io/csvio"
)

// A Fill is a text for an empty cell of a row that is there. Row and Column are from 0.
type Fill struct {
	Tab         string
	Row, Column int
	Text        string
}

func (f Fill) place() string { return f.Tab + "!" + CellName(f.Row, f.Column) }

// FillCSV gives the CSV of the tab of the fills with their texts, Guarded, but for a lone -. All other bytes stay. A
// cell that is not empty or not there is an error. The result is read back and compared before it is given. Path only
// stands in errors.
func FillCSV(path string, data []byte, fills []Fill) ([]byte, error) {
	cells := maxCells
	before, err := readTab(path, data, &cells)
	if err != nil {
		return nil, err
	}
	want, err := filled([]Sheet{before}, fills)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	out := fillRecords(data, fills)
	cells = maxCells
	after, err := readTab(path, out, &cells)
	if err != nil {
		return nil, fmt.Errorf("after filling cells: %w", err)
	}
	if !sameSheet(after, want[0]) {
		return nil, fmt.Errorf("%s: the cells cannot be filled without changing others: fill them with a spreadsheet", path)
	}
	return out, nil
}

// fillRecords copies a CSV that reads without errors and puts the texts where the empty fields are.
func fillRecords(data []byte, fills []Fill) []byte {
	texts := map[[2]int]string{}
	for _, f := range fills {
		texts[[2]int{f.Row, f.Column}] = f.Text
	}
	out := make([]byte, 0, len(data)+64*len(fills))
	row, column, from, quoted := 0, 0, 0, false
	field := func(to int) {
		if text, ok := texts[[2]int{row, column}]; ok {
			out = csvio.AppendField(out, GuardedRecord([]string{text}, 0)[0])
		} else {
			out = append(out, data[from:to]...)
		}
	}
	for i, c := range data {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ',':
			field(i)
			out = append(out, ',')
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

// filled is the sheets with the fills, as reading gives them.
func filled(sheets []Sheet, fills []Fill) ([]Sheet, error) {
	out := slices.Clone(sheets)
	var problems []error
	own := map[int]bool{} // sheets whose rows are copies
	for _, f := range fills {
		i := slices.IndexFunc(out, func(s Sheet) bool { return s.Name == f.Tab })
		switch {
		case i < 0:
			problems = append(problems, fmt.Errorf("%s: there is no such tab", f.place()))
			continue
		case f.Row < 1 || f.Row >= len(out[i].Rows) || f.Column < 0 || f.Column >= len(out[i].Rows[0]):
			problems = append(problems, fmt.Errorf("%s: the tab has no such cell", f.place()))
			continue
		case out[i].Cell(f.Row, f.Column) != Cell{}:
			problems = append(problems, fmt.Errorf("%s: is filled already with %q",
				f.place(), out[i].Cell(f.Row, f.Column).Text))
			continue
		case f.Text == "":
			continue
		}
		if !own[i] {
			own[i], out[i].Rows = true, slices.Clone(out[i].Rows)
		}
		row := slices.Clone(out[i].Rows[f.Row])
		for len(row) <= f.Column {
			row = append(row, Cell{})
		}
		row[f.Column] = Cell{Text: f.Text}
		out[i].Rows[f.Row] = row
	}
	for i := range own {
		problems = append(problems, checkCells(out[i]))
	}
	return out, errors.Join(problems...)
}

// FillXLSX gives the XLSX file whose bytes are data with the fills. All that was there stays, as with AppendXLSX; the
// look of a cell that is filled stays too. A cell that is not empty, not there, or covered by merged cells is an error.
// The result is read back and compared before it is given. Name only stands in errors.
func FillXLSX(name string, data []byte, fills []Fill) ([]byte, error) {
	before, err := Open(name, data)
	if err != nil {
		return nil, err
	}
	want, err := filled(before.Sheets, fills)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	out, err := fillTabs(data, fills)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	same, err := readsAs(name, out, want)
	if err != nil {
		return nil, fmt.Errorf("after filling cells: %w", err)
	}
	if !same {
		return nil, fmt.Errorf("%s: the cells cannot be filled without changing others: fill them with a spreadsheet", name)
	}
	return out, nil
}

func fillTabs(data []byte, fills []Fill) ([]byte, error) {
	p, err := openParts(bytes.NewReader(data), int64(len(data)), maxUnpackedBytes)
	if err != nil {
		return nil, err
	}
	a := appender{parts: p, changed: map[string][]byte{}}
	if err := a.open(); err != nil {
		return nil, err
	}
	byTab := map[string][]Fill{}
	for _, f := range fills {
		if f.Text != "" {
			byTab[f.Tab] = append(byTab[f.Tab], f)
		}
	}
	for _, s := range a.workbook.tabs {
		fills := byTab[attr(s, "name")]
		for _, rel := range a.relations {
			if len(fills) == 0 || rel.ID != relationID(s) || !rel.is("worksheet") {
				continue
			}
			part, err := a.part(rel.Target)
			if err != nil {
				return nil, err
			}
			if part, err = fillCells(part, fills); err != nil {
				return nil, fmt.Errorf("tab %q: %w", attr(s, "name"), err)
			}
			a.changed[strings.ToLower(rel.Target)] = part
		}
	}
	return a.pack(data)
}

// An edit replaces the bytes between two places of a part.
type edit struct {
	from, to int64
	text     string
}

// fillCells puts texts into the cells of a worksheet part.
func fillCells(data []byte, fills []Fill) ([]byte, error) {
	f := filler{data: data, fills: map[[2]int]Fill{}}
	for _, fill := range fills {
		f.fills[[2]int{fill.Row, fill.Column}] = fill
	}
	if err := f.find(); err != nil {
		return nil, err
	}
	for _, fill := range f.fills {
		f.problems = append(f.problems,
			fmt.Errorf("%s: the file has no row for it: fill it with a spreadsheet", fill.place()))
	}
	if err := errors.Join(f.problems...); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	at := int64(0)
	for _, e := range f.edits {
		out.Write(data[at:e.from])
		out.WriteString(e.text)
		at = e.to
	}
	out.Write(data[at:])
	return out.Bytes(), nil
}

// A filler walks through a worksheet part and notes what to replace. Fills that are done are taken out of its table.
type filler struct {
	data     []byte
	fills    map[[2]int]Fill
	edits    []edit // by place
	done     []Fill
	problems []error
	prefix   string
}

func (f *filler) find() error {
	d := xml.NewDecoder(bytes.NewReader(f.data))
	inCells := false
	at := position{row: -1, column: -1}
	for {
		from := d.InputOffset()
		token, err := d.Token()
		if err != nil {
			if err == io.EOF {
				return nil
			}
			return err
		}
		e, start := token.(xml.StartElement)
		if end, ok := token.(xml.EndElement); ok && end.Name.Local == "sheetData" {
			inCells = false
		}
		switch {
		case !start:
		case e.Name.Local == "sheetData":
			inCells, f.prefix = true, prefixAt(f.data[from+1:])
		case e.Name.Local == "row" && inCells:
			if err := at.nextRow(attr(e, "r")); err != nil {
				return err
			}
			if err := f.row(d, from, &at); err != nil {
				return err
			}
		case e.Name.Local == "mergeCell":
			f.checkMerged(attr(e, "ref"))
		}
	}
}

// row reads to the end of a row, whose start tag begins at from, and fills its cells.
func (f *filler) row(d *xml.Decoder, from int64, at *position) error {
	afterTag := d.InputOffset()
	for {
		begin := d.InputOffset()
		token, err := d.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.EndElement:
			texts := f.pending(at.row, maxColumns)
			switch {
			case texts == "":
			case d.InputOffset() == begin: // <row/>
				tag := bytes.TrimRight(bytes.TrimSuffix(f.data[from:afterTag], []byte("/>")), " \t\r\n")
				f.edits = append(f.edits, edit{from, afterTag, string(tag) + ">" + texts + "</" + f.prefix + "row>"})
			default:
				f.edits = append(f.edits, edit{begin, begin, texts})
			}
			return nil
		case xml.StartElement:
			if t.Name.Local != "c" {
				if err := d.Skip(); err != nil {
					return err
				}
				continue
			}
			if err := at.nextCell(attr(t, "r")); err != nil {
				return err
			}
			if texts := f.pending(at.row, at.column); texts != "" {
				f.edits = append(f.edits, edit{begin, begin, texts})
			}
			formula, err := skipCell(d)
			if err != nil {
				return err
			}
			if fill, ok := f.take(at.row, at.column); ok {
				if formula {
					f.problems = append(f.problems, fmt.Errorf(
						"%s: holds a formula, whose value is empty now: type the text over it with a spreadsheet", fill.place()))
				}
				f.edits = append(f.edits, edit{begin, d.InputOffset(), f.cell(fill, attr(t, "s"))})
			}
		}
	}
}

// skipCell reads to the end of a cell, and reports whether it holds a formula.
func skipCell(d *xml.Decoder) (formula bool, err error) {
	err = eachChild(d, func(e xml.StartElement) error {
		formula = formula || e.Name.Local == "f"
		return d.Skip()
	})
	return formula, err
}

// pending is the cells of a row that are to be filled, have no element, and stand before a column.
func (f *filler) pending(row, before int) string {
	var columns []int
	for place := range f.fills {
		if place[0] == row && place[1] < before {
			columns = append(columns, place[1])
		}
	}
	slices.Sort(columns)
	text := ""
	for _, column := range columns {
		fill, _ := f.take(row, column)
		text += f.cell(fill, "")
	}
	return text
}

func (f *filler) take(row, column int) (Fill, bool) {
	fill, ok := f.fills[[2]int{row, column}]
	if ok {
		delete(f.fills, [2]int{row, column})
		f.done = append(f.done, fill)
	}
	return fill, ok
}

// cell is the element of a filled cell.
func (f *filler) cell(fill Fill, style string) string {
	if style != "" {
		style = ` s="` + xmlText(style) + `"`
	}
	return fmt.Sprintf(
		`<%[1]sc r="%[2]s"%[3]s t="inlineStr"><%[1]sis><%[1]st xml:space="preserve">%[4]s</%[1]st></%[1]sis></%[1]sc>`,
		f.prefix, CellName(fill.Row, fill.Column), style, xmlText(escape(fill.Text)))
}

// checkMerged refuses to fill what a merged cell hides. Merged cells are told after all rows.
func (f *filler) checkMerged(ref string) {
	first, last, ok := strings.Cut(ref, ":")
	row, column, fine := parseCellName(first)
	toRow, toColumn, fineToo := parseCellName(last)
	if !ok || !fine || !fineToo {
		return
	}
	for _, fill := range f.done {
		if row <= fill.Row && fill.Row <= toRow && column <= fill.Column && fill.Column <= toColumn &&
			(fill.Row != row || fill.Column != column) {
			f.problems = append(f.problems, fmt.Errorf("%s: is covered by the merged cells %s: unmerge them", fill.place(), ref))
		}
	}
}
