package sheetio

import (
	"archive/zip"
	"bufio"
	_ "embed"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// A FormSheet is a tab that a person fills in. Its first row is the header, and stays in sight as the first column
// does; everything is locked, without a password, but what columns leave open. A number among its cells is written as
// such, all others as text, so that nothing is ever a formula.
type FormSheet struct {
	Sheet
	VeryHidden bool // and not offered by the menu that shows hidden tabs
	Page       bool // no table: a page of text without filters
	Columns    []FormColumn
	Pictures   []FormPicture
}

// A FormColumn says how the cells of a column look and what they take.
type FormColumn struct {
	Width  float64 // in characters
	Hidden bool
	Open   bool   // may be filled in
	List   string // what is offered: a range such as Names!$A$1:$A$9, or words with commas between them
	Strict bool   // nothing but what is offered
}

// A FormPicture is a JPEG in a cell, at most FormPictureSide pixels wide and high. It moves and hides with the cell.
type FormPicture struct {
	Row, Column   int // from 0
	Data          []byte
	Width, Height int
}

// FormPictureSide is the longest side of a picture in a form, in pixels: rows that have one are as high.
const FormPictureSide = 128

// Lengths of a form: space around pictures, pixels; EMUs and points of a pixel; the height of a row with pictures.
const (
	aroundPicture = 4
	emuOfPixel    = 9525
	pointsOfPixel = 0.75
	heightOfLine  = 14.5
	maxHeight     = 409 // what a spreadsheet allows
	pictureRow    = (FormPictureSide + 2*aroundPicture) * pointsOfPixel
)

// FormPictureWidth is the width of a column with pictures, in characters of seven pixels, of which five are margin.
const FormPictureWidth = (FormPictureSide + 2*aroundPicture + 5) / 7

// Cell styles of a form, in the order of formStyles.
const (
	formPlain = iota + 1
	formLocked
	formNumber
	formOpen
	formHead
	formOpenHead
	formTitle
)

// WriteForm writes the tabs as an XLSX file. The same tabs give the same bytes. What no spreadsheet can hold is an
// error, as for WriteXLSX; nothing is written then. It streams: a form of any length takes no memory beside its cells.
func WriteForm(w io.Writer, tabs []FormSheet) error {
	if err := checkForm(tabs); err != nil {
		return err
	}
	f := &formWriter{zip: zip.NewWriter(w), tabs: tabs, media: map[string]int{}} // without times
	for _, p := range f.frame().parts() {
		f.part(p.name, p.text)
	}
	for i := range tabs {
		f.worksheet(i)
		f.drawing(i)
	}
	return errors.Join(f.err, f.zip.Close())
}

func checkForm(tabs []FormSheet) error {
	sheets, visible := make([]Sheet, len(tabs)), false
	var problems []error
	for i, t := range tabs {
		sheets[i] = t.Sheet
		problems = append(problems, checkCells(t.Sheet))
		visible = visible || !t.Hidden && !t.VeryHidden
	}
	if !visible {
		problems = append(problems, errors.New("workbook: want at least one tab that is not hidden"))
	}
	return errors.Join(append(problems, checkNames(sheets, xlsxName))...)
}

// A formWriter writes the parts of a form. Its first error stands; nothing is written after it.
type formWriter struct {
	zip   *zip.Writer
	tabs  []FormSheet
	media map[string]int // number of each picture that is there, by its bytes
	err   error
}

func (f *formWriter) create(name string) io.Writer {
	part, err := f.zip.Create(name)
	if err != nil {
		f.err = errors.Join(f.err, err)
		return io.Discard
	}
	return part
}

func (f *formWriter) part(name, text string) {
	if f.err == nil {
		_, f.err = io.WriteString(f.create(name), xml.Header+text)
	}
}

// formStyles has the cell styles 0: general, and those above. Format 49 is @, text; 3 is #,##0.
//
//go:embed formstyles.xml
var formStyles string

// frame is every part but worksheets, pictures and what places them.
func (f *formWriter) frame() *frame {
	out := frame{styles: strings.TrimPrefix(formStyles, xml.Header),
		types: `<Default Extension="jpeg" ContentType="image/jpeg"/>`}
	for i, t := range f.tabs {
		state := "hidden"
		if t.VeryHidden {
			state = "veryHidden"
		}
		out.add(t.Name, t.Hidden || t.VeryHidden, state)
		if !t.Page && len(t.Rows) > 0 {
			out.defined += fmt.Sprintf(`<definedName name="_xlnm._FilterDatabase" localSheetId="%d" hidden="1">%s</definedName>`,
				i, xmlText(absolute(t.Name, t.extent())))
		}
		if len(t.Pictures) > 0 {
			out.types += fmt.Sprintf(`<Override PartName="/xl/drawings/drawing%d.xml" `+
				`ContentType="application/vnd.openxmlformats-officedocument.drawing+xml"/>`, i+1)
		}
	}
	if out.defined != "" {
		out.defined = "<definedNames>" + out.defined + "</definedNames>"
	}
	return &out
}

// extent is the table, its header among it.
func (t *FormSheet) extent() Range { return Range{0, 0, len(t.Rows) - 1, len(t.Columns) - 1} }

// absolute names a range of a tab from anywhere in the workbook.
func absolute(tab string, r Range) string {
	return fmt.Sprintf("'%s'!$%s$%d:$%s$%d", strings.ReplaceAll(tab, "'", "''"),
		columnName(r.FromColumn), r.FromRow+1, columnName(r.ToColumn), r.ToRow+1)
}

// FormList is a FormColumn's List that offers the texts of a tab's column from a row on.
func FormList(tab Sheet, column, row int) string {
	return absolute(tab.Name, Range{row, column, max(len(tab.Rows)-1, row), column})
}

// worksheet writes the part of a tab. The order of its elements is the schema's.
func (f *formWriter) worksheet(i int) {
	if f.err != nil {
		return
	}
	t, b := &f.tabs[i], bufio.NewWriterSize(f.create(fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1)), 1<<16)
	b.WriteString(xml.Header + `<worksheet xmlns="` + mainSpace + `" xmlns:r="` + relationSpace +
		`"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews><sheetView workbookViewId="0">`)
	if !t.Page {
		b.WriteString(`<pane xSplit="1" ySplit="1" topLeftCell="B2" activePane="bottomRight" state="frozen"/>`)
	}
	b.WriteString(`</sheetView></sheetViews><cols>`)
	for column, c := range t.Columns {
		hidden := ""
		if c.Hidden {
			hidden = ` hidden="1"`
		}
		fmt.Fprintf(b, `<col min="%d" max="%d" width="%g" style="%d"%s customWidth="1"/>`,
			column+1, column+1, c.Width, formPlain, hidden)
	}
	b.WriteString(`</cols><sheetData>`)
	f.rows(b, t)
	b.WriteString(`</sheetData><sheetProtection sheet="1" objects="1" scenarios="1" formatCells="0" ` +
		`formatColumns="0" formatRows="0" insertColumns="1" insertRows="1" deleteColumns="1" deleteRows="1" ` +
		`sort="0" autoFilter="0"/>`)
	if !t.Page && len(t.Rows) > 0 {
		fmt.Fprintf(b, `<autoFilter ref="%s"/>`, t.extent())
	}
	b.WriteString(t.offers())
	b.WriteString(`<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.5" header="0.3" footer="0.3"/>` +
		`<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>`)
	if len(t.Pictures) > 0 {
		b.WriteString(`<drawing r:id="rId1"/>`)
	}
	b.WriteString(`</worksheet>`)
	f.err = b.Flush()
}

func (f *formWriter) rows(b *bufio.Writer, t *FormSheet) {
	pictured := map[int]int{}
	for _, p := range t.Pictures {
		pictured[p.Row] = 1
	}
	for row, cells := range t.Rows {
		height := t.height(cells)
		if pictured[row] > 0 {
			height = max(height, pictureRow)
		}
		fmt.Fprintf(b, `<row r="%d" ht="%g" customHeight="%d">`, row+1, height, pictured[row])
		for column := range t.Columns {
			var c Cell
			if column < len(cells) {
				c = cells[column]
			}
			writeFormCell(b, CellName(row, column), c, t.style(row, column, c))
		}
		b.WriteString(`</row>`)
	}
}

// height is about what a row needs for its texts to be seen whole: not every program finds that out by itself.
func (t *FormSheet) height(cells []Cell) float64 {
	most := 1
	for column := range min(len(cells), len(t.Columns)) {
		lines, room := 0, max(int(t.Columns[column].Width*0.9), 1)
		if t.Columns[column].Hidden || cells[column].Kind == Number {
			continue
		}
		for line := range strings.SplitSeq(cells[column].Text, "\n") {
			lines += max((utf8.RuneCountInString(line)+room-1)/room, 1)
		}
		most = max(most, lines)
	}
	return min(float64(most)*heightOfLine+2, maxHeight)
}

func writeFormCell(b *bufio.Writer, name string, c Cell, style int) {
	switch {
	case c.Text == "":
		fmt.Fprintf(b, `<c r="%s" s="%d"/>`, name, style)
	case c.Kind == Number:
		fmt.Fprintf(b, `<c r="%s" s="%d"><v>%s</v></c>`, name, style, xmlText(c.Text))
	default:
		fmt.Fprintf(b, `<c r="%s" s="%d" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>`,
			name, style, xmlText(escape(c.Text)))
	}
}

func (t *FormSheet) style(row, column int, c Cell) int {
	switch open := t.Columns[column].Open; {
	case t.Page && row == 0:
		return formTitle
	case t.Page:
		return formPlain
	case row == 0 && open:
		return formOpenHead
	case row == 0:
		return formHead
	case open:
		return formOpen
	case c.Kind == Number:
		return formNumber
	}
	return formLocked
}

// offers is what the columns offer beneath their header.
func (t *FormSheet) offers() string {
	var all strings.Builder
	n := 0
	for column, c := range t.Columns {
		if c.List == "" || len(t.Rows) < 2 {
			continue
		}
		list, strict := c.List, ""
		if !strings.Contains(list, "!") {
			list = `"` + list + `"`
		}
		if c.Strict {
			strict = ` showErrorMessage="1"`
		}
		fmt.Fprintf(&all, `<dataValidation type="list" allowBlank="1"%s sqref="%s"><formula1>%s</formula1></dataValidation>`,
			strict, Range{1, column, len(t.Rows) - 1, column}, xmlText(list))
		n++
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(`<dataValidations count="%d">%s</dataValidations>`, n, &all)
}

// drawing writes what places the pictures of a tab, and those pictures that are not there yet.
func (f *formWriter) drawing(i int) {
	t := &f.tabs[i]
	if len(t.Pictures) == 0 {
		return
	}
	const space = "http://schemas.openxmlformats.org/drawingml/2006/"
	var places, rels strings.Builder
	related := map[int]bool{}
	for n, p := range t.Pictures {
		image := f.image(p.Data)
		fmt.Fprintf(&places, `<xdr:twoCellAnchor editAs="twoCell"><xdr:from>%s</xdr:from><xdr:to>%s</xdr:to><xdr:pic>`+
			`<xdr:nvPicPr><xdr:cNvPr id="%d" name="Picture %d"/><xdr:cNvPicPr><a:picLocks noChangeAspect="1"/></xdr:cNvPicPr>`+
			`</xdr:nvPicPr><xdr:blipFill><a:blip r:embed="rId%d"/><a:stretch><a:fillRect/></a:stretch></xdr:blipFill><xdr:spPr>`+
			`<a:xfrm><a:off x="0" y="0"/><a:ext cx="%d" cy="%d"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>`+
			`</xdr:spPr></xdr:pic><xdr:clientData/></xdr:twoCellAnchor>`, p.corner(0, 0), p.corner(p.Width, p.Height),
			n+2, n+1, image, p.Width*emuOfPixel, p.Height*emuOfPixel)
		if !related[image] {
			fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/image" Target="../media/image%d.jpeg"/>`,
				image, relationSpace, image)
		}
		related[image] = true
	}
	f.part(fmt.Sprintf("xl/drawings/drawing%d.xml", i+1), `<xdr:wsDr xmlns:xdr="`+space+`spreadsheetDrawing" xmlns:a="`+
		space+`main" xmlns:r="`+relationSpace+`">`+places.String()+`</xdr:wsDr>`)
	f.relations(fmt.Sprintf("xl/drawings/_rels/drawing%d.xml.rels", i+1), rels.String())
	f.relations(fmt.Sprintf("xl/worksheets/_rels/sheet%d.xml.rels", i+1), fmt.Sprintf(
		`<Relationship Id="rId1" Type="%s/drawing" Target="../drawings/drawing%d.xml"/>`, relationSpace, i+1))
}

func (f *formWriter) relations(name, text string) {
	f.part(name, `<Relationships xmlns="`+packageSpace+`relationships">`+text+`</Relationships>`)
}

// corner is the place of a point of the picture.
func (p *FormPicture) corner(x, y int) string {
	return fmt.Sprintf(`<xdr:col>%d</xdr:col><xdr:colOff>%d</xdr:colOff><xdr:row>%d</xdr:row><xdr:rowOff>%d</xdr:rowOff>`,
		p.Column, (aroundPicture+x)*emuOfPixel, p.Row, (aroundPicture+y)*emuOfPixel)
}

// image is the number of a picture, which is written the first time.
func (f *formWriter) image(data []byte) int {
	if n, there := f.media[string(data)]; there || f.err != nil {
		return n
	}
	n := len(f.media) + 1
	f.media[string(data)] = n
	_, f.err = f.create(fmt.Sprintf("xl/media/image%d.jpeg", n)).Write(data)
	return n
}
