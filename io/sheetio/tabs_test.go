package sheetio

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// openBytes opens an XLSX whose tabs are read one by one.
func openBytes(t *testing.T, data []byte) *XLSX {
	t.Helper()
	x, err := OpenXLSX(bytes.NewReader(data), int64(len(data)))
	must(t, err)
	return x
}

// rowsOf is a tab's rows, by their numbers from 0.
func rowsOf(x *XLSX, tab int) (map[int][]string, error) {
	rows := map[int][]string{}
	err := x.Rows(x.Tabs[tab], func(row int, cells []Cell) error {
		var texts []string
		for _, c := range cells {
			texts = append(texts, c.Text)
		}
		rows[row] = texts
		return nil
	})
	return rows, err
}

// edited is an XLSX with other texts in its parts.
func edited(t *testing.T, data []byte, change func(name, text string) string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, text := range unzip(t, data) {
		if text = change(name, text); text != "" {
			must(t, packPart(z, name, []byte(text)))
		}
	}
	must(t, z.Close())
	return out.Bytes()
}

// threeTabs is an XLSX of three tabs, the first of which holds "read me" in A2.
func threeTabs(t *testing.T) []byte {
	var b bytes.Buffer
	read := Sheet{Name: "S", Rows: [][]Cell{nil, textRow([]string{"read me"})}}
	must(t, WriteXLSX(&b, []Sheet{read, texts("other", "OTHER"), texts("Module1", "MACRO")}))
	return b.Bytes()
}

// A tab that nobody reads may be whatever it is; so may styles that are not there. Where all tabs are read, the one
// that cannot be says so.
func TestATabThatIsNotRead(t *testing.T) {
	const other = "xl/worksheets/sheet2.xml"
	wide := `<row r="9"><c r="ALM9"><v>1</v></c></row></sheetData>`
	for what, c := range map[string]struct {
		change     func(name, text string) string
		err, fails string // of the tab alone, where all are read; of the whole book
	}{
		"wide": {func(name, text string) string {
			return strings.Replace(text, "</sheetData>", wide, strings.Count(name, "sheet2"))
		}, "column ALM: is too large", ""},
		"long": {func(name, text string) string {
			return strings.Replace(text, "</sheetData>", `<row r="200001"><c><v>1</v></c></row></sheetData>`,
				strings.Count(name, "sheet2"))
		}, "row 200001: is too large", ""},
		"without relation": {func(name, text string) string {
			return strings.Replace(text, ` r:id="rId2"`, "", strings.Count(name, "workbook.xml"))
		}, "the file holds nothing of it", ""},
		"without part": {func(name, text string) string {
			return strings.Repeat(text, 1-strings.Count(name, other))
		}, "the file holds nothing of it", ""},
		"of macros": {func(name, text string) string {
			return strings.Replace(text, `relationships/worksheet" Target="worksheets/sheet2`,
				`relationships/xlMacrosheet" Target="worksheets/sheet2`, 1)
		}, "", ""},
		"cut": {func(name, text string) string {
			return strings.Replace(text, "</worksheet>", "", strings.Count(name, "sheet2"))
		}, "", "unexpected EOF"},
		"without styles": {func(name, text string) string {
			return strings.Repeat(text, 1-strings.Count(name, "xl/styles.xml"))
		}, "", ""},
	} {
		data := edited(t, threeTabs(t), c.change)
		rows, err := rowsOf(openBytes(t, data), 0)
		if d := cmp.Diff(map[int][]string{1: {"read me"}}, rows); d != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", what, err, d)
		}
		book, err := Open("x.xlsx", data)
		if c.fails != "" {
			if err == nil || !strings.Contains(err.Error(), c.fails) {
				t.Errorf("%s: %v, want it to say %q", what, err, c.fails)
			}
			continue
		}
		must(t, err)
		if book.Sheets[0].Cell(1, 0).Text != "read me" {
			t.Errorf("%s: %+v", what, book.Sheets)
		}
		if s := book.Sheet("other"); c.err != "" &&
			(s.Err == nil || !strings.Contains(s.Err.Error(), c.err) || s.Rows != nil) {
			t.Errorf("%s: tab other is %+v, want it to say %q", what, s, c.err)
		}
	}
}

// What a spreadsheet can hold can be read row by row.
func TestRowsAndColumnsOfASpreadsheet(t *testing.T) {
	x := openBytes(t, raw(t, `<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>`, ""))
	rows, err := rowsOf(x, 0)
	must(t, err)
	if len(rows[1<<20-1]) != 1<<14 {
		t.Errorf("%d columns in the last row", len(rows[1<<20-1]))
	}
	for cell, want := range map[string]string{
		"A1048577": "1048576 rows are allowed", "XFE1": "16384 columns are allowed"} {
		row := strings.TrimLeft(cell, "AXFE")
		_, err := rowsOf(openBytes(t, raw(t, `<row r="`+row+`"><c r="`+cell+`"><v>1</v></c></row>`, "")), 0)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want it to say %q", cell, err, want)
		}
	}
}

func TestRowsEndWithAnError(t *testing.T) {
	x := openBytes(t, threeTabs(t))
	stop := errors.New("stop")
	if err := x.Rows(x.Tabs[0], func(int, []Cell) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
}

// Ranges come by rows, wherever the file has them; the search for them looks across its buffer's ends.
func TestMergedOfATab(t *testing.T) {
	for _, padding := range []int{0, 1<<16 - 200, 1<<16 - 4, 1<<17 + 5} {
		data := edited(t, raw(t, `<row><c><v>1</v></c></row>`, ""), func(name, text string) string {
			return strings.Replace(text, "</sheetData>", "</sheetData>"+strings.Repeat(" ", padding)+
				`<mergeCells><mergeCell ref="B7:B9"/><mergeCell ref="C2:C3"/><mergeCell ref="A2:B2"/></mergeCells>`, 1)
		})
		x := openBytes(t, data)
		got, err := x.Merged(x.Tabs[0])
		must(t, err)
		if d := cmp.Diff([]Range{{1, 0, 1, 1}, {1, 2, 2, 2}, {6, 1, 8, 1}}, got); d != "" {
			t.Errorf("behind %d spaces (-want +got):\n%s", padding, d)
		}
	}
}

func TestUTF16(t *testing.T) {
	for _, order := range []string{"le", "be", "le without mark"} {
		data := edited(t, threeTabs(t), func(name, text string) string {
			if name == "[Content_Types].xml" {
				return text
			}
			text = strings.NewReplacer(`encoding="UTF-8"`, `encoding="UTF-16"`, "read me", "réad 😀").Replace(text)
			var out []byte
			for _, u := range utf16.Encode([]rune(strings.Repeat("\ufeff", strings.Count("le be", order)) + text)) {
				if order == "be" {
					out = append(out, byte(u>>8), byte(u))
				} else {
					out = append(out, byte(u), byte(u>>8))
				}
			}
			return string(out)
		})
		rows, err := rowsOf(openBytes(t, data), 0)
		if d := cmp.Diff(map[int][]string{1: {"réad 😀"}}, rows); d != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", order, err, d)
		}
	}
}

// A workbook of 1,000 tabs opens, each of a dozen parts.
func TestThousandTabs(t *testing.T) {
	var sheets []Sheet
	for i := range 1000 {
		sheets = append(sheets, texts(fmt.Sprint("tab ", i), "Source Label"))
	}
	var small, b bytes.Buffer
	must(t, WriteXLSX(&small, sheets))
	z := zip.NewWriter(&b)
	for name, text := range unzip(t, small.Bytes()) {
		must(t, packPart(z, name, []byte(text)))
	}
	for i := range 11 * 1000 {
		must(t, packPart(z, fmt.Sprintf("xl/drawings/drawing%d.xml", i), nil))
	}
	must(t, z.Close())
	book, err := Open("x.xlsx", b.Bytes())
	must(t, err)
	x := openBytes(t, b.Bytes())
	rows, err := rowsOf(x, 999)
	if len(book.Sheets) != 1000 || err != nil || rows[0][0] != "Source Label" {
		t.Errorf("%d tabs, %v, %v", len(book.Sheets), rows, err)
	}
}

func TestPlain(t *testing.T) {
	for stored, want := range map[string]string{"1.0": "1", "12.50": "12.5", "1E3": "1000", "1.2345678E7": "12345678",
		"-0.0": "0", "0": "0", "-7.0": "-7", "0.1": "0.1", "2.5E-3": "0.0025", "999999999999999.0": "999999999999999",
		"2E+63": "2E+63", "1.0E15": "1.0E15", "1234567890123456.0": "1234567890123456.0", "1E-10": "1E-10", "007": "7"} {
		if got := (Cell{stored, Number}).Plain(); got != want {
			t.Errorf("%s is %s, want %s", stored, got, want)
		}
	}
	if got := (Cell{"1.0", Text}).Plain(); got != "1.0" {
		t.Errorf("the text 1.0 is %s", got)
	}
}

// A table that ends with the last row grows with the rows below it; other tables stay.
func TestTablesGrow(t *testing.T) {
	data := excel(t, func(x *excelize.File) {
		for cell, v := range map[string]any{"A1": "Source Label", "B1": "Target Name", "A2": "a", "B2": "A",
			"D1": "x", "D2": "y", "F1": "p", "F2": "q", "A3": "b", "D3": "z"} {
			must(t, x.SetCellValue("Sheet1", cell, v))
		}
		for name, cells := range map[string]string{"Mapping": "A1:B3", "Beside": "D1:D3", "Above": "F1:F2"} {
			must(t, x.AddTable("Sheet1", &excelize.Table{Name: name, Range: cells}))
		}
	})
	out, err := AppendXLSX("x.xlsx", data, []Addition{{"Sheet1", [][]string{{"c", ""}, {"d", "D"}}}})
	must(t, err)
	x, err := excelize.OpenReader(bytes.NewReader(out))
	must(t, err)
	tables, err := x.GetTables("Sheet1")
	must(t, err)
	got := map[string]string{}
	for _, table := range tables {
		got[table.Name] = table.Range
	}
	if d := cmp.Diff(map[string]string{"Mapping": "A1:B5", "Beside": "D1:D3", "Above": "F1:F2"}, got); d != "" {
		t.Errorf("tables (-want +got):\n%s", d)
	}
	for name, text := range unzip(t, out) {
		if strings.Contains(text, `name="Mapping"`) && strings.Count(text, `ref="A1:B5"`) != 2 {
			t.Errorf("%s: the table's filter has another size: %s", name, text)
		}
	}
	totals := edited(t, data, func(_, text string) string {
		return strings.Replace(text, `name="Mapping"`, `name="Mapping" totalsRowCount="1"`, 1)
	})
	if _, err := AppendXLSX("x.xlsx", totals, []Addition{{"Sheet1", [][]string{{"c"}}}}); err == nil ||
		!strings.Contains(err.Error(), "a row of totals") {
		t.Errorf("a table with totals: %v", err)
	}
}

// The calendar of 1904 is that of the workbook, whatever an extension behind it says of its own.
func TestCalendarOf1904(t *testing.T) {
	for properties, want := range map[string]string{
		`<workbookPr date1904="1"/>`: "2030-03-02",
		`<workbookPr/>`:              "2026-03-01",
		`<workbookPr date1904="true"/><extLst><ext><x15:workbookPr xmlns:x15="x" chartTrackingRefBase="1"/></ext></extLst>`:  "2030-03-02",
		`<workbookPr date1904="false"/><extLst><ext><x15:workbookPr xmlns:x15="x" chartTrackingRefBase="1"/></ext></extLst>`: "2026-03-01",
	} {
		data := edited(t, raw(t, `<row><c s="1"><v>46082</v></c></row>`, ""), func(name, text string) string {
			if name == "xl/styles.xml" {
				return strings.Replace(text, `numFmtId="49"`, `numFmtId="14"`, 1)
			}
			return strings.Replace(text, "<bookViews>", properties+"<bookViews>", 1)
		})
		rows, err := rowsOf(openBytes(t, data), 0)
		if d := cmp.Diff(map[int][]string{0: {want}}, rows); d != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", properties, err, d)
		}
	}
}
