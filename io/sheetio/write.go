package sheetio

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dermset/dermset/io/csvio"
)

// CheckFiles reports why a folder cannot have a .csv of each sheet's name, on every system: names must be file names
// and differ by more than case. Nil if it can.
func CheckFiles(sheets []Sheet) error { return checkNames(sheets, folderName) }

// CSV is the sheet as a file of a folder, its cells Guarded, but for a lone - in the columns of marks. Rows may not be
// longer than the first one, which is the header; shorter ones are filled with empty cells.
func CSV(s Sheet, marks ...int) ([]byte, error) {
	if err := checkCells(s); err != nil {
		return nil, err
	}
	if len(s.Rows) == 0 || len(s.Rows[0]) == 0 {
		return nil, fmt.Errorf("tab %q: has no header", s.Name)
	}
	var text []byte
	fields := make([]string, len(s.Rows[0]))
	for row, cells := range s.Rows {
		if len(cells) > len(fields) {
			return nil, fmt.Errorf("tab %q: row %d has %d cells, the header %d", s.Name, row+1, len(cells), len(fields))
		}
		clear(fields)
		for column, c := range cells {
			fields[column] = c.Text
		}
		text = csvio.AppendRecord(text, GuardedRecord(fields, marks...)...)
	}
	if mark := []byte("\ufeff"); bytes.HasPrefix(text, mark) { // readers drop one
		text = append(mark, text...)
	}
	return text, nil
}

// WriteXLSX writes the sheets as an XLSX file: text cells in columns formatted as text, the first row bold and frozen,
// hidden tabs hidden. The same sheets give the same bytes. Names that a spreadsheet refuses, or that differ only in
// case, are errors that say what to do, as are cells of more than 32,767 characters; nothing is written then.
func WriteXLSX(w io.Writer, sheets []Sheet) error {
	problems := []error{checkNames(sheets, xlsxName)}
	visible := false
	for _, s := range sheets {
		problems = append(problems, checkCells(s))
		visible = visible || !s.Hidden
	}
	if !visible {
		problems = append(problems, errors.New("workbook: want at least one tab that is not hidden"))
	}
	if len(sheets) > maxSheets {
		problems = append(problems, fmt.Errorf("workbook: has %d tabs, %d are allowed", len(sheets), maxSheets))
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	z := zip.NewWriter(w) // without times
	add := func(name, text string) error {
		part, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(part, xml.Header+text)
		}
		return err
	}
	outline := frame{styles: styleSheet}
	for _, s := range sheets {
		outline.add(s.Name, s.Hidden, "hidden")
	}
	for _, part := range outline.parts() {
		if err := add(part.name, part.text); err != nil {
			return err
		}
	}
	for i, s := range sheets {
		if err := add(fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1), worksheet(s, 2, 1)); err != nil {
			return err
		}
	}
	return z.Close()
}

type part struct{ name, text string }

const (
	mainSpace     = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	relationSpace = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	packageSpace  = "http://schemas.openxmlformats.org/package/2006/"
	contentType   = "application/vnd.openxmlformats-officedocument.spreadsheetml."
)

// styleSheet has the cell styles 0: general, 1: text, 2: text in bold. Format 49 is @, text.
const styleSheet = `<styleSheet xmlns="` + mainSpace +
	`"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>` +
	`<font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill>` +
	`<fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
	`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
	`<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
	`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
	`<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>` +
	`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`

// A frame is what a workbook consists of beside its worksheets.
type frame struct {
	names, states []string // of the tabs, a state being empty, hidden or veryHidden
	types         string   // of further parts, for [Content_Types].xml
	defined       string   // names of ranges
	styles        string   // xl/styles.xml
}

func (f *frame) add(name string, hidden bool, state string) {
	if !hidden {
		state = ""
	}
	f.names, f.states = append(f.names, name), append(f.states, state)
}

// parts is every part but the worksheets.
func (f *frame) parts() []part {
	var types, tabs, rels strings.Builder
	for i, name := range f.names {
		state := ""
		if f.states[i] != "" {
			state = ` state="` + f.states[i] + `"`
		}
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%sworksheet+xml"/>`,
			i+1, contentType)
		fmt.Fprintf(&tabs, `<sheet name="%s" sheetId="%d"%s r:id="rId%d"/>`, xmlText(name), i+1, state, i+1)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`,
			i+1, relationSpace, i+1)
	}
	return []part{
		{"[Content_Types].xml", `<Types xmlns="` + packageSpace +
			`content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="` +
			contentType + `sheet.main+xml"/>` + `<Override PartName="/xl/styles.xml" ContentType="` + contentType +
			`styles+xml"/>` + types.String() + f.types + `</Types>`},
		{"_rels/.rels", `<Relationships xmlns="` + packageSpace + `relationships"><Relationship Id="rId1" Type="` +
			relationSpace + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="` + mainSpace + `" xmlns:r="` + relationSpace +
			`"><bookViews><workbookView activeTab="` + fmt.Sprint(slices.Index(f.states, "")) + `"/></bookViews><sheets>` +
			tabs.String() + `</sheets>` + f.defined + `</workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + packageSpace + `relationships">` + rels.String() +
			fmt.Sprintf(`<Relationship Id="rId%d" Type="%s/styles" Target="styles.xml"/></Relationships>`,
				len(f.names)+1, relationSpace)},
		{"xl/styles.xml", f.styles},
	}
}

// worksheet is the part of a sheet whose first row has the cell style head, and all others text.
func worksheet(s Sheet, head, text int) string {
	var b strings.Builder
	b.WriteString(`<worksheet xmlns="` + mainSpace +
		`"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>` +
		`</sheetView></sheetViews><cols><col min="1" max="16384" width="24" style="` + fmt.Sprint(text) +
		`" customWidth="1"/></cols><sheetData>`)
	for row, cells := range s.Rows {
		style := text
		if row == 0 {
			style = head
		}
		fmt.Fprintf(&b, `<row r="%d">`, row+1)
		for column, c := range cells {
			if c.Text != "" {
				fmt.Fprintf(&b, `<c r="%s" s="%d" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>`,
					CellName(row, column), style, xmlText(escape(c.Text)))
			}
		}
		b.WriteString(`</row>`)
	}
	b.WriteString(`</sheetData></worksheet>`)
	return b.String()
}

func xmlText(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // a buffer takes everything
	return b.String()
}

// escape writes as _xHHHH_ what XML cannot hold, CR (which XML readers turn into LF),
// and the underscore of what looks like an escape.
func escape(text string) string {
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == '_' && looksEscaped(text[i:]), r < ' ' && r != '\t' && r != '\n', r == 0xFFFE, r == 0xFFFF:
			fmt.Fprintf(&b, "_x%04X_", r)
		default:
			b.WriteString(text[i : i+max(utf8.RuneLen(r), 1)])
		}
	}
	return b.String()
}

func looksEscaped(text string) bool {
	_, ok := unit(text)
	return ok
}
