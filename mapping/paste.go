package mapping

import (
	"bytes"
	"path/filepath"
	"slices"

	"github.com/dermset/dermset/io/sheetio"
)

// pasteName is the file that Merge makes for a document of Google Sheets, beside the folder it was pulled to.
const pasteName = "to-paste.xlsx"

// fileToPaste makes the XLSX of rows of text, under their tabs' headers.
func fileToPaste(book *sheetio.Book, additions []sheetio.Addition) ([]File, error) {
	var sheets []sheetio.Sheet
	for _, a := range additions {
		sheet := a.Sheet()
		if old := book.Sheet(a.Tab); old != nil {
			var header []sheetio.Cell
			for _, text := range headerOf(old) {
				header = append(header, sheetio.Cell{Text: text})
			}
			sheet.Rows = slices.Insert(sheet.Rows, 0, header)
		}
		sheets = append(sheets, sheet)
	}
	var b bytes.Buffer
	err := sheetio.WriteXLSX(&b, sheets)
	return []File{{Path: filepath.Join(filepath.Dir(book.Path), pasteName), Data: b.Bytes()}}, err
}

// rowsToPaste makes the XLSX of the rows that the edits change, in the order of the tabs, and of those that are
// added. They are made in what was pulled, which is not written, so that what cannot be changed there is refused here.
func rowsToPaste(book *sheetio.Book, edits []sheetio.Edit, added *sheetio.Addition) ([]File, error) {
	export := book.Files[1]
	path := filepath.Join(book.Path, export.Name)
	data, err := unchanged(path, export)
	if err == nil && len(edits) > 0 {
		data, err = sheetio.EditXLSX(path, data, edits)
	}
	if err != nil {
		return nil, err
	}
	after, err := sheetio.Open(path, data)
	if err != nil {
		return nil, err
	}
	changed := map[place]bool{}
	for _, e := range edits {
		changed[place{e.Tab, e.Row}] = true
	}
	var additions []sheetio.Addition
	for _, sheet := range after.Sheets {
		a := sheetio.Addition{Tab: sheet.Name}
		for row, cells := range sheet.Rows {
			if !changed[place{sheet.Name, row}] {
				continue
			}
			var texts []string
			for _, c := range cells {
				texts = append(texts, c.Plain())
			}
			a.Rows = append(a.Rows, texts)
		}
		if added != nil && added.Tab == sheet.Name {
			a.Rows = append(a.Rows, added.Rows...)
		}
		if len(a.Rows) > 0 {
			additions = append(additions, a)
		}
	}
	return fileToPaste(book, additions)
}
