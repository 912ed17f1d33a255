package sheetio

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A rowSpan is where a row element stands in a worksheet part, and what it is.
type rowSpan struct {
	from, to int64
	number   int            // from 1
	styles   map[int]string // by column: attribute s
	formula  string         // name of its first cell with a formula
}

// A layout is where things stand in a worksheet part.
type layout struct {
	rows             []rowSpan
	dataFrom, dataTo int64 // the whole of <sheetData>
	endFrom          int64 // its end tag; dataTo if it has none: <sheetData/>
	sizeFrom, sizeTo int64 // <dimension>, if sizeTo > 0
	size, prefix     string
}

// appendRows adds rows of text to a worksheet part below its first filled rows, of which the last has a value. It gives
// the number of the last row added, from 1.
func appendRows(data []byte, filled int, rows [][]Cell) (out []byte, lastRow int, err error) {
	l, err := layoutOf(data)
	if err != nil {
		return nil, 0, err
	}
	last := -1
	for i, r := range l.rows {
		if r.number <= filled {
			last = i
		}
	}
	number, at, styles := 0, l.dataTo, map[int]string(nil)
	if last >= 0 {
		number, at = l.rows[last].number, l.rows[last].to
		if last > 0 { // the first row is the header and looks like one
			styles = l.rows[last].styles
		}
	} else if len(l.rows) > 0 {
		at = l.rows[0].from
	} else if l.endFrom < l.dataTo {
		at = l.endFrom
	}
	next, end := last+1, at
	var text strings.Builder
	for _, row := range rows {
		number++
		look := styles
		for next < len(l.rows) && l.rows[next].number <= number {
			if l.rows[next].number == number && len(l.rows[next].styles) > 0 {
				look = l.rows[next].styles
			}
			if cell := l.rows[next].formula; cell != "" {
				return nil, 0,
					fmt.Errorf("cell %s holds a formula, whose value is empty now, and is where the new rows go: clear it first", cell)
			}
			end = l.rows[next].to
			next++
		}
		writeRow(&text, l.prefix, number, row, look)
	}
	added := text.String()
	if l.endFrom == l.dataTo { // <sheetData/>
		at, end = l.dataFrom, l.dataTo
		added = fmt.Sprintf("<%ssheetData>%s</%ssheetData>", l.prefix, added, l.prefix)
	}
	return l.splice(data, at, end, added, number, rows), number, nil
}

func writeRow(b *strings.Builder, prefix string, number int, row []Cell, styles map[int]string) {
	fmt.Fprintf(b, `<%srow r="%d">`, prefix, number)
	for column, c := range row {
		if c.Text != "" || styles[column] != "" {
			b.WriteString(textCell(prefix, CellName(number-1, column), styles[column], c.Text))
		}
	}
	fmt.Fprintf(b, `</%srow>`, prefix)
}

// textCell is the element of a cell. Prefix is that of its name, with the colon, style its attribute s; both may be
// empty.
func textCell(prefix, name, style, text string) string {
	if style != "" {
		style = ` s="` + xmlText(style) + `"`
	}
	if text == "" {
		return fmt.Sprintf(`<%sc r="%s"%s/>`, prefix, name, style)
	}
	return fmt.Sprintf(
		`<%[1]sc r="%[2]s"%[3]s t="inlineStr"><%[1]sis><%[1]st xml:space="preserve">%[4]s</%[1]st></%[1]sis></%[1]sc>`,
		prefix, name, style, xmlText(escape(text)))
}

// splice replaces data[at:end] by added, and states the new size if one was stated and is understood.
func (l *layout) splice(data []byte, at, end int64, added string, lastRow int, rows [][]Cell) []byte {
	var out bytes.Buffer
	from := int64(0)
	if l.sizeTo > 0 && l.sizeTo <= at {
		first, last, two := strings.Cut(l.size, ":")
		if !two {
			last = first
		}
		row, column, ok := parseCellName(last)
		if _, _, fine := parseCellName(first); ok && fine {
			row = max(row, lastRow-1)
			for _, r := range rows {
				column = max(column, len(r)-1)
			}
			out.Write(data[:l.sizeFrom])
			fmt.Fprintf(&out, `<%sdimension ref="%s:%s"/>`, l.prefix, first, CellName(row, column))
			from = l.sizeTo
		}
	}
	out.Write(data[from:at])
	out.WriteString(added)
	out.Write(data[end:])
	return out.Bytes()
}

// layoutOf finds the rows of a worksheet part.
func layoutOf(data []byte) (*layout, error) {
	l := &layout{}
	d := xml.NewDecoder(bytes.NewReader(data))
	err := startTags(d, func(e xml.StartElement, at int64) error {
		switch e.Name.Local {
		case "dimension":
			if err := d.Skip(); err != nil {
				return err
			}
			l.size, l.sizeFrom, l.sizeTo = attr(e, "ref"), at, d.InputOffset()
		case "sheetData":
			l.prefix, l.dataFrom = prefixAt(data[at+1:]), at
			return l.readRows(d)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if l.dataTo == 0 {
		return nil, errors.New("the tab has no cells' part: add a cell with a spreadsheet")
	}
	return l, nil
}

// readRows reads to the end of <sheetData>.
func (l *layout) readRows(d *xml.Decoder) error {
	last := 0
	for {
		at := d.InputOffset()
		token, err := d.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.EndElement:
			l.endFrom, l.dataTo = at, d.InputOffset()
			return nil
		case xml.StartElement:
			r := rowSpan{from: at, number: last + 1, styles: map[int]string{}}
			if n, err := strconv.Atoi(attr(t, "r")); err == nil {
				r.number = n
			}
			if err := r.readCells(d); err != nil {
				return err
			}
			r.to, last = d.InputOffset(), r.number
			l.rows = append(l.rows, r)
		}
	}
}

// readCells reads to the end of a row.
func (r *rowSpan) readCells(d *xml.Decoder) error {
	column := -1
	return eachChild(d, func(e xml.StartElement) error {
		column++
		if _, c, ok := parseCellName(attr(e, "r")); ok {
			column = c
		}
		if s := attr(e, "s"); s != "" {
			r.styles[column] = s
		}
		formula, err := skipCell(d)
		if formula.there && r.formula == "" {
			r.formula = CellName(r.number-1, column)
		}
		return err
	})
}

// startTags calls f for each start tag up to the end of the document, with where it begins. F may read on to the
// element's end.
func startTags(d *xml.Decoder, f func(e xml.StartElement, at int64) error) error {
	for {
		at := d.InputOffset()
		token, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if e, ok := token.(xml.StartElement); ok {
			if err := f(e, at); err != nil {
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
