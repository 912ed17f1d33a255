package mapping

import (
	"bytes"
	"path/filepath"
	"slices"

	"github.com/dermset/dermset/io/sheetio"
)

// pasteName is the file that Merge makes for a document of Google Sheets, beside the folder it was pulled to.
const pasteName = "to-paste.xlsx"

// fileToPaste makes the XLSX of the new rows, under their tabs' headers.
func (m *merger) fileToPaste() ([]File, error) {
	var sheets []sheetio.Sheet
	for _, a := range m.additions {
		sheet := a.Sheet()
		if old := m.book.Sheet(a.Tab); old != nil {
			var header []sheetio.Cell
			for _, c := range old.Rows[0] {
				header = append(header, sheetio.Cell{Text: c.Text})
			}
			sheet.Rows = slices.Insert(sheet.Rows, 0, header)
		}
		sheets = append(sheets, sheet)
	}
	var b bytes.Buffer
	err := sheetio.WriteXLSX(&b, sheets)
	return []File{{filepath.Join(filepath.Dir(m.book.Path), pasteName), b.Bytes()}}, err
}
