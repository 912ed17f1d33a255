package sheetio

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/dermset/dermset/io/csvio"
)

// An Addition is rows of text to append to a tab: to the tab of that name, below its last filled row, or to a new one,
// whose first row is then the header.
type Addition struct {
	Tab  string
	Rows [][]string
}

// Sheet is the tab of these rows alone.
func (a Addition) Sheet() Sheet {
	s := Sheet{Name: a.Tab}
	for _, row := range a.Rows {
		s.Rows = append(s.Rows, textRow(row))
	}
	return s
}

// AppendCSV appends rows to a CSV, Guarded, but for a lone - in the columns of marks. The bytes that are there stay,
// but for blank lines at the end. Line ends are those of the header.
func AppendCSV(data []byte, rows [][]string, marks ...int) []byte {
	end := "\n"
	if i := bytes.IndexByte(data, '\n'); i > 0 && data[i-1] == '\r' {
		end = "\r\n"
	}
	out := bytes.Clone(data)
	for len(rows) > 0 && (bytes.HasSuffix(out, []byte("\n\n")) || bytes.HasSuffix(out, []byte("\n\r\n"))) {
		out = bytes.TrimSuffix(bytes.TrimSuffix(out, []byte("\n")), []byte("\r"))
	}
	if len(rows) > 0 && len(out) > 0 && out[len(out)-1] != '\n' {
		out = append(out, end...)
	}
	comma, _ := separatorOf(data)
	for _, row := range rows {
		for i, text := range GuardedRecord(row, marks...) {
			if i > 0 {
				out = append(out, comma)
			}
			if text == "" && len(row) == 1 {
				out = append(out, `""`...)
			}
			out = appendField(out, text, comma)
		}
		out = append(out, end...)
	}
	return out
}

// separatorOf is what fields of a CSV are separated by, as its line `sep=;` says if it has one, and where its header
// begins.
func separatorOf(data []byte) (comma byte, header int) {
	text := bytes.TrimPrefix(data, []byte("\ufeff"))
	if sep, length := csvio.SepLine(text); length > 0 {
		return sep, len(data) - len(text) + length
	}
	return ',', 0
}

// appendField is csvio.AppendField for fields that are separated by another byte than a comma.
func appendField(out []byte, text string, comma byte) []byte {
	if strings.IndexByte(text, comma) < 0 || csvio.NeedsQuotes(text) {
		return csvio.AppendField(out, text)
	}
	return append(append(append(out, '"'), text...), '"')
}

// AppendXLSX gives the XLSX file whose bytes are data with the additions. All that was there stays: parts that need no
// change are copied packed as they are, worksheets keep every byte but for empty rows that the new ones replace and the
// size they state, and a table that ends with the last row grows. New cells are text and look like those above them.
// The result is read back and compared before it is given. Name only stands in errors.
func AppendXLSX(name string, data []byte, additions []Addition) ([]byte, error) {
	before, err := Open(name, data)
	if err != nil {
		return nil, err
	}
	out, want, err := appendTo(data, before.Sheets, additions)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	same, err := readsAs(name, out, want)
	if err != nil {
		return nil, fmt.Errorf("after adding rows: %w", err)
	}
	if !same {
		return nil, fmt.Errorf("%s: the rows cannot be added without changing others: add them with a spreadsheet", name)
	}
	return out, nil
}

// readsAs opens an XLSX file that was written and reports whether it holds the sheets.
func readsAs(name string, data []byte, want []Sheet) (bool, error) {
	book, err := Open(name, data)
	return err == nil && slices.EqualFunc(book.Sheets, want, sameSheet), err
}

// mergedAt is merged cells of a sheet in the n rows below its last filled one; nil if there are none.
func mergedAt(s Sheet, n int) *Range {
	for i, m := range s.Merged {
		if m.ToRow >= len(s.Rows) && m.FromRow < len(s.Rows)+n {
			return &s.Merged[i]
		}
	}
	return nil
}

func sameSheet(a, b Sheet) bool {
	return a.Name == b.Name && a.Hidden == b.Hidden && slices.Equal(a.Merged, b.Merged) &&
		slices.EqualFunc(a.Rows, b.Rows, slices.Equal[[]Cell])
}

func appendTo(data []byte, sheets []Sheet, additions []Addition) (out []byte, want []Sheet, err error) {
	p, err := openParts(bytes.NewReader(data), int64(len(data)), maxUnpackedBytes)
	if err != nil {
		return nil, nil, err
	}
	a := appender{parts: p, changed: map[string][]byte{}}
	if err := a.open(); err != nil {
		return nil, nil, err
	}
	want = slices.Clone(sheets)
	for _, add := range additions {
		sheet := add.Sheet()
		if err := checkCells(sheet); err != nil {
			return nil, nil, err
		}
		i := slices.IndexFunc(want, func(s Sheet) bool { return s.Name == add.Tab })
		if i < 0 {
			if err := checkNames(append(slices.Clone(want), sheet), xlsxName); err != nil {
				return nil, nil, err
			}
			want = append(want, sheet)
			err = a.addSheet(sheet)
		} else if m := mergedAt(want[i], len(sheet.Rows)); m != nil {
			err = fmt.Errorf(
				"the cells %s are merged and are where the new rows go: unmerge them first, for of merged cells only one shows", m)
		} else {
			if err = want[i].Err; err == nil {
				err = a.addRows(add.Tab, len(want[i].Rows), sheet.Rows)
			}
			want[i].Rows = append(slices.Clip(want[i].Rows), sheet.Rows...)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("tab %q: %w", add.Tab, err)
		}
	}
	out, err = a.pack(data)
	return out, want, err
}

// textRow makes text cells, none empty at the end, as reading gives them.
func textRow(texts []string) []Cell {
	texts = trimEnd(texts, func(text string) bool { return text == "" })
	row := make([]Cell, len(texts))
	for i, t := range texts {
		row[i].Text = t
	}
	return row
}

// An appender changes parts of one XLSX. Parts' names are lower-case in changed.
type appender struct {
	parts     *parts
	changed   map[string][]byte
	added     []string // names of new parts, in order
	main      string   // the workbook part
	workbook  workbook
	relations []relation
}

func (a *appender) open() (err error) {
	if a.main, err = a.parts.workbook(); err != nil {
		return err
	}
	if a.workbook, err = a.parts.readWorkbook(a.main); err != nil {
		return err
	}
	a.relations, err = a.parts.relations(a.main)
	return err
}

// part is a part's text with the changes so far.
func (a *appender) part(name string) ([]byte, error) {
	if data, ok := a.changed[strings.ToLower(name)]; ok {
		return data, nil
	}
	data, ok, err := a.parts.read(name)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, fmt.Errorf("the file has no part %q", name)
	}
	if _, is := utf16Order(bufio.NewReader(bytes.NewReader(data))); is {
		return nil, fmt.Errorf("the part %q is UTF-16, which is only read: save the workbook again with a spreadsheet", name)
	}
	return data, nil
}

func (a *appender) addRows(tab string, filled int, rows [][]Cell) error {
	for _, s := range a.workbook.tabs {
		if attr(s, "name") != tab {
			continue
		}
		for _, rel := range a.relations {
			if rel.ID != relationID(s) || !rel.is("worksheet") {
				continue
			}
			data, err := a.part(rel.Target)
			if err != nil {
				return err
			}
			data, last, err := appendRows(data, filled, rows)
			if err != nil {
				return err
			}
			a.changed[strings.ToLower(rel.Target)] = data
			return a.growTables(rel.Target, filled, last, rows)
		}
	}
	return errors.New("has rows already added: name each tab once")
}

// addSheet adds a new worksheet, its relation, its type and its place in the workbook.
func (a *appender) addSheet(s Sheet) error {
	n, id := 1, 1
	for a.parts.files[fmt.Sprintf("xl/worksheets/sheet%d.xml", n)] != nil ||
		a.changed[fmt.Sprintf("xl/worksheets/sheet%d.xml", n)] != nil {
		n++
	}
	target := fmt.Sprintf("xl/worksheets/sheet%d.xml", n)
	var sample relation
	for _, rel := range a.relations {
		if rel.is("worksheet") {
			sample = rel
		}
	}
	for slices.ContainsFunc(a.relations, func(r relation) bool { return r.ID == fmt.Sprintf("rIdAdded%d", id) }) {
		id++
	}
	added := relation{ID: fmt.Sprintf("rIdAdded%d", id), Type: sample.Type, Target: target}
	a.relations = append(a.relations, added)
	var space string
	sheetID := 1
	for _, t := range a.workbook.tabs {
		for _, attr := range t.Attr {
			if attr.Name.Local == "id" && attr.Name.Space != "" {
				space = attr.Name.Space
			}
			var n int
			if attr.Name.Local == "sheetId" {
				if _, err := fmt.Sscan(attr.Value, &n); err == nil {
					sheetID = max(sheetID, n+1)
				}
			}
		}
	}
	if space == "" || sample.Type == "" {
		return errors.New("a workbook without worksheets takes no new tab")
	}
	sheetID += len(a.added)
	a.changed[target] = []byte(xml.Header + worksheet(s, 0, 0))
	a.added = append(a.added, target)
	dir, base := path.Split(a.main)
	return errors.Join(
		a.insert(a.main, "sheets", func(prefix string) string {
			return fmt.Sprintf(`<%ssheet xmlns:rel="%s" name="%s" sheetId="%d" rel:id="%s"/>`,
				prefix, xmlText(space), xmlText(s.Name), sheetID, added.ID)
		}),
		a.insert(dir+"_rels/"+base+".rels", "Relationships", func(prefix string) string {
			return fmt.Sprintf(`<%sRelationship Id="%s" Type="%s" Target="/%s"/>`, prefix, added.ID, xmlText(added.Type), target)
		}),
		a.insert("[Content_Types].xml", "Types", func(prefix string) string {
			return fmt.Sprintf(`<%sOverride PartName="/%s" ContentType="%sworksheet+xml"/>`, prefix, target, contentType)
		}))
}

// insert puts text at the end of the first element of that name. Text gets the prefix that the
// element's name has in the file.
func (a *appender) insert(part, element string, text func(prefix string) string) error {
	data, err := a.part(part)
	if err != nil {
		return err
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		at := d.InputOffset()
		token, err := d.Token()
		if err != nil {
			return fmt.Errorf("%s: has no end of %q: %w", part, element, err)
		}
		if e, ok := token.(xml.EndElement); ok && e.Name.Local == element {
			if d.InputOffset() == at {
				return fmt.Errorf("%s: %q is empty", part, element)
			}
			a.changed[strings.ToLower(part)] = slices.Concat(data[:at], []byte(text(prefixAt(data[at+2:]))), data[at:])
			return nil
		}
	}
}

// prefixAt is the prefix, with its colon, of the name that tag begins with.
func prefixAt(tag []byte) string {
	end := bytes.IndexAny(tag, " \t\r\n/>")
	if colon := bytes.IndexByte(tag, ':'); 0 <= colon && colon < end {
		return string(tag[:colon+1])
	}
	return ""
}

// pack writes the file with its changed and new parts, in the order of the old one.
func (a *appender) pack(data []byte) ([]byte, error) {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	if err := w.SetComment(archive.Comment); err != nil {
		return nil, err
	}
	for _, f := range archive.File {
		text, ok := a.changed[partKey(f.Name)]
		if !ok {
			if err := w.Copy(f); err != nil {
				return nil, err
			}
			continue
		}
		if err := packPart(w, f.Name, text); err != nil {
			return nil, err
		}
	}
	for _, name := range a.added {
		if err := packPart(w, name, a.changed[name]); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func packPart(w *zip.Writer, name string, text []byte) error {
	f, err := w.Create(name)
	if err == nil {
		_, err = io.Copy(f, bytes.NewReader(text))
	}
	return err
}
