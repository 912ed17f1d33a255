package csvio

import (
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
)

// asUTF16 is the text as UTF-16, little-endian, without a mark.
func asUTF16(text string) string {
	var data []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		data = append(data, byte(unit), byte(unit>>8))
	}
	return string(data)
}

func encoded(t *testing.T, to *charmap.Charmap, text string) string {
	t.Helper()
	data, err := to.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRecognise(t *testing.T) {
	columns := []string{"image", "label", "age"}
	const table = "image,label,age\na.jpg,Úlcera venosa,40\nb.jpg,Nevus melanocítico,50\n"
	for name, c := range map[string]struct {
		head string
		raw  string
	}{
		"CSV as it is read": {table, ""},
		"another column":    {"image,lable,age\na,b,c\n", ""},
		"semicolons": {"image;label;age\na.jpg;x, y;40\n",
			"has fields separated by semicolons: write `delimiter: \";\"` beside its path: in source.yaml"},
		"semicolons and decimal commas": {"image;label;age\na.jpg;x;40,5\n",
			"has fields separated by semicolons; has decimal commas (40,5): " +
				"write `delimiter: \";\"` beside its path: in source.yaml, and `replace: {\",\": \".\"}` beside the column: of " +
				"such numbers"},
		"tabs": {"image\tlabel\tage\na\tb\tc\n",
			"has fields separated by tabs: write `delimiter: tab` beside its path: in source.yaml"},
		"double bars": {"image||label||age\na||b||c\n",
			"has fields separated by \"||\": write `delimiter: \"||\"` beside its path: in source.yaml"},
		"tabs and bars": {"image\t|\tlabel\t|\tage\na\t|\tb\t|\tc\n",
			"has fields separated by tab, bar, tab: write `delimiter: \"\\t|\\t\"` beside its path: in source.yaml"},
		"lines before the header": {"Study 12\nmade by X, on Monday\nimage,label,age\na,b,c\n",
			"has its column names in line 3: write `header: 3` beside its path: in source.yaml"},
		"comments before the header": {"# Study 12\n# X\nimage,label,age\na,b,c\n",
			"has comments (#): write `comment: \"#\"` beside its path: in source.yaml"},
		"comments between rows": {"image,label,age\na,b,c\n# 2024\nd,e,f\n# x\n",
			"has comments (#): write `comment: \"#\"` beside its path: in source.yaml"},
		"a label that begins with the mark": {"label,image,age\n#a,b,c,d\n#e,f,g\n#h\n", ""},
		"none of the columns":               {"Study\na,b,c\nd,e,f\ng,h,i\n", ""},
		"sep=":                              {"sep=;\r\nimage;label;age\r\na;b;c\r\n", ""},
		"UTF-16": {"\xff\xfe" + asUTF16(table),
			"is not UTF-8, but utf-16: write `encoding: utf-16` beside its path: in source.yaml"},
		"UTF-16 without a mark": {asUTF16(table),
			"is not UTF-8, but utf-16le: write `encoding: utf-16le` beside its path: in source.yaml"},
		"windows-1252": {encoded(t, charmap.Windows1252, table),
			"is not UTF-8, but windows-1252 (\"Úlcera\"): write `encoding: windows-1252` beside its path: in source.yaml"},
		"MacRoman and semicolons": {encoded(t, charmap.Macintosh, "image;label;age\na.jpg;Úlcera venosa, pié;40\n"),
			"is not UTF-8, but macintosh (\"Úlcera\"); has fields separated by semicolons: " +
				"write `encoding: macintosh, delimiter: \";\"` beside its path: in source.yaml"},
		"windows-1250": {encoded(t, charmap.Windows1250, "image;label;age\na.jpg;Łuszczyca, włókniak;40\n"),
			"is not UTF-8, but windows-1250 (\"Łuszczyca\"), or windows-1252 (\"£uszczyca\"); has fields separated by " +
				"semicolons: write `encoding: windows-1250, delimiter: \";\"` beside its path: in source.yaml"},
		"CR only": {"image,label,age\ra,b,c\r", "has lines that end with CR alone, as on an old Mac: " +
			"write `line_ends: cr` beside its path: in source.yaml"},
		"xlsx": {"PK\x03\x04\x14\x00[Content_Types].xml xl/workbook.xml",
			"is a workbook of Excel (.xlsx): write `format: xlsx` beside its path: in source.yaml"},
		"html": {"\n<!DOCTYPE html><html>", "is a web page (HTML): it may be a page that asks to log in, or an error: " +
			"fetch the file again; if it is a table for Excel, open it in a spreadsheet program and save it as .xlsx or as " +
			"CSV UTF-8"},
	} {
		got := ""
		if s := Recognise([]byte(c.head), columns); s != nil {
			got = s.Raw()
		}
		if diff := cmp.Diff(c.raw, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestRecogniseFixed(t *testing.T) {
	for head, want := range map[string]string{
		"image_path;label\na;b\n": "has fields separated by semicolons: save it as CSV UTF-8 with commas, and the column " +
			"names in line 1 (LibreOffice: Save As, Text CSV, Edit filter settings; Excel: CSV UTF-8, which has the separator " +
			"of the system's region)",
		"\x1f\x8b\x08": "is packed by gzip, not CSV: unpack it with gunzip",
		"%PDF-1.7": "is a PDF document, not CSV: ask for the table itself, or export its table as CSV UTF-8 from the " +
			"program that made it",
	} {
		s := Recognise([]byte(head), []string{"image_path"})
		if s == nil {
			t.Fatalf("%q: nothing is seen", head)
		}
		if diff := cmp.Diff(want, s.Fixed()); diff != "" {
			t.Error(diff)
		}
	}
}

// FuzzRecognise looks at any bytes: it says something or nothing, and never fails.
func FuzzRecognise(f *testing.F) {
	f.Add("a;b\n1;2,5\n", "b")
	f.Add("sep=;\r\na;b", "a")
	f.Add("\xff\xfea\x00;\x00", "")
	f.Add("# x\n\"a\"||b\rc||d", "b")
	f.Fuzz(func(t *testing.T, head, column string) {
		if s := Recognise([]byte(head), []string{column}); s != nil && (s.What() == "" || s.Raw() == "" || s.Fixed() == "") {
			t.Errorf("%+v says nothing", s)
		}
	})
}
