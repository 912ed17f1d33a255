package sheetio

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// Whatever is read as a worksheet writes and reads back as the same text, is the same row by row, and nothing panics.
func FuzzWorksheet(f *testing.F) {
	f.Add(`<row r="1"><c r="A1" t="s"><v>0</v></c><c t="inlineStr"><is><t>x</t></is></c></row>`,
		`<si><t>a_x000D_</t></si>`)
	f.Add(`<row><c><f>1</f></c><c s="1"><v>2E+63</v></c><c t="b"><v>1</v></c></row><row r="9"><c r="C9" t="e"><v>#N/A</v></c></row>`, `<si/>`)
	f.Add(`<row><c><is><t>i</t></is><f>1</f></c></row></sheetData><mergeCells><mergeCell ref="B:C"/><mergeCell ref="A1:A2"/>`+
		`</mergeCells><sheetData>`, "")
	f.Add(`<row><c t="d"><v>2026-01-01</v></c></row>`, `<si><r><t>b</t></r><rPh><t>c</t></rPh></si>`)
	f.Fuzz(func(t *testing.T, sheetData, shared string) {
		roundTrip(t, raw(t, sheetData, shared))
	})
}

func FuzzOpen(f *testing.F) {
	var b bytes.Buffer
	if err := WriteXLSX(&b, []Sheet{texts("T", "Source Label")}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	x := excelize.NewFile()
	b.Reset()
	if err := x.Write(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) { roundTrip(t, data) })
}

func roundTrip(t *testing.T, data []byte) {
	book, err := Open("x.xlsx", data)
	if err != nil {
		if book != nil {
			t.Fatal("a book and an error")
		}
		return
	}
	rowByRow(t, data, book)
	var b bytes.Buffer
	if WriteXLSX(&b, book.Sheets) != nil {
		return
	}
	again, err := Open("y.xlsx", b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for i := range book.Sheets {
		for _, row := range book.Sheets[i].Rows {
			for c := range row {
				row[c].Kind = Text
			}
		}
	}
	if d := cmp.Diff(trimmed(book.Sheets), again.Sheets); d != "" {
		t.Fatalf("(-want +got):\n%s", d)
	}
}

// rowByRow reads the tabs one at a time, and wants them to be those of the book.
func rowByRow(t *testing.T, data []byte, book *Book) {
	x := openBytes(t, data)
	for i, tab := range x.Tabs {
		want := book.Sheets[i]
		got := Sheet{Name: tab.Name, Hidden: tab.Hidden}
		err := x.Rows(tab, func(row int, cells []Cell) error {
			for len(got.Rows) < row {
				got.Rows = append(got.Rows, nil)
			}
			got.Rows = append(got.Rows, slices.Clone(cells))
			return nil
		})
		if want.Err != nil { // a book has limits of its own
			continue
		}
		must(t, err)
		got.Merged, err = x.Merged(tab)
		must(t, err)
		slices.SortStableFunc(want.Merged, Range.compare)
		want.Formulas = nil // of a book alone
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("row by row (-book +rows):\n%s", d)
		}
	}
}

func FuzzFolder(f *testing.F) {
	f.Add([]byte("Source Label,Target Name\na,b\n"), []byte("x\n"))
	f.Add([]byte("\ufeffa\r\n\"q\"\"\n\"\r\n"), []byte(""))
	f.Fuzz(func(t *testing.T, one, two []byte) {
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, "one.csv"), one, 0o666))
		must(t, os.WriteFile(filepath.Join(dir, "two.csv"), two, 0o666))
		book, err := Read(dir)
		if err != nil {
			return
		}
		to := filepath.Join(dir, "to")
		if writeFolder(to, book.Sheets) != nil {
			return // a cell of more than 32,767 characters, or a header that ends empty before longer rows
		}
		again, err := Read(to)
		must(t, err)
		if d := cmp.Diff(book.Sheets, again.Sheets); d != "" {
			t.Fatalf("(-want +got):\n%s", d)
		}
	})
}
