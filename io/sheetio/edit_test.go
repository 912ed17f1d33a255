package sheetio

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

// mustSay wants an error that says each of the texts.
func mustSay(t *testing.T, err error, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v, want it to say %q", err, text)
		}
	}
}

// was is a text cell.
func was(text string) Cell { return Cell{Text: text} }

func TestEditCSV(t *testing.T) {
	old := "\ufeffa,b,c\r\n1,,\r\n\"x\r\n,\"\"\",\"\",3\r\n,'=4,-\r\n9,,\n\n"
	out, err := EditCSV("t.csv", []byte(old), []Edit{
		{"t", 1, 1, Cell{}, "b,1"}, {"t", 2, 1, Cell{}, "=b2"}, {"t", 1, 2, Cell{}, `c"1`}, {"t", 4, 2, Cell{}, "last"},
		{"t", 4, 1, Cell{}, ""}, {"t", 2, 0, was("x\r\n,\""), " x\ny"}, {"t", 3, 1, was("=4"), ""},
		{"t", 3, 2, was("-"), "'-"}, {"t", 2, 2, was("3"), "-"}})
	must(t, err)
	want := "\ufeffa,b,c\r\n1,\"b,1\",\"c\"\"1\"\r\n\" x\ny\",'=b2,-\r\n,,''-\r\n9,,last\n\n"
	if d := cmp.Diff(want, string(out)); d != "" {
		t.Error(d)
	}
	_, err = EditCSV("t.csv", []byte(old), []Edit{{"t", 1, 0, Cell{}, "x"}, {"t", 9, 0, Cell{}, "x"},
		{"u", 1, 1, Cell{}, "x"}, {"t", 1, 3, Cell{}, "x"}, {"t", 0, 1, was("b"), "x"}, {"t", 3, 1, was("'=4"), "x"},
		{"t", 1, 1, was("y"), "x"}, {"t", 4, 1, Cell{}, "x"}, {"t", 4, 1, Cell{}, "y"}, {"t", 4, 2, Cell{}, "\x00"},
		{"t", -1, 0, Cell{}, "x"}, {"t", 1, -1, Cell{}, "x"}})
	mustSay(t, err, `t.csv: t!A2: holds "1", want nothing`, "t!A10: the tab has no such cell",
		"t!A1: the tab has no such cell", "u!B2: there is no such tab", "t!D2: the tab has no such cell",
		"t!B1: is in the header",
		`t!B4: holds "=4", want "'=4"`, `t!B2: holds nothing, want "y"`, "t!B5: is to be changed twice",
		"t!C5: the new text holds a NUL character")
	if refused, ok := errors.AsType[EditErrors](err); !ok || len(refused) != 11 || refused[0].Edit.Row != 1 {
		t.Errorf("%d edits are refused: %v", len(refused), err)
	}
	noEnd, err := EditCSV("t.csv", []byte("a,b\n1,"), []Edit{{"t", 1, 1, Cell{}, "x"}})
	if err != nil || string(noEnd) != "a,b\n1,x" {
		t.Errorf("%q, %v", noEnd, err)
	}
	separated, err := EditCSV("t.csv", []byte("\ufeffsep=;\r\na;b\r\n1;2,5\r\n;4\r\n"),
		[]Edit{{"t", 1, 0, was("1"), "x;y"}, {"t", 2, 1, was("4"), "z,"}})
	if err != nil || string(separated) != "\ufeffsep=;\r\na;b\r\n\"x;y\";2,5\r\n;\"z,\"\r\n" {
		t.Errorf("%q, %v", separated, err)
	}
	_, err = EditCSV("t.csv", []byte("a,b,c\n1,2,3\n4,5\n"), []Edit{{"t", 2, 2, Cell{}, "x"}}) // a row that is too short
	mustSay(t, err, "t.csv:3:")
}

// manyCells is a tab with one of each kind of cell in row 2, told what each holds, and what is not cells around it.
const (
	manyCells = `<row r="1"><c r="A1" t="inlineStr"><is><t>h</t></is></c><c t="inlineStr"><is><t>h</t></is></c><c r="S1" t="inlineStr"><is><t>h</t></is></c></row>` +
		`<row r="2" spans="1:9" ht="7" hidden="1" customHeight="1"><c r="A2" s="1" t="s"><v>1</v></c><c t="s" s="2"><v>0</v></c><!-- B2 -->` +
		"\n" + `<c r="C2" t="inlineStr" ph="1"><is><r><rPr><b/></rPr><t>in</t></r><r><t xml:space="preserve"> line</t></r><rPh sb="0" eb="1"><t>no</t></rPh></is></c>` +
		`<c r="D2"><v>2E+63</v></c><c r="E2" t="b"><v>1</v></c><c r="F2" t="e"><v>#N/A</v></c><c r="G2" t="d"><v>2026-01-01</v></c>` +
		`<c r="H2" s="2"/><c r="J2" t="str"><v><![CDATA[a<b]]></v></c><c r="K2" t="str"><f>1&amp;2</f><v>12</v></c><c r="L2"><f>NOW()</f></c>` +
		`<c r="M2" t="str"><f>IF(A2="","",1)</f><v></v></c><c r="N2"><f t="shared" si="0"/><v>3</v></c><c r="O2"><f t="array" ref="O2:P3">A1:B2</f><v>1</v></c>` +
		`<c r="P2" t="str"><v>2</v></c><c r="Q2"/></row><row><c r="A3"><v>1</v></c><c r="P3"><v>4</v></c></row><row r="5"/><row r="6"><c r="S6"><v>9</v></c></row>`
	manyShared = `<si><t>plain</t></si><si><r><t>ri</t></r><r><rPr><i/></rPr><t>ch</t></r></si>`
	behind     = `</sheetData><sheetProtection sheet="1"/><autoFilter ref="A1:S6"/><dataValidations count="1"><dataValidation type="list" sqref="A2"/></dataValidations><hyperlinks/><x>`
)

// withBehind puts elements behind the cells of the tab of raw.
func withBehind(name, text string) (string, string) {
	return name, strings.Replace(text, "</sheetData>", behind+"</x>", 1)
}

func TestEditXLSXKinds(t *testing.T) {
	data := raw(t, manyCells, manyShared, withBehind)
	edits := []Edit{{"T", 1, 0, was("rich"), " spaced\r\nout "}, {"T", 1, 1, was("plain"), ""},
		{"T", 1, 2, was("in line"), "2E63"}, {"T", 1, 3, Cell{"2E+63", Number}, "2E63"},
		{"T", 1, 4, Cell{"TRUE", Bool}, "yes"}, {"T", 1, 5, Cell{"#N/A", Failed}, "=1+1"},
		{"T", 1, 6, Cell{"2026-01-01", Date}, "<&>\"'\t"}, {"T", 1, 7, Cell{}, "_x0041_"}, {"T", 1, 8, Cell{}, "😀\x01"},
		{"T", 1, 9, was("a<b"), "'"}, {"T", 1, 16, Cell{}, ""}, {"T", 1, 17, Cell{}, "new"}, {"T", 4, 0, Cell{}, "first"},
		{"T", 4, 2, Cell{}, "third"}, {"T", 2, 0, Cell{"1", Number}, "1"}}
	slices.Reverse(edits) // their order does not matter
	out, err := EditXLSX("w.xlsx", data, edits)
	must(t, err)
	before, after := unzip(t, data), unzip(t, out)
	const part = "xl/worksheets/sheet1.xml"
	inline := func(cell, style, text string) string {
		return fmt.Sprintf(`<c r="%s"%s t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>`, cell, style, text)
	}
	want := before[part]
	for _, change := range [][2]string{
		{`<c r="A2" s="1" t="s"><v>1</v></c>`, inline("A2", ` s="1"`, " spaced_x000D_&#xA;out ")},
		{`<c t="s" s="2"><v>0</v></c>`, `<c r="B2" s="2"/>`},
		{want[strings.Index(want, `<c r="C2"`):strings.Index(want, `<c r="D2"`)], inline("C2", "", "2E63")},
		{`<c r="D2"><v>2E+63</v></c>`, inline("D2", "", "2E63")},
		{`<c r="E2" t="b"><v>1</v></c>`, inline("E2", "", "yes")},
		{`<c r="F2" t="e"><v>#N/A</v></c>`, inline("F2", "", "=1+1")},
		{`<c r="G2" t="d"><v>2026-01-01</v></c>`, inline("G2", "", "&lt;&amp;&gt;&#34;&#39;&#x9;")},
		{`<c r="H2" s="2"/>`, inline("H2", ` s="2"`, "_x005F_x0041_") + inline("I2", "", "😀_x0001_")},
		{`<c r="J2" t="str"><v><![CDATA[a<b]]></v></c>`, inline("J2", "", "&#39;")},
		{`<c r="Q2"/>`, `<c r="Q2"/>` + inline("R2", "", "new")},
		{`<c r="A3"><v>1</v></c>`, inline("A3", "", "1")},
		{`<row r="5"/>`, `<row r="5">` + inline("A5", "", "first") + inline("C5", "", "third") + `</row>`},
	} {
		if strings.Count(want, change[0]) != 1 {
			t.Fatalf("%q is there %d times", change[0], strings.Count(want, change[0]))
		}
		want = strings.Replace(want, change[0], change[1], 1)
	}
	before[part] = want
	if d := cmp.Diff(before, after); d != "" {
		t.Error(d)
	}
	same, err := EditXLSX("w.xlsx", data, []Edit{{"T", 1, 1, was("plain"), "plain"}, {"T", 1, 7, Cell{}, ""}})
	if err != nil || !bytes.Equal(same, data) {
		t.Errorf("an edit that changes nothing changes bytes, %v", err)
	}
}

func TestEditXLSXRefuses(t *testing.T) {
	data := raw(t, manyCells, manyShared, withBehind, func(name, text string) (string, string) {
		return name, strings.Replace(text, "<hyperlinks/>", `<mergeCells><mergeCell ref="A5:B6"/><mergeCell ref="C5"/></mergeCells>`, 1)
	})
	const filled = "is filled by the formula of O2: change that with a spreadsheet"
	for _, c := range []struct {
		row, column int
		before      Cell
		text, want  string
	}{
		{1, 10, was("12"), "x", "T!K2: holds a formula: type the text over it"},
		{1, 11, Cell{"=NOW()", FormulaWithoutValue}, "x", "T!L2: holds a formula: type the text over it"},
		{1, 12, Cell{}, "x", "T!M2: holds a formula: type the text over it"},
		{1, 13, Cell{"3", Number}, "", "T!N2: holds a formula: type the text over it"},
		{1, 14, Cell{"1", Number}, "x", "T!O2: holds a formula: type the text over it"},
		{1, 15, was("2"), "x", "T!P2: " + filled},
		{2, 14, Cell{}, "x", "T!O3: " + filled},
		{2, 15, Cell{"4", Number}, "x", "T!P3: " + filled},
		{3, 0, Cell{}, "x", "T!A4: the file has no row for it"},
		{4, 0, Cell{}, "x", "T!A5: is one of the merged cells A5:B6: unmerge them"},
		{5, 1, Cell{}, "x", "T!B6: is one of the merged cells A5:B6: unmerge them"},
		{1, 3, was("2E+63"), "x", `T!D2: holds a number, "2E+63", want "2E+63"`},
		{0, 0, was("h"), "x", "T!A1: is in the header"},
		{40, 0, Cell{}, "x", "T!A41: the tab has no such cell"},
		{1, 19, Cell{}, "x", "T!T2: the tab has no such cell"},
		{1, 1, was("plain"), strings.Repeat("x", 32_768), "T!B2: the new text has 32768 characters"},
		{1, 1, was("plain"), "a\x00", "T!B2: the new text holds a NUL"},
		{1, 1, was("plain"), "a\xff", "T!B2: the new text is not UTF-8"},
	} {
		_, err := EditXLSX("w.xlsx", data, []Edit{{"T", c.row, c.column, c.before, c.text}})
		mustSay(t, err, "w.xlsx: "+c.want)
		if refused, ok := errors.AsType[EditErrors](err); !ok || len(refused) != 1 {
			t.Errorf("%v: %d edits are refused", err, len(refused))
		}
	}
	_, err := EditXLSX("w.xlsx", data, []Edit{{"T", 4, 2, Cell{}, strings.Repeat("x", 32_767)}})
	must(t, err) // C5 is merged with no other
	utf16 := raw(t, manyCells, manyShared, func(name, text string) (string, string) {
		if strings.HasSuffix(name, "sheet1.xml") {
			wide := "\xFF\xFE"
			for _, c := range []byte(text) {
				wide += string([]byte{c, 0})
			}
			text = wide
		}
		return name, text
	})
	_, err = EditXLSX("w.xlsx", utf16, []Edit{{"T", 1, 1, was("plain"), "x"}})
	mustSay(t, err, "sheet1.xml", "save the workbook again with a spreadsheet")
}

// A table's header and its totals stand in its part too: changed in the cells alone, a spreadsheet calls the file
// damaged.
func TestEditXLSXKeepsTables(t *testing.T) {
	data := excel(t, func(x *excelize.File) {
		for row := range 6 {
			for column := range 3 {
				must(t, x.SetCellStr("Sheet1", CellName(row, column), CellName(row, column)))
			}
		}
		must(t, x.AddTable("Sheet1", &excelize.Table{Range: "A3:B5"}))
	})
	data = edited(t, data, func(name, text string) string {
		if strings.Contains(name, "tables/table") {
			text = strings.Replace(text, ` ref="A3:B5"`, ` ref="A3:B5" totalsRowCount="1"`, 1)
		}
		return text
	})
	edit := func(cells ...string) error {
		var edits []Edit
		for _, cell := range cells {
			row, column, _ := parseCellName(cell)
			edits = append(edits, Edit{"Sheet1", row, column, was(cell), "x"})
		}
		_, err := EditXLSX("w.xlsx", data, edits)
		return err
	}
	must(t, edit("A2", "C3", "A4", "B4", "C5", "A6"))
	mustSay(t, edit("A3", "B5", "A4"), "w.xlsx: Sheet1!A3: is in the header of a table",
		"Sheet1!B5: is in the totals of a table")
}

// Rows without cells, with a prefix, self-closing or without names: what stands in other programs' files.
func TestEditCells(t *testing.T) {
	cases := []struct{ old, want string }{
		{`<sheetData><row r="1"/><row r="2" ht="3" /></sheetData>`,
			`<sheetData><row r="1"/><row r="2" ht="3"><c r="B2" t="inlineStr"><is><t xml:space="preserve">x</t></is></c></row></sheetData>`},
		{`<x:sheetData><x:row><x:c/></x:row><x:row><x:c/><x:c s="4"/></x:row></x:sheetData>`,
			`<x:sheetData><x:row><x:c/></x:row><x:row><x:c/><x:c r="B2" s="4" t="inlineStr"><x:is><x:t xml:space="preserve">x</x:t></x:is></x:c></x:row></x:sheetData>`},
		{`<sheetData><y:row xmlns:y="u" r="2"/></sheetData>`,
			`<sheetData><y:row xmlns:y="u" r="2"><y:c r="B2" t="inlineStr"><y:is><y:t xml:space="preserve">x</y:t></y:is></y:c></y:row></sheetData>`},
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
		out, refused, err := editCells([]byte(frame(c.old)), []Edit{{"T", 1, 1, Cell{}, "x"}}, nil)
		if err != nil || len(refused) > 0 || string(out) != frame(c.want) {
			t.Errorf("%s\n gives %s, %v\n want  %s", c.old, out, err, frame(c.want))
		}
	}
}

// anyWorkbook is an XLSX of excelize with what people put around cells, and its cells that an edit may change.
func anyWorkbook(t *rapid.T) (data []byte, cells map[[2]int]Cell) {
	x := excelize.NewFile()
	ok := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	bold, err := x.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	ok(err)
	cells = map[[2]int]Cell{}
	width := rapid.IntRange(2, 5).Draw(t, "width")
	rows := rapid.IntRange(1, 6).Draw(t, "rows")
	for row := range rows + 1 {
		for column := range width {
			at, name := [2]int{row, column}, CellName(row, column)
			if rapid.Bool().Draw(t, "styled") {
				ok(x.SetCellStyle("Sheet1", name, name, bold))
			}
			kind := rapid.IntRange(0, 6).Draw(t, "kind")
			switch {
			case row == 0 || column == 0 || kind <= 2:
				text := name + rapid.SampledFrom([]string{"", " ", "\n", "<&>", "é"}).Draw(t, "text")
				ok(x.SetCellStr("Sheet1", name, text))
				cells[at] = was(text)
			case kind == 3:
				ok(x.SetCellInt("Sheet1", name, 7))
				cells[at] = Cell{"7", Number}
			case kind == 4:
				ok(x.SetCellRichText("Sheet1", name,
					[]excelize.RichTextRun{{Text: "a"}, {Text: "b", Font: &excelize.Font{Bold: true}}}))
				cells[at] = was("ab")
			case kind == 5:
				ok(x.SetCellFormula("Sheet1", name, "1+1"))
			default:
				cells[at] = Cell{}
			}
			if row == 0 {
				delete(cells, at)
			}
		}
	}
	ok(x.AddComment("Sheet1", excelize.Comment{Cell: "A2", Text: "see me"}))
	ok(x.SetRowVisible("Sheet1", 2, rapid.Bool().Draw(t, "hidden")))
	ok(x.AutoFilter("Sheet1", "A1:"+CellName(rows, width-1), nil))
	ok(x.ProtectSheet("Sheet1", &excelize.SheetProtectionOptions{Password: "p"}))
	valid := excelize.NewDataValidation(true)
	valid.SetSqref("B2:B9")
	ok(valid.SetDropList([]string{"one", "two"}))
	ok(x.AddDataValidation("Sheet1", valid))
	_, err = x.NewSheet("Other")
	ok(err)
	ok(x.SetCellStr("Other", "A1", "other"))
	var out bytes.Buffer
	ok(x.Write(&out))
	return out.Bytes(), cells
}

// Whatever is edited in whatever workbook: excelize and our reader find the new texts and all others as they were, and
// every byte that is not of an edited cell stays.
func TestEditXLSXChangesNothingElse(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		data, cells := anyWorkbook(rt)
		before, err := Open("w.xlsx", data)
		must(t, err)
		var edits []Edit
		texts := map[[2]int]string{}
		for at, cell := range cells {
			texts[at] = cell.Text
		}
		for _, at := range slices.SortedFunc(maps.Keys(cells), func(a, b [2]int) int { return slices.Compare(a[:], b[:]) }) {
			if rapid.Bool().Draw(rt, "edit") {
				text := rapid.SampledFrom([]string{"", "x", " y ", "a\nb", "=1", "<&>", "😀"}).Draw(rt, "new")
				edits, texts[at] = append(edits, Edit{"Sheet1", at[0], at[1], cells[at], text}), text
			}
		}
		out, err := EditXLSX("w.xlsx", data, edits)
		must(t, err)
		x, err := excelize.OpenReader(bytes.NewReader(out))
		must(t, err)
		for at, want := range texts {
			if got, err := x.GetCellValue("Sheet1", CellName(at[0], at[1])); err != nil || got != want {
				rt.Fatalf("%s holds %q, %v, want %q", CellName(at[0], at[1]), got, err, want)
			}
		}
		after, err := Open("w.xlsx", out)
		must(t, err)
		for row := range before.Sheets[0].Rows {
			for column := range before.Sheets[0].Rows[0] {
				want, got := before.Sheets[0].Cell(row, column), after.Sheets[0].Cell(row, column)
				if slices.ContainsFunc(edits, func(e Edit) bool { return e.Row == row && e.Column == column }) {
					want = was(texts[[2]int{row, column}])
					if cells[[2]int{row, column}].Text == want.Text {
						want.Kind = got.Kind
					}
				}
				if got != want {
					rt.Fatalf("%s is %+v, want %+v", CellName(row, column), got, want)
				}
			}
		}
		if d := cmp.Diff(withoutCells(t, data, edits), withoutCells(t, out, edits)); d != "" {
			rt.Fatal(d)
		}
	})
}

// withoutCells is the parts of a workbook without the elements of the edited cells.
func withoutCells(t *testing.T, data []byte, edits []Edit) map[string]string {
	parts := unzip(t, data)
	for _, e := range edits {
		element := regexp.MustCompile(`<c r="` + CellName(e.Row, e.Column) + `"([^>]*/>|[^>]*[^/]>.*?</c>|>.*?</c>)`)
		parts["xl/worksheets/sheet1.xml"] = element.ReplaceAllString(parts["xl/worksheets/sheet1.xml"], "")
	}
	return parts
}

// Both forms come to the table that changing cell by cell gives.
func TestEditAgreesWithOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.SampledFrom([]string{"", "", "x", "a,b", "\"q\"", "l\ne", " ", "<&"})
		sheet := Sheet{Name: "T", Rows: [][]Cell{{{Text: "a"}, {Text: "b"}, {Text: "c"}}}}
		var edits []Edit
		var want [][]string
		for row := 1; row <= rapid.IntRange(1, 5).Draw(t, "rows"); row++ {
			texts := []string{"label", cell.Draw(t, "b"), cell.Draw(t, "c")}
			cells := make([]Cell, 3)
			for i, text := range texts {
				cells[i].Text = text
				if rapid.Bool().Draw(t, "edit") {
					texts[i] = cell.Draw(t, "text")
					edits = append(edits, Edit{"T", row, i, was(text), texts[i]})
				}
			}
			sheet.Rows, want = append(sheet.Rows, cells), append(want, texts)
		}
		text, err := CSV(sheet)
		if err != nil {
			t.Fatal(err)
		}
		editedCSV, err := EditCSV("T.csv", text, edits)
		if err != nil {
			t.Fatal(err)
		}
		cells := maxCells
		fromCSV, err := readTab("T.csv", editedCSV, &cells)
		if err != nil {
			t.Fatal(err)
		}
		var xlsx bytes.Buffer
		if err := WriteXLSX(&xlsx, []Sheet{sheet}); err != nil {
			t.Fatal(err)
		}
		editedXLSX, err := EditXLSX("w.xlsx", xlsx.Bytes(), edits)
		if err != nil {
			t.Fatal(err)
		}
		book, err := Open("w.xlsx", editedXLSX)
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
func FuzzEditCSV(f *testing.F) {
	for _, text := range []string{"a,b\n1,\n", "\ufeffa,b\r\n\"x\n\",\"\"\r\n\r\n", "a,b\n\"\"\"\",", "a,b\n,", "a\n\n"} {
		f.Add(text, 1, 1, "x,\"y\"\n")
	}
	f.Fuzz(func(t *testing.T, text string, row, column int, fill string) {
		out, err := EditCSV("t.csv", []byte(text), []Edit{{"t", row, column, Cell{}, fill}})
		if err != nil {
			return
		}
		cells := maxCells
		after, err := readTab("t.csv", out, &cells)
		if err != nil || after.Cell(row, column) != was(fill) || len(out) < len(text)-2 {
			t.Fatalf("%q became %q, %v", text, out, err)
		}
	})
}

// Whatever a worksheet holds that can be read, a cell of it is changed and no other is, or the edit is refused.
func FuzzEditXLSX(f *testing.F) {
	f.Add(manyCells+behind+"</x><sheetData>", manyShared, 1, 1, "x<")
	f.Add(`<row r="1"><c><v>1</v></c><c><v>1</v></c></row><row r="2"/>`, "", 1, 1, "")
	f.Add(`<row><c><v>1</v></c><c><v>1</v></c></row><row><c/><c s="4"><v></v></c></row>`, "<si/>", 1, 0, " y ")
	f.Fuzz(func(t *testing.T, sheetData, shared string, row, column int, text string) {
		data := raw(t, sheetData, shared)
		book, err := Open("x.xlsx", data)
		if err != nil || row < 0 || column < 0 {
			return
		}
		out, err := EditXLSX("x.xlsx", data, []Edit{{"T", row, column, book.Sheets[0].Cell(row, column), text}})
		if _, refused := errors.AsType[EditErrors](err); refused {
			return
		}
		must(t, err)
		after, err := Open("x.xlsx", out)
		must(t, err)
		if got := after.Sheets[0].Cell(row, column); got.Text != text {
			t.Fatalf("%+v, want %q", got, text)
		}
	})
}
