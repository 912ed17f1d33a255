package sheetio

import (
	"bytes"

	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

func TestFillCSV(t *testing.T) {
	old := "\ufeffa,b,c\r\n1,,\r\n\"x\r\n,\"\"\",\"\",3\r\n,,\r\n9,,\n\n"
	out, err := FillCSV("t.csv", []byte(old),
		[]Fill{{"t", 1, 1, "b,1"}, {"t", 2, 1, "b2"}, {"t", 1, 2, `c"1`}, {"t", 4, 2, "last"}, {"t", 4, 1, ""}})
	if err != nil {
		t.Fatal(err)
	}
	want := "\ufeffa,b,c\r\n1,\"b,1\",c\"1\r\n\"x\r\n,\"\"\",b2,3\r\n,,\r\n9,,last\n\n"
	want = strings.Replace(want, `c"1`, `"c""1"`, 1)
	if d := cmp.Diff(want, string(out)); d != "" {
		t.Error(d)
	}
	_, err = FillCSV("t.csv", []byte(old),
		[]Fill{{"t", 1, 0, "x"}, {"t", 9, 0, "x"}, {"u", 1, 1, "x"}, {"t", 1, 3, "x"}, {"t", 0, 1, "x"}})
	for _, want := range []string{`t.csv: t!A2: is filled already with "1"`, "t!A10: the tab has no such cell",
		"u!B2: there is no such tab", "t!D2: the tab has no such cell", "t!B1: the tab has no such cell"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want it to say %q", err, want)
		}
	}
	noEnd, err := FillCSV("t.csv", []byte("a,b\n1,"), []Fill{{"t", 1, 1, "x"}})
	if err != nil || string(noEnd) != "a,b\n1,x" {
		t.Errorf("%q, %v", noEnd, err)
	}
}

// fillable is a workbook with styles, a formula, a row without cells' elements to the right, and merged cells.
func fillable(t *testing.T) []byte {
	t.Helper()
	x := excelize.NewFile()
	style, err := x.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	problems := []error{err}
	for i, text := range []string{"a", "b", "c", "d"} {
		problems = append(problems, x.SetCellValue("Sheet1", CellName(0, i), text))
	}
	problems = append(problems, x.SetCellValue("Sheet1", "A2", "one"), x.SetCellStyle("Sheet1", "B2", "B2", style),
		x.SetCellValue("Sheet1", "D2", 7), x.SetCellValue("Sheet1", "A3", "two"), x.SetCellFormula("Sheet1", "D3", "NOW()"),
		x.SetCellValue("Sheet1", "C4", "x"), x.SetCellValue("Sheet1", "A5", "merged"), x.MergeCell("Sheet1", "A5", "B5"))
	var out bytes.Buffer
	_, err = x.WriteTo(&out)
	for _, err := range append(problems, err) {
		if err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

func TestFillXLSX(t *testing.T) {
	data := fillable(t)
	out, err := FillXLSX("w.xlsx", data, []Fill{{"Sheet1", 2, 1, "new <&>"}, {"Sheet1", 1, 1, "2E63"},
		{"Sheet1", 1, 2, " spaced "}, {"Sheet1", 3, 0, "first"}, {"Sheet1", 3, 3, "_x0041_"}, {"Sheet1", 3, 1, ""}})
	if err != nil {
		t.Fatal(err)
	}
	x, err := excelize.OpenReader(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	for cell, want := range map[string]string{"A2": "one", "B2": "2E63", "C2": " spaced ", "D2": "7", "B3": "new <&>",
		"A4": "first", "C4": "x", "D4": "_x0041_"} {
		if got, err := x.GetCellValue("Sheet1", cell); err != nil || got != want {
			t.Errorf("%s holds %q, %v, want %q", cell, got, err, want)
		}
	}
	if f, err := x.GetCellFormula("Sheet1", "D3"); err != nil || f != "NOW()" {
		t.Errorf("the formula is %q, %v", f, err)
	}
	before, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	style, _ := before.GetCellStyle("Sheet1", "B2")
	if kept, err := x.GetCellStyle("Sheet1", "B2"); err != nil || kept != style || style == 0 {
		t.Errorf("style %d, %v, want %d", kept, err, style)
	}
	for _, c := range []struct {
		fill Fill
		want string
	}{
		{Fill{"Sheet1", 4, 1, "x"}, "Sheet1!B5: is covered by the merged cells A5:B5"},
		{Fill{"Sheet1", 2, 3, "x"}, "Sheet1!D3: is filled already"},
		{Fill{"Sheet1", 1, 3, "x"}, "Sheet1!D2: is filled already"},
		{Fill{"Sheet1", 40, 1, "x"}, "the tab has no such cell"},
		{Fill{"Other", 1, 1, "x"}, "there is no such tab"},
		{Fill{"Sheet1", 1, 2, strings.Repeat("x", 40_000)}, "32767"},
	} {
		if _, err := FillXLSX("w.xlsx", data, []Fill{c.fill}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want it to say %q", c.fill.place(), err, c.want)
		}
	}
}

// Rows without cells, with a prefix, self-closing or without names: what stands in other programs' files.
func TestFillCells(t *testing.T) {
	cases := []struct{ old, want string }{
		{`<sheetData><row r="1"/><row r="2" ht="3" /></sheetData>`,
			`<sheetData><row r="1"/><row r="2" ht="3"><c r="B2" t="inlineStr"><is><t xml:space="preserve">x</t></is></c></row></sheetData>`},
		{`<x:sheetData><x:row><x:c/></x:row><x:row><x:c/><x:c s="4"/></x:row></x:sheetData>`,
			`<x:sheetData><x:row><x:c/></x:row><x:row><x:c/><x:c r="B2" s="4" t="inlineStr"><x:is><x:t xml:space="preserve">x</x:t></x:is></x:c></x:row></x:sheetData>`},
		{`<sheetData><row r="2"><c r="A2"/><c r="C2"/></row></sheetData>`,
			`<sheetData><row r="2"><c r="A2"/><c r="B2" t="inlineStr"><is><t xml:space="preserve">x</t></is></c><c r="C2"/></row></sheetData>`},
		{`<sheetData><row r="2"><c r="B2" s="1"><v></v></c></row></sheetData>`,
			`<sheetData><row r="2"><c r="B2" s="1" t="inlineStr"><is><t xml:space="preserve">x</t></is></c></row></sheetData>`},
	}
	for _, c := range cases {
		frame := func(text string) string {
			if strings.Contains(text, "x:") {
				return `<x:worksheet xmlns:x="` + mainSpace + `">` + text + `</x:worksheet>`
			}
			return "<worksheet>" + text + "</worksheet>"
		}
		out, err := fillCells([]byte(frame(c.old)), []Fill{{"T", 1, 1, "x"}})
		if err != nil || string(out) != frame(c.want) {
			t.Errorf("%s\n gives %s, %v\n want  %s", c.old, out, err, frame(c.want))
		}
	}
	if _, err := fillCells([]byte(`<worksheet><sheetData><row r="1"/></sheetData></worksheet>`),
		[]Fill{{"T", 1, 1, "x"}}); err == nil || !strings.Contains(err.Error(), "T!B2: the file has no row for it") {
		t.Errorf("%v", err)
	}
	formula :=
		`<worksheet><sheetData><row r="2"><c r="B2" t="str"><f>IF(A2="","",1)</f><v></v></c></row></sheetData></worksheet>`
	if _, err := fillCells([]byte(formula), []Fill{{"T", 1, 1, "x"}}); err == nil ||
		!strings.Contains(err.Error(), "T!B2: holds a formula, whose value is empty now") {
		t.Errorf("a formula with an empty value: %v", err)
	}
}

// Both forms come to the table that filling cell by cell gives.
func TestFillAgreesWithOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.SampledFrom([]string{"", "", "x", "a,b", "\"q\"", "l\ne", " ", "<&"})
		sheet := Sheet{Name: "T", Rows: [][]Cell{{{Text: "a"}, {Text: "b"}, {Text: "c"}}}}
		var fills []Fill
		var want [][]string
		for row := 1; row <= rapid.IntRange(1, 5).Draw(t, "rows"); row++ {
			texts := []string{"label", cell.Draw(t, "b"), cell.Draw(t, "c")}
			cells := make([]Cell, 3)
			for i, text := range texts {
				cells[i].Text = text
				if text == "" && rapid.Bool().Draw(t, "fill") {
					texts[i] = cell.Draw(t, "text")
					fills = append(fills, Fill{"T", row, i, texts[i]})
				}
			}
			sheet.Rows, want = append(sheet.Rows, cells), append(want, texts)
		}
		text, err := CSV(sheet)
		if err != nil {
			t.Fatal(err)
		}
		filledCSV, err := FillCSV("T.csv", text, fills)
		if err != nil {
			t.Fatal(err)
		}
		cells := maxCells
		fromCSV, err := readTab("T.csv", filledCSV, &cells)
		if err != nil {
			t.Fatal(err)
		}
		var xlsx bytes.Buffer
		if err := WriteXLSX(&xlsx, []Sheet{sheet}); err != nil {
			t.Fatal(err)
		}
		filledXLSX, err := FillXLSX("w.xlsx", xlsx.Bytes(), fills)
		if err != nil {
			t.Fatal(err)
		}
		book, err := Open("w.xlsx", filledXLSX)
		if err != nil {
			t.Fatal(err)
		}
		for i, texts := range want {
			for j, text := range texts {
				if a, b := fromCSV.Cell(i+1, j), book.Sheets[0].Cell(i+1, j); a.Text != text || a != b {
					t.Fatalf("%s is %+v in the CSV, %+v in the XLSX, want %q", CellName(i+1, j), a, b, text)
				}
			}
		}
	})
}

// Whatever the CSV, either it is refused or only the named cell changes.
func FuzzFillCSV(f *testing.F) {
	for _, text := range []string{"a,b\n1,\n", "\ufeffa,b\r\n\"x\n\",\"\"\r\n\r\n", "a,b\n\"\"\"\",", "a,b\n,", "a\n\n"} {
		f.Add(text, 1, 1, "x,\"y\"\n")
	}
	f.Fuzz(func(t *testing.T, text string, row, column int, fill string) {
		out, err := FillCSV("t.csv", []byte(text), []Fill{{"t", row, column, fill}})
		if err != nil {
			return
		}
		if !strings.HasPrefix(string(out), text[:min(1, len(text))]) || len(out) < len(text)-2 {
			t.Fatalf("%q became %q", text, out)
		}
	})
}

// Whatever a worksheet part holds, filling it ends; and a part that was filled is well-formed as far as it was before.
func FuzzFillCells(f *testing.F) {
	f.Add(`<worksheet><sheetData><row r="1"/><row r="2" ht="3" /></sheetData><mergeCells><mergeCell ref="A2:B2"/></mergeCells></worksheet>`)
	f.Add(`<x:worksheet xmlns:x="u"><x:sheetData><x:row><x:c/></x:row><x:row><x:c/><x:c s="4"><v></v></x:c></x:row></x:sheetData></x:worksheet>`)
	f.Add(`<worksheet><sheetData><row r="2"><c r="A2"/><c r="C2"/></row></sheetData></worksheet>`)
	f.Fuzz(func(t *testing.T, part string) {
		out, err := fillCells([]byte(part), []Fill{{"T", 1, 1, "x<"}})
		if err != nil {
			return
		}
		if _, err := layoutOf([]byte(part)); err != nil {
			return // no worksheet
		}
		if _, err := layoutOf(out); err != nil {
			t.Fatalf("%q became %q: %v", part, out, err)
		}
	})
}
