package mapping

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dermset/dermset/io/sheetio"
)

// pasteName is the file that Merge makes for a document of Google Sheets, beside the folder it was pulled to.
const pasteName = "to-paste.xlsx"

// fileToPaste makes the XLSX of the new rows, under their tabs' headers.
func (m *merger) fileToPaste() ([]File, error) {
	var sheets []sheetio.Sheet
	taken := map[string]bool{}
	for _, a := range m.additions {
		sheet := sheetOf(a)
		if old := m.book.Sheet(a.Tab); old != nil {
			var header []sheetio.Cell
			for _, c := range old.Rows[0] {
				header = append(header, sheetio.Cell{Text: c.Text})
			}
			sheet.Rows = slices.Insert(sheet.Rows, 0, header)
		}
		sheet.Name = xlsxTab(a.Tab, taken)
		sheets = append(sheets, sheet)
	}
	var b bytes.Buffer
	err := sheetio.WriteXLSX(&b, sheets)
	return []File{{filepath.Join(filepath.Dir(m.book.Path), pasteName), b.Bytes()}}, err
}

// xlsxTab is a name that an XLSX allows, like the tab's and not taken yet: Google Sheets allows longer ones, and more characters.
func xlsxTab(name string, taken map[string]bool) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`:\/?*[]'`, r) {
			return '_'
		}
		return r
	}, name)
	short := sheetio.CutTabName(name)
	for n := 2; taken[strings.ToLower(short)]; n++ {
		end := fmt.Sprintf("~%d", n)
		cut := []rune(sheetio.CutTabName(name))
		for sheetio.CutTabName(string(cut)+end) != string(cut)+end {
			cut = cut[:len(cut)-1]
		}
		short = string(cut) + end
	}
	taken[strings.ToLower(short)] = true
	return short
}
