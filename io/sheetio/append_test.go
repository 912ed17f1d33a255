package sheetio

import (
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

func TestAppendXLSXKeepsAll(t *testing.T) {
	data := excel(t, func(x *excelize.File) {
		bold, err := x.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
		must(t, err)
		red, err := x.NewStyle(&excelize.Style{Font: &excelize.Font{Color: "FF0000"}})
		must(t, err)
		for cell, v := range map[string]any{"A1": "Source Label", "B1": "Target Name", "A2": "BCC", "B2": 46082} {
			must(t, x.SetCellValue("Sheet1", cell, v))
		}
		must(t, x.SetCellStyle("Sheet1", "A1", "B1", bold))
		must(t, x.SetCellStyle("Sheet1", "A2", "A9", red)) // rows 3 to 9 are empty but styled
		must(t, x.AddComment("Sheet1", excelize.Comment{Cell: "A2", Text: "see me"}))
		must(t, x.SetColWidth("Sheet1", "A", "A", 40))
		_, err = x.NewSheet("empty")
		must(t, err)
	})
	adds := []Addition{
		{"Sheet1", [][]string{{"_x0041_ \r\n", "", "2E63"}, {" x "}}},
		{"new & <tab>", [][]string{{"Source Label", "Target Name"}, {"é"}}},
		{"another", [][]string{{"Source Label"}}},
		{"empty", [][]string{{"Source Label"}}},
	}
	out, err := AppendXLSX("x.xlsx", data, adds)
	must(t, err)
	again, err := AppendXLSX("x.xlsx", data, adds)
	must(t, err)
	if !bytes.Equal(out, again) {
		t.Error("the same additions give other bytes")
	}
	b, err := Open("x.xlsx", out)
	must(t, err)
	text := func(texts ...string) []Cell { return textRow(texts) }
	want := []Sheet{
		{Name: "Sheet1", Rows: [][]Cell{text("Source Label", "Target Name"), {{"BCC", Text}, {"46082", Number}},
			text("_x0041_ \r\n", "", "2E63"), text(" x ")}},
		{Name: "empty", Rows: [][]Cell{text("Source Label")}},
		{Name: "new & <tab>", Rows: [][]Cell{text("Source Label", "Target Name"), text("é")}},
		{Name: "another", Rows: [][]Cell{text("Source Label")}},
	}
	if d := cmp.Diff(want, b.Sheets); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	old, now := unzip(t, data), unzip(t, out)
	for name, text := range old {
		if !strings.Contains(name, "worksheets/sheet") && !strings.Contains(name, "workbook.xml") &&
			name != "[Content_Types].xml" && text != now[name] {
			t.Errorf("part %s has changed", name)
		}
	}
	x, err := excelize.OpenReader(bytes.NewReader(out))
	must(t, err)
	for cell, want := range map[string]string{"A2": "BCC", "A3": "_x0041_ \r\n", "C3": "2E63", "A4": " x "} {
		if got, err := x.GetCellValue("Sheet1", cell); err != nil || got != want {
			t.Errorf("excelize reads %q at %s, want %q, %v", got, cell, want, err)
		}
	}
	if got, err := x.GetCellValue("new & <tab>", "A2"); err != nil || got != "é" {
		t.Errorf("excelize reads %q in the new tab, %v", got, err)
	}
	before, _ := x.GetCellStyle("Sheet1", "A2")
	if after, err := x.GetCellStyle("Sheet1", "A4"); err != nil || after != before || before == 0 {
		t.Errorf("the new cell has style %d, that above it %d, %v", after, before, err)
	}
	if c, err := x.GetComments("Sheet1"); err != nil || len(c) != 1 {
		t.Errorf("comments %v, %v", c, err)
	}
	if size, err := x.GetSheetDimension("Sheet1"); err != nil || size != "A1:C4" {
		t.Errorf("the stated size is %s, %v", size, err)
	}
}

func unzip(t *testing.T, data []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	must(t, err)
	parts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		must(t, err)
		text, err := io.ReadAll(r)
		must(t, err)
		parts[f.Name] = string(text)
	}
	return parts
}

func TestAppendXLSXRefuses(t *testing.T) {
	var b bytes.Buffer
	must(t, WriteXLSX(&b, []Sheet{texts("T", "a")}))
	for tab, want := range map[string]string{"t": "equal but for case",
		"Pathologies to exclude and merge": "spreadsheet allows 31", "a/b": "holds one of"} {
		if _, err := AppendXLSX("x.xlsx", b.Bytes(), []Addition{{tab, [][]string{{"h"}}}}); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("tab %q: %v, want it to say %q", tab, err, want)
		}
	}
	if _, err := AppendXLSX("x.xlsx", b.Bytes(), []Addition{{"T", [][]string{{"\xff"}}}}); err == nil {
		t.Error("a cell that is not UTF-8 is added")
	}
}

// New rows never go into merged cells, of which only one shows; merged cells elsewhere stay.
func TestAppendXLSXMerged(t *testing.T) {
	for to, want := range map[string]string{"B2": "", "A3": "A2:A3 are merged", "B9": "A2:B9 are merged"} {
		data := excel(t, func(x *excelize.File) {
			must(t, x.SetCellValue("Sheet1", "A1", "Source Label"))
			must(t, x.SetCellValue("Sheet1", "A2", "a"))
			must(t, x.MergeCell("Sheet1", "A2", to))
			must(t, x.MergeCell("Sheet1", "A20", "B21"))
		})
		out, err := AppendXLSX("x.xlsx", data, []Addition{{"Sheet1", [][]string{{"b"}}}})
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("merged to %s: %v, want it to say %q", to, err, want)
			}
			continue
		}
		must(t, err)
		book, err := Open("x.xlsx", out)
		must(t, err)
		if d := cmp.Diff([]Range{{1, 0, 1, 1}, {19, 0, 20, 1}}, book.Sheets[0].Merged); d != "" {
			t.Errorf("merged cells (-want +got):\n%s", d)
		}
	}
}

// Rows whose formulas give nothing yet look empty, and are not.
func TestAppendXLSXFormulas(t *testing.T) {
	data := raw(t, "", "", func(name, text string) (string, string) {
		if name == "xl/worksheets/sheet1.xml" {
			text = `<worksheet xmlns="` + mainSpace +
				`"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>` +
				`<row r="3"><c r="A3"/><c r="B3" t="str"><f>IF(A3="","",1)</f><v></v></c></row></sheetData></worksheet>`
		}
		return name, text
	})
	for rows, want := range map[int]string{1: "",
		2: "cell B3 holds a formula, whose value is empty now, and is where the new rows go"} {
		_, err := AppendXLSX("x.xlsx", data, []Addition{{"T", slices.Repeat([][]string{{"b"}}, rows)}})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%d rows: %v, want it to say %q", rows, err, want)
		}
	}
}

func TestAppendXLSXOddForms(t *testing.T) {
	for _, sheet := range []string{
		`<x:worksheet xmlns:x="` + mainSpace + `"><x:sheetData><x:row><x:c t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c></x:row><x:row/></x:sheetData></x:worksheet>`,
		`<worksheet xmlns="` + mainSpace + `"><dimension ref="A1"/><sheetData/></worksheet>`,
		`<worksheet xmlns="` + mainSpace + `"><sheetData></sheetData></worksheet>`,
		`<worksheet xmlns="` + mainSpace +
			`"><sheetData><row r="5"><c r="B5" s="1"/></row></sheetData><controls><row/></controls></worksheet>`,
	} {
		data := raw(t, "", "", func(name, text string) (string, string) {
			if name == "xl/worksheets/sheet1.xml" {
				return name, sheet
			}
			return name, text
		})
		out, err := AppendXLSX("x.xlsx", data, []Addition{{"T", [][]string{{"b", "c"}, {"d"}}}})
		if err != nil {
			t.Errorf("%s: %v", sheet, err)
			continue
		}
		b, err := Open("x.xlsx", out)
		must(t, err)
		rows := b.Sheets[0].Rows
		if d := cmp.Diff([][]Cell{textRow([]string{"b", "c"}), textRow([]string{"d"})}, rows[len(rows)-2:]); d != "" {
			t.Errorf("%s (-want +got):\n%s", sheet, d)
		}
	}
}

func TestAppendXLSXAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sheets := anySheets(t)
		var b bytes.Buffer
		if err := WriteXLSX(&b, sheets); err != nil {
			t.Fatal(err)
		}
		var rows [][]string
		for range rapid.IntRange(1, 4).Draw(t, "rows") {
			rows = append(rows, []string{anyCell.Draw(t, "cell"), anyCell.Draw(t, "cell"), "x"})
		}
		if _, err := AppendXLSX("x.xlsx", b.Bytes(), []Addition{{sheets[0].Name, rows}, {"zz new", rows}}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAppendCSV(t *testing.T) {
	row := [][]string{{"a,b", "c\nd"}}
	for _, c := range []struct{ data, want string }{
		{"h,i\n", "h,i\n\"a,b\",\"c\nd\"\n"},
		{"h,i", "h,i\n\"a,b\",\"c\nd\"\n"},
		{"\ufeffh,i\r\n1,2", "\ufeffh,i\r\n1,2\r\n\"a,b\",\"c\nd\"\r\n"},
		{"h,i\n1,2\n\n\r\n\n", "h,i\n1,2\n\"a,b\",\"c\nd\"\n"},
		{"", "\"a,b\",\"c\nd\"\n"},
		{"\ufeffsep=;\r\nh;i\r\n", "\ufeffsep=;\r\nh;i\r\n\"a,b\";\"c\nd\"\r\n"},
	} {
		if got := string(AppendCSV([]byte(c.data), row)); got != c.want {
			t.Errorf("AppendCSV(%q) = %q, want %q", c.data, got, c.want)
		}
	}
	if got := string(AppendCSV([]byte("h\n\n"), nil)); got != "h\n\n" {
		t.Errorf("adding nothing gives %q", got)
	}
}
