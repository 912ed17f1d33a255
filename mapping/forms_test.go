package mapping

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/io/sheetio/googletest"
)

var (
	formLabels = []string{"a", "b", "A", "a ", "a\u00a0", "N\u0435vus", "Nevus", "2E63", "01", "TRUE", "=1+1",
		"line\nbreak", "_x0041_", "-", ""}
	formNames = []string{"N", "n", "M", "-", "", "", " N"}
	formCodes = []string{"", "2C32", "2C30", "EA80;EK00", `["EA80"]`, "2e63", "O"}
	// oddCells are what a spreadsheet makes of what people type.
	oddCells = []sheetio.Cell{{Text: "7", Kind: sheetio.Number}, {Text: "2E+63", Kind: sheetio.Number},
		{Text: "0.5", Kind: sheetio.Number}, {Text: "46082", Kind: sheetio.Number}, {Text: "2026-03-01", Kind: sheetio.Date},
		{Text: "2026-03-01T12:00:00", Kind: sheetio.Date}, {Text: "TRUE", Kind: sheetio.Bool},
		{Text: "=A1&B1", Kind: sheetio.FormulaWithoutValue}}
)

// formBook is a small workbook; with odd, cells that are not text, hidden tabs and merged cells are in it too.
func formBook(t *rapid.T, odd bool) []sheetio.Sheet {
	cell := func(texts []string) sheetio.Cell {
		if odd && rapid.IntRange(0, 5).Draw(t, "odd") == 0 {
			return rapid.SampledFrom(oddCells).Draw(t, "cell")
		}
		return sheetio.Cell{Text: rapid.SampledFrom(texts).Draw(t, "text")}
	}
	var sheets []sheetio.Sheet
	for i, name := range []string{"A", "O'Brien's set", refineTabXLSX} {
		s := sheetio.Sheet{Name: name, Hidden: odd && i > 0 && rapid.Bool().Draw(t, "hidden"),
			Rows: [][]sheetio.Cell{cellsOf(append(mappingColumns, "Consult")...)}}
		texts := [][]string{formLabels, formNames, formCodes, {"", "note"}, {"", "x"}}
		if name == refineTabXLSX {
			s.Rows[0] = cellsOf(refineColumns...)
			texts = [][]string{formNames, {"exclude", "merge", ""}, formNames, {"", "why"}}
		}
		for range rapid.IntRange(0, 6).Draw(t, "rows") {
			var row []sheetio.Cell
			for _, some := range texts[:rapid.IntRange(0, len(texts)).Draw(t, "width")] {
				row = append(row, cell(some))
			}
			s.Rows = append(s.Rows, filled(row))
		}
		for len(s.Rows[len(s.Rows)-1]) == 0 {
			s.Rows = s.Rows[:len(s.Rows)-1]
		}
		if odd && len(s.Rows) > 2 && rapid.Bool().Draw(t, "merged") {
			column := rapid.IntRange(0, 4).Draw(t, "column")
			s.Merged = []sheetio.Range{{FromRow: 1, FromColumn: column, ToRow: 2, ToColumn: column}}
			if len(s.Rows[2]) > column { // only the first has a value
				s.Rows[2] = filled(s.Rows[2][:column])
			}
			for len(s.Rows[len(s.Rows)-1]) == 0 {
				s.Rows = s.Rows[:len(s.Rows)-1]
			}
		}
		sheets = append(sheets, s)
	}
	return sheets
}

// filled is a row without the empty cells at its end.
func filled(row []sheetio.Cell) []sheetio.Cell {
	for len(row) > 0 && row[len(row)-1] == (sheetio.Cell{}) {
		row = row[:len(row)-1]
	}
	if len(row) == 0 {
		return nil
	}
	return slices.Clip(row)
}

// excelBytes is the workbook as another program writes it.
func excelBytes(t *rapid.T, sheets []sheetio.Sheet) []byte {
	ok := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	x := excelize.NewFile()
	date, err := x.NewStyle(&excelize.Style{NumFmt: 22})
	ok(err)
	for i, s := range sheets {
		if i == 0 {
			ok(x.SetSheetName("Sheet1", s.Name))
		} else {
			_, err := x.NewSheet(s.Name)
			ok(err)
		}
		for row, cells := range s.Rows {
			for column, c := range cells {
				name := sheetio.CellName(row, column)
				switch c.Kind {
				case sheetio.Number:
					ok(x.SetCellDefault(s.Name, name, c.Text))
				case sheetio.Date:
					day, err := time.Parse("2006-01-02T15:04:05", (c.Text + "T00:00:00")[:19])
					ok(err)
					ok(x.SetCellDefault(s.Name, name, fmt.Sprint(day.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours()/24)))
					ok(x.SetCellStyle(s.Name, name, name, date))
				case sheetio.Bool:
					ok(x.SetCellBool(s.Name, name, c.Text == "TRUE"))
				case sheetio.FormulaWithoutValue:
					ok(x.SetCellFormula(s.Name, name, c.Text[1:]))
				default:
					if c.Text != "" {
						ok(x.SetCellStr(s.Name, name, strings.ReplaceAll(c.Text, "_x", "_x005F_x"))) // excelize escapes nothing
					}
				}
			}
		}
		for _, m := range s.Merged {
			ok(x.MergeCell(s.Name, sheetio.CellName(m.FromRow, m.FromColumn), sheetio.CellName(m.ToRow, m.ToColumn)))
		}
		ok(x.SetSheetVisible(s.Name, !s.Hidden))
	}
	var b bytes.Buffer
	ok(x.Write(&b))
	return b.Bytes()
}

// One workbook as an XLSX of another program, as one of ours, as a folder of CSVs and as a document of Google Sheets is
// one mapping with the same findings. What is not text, hidden or merged is the same in an XLSX and in Google
// Sheets; CSVs have none of it.
func TestFormsAgree(t *testing.T) {
	google := googletest.New(t)
	reader := google.Google(t)
	dir, n := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		odd := rapid.Bool().Draw(t, "odd kinds")
		sheets := formBook(t, odd)
		forms := map[string]*sheetio.Book{}
		var err error
		google.Export = excelBytes(t, sheets)
		if forms["an XLSX of another program"], err = sheetio.Open("x.xlsx", google.Export); err != nil {
			t.Fatal(err)
		}
		pulled, err := reader.Pull(t.Context(), googletest.Document)
		if err != nil {
			t.Fatal(err)
		}
		forms["Google Sheets"] = &pulled.Book
		if !odd {
			n++
			folder := filepath.Join(dir, fmt.Sprint(n))
			var b bytes.Buffer
			if err := sheetio.WriteXLSX(&b, sheets); err != nil {
				t.Fatal(err)
			}
			if forms["an XLSX of ours"], err = sheetio.Open("x.xlsx", b.Bytes()); err != nil {
				t.Fatal(err)
			}
			writeFolder(t, folder, sheets)
			if forms["a folder of CSVs"], err = sheetio.Read(folder); err != nil {
				t.Fatal(err)
			}
		}
		sources := []Source{{Name: "A", Labels: map[string]int64{}},
			{Name: "B", Tab: "O'Brien's set", Labels: map[string]int64{"Nevus": 9}}}
		for i, label := range formLabels {
			sources[0].Labels[label] = int64(i)
		}
		wantMapping, wantFindings := Parse(&sheetio.Book{Sheets: sheets}, sources, Given{})
		for name, book := range forms {
			got := slices.Clone(book.Sheets)
			slices.SortFunc(got, func(a, b sheetio.Sheet) int {
				return slices.IndexFunc(sheets, isNamed(a.Name)) - slices.IndexFunc(sheets, isNamed(b.Name))
			})
			if d := cmp.Diff(sheets, got); d != "" {
				t.Fatalf("%s (-want +got):\n%s", name, d)
			}
			m, told := Parse(book, sources, Given{})
			if d := cmp.Diff(wantMapping, m); d != "" {
				t.Fatalf("%s: the mapping (-want +got):\n%s", name, d)
			}
			if d := cmp.Diff(wantFindings, told); d != "" {
				t.Fatalf("%s: the findings (-want +got):\n%s", name, d)
			}
		}
	})
}

// writeFolder writes a .csv per sheet into a new folder.
func writeFolder(t rapid.TB, dir string, sheets []sheetio.Sheet) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, s := range sheets {
		text, err := sheetio.CSV(s)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, s.Name+".csv"), text, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func isNamed(name string) func(sheetio.Sheet) bool {
	return func(s sheetio.Sheet) bool { return s.Name == name }
}
