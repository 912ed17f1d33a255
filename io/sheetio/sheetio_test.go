package sheetio

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// excel is an XLSX that excelize writes after f has filled it.
func excel(t *testing.T, f func(x *excelize.File)) []byte {
	t.Helper()
	x := excelize.NewFile()
	f(x)
	var b bytes.Buffer
	must(t, x.Write(&b))
	return b.Bytes()
}

func TestKindsOfCells(t *testing.T) {
	data := excel(t, func(x *excelize.File) {
		date, err := x.NewStyle(&excelize.Style{NumFmt: 14})
		must(t, err)
		own := `[Red]dd\.mm\.yyyy "at" hh:mm`
		stamp, err := x.NewStyle(&excelize.Style{CustomNumFmt: &own})
		must(t, err)
		red := `[Red]0.00 "days"`
		number, err := x.NewStyle(&excelize.Style{CustomNumFmt: &red})
		must(t, err)
		for cell, v := range map[string]any{"A1": "text", "B1": 7.5, "C1": 46082, "D1": true, "E1": 3.14159,
			"F1": 46082.5, "G1": "2E63", "A2": " lead and trail \u00a0", "B2": 7, "C2": "a\nb\r\nc", "E2": "",
			"A4": "after a gap", "A5": "merged"} {
			must(t, x.SetCellValue("Sheet1", cell, v))
		}
		must(t, x.SetCellStyle("Sheet1", "C1", "C1", date))
		must(t, x.SetCellStyle("Sheet1", "F1", "F1", stamp))
		must(t, x.SetCellStyle("Sheet1", "B2", "B2", number))
		must(t, x.SetCellFormula("Sheet1", "H1", "A1&B1"))
		must(t, x.MergeCell("Sheet1", "A5", "B6"))
		_, err = x.NewSheet("away")
		must(t, err)
		must(t, x.SetSheetVisible("away", false))
	})
	b, err := Open("x.xlsx", data)
	must(t, err)
	want := []Sheet{{Name: "Sheet1", Rows: [][]Cell{
		{{"text", Text}, {"7.5", Number}, {"2026-03-01", Date}, {"TRUE", Bool}, {"3.14159", Number},
			{"2026-03-01T12:00:00", Date}, {"2E63", Text}, {"=A1&B1", FormulaWithoutValue}},
		{{" lead and trail \u00a0", Text}, {"7", Number}, {"a\nb\r\nc", Text}},
		nil,
		{{"after a gap", Text}},
		{{"merged", Text}},
	}, Merged: []Range{{4, 0, 5, 1}}}, {Name: "away", Hidden: true}}
	if d := cmp.Diff(want, b.Sheets); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// raw is an XLSX of one tab with the given sheetData and shared strings.
func raw(t *testing.T, sheetData, shared string, change ...func(name, text string) (string, string)) []byte {
	t.Helper()
	all := append((&frame{names: []string{"T"}, states: []string{""}, styles: styleSheet}).parts(),
		part{"xl/worksheets/sheet1.xml",
			`<worksheet xmlns="` + mainSpace + `"><sheetData>` + sheetData + `</sheetData></worksheet>`})
	for i := range all {
		if all[i].name == "xl/_rels/workbook.xml.rels" {
			all[i].text = strings.Replace(all[i].text, "</Rel", `<Relationship Id="s" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/sharedStrings" Target="/xl/Shared.xml"/></Rel`, 1)
		}
	}
	all = append(all, part{"xl/shared.xml", `<sst xmlns="` + mainSpace + `">` + shared + `</sst>`})
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range all {
		for _, c := range change {
			p.name, p.text = c(p.name, p.text)
		}
		if p.name == "" {
			continue
		}
		w, err := z.Create(p.name)
		must(t, err)
		_, err = w.Write([]byte(p.text))
		must(t, err)
	}
	must(t, z.Close())
	return b.Bytes()
}

func TestStoredForms(t *testing.T) {
	shared := `<si><t>plain</t></si><si><r><t>ri</t></r><r><rPr><b/></rPr><t xml:space="preserve">ch </t></r><rPh sb="0" eb="1"><t>no</t></rPh></si>` +
		`<si><t>cr_x000D_ lone_xD83D_ pair_xD83D__xDE00_ _x005F_x0041_ _x41_</t></si><si/>`
	data := raw(t, `<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="s"><v>2</v></c><c t="s"><v>3</v></c></row>`+
		`<row r="3"><c t="str"><f>"x"</f><v>x</v></c><c t="str"><f>""</f><v></v></c><c><f>1+1</f><v>2E+63</v></c><c><f>1</f><v/></c><c t="e"><v>#N/A</v></c></row>`+
		`<row><c r="B4" t="d"><v>2026-03-01</v></c><c t="inlineStr"><is><t>in_x0041_</t></is></c><c t="b"><v>0</v></c></row>`+
		`<row><c t="inlineStr"><f>UPPER("x")</f><is><t>X</t></is></c><c><is><t>no type</t></is></c><c t="inlineStr"><v>y</v></c>`+
		`<c t="inlineStr"><f>1</f></c><c t="n"><v>1</v><is><t>n</t></is></c></row>`,
		shared)
	b, err := Open("x.xlsx", data)
	must(t, err)
	want := [][]Cell{
		{{"plain", Text}, {"rich ", Text}, {"cr\r lone_xD83D_ pair😀 _x0041_ _x41_", Text}},
		nil,
		{{"x", Text}, {}, {"2E+63", Number}, {"=1", FormulaWithoutValue}, {"#N/A", Failed}},
		{{}, {"2026-03-01", Date}, {"inA", Text}, {"FALSE", Bool}},
		{{"X", Text}, {"no type", Text}, {"y", Text}, {"=1", FormulaWithoutValue}, {"1", Number}},
	}
	if d := cmp.Diff(want, b.Sheets[0].Rows); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	computed := []Place{{2, 0}, {2, 1}, {2, 2}, {4, 0}}
	if d := cmp.Diff(computed, b.Sheets[0].Formulas); d != "" {
		t.Errorf("values that formulas gave (-want +got):\n%s", d)
	}
}

func TestRefused(t *testing.T) {
	cell := `<row r="1"><c r="A1"><v>1</v></c></row>`
	drop := func(part string) func(string, string) (string, string) {
		return func(name, text string) (string, string) {
			if name == part {
				return "", ""
			}
			return name, text
		}
	}
	edit := func(part, old, new string) func(string, string) (string, string) {
		return func(name, text string) (string, string) {
			if name == part {
				return name, strings.Replace(text, old, new, 1)
			}
			return name, text
		}
	}
	secret := func() []byte {
		x := excelize.NewFile()
		var b bytes.Buffer
		must(t, x.Write(&b, excelize.Options{Password: "x"}))
		return b.Bytes()
	}()
	merge := func(ref string) []byte {
		return raw(t, cell, "",
			edit("xl/worksheets/sheet1.xml", "</sheetData>",
				`</sheetData><mergeCells count="1"><mergeCell ref="`+ref+`"/></mergeCells>`))
	}
	good := raw(t, cell, "")
	cases := []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "is empty"},
		{"text", []byte("a,b\n"), "is not an XLSX file"},
		{"encrypted", secret, "is encrypted"},
		{"old", append(bytes.Clone(oleMagic), 1, 2, 3), "old .xls"},
		{"cut", good[:len(good)-10], "cut short"},
		{"another zip", raw(t, cell, "", drop("_rels/.rels")), `no part "_rels/.rels"`},
		{"no workbook", raw(t, cell, "", drop("xl/workbook.xml")), `no part "xl/workbook.xml"`},
		{"no sheet", raw(t, cell, "", drop("xl/worksheets/sheet1.xml")), `the file holds nothing of it: it has no part "xl/worksheets/sheet1.xml"`},
		{"no strings", raw(t, `<row><c t="s"><v>0</v></c></row>`, "", drop("xl/shared.xml")), "the file holds 0"},
		{"unknown tab", raw(t, cell, "", edit("xl/workbook.xml", "rId1", "rId9")), `the file holds nothing of it`},
		{"ends early", raw(t, cell, "", edit("xl/worksheets/sheet1.xml", "</worksheet>", "")), "unexpected EOF"},
		{"ends in a row",
			raw(t, cell, "", edit("xl/worksheets/sheet1.xml", "</row></sheetData></worksheet>", "")), "unexpected EOF"},
		{"part twice", raw(t, cell, "", func(name, text string) (string, string) {
			return strings.Replace(name, "xl/shared.xml", "XL/styles.xml", 1), text
		}), "twice"},
		{"cell twice", raw(t, `<row><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>`, ""), "out of order"},
		{"row twice", raw(t, cell+cell, ""), "out of order"},
		{"other row", raw(t, `<row r="1"><c r="A2"><v>1</v></c></row>`, ""), "out of order"},
		{"cell in no row", raw(t, `<c><v>1</v></c>`, ""), "is in no row"},
		{"bad cell", raw(t, `<row><c r="a1"><v>1</v></c></row>`, ""), "out of order"},
		{"string index", raw(t, `<row><c t="s"><v>0</v></c></row>`, ""), `shared text "0"`},
		{"number", raw(t, `<row><c><v>x</v></c></row>`, ""), "is no number"},
		{"type", raw(t, `<row><c t="q"><v>x</v></c></row>`, ""), `type "q"`},
		{"many rows", raw(t, `<row r="1048576"><c><v>1</v></c></row>`, ""), "too large"},
		{"many columns", raw(t, `<row><c r="XFD1"><v>1</v></c></row>`, ""), "too large"},
		{"100,000 columns", raw(t, `<row>`+strings.Repeat(`<c><v>1</v></c>`, 100_000)+`</row>`, ""),
			"1000 columns are allowed"},
		{"not a number", raw(t, `<row><c><v>NaN</v></c></row>`, ""), "is no number"},
		{"half a number", raw(t, `<row><c><v>0x1p4</v></c></row>`, ""), "is no number"},
		{"another encoding", raw(t, cell, "", func(name, text string) (string, string) {
			return name, `<?xml version="1.0" encoding="koi8-r"?>` + text
		}), `"koi8-r": want UTF-8`},
		{"a long text", raw(t, `<row><c t="str"><v>`+strings.Repeat("a", maxText+1)+`</v></c></row>`, ""),
			"cell A1: a cell is too large: 1048576 bytes of text are allowed"},
		{"a long shared text", raw(t, cell, `<si/><si><t>`+strings.Repeat("a", maxText+1)+`</t></si>`),
			"shared text 1: a cell is too large"},
		{"a text beyond all bounds", raw(t, `<row><c t="str"><v>`+long(maxToken+1)+`</v></c></row>`, ""),
			"cell A1: a tag or text is too large"},
		{"a text in pieces", raw(t, cell, `<si>`+strings.Repeat(`<r><t>`+long(maxToken/8)+`</t></r>`, 9)+`</si>`),
			"a cell is too large"},
		{"a row of long texts",
			raw(t, `<row>`+strings.Repeat(`<c t="str"><v>`+long(maxText)+`</v></c>`, 17)+`</row>`, ""), "row 1: is too large"},
		{"elements inside each other", raw(t, strings.Repeat("<a>", maxDepth), ""), "100 are allowed"},
		{"many parts", manyParts(t), "65535 parts are allowed"},
		{"a bomb", raw(t, strings.Repeat(" ", bombBytes), ""), "200 times its size"},
		{"half a merged cell", merge("A2:"), `merged cells "A2:"`},
		{"merged backwards", merge("A3:A2"), `merged cells "A3:A2"`},
		{"many cells", raw(t, strings.Repeat(`<row><c/><c/><c/><c/></row>`, 10)+manyWide(), ""), "too large"},
	}
	for _, c := range cases {
		b, err := Open("x.xlsx", c.data)
		if err == nil && b.Sheets[0].Err != nil { // the tab alone is refused
			if rows := b.Sheets[0].Rows; rows != nil {
				t.Errorf("%s: has rows beside an error", c.name)
			}
			b, err = nil, fmt.Errorf("x.xlsx: %w", b.Sheets[0].Err)
		}
		if err == nil || b != nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "x.xlsx: ") {
			t.Errorf("%s: %v, want it to say %q", c.name, err, c.want)
		}
	}
}

// Names that a spreadsheet would refuse are read as they are, for another program may have written them: longer than 31
// characters, and equal but for case.
func TestNamesRead(t *testing.T) {
	long := strings.Repeat("long ", 20)
	var b bytes.Buffer
	must(t, WriteXLSX(&b, []Sheet{texts("NAME1", "a"), texts("NAME2", "b"), texts("NAME3", "c")}))
	parts := unzip(t, b.Bytes())
	parts["xl/workbook.xml"] = strings.NewReplacer("NAME1", long, "NAME2", "Bcn", "NAME3",
		"BCN").Replace(parts["xl/workbook.xml"])
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, text := range parts {
		must(t, packPart(z, name, []byte(text)))
	}
	must(t, z.Close())
	book, err := Open("x.xlsx", out.Bytes())
	must(t, err)
	if d := cmp.Diff([]Sheet{texts(long, "a"), texts("Bcn", "b"), texts("BCN", "c")}, book.Sheets); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A folder keeps the limits too.
func TestFolderLimits(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "wide.csv"), []byte(strings.Repeat("h,", 100_000)+"h\n"), 0o666))
	if _, err := Read(dir); err == nil ||
		!strings.Contains(err.Error(), "wide.csv: column ALM: is too large: 1000 columns are allowed") {
		t.Errorf("a CSV of 100,000 columns: %v", err)
	}
}

// long is n letters that pack as well as a real text may.
func long(n int) string {
	some, state := make([]byte, 40_000), uint32(1)
	for i := range some {
		state = state*1664525 + 1013904223
		some[i] = 'a' + byte(state>>24)%26
	}
	return strings.Repeat(string(some), n/len(some)+1)[:n]
}

// manyParts is an archive of empty files, one more than an XLSX may have.
func manyParts(t *testing.T) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range maxParts + 1 {
		_, err := z.CreateHeader(&zip.FileHeader{Name: fmt.Sprint(i)})
		must(t, err)
	}
	must(t, z.Close())
	return b.Bytes()
}

// manyWide is 4,001 rows whose one value is in column 1,000: few bytes, more than maxCells cells.
func manyWide() string {
	var b strings.Builder
	for i := range maxCells/maxColumns + 1 {
		fmt.Fprintf(&b, `<row><c r="ALL%d"><v>1</v></c></row>`, i+11)
	}
	return b.String()
}

// A part is unpacked no further than the limit, whatever it says of its size.
func TestUnpackedLimit(t *testing.T) {
	data := raw(t, strings.Repeat("<row/>", 10000), "")
	for _, says := range []uint64{60000, 100} {
		p, err := openParts(bytes.NewReader(data), int64(len(data)), 1000)
		must(t, err)
		p.files["xl/worksheets/sheet1.xml"].UncompressedSize64 = says
		if _, _, err := p.read("xl/worksheets/sheet1.xml"); err == nil ||
			says == 60000 && !strings.Contains(err.Error(), "too large") {
			t.Errorf("a part that says it has %d bytes: %v", says, err)
		}
	}
}

// Wherever a file is cut it is refused.
func TestCutAnywhere(t *testing.T) {
	var b bytes.Buffer
	must(t, WriteXLSX(&b, []Sheet{texts("T", "Source Label", "Target Name")}))
	for n := range b.Len() {
		if _, err := Open("x.xlsx", b.Bytes()[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes are taken for a workbook", n, b.Len())
		}
	}
}

func texts(name string, header ...string) Sheet {
	row := make([]Cell, len(header))
	for i, h := range header {
		row[i].Text = h
	}
	return Sheet{Name: name, Rows: [][]Cell{row}}
}

func TestNamesRefused(t *testing.T) {
	long := "Pathologies to exclude and merge"
	cases := []struct {
		names        []string
		xlsx, folder string
	}{
		{[]string{"BCN", "bcn"}, "equal but for case", "equal but for case"},
		{[]string{long}, "spreadsheet allows 31", ""},
		{[]string{"a/b"}, "holds one of", "a file name may not"},
		{[]string{`..\b`}, "holds one of", "a file name may not"},
		{[]string{".."}, "", "begins or ends"},
		{[]string{"a<b"}, "", "a file name may not"},
		{[]string{"a[b]"}, "holds one of", ""},
		{[]string{"'a"}, "apostrophe", ""},
		{[]string{""}, "has no name", "has no name"},
		{[]string{"nul.x"}, "", "device"},
		{[]string{"com1"}, "", "device"},
		{[]string{"a "}, "", "begins or ends"},
		{[]string{"a\x00"}, "control", "control"},
		{[]string{strings.Repeat("😀", 16)}, "spreadsheet allows 31", ""},
		{[]string{strings.Repeat("é", 101)}, "spreadsheet allows 31", "has 202 bytes"},
	}
	for _, c := range cases {
		var sheets []Sheet
		for _, n := range c.names {
			sheets = append(sheets, texts(n, "h"))
		}
		var b bytes.Buffer
		says(t, "WriteXLSX", c.names, WriteXLSX(&b, sheets), c.xlsx)
		dir := filepath.Join(t.TempDir(), "new")
		says(t, "a folder", c.names, writeFolder(dir, sheets), c.folder)
		if _, err := os.Stat(dir); c.folder != "" && err == nil || c.xlsx != "" && b.Len() > 0 {
			t.Errorf("%q: something was written", c.names)
		}
	}
	if got := CutTabName(long); got != "Pathologies to exclude and merg" {
		t.Errorf("CutTabName gives %q", got)
	}
	if got := CutTabName(strings.Repeat("😀", 16)); got != strings.Repeat("😀", 15) {
		t.Errorf("CutTabName gives %q", got)
	}
}

func says(t *testing.T, what string, names []string, err error, want string) {
	t.Helper()
	if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
		t.Errorf("%s of tabs %q: %v, want it to say %q", what, names, err, want)
	}
}

// writeFolder writes a .csv per sheet into a new folder, if all are good.
func writeFolder(dir string, sheets []Sheet) error {
	problems := []error{CheckFiles(sheets)}
	files := map[string][]byte{}
	for _, s := range sheets {
		text, err := CSV(s)
		problems = append(problems, err)
		files[s.Name+".csv"] = text
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for name, text := range files {
		problems = append(problems, os.WriteFile(filepath.Join(dir, name), text, 0o666))
	}
	return errors.Join(problems...)
}

func TestCellsRefused(t *testing.T) {
	for _, text := range []string{"\xff", "a\x00", strings.Repeat("a", 32768), strings.Repeat("😀", 16384)} {
		if err := WriteXLSX(&bytes.Buffer{}, []Sheet{texts("T", text)}); err == nil {
			t.Errorf("%.10q… is written", text)
		}
	}
	s := texts("T", "a")
	s.Rows = append(s.Rows, texts("", "a", "b").Rows[0])
	if err := writeFolder(t.TempDir(), []Sheet{s}); err == nil || !strings.Contains(err.Error(), "row 2 has 2 cells") {
		t.Errorf("a row longer than its header: %v", err)
	}
	if err := WriteXLSX(&bytes.Buffer{}, []Sheet{{Name: "T", Hidden: true}}); err == nil {
		t.Error("a workbook of hidden tabs is written")
	}
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	must(t, writeFolder(dir, []Sheet{texts("b", "x"), texts("a", "x", "y, z")}))
	must(t, os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("no"), 0o666))
	must(t, os.WriteFile(filepath.Join(dir, ".hidden.csv"), []byte("no"), 0o666))
	b, err := Read(dir)
	must(t, err)
	if d := cmp.Diff([]Sheet{texts("a", "x", "y, z"), texts("b", "x")}, b.Sheets); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	again, err := Read(dir)
	must(t, err)
	if b.SHA256 != again.SHA256 || len(b.SHA256) != 64 || len(b.Files) != 2 || b.Files[0].Name != "a.csv" {
		t.Errorf("hashes %s and %s, files %v", b.SHA256, again.SHA256, b.Files)
	}
	must(t, os.Rename(filepath.Join(dir, "b.csv"), filepath.Join(dir, "c.csv")))
	renamed, err := Read(dir)
	must(t, err)
	if renamed.SHA256 == b.SHA256 {
		t.Error("the hash does not know of the name of a file")
	}
	must(t, os.WriteFile(filepath.Join(dir, "A.csv"), []byte("a,b\n1\n"), 0o666))
	must(t, os.WriteFile(filepath.Join(dir, "d.csv"), []byte("\xff\n"), 0o666))
	if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), "A.csv:2:") ||
		!strings.Contains(err.Error(), "d.csv:1:") {
		t.Errorf("two broken files give %v", err)
	}
	if _, err := Read(filepath.Join(dir, "a.csv")); err == nil {
		t.Error("a single CSV is a workbook")
	}
	must(t, os.WriteFile(filepath.Join(dir, "a.CSV"), nil, 0o666))
	if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), "same tab") {
		t.Errorf("a.csv beside a.CSV: %v", err)
	}
}

func TestParseRange(t *testing.T) {
	for ref, want := range map[string]string{"A2:B3": "A2:B3", "C7": "C7:C7", "B:D": "B1:D1048576", "2:4": "A2:XFD4",
		"B:B": "B1:B1048576", "A2:": "", ":A2": "", ":": "", "": "", "B": "", "4": "", "A3:A2": "", "D:B": "", "a1:b2": "",
		"A0:B1": ""} {
		r, ok := parseRange(ref)
		if ok != (want != "") || ok && r.String() != want {
			t.Errorf("%q is %s, %v, want %q", ref, r, ok, want)
		}
	}
}

func TestCellName(t *testing.T) {
	for _, c := range []struct {
		row, column int
		want        string
	}{{16, 2, "C17"}, {0, 0, "A1"}, {0, 25, "Z1"}, {0, 26, "AA1"}, {9, 701, "ZZ10"},
		{0, 702, "AAA1"}, {0, 16383, "XFD1"}} {
		if got := CellName(c.row, c.column); got != c.want {
			t.Errorf("CellName(%d, %d) = %s, want %s", c.row, c.column, got, c.want)
		}
		if row, column, ok := parseCellName(c.want); !ok || row != c.row || column != c.column {
			t.Errorf("%s is row %d, column %d, %v", c.want, row, column, ok)
		}
	}
}
