package sheetio

import (
	"archive/zip"
	"bytes"
	"fmt"
	"html"
	"image"
	"image/jpeg"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// aForm has what people and their labels may hold.
func aForm(t *testing.T) []FormSheet {
	t.Helper()
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 128, 96)), nil); err != nil {
		t.Fatal(err)
	}
	words := Sheet{Name: "Names's", Rows: [][]Cell{{{Text: "Name"}}, {{Text: "Naevus"}}, {{Text: "=cmd|' /c calc'!A1"}}}}
	return []FormSheet{
		{Page: true, Sheet: Sheet{Name: "Start", Rows: [][]Cell{{{Text: "Read & do"}}}}, Columns: []FormColumn{{Width: 90}}},
		{
			Sheet: Sheet{Name: "clinic", Rows: [][]Cell{
				{{Text: "Label"}, {Text: "Images"}, {Text: "Name"}, {Text: "Picture 1"}, {Text: "Row"}},
				{{Text: "=1+1"}, {Text: "12", Kind: Number}, {}, {}, {Text: "a.b"}},
				{{Text: "a\r\nb\x01 _x000D_"}, {Text: "3", Kind: Number}, {Text: "2E63"}, {}, {Text: " c "}},
				{{Text: strings.Repeat("ß", 32767)}},
			}},
			Columns: []FormColumn{{Width: 30}, {Width: 8}, {Width: 20, Open: true, List: FormList(words, 0, 1)},
				{Width: FormPictureWidth}, {Width: 10, Hidden: true}},
			Pictures: []FormPicture{{Row: 1, Column: 3, Data: picture.Bytes(), Width: 128, Height: 96},
				{Row: 2, Column: 3, Data: picture.Bytes(), Width: 128, Height: 96}},
		},
		{Sheet: words, Columns: []FormColumn{{Width: 30}}},
		{Sheet: Sheet{Name: "dermset", Rows: [][]Cell{{{Text: "key"}, {Text: "value"}}}}, VeryHidden: true,
			Columns: []FormColumn{{Width: 9}, {Width: 9}}},
	}
}

func written(t *testing.T, tabs []FormSheet) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteForm(&b, tabs); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFormReadsBack(t *testing.T) {
	tabs := aForm(t)
	data := written(t, tabs)
	if !bytes.Equal(data, written(t, aForm(t))) {
		t.Error("the same form has other bytes")
	}
	book, err := Open("form.xlsx", data)
	if err != nil {
		t.Fatal(err)
	}
	var want []Sheet
	for _, tab := range tabs {
		tab.Sheet.Hidden = tab.VeryHidden
		want = append(want, tab.Sheet)
	}
	if d := cmp.Diff(want, book.Sheets); d != "" {
		t.Errorf("(-written +read):\n%s", d)
	}
}

// Another reader of the format sees what is locked, offered, hidden and shown, and no formula anywhere.
func TestFormAsOthersReadIt(t *testing.T) {
	data := written(t, aForm(t))
	for name, text := range partsOf(t, data) {
		if strings.Contains(text, "<f>") || strings.Contains(text, "<f ") {
			t.Errorf("%s holds a formula", name)
		}
	}
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cell := func(name string) string {
		text, err := f.GetCellValue("clinic", name)
		return fmt.Sprint(text, err)
	}
	locked := func(name string) string {
		id, _ := f.GetCellStyle("clinic", name)
		style, err := f.GetStyle(id)
		if err != nil {
			t.Fatal(err)
		}
		if style.Protection != nil && !style.Protection.Locked {
			return fmt.Sprint(style.NumFmt, " open")
		}
		return fmt.Sprint(style.NumFmt, " locked")
	}
	pictures, err := f.GetPictures("clinic", "D2")
	if err != nil {
		t.Fatal(err)
	}
	offered, err := f.GetDataValidations("clinic")
	if err != nil || len(offered) != 1 {
		t.Fatal(offered, err)
	}
	hidden, _ := f.GetColVisible("clinic", "E")
	protection, err := f.GetSheetProtection("clinic")
	if err != nil {
		t.Fatal(err)
	}
	height, _ := f.GetRowHeight("clinic", 2)
	got := []any{cell("A2"), cell("B2"), locked("A2"), locked("B2"), locked("C2"), locked("C3"), len(pictures),
		len(f.GetDefinedName()), offered[0].Sqref, html.UnescapeString(offered[0].Formula1), hidden,
		protection.AutoFilter, protection.Sort,
		protection.InsertRows, height}
	want := []any{"=1+1<nil>", "12<nil>", "49 locked", "3 locked", "49 open", "49 open", 1,
		3, "C2:C4", "'Names''s'!$A$2:$A$3", false, true, true, false, 102.0}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func partsOf(t *testing.T, data []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, file := range z.File {
		r, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts[file.Name] = string(text)
	}
	return parts
}

func TestFormsThatNoSpreadsheetHolds(t *testing.T) {
	for want, spoil := range map[string]func(tabs []FormSheet){
		"32768 characters":   func(tabs []FormSheet) { tabs[1].Rows[1][0].Text = strings.Repeat("x", 32768) },
		"holds one of":       func(tabs []FormSheet) { tabs[1].Name = "a/b" },
		"equal but for case": func(tabs []FormSheet) { tabs[1].Name = "START" },
		"that is not hidden": func(tabs []FormSheet) {
			tabs[0].Hidden, tabs[1].Hidden, tabs[2].VeryHidden = true, true, true
		},
		"holds a NUL character": func(tabs []FormSheet) { tabs[1].Rows[1][0].Text = "a\x00" },
	} {
		tabs := aForm(t)
		spoil(tabs)
		var b bytes.Buffer
		if err := WriteForm(&b, tabs); err == nil || !strings.Contains(err.Error(), want) || b.Len() > 0 {
			t.Errorf("%v with %d bytes, want %q", err, b.Len(), want)
		}
	}
}
