package sheetio

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

// Dates agree with excelize, which knows both calendars and the day that never was.
func TestDates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		serial := float64(rapid.IntRange(1, 2958465).Draw(t, "day")) +
			float64(rapid.IntRange(0, 86399).Draw(t, "second"))/86400
		date1904 := rapid.Bool().Draw(t, "1904")
		if date1904 {
			serial = min(serial, 2957003)
		}
		want, err := excelize.ExcelDateToTime(serial, date1904)
		if err != nil {
			t.Fatal(err)
		}
		form := "2006-01-02T15:04:05"
		want = want.Round(time.Second)
		if want.Hour() == 0 && want.Minute() == 0 && want.Second() == 0 {
			form = "2006-01-02"
		}
		got, ok := dateText(serial, date1904)
		if int(serial) == 60 && !date1904 {
			return // 29 February 1900
		}
		if !ok || got != want.Format(form) {
			t.Fatalf("%v is %s, want %s", serial, got, want.Format(form))
		}
	})
}

var anyCell = rapid.OneOf(
	rapid.SampledFrom([]string{"", " ", "2E63", "EA80;EK00", "a\r\nb", "\r", "\n", "\t", "_x0041_", "_x005F_x0041_",
		"__x0041_", "_x005F__x005F_", "\ufffe", "\x01", "'x", "=1+1", "<&>\"", "\u00a0", "é", "e\u0301",
		"😀", "_xD83D__xDE00_", "\ufffd"}),
	rapid.String().Filter(func(s string) bool { return !strings.ContainsRune(s, 0) }),
)

func anySheets(t *rapid.T) []Sheet {
	names := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Za-z0-9é][A-Za-z0-9 é._&'-]{0,20}[a-z]`), 1,
		4, strings.ToUpper).Draw(t, "names")
	sheets := make([]Sheet, len(names))
	for i, name := range names {
		sheets[i] = Sheet{Name: name, Hidden: i > 0 && rapid.Bool().Draw(t, "hidden")}
		width := rapid.IntRange(1, 4).Draw(t, "width")
		for range rapid.IntRange(0, 5).Draw(t, "rows") {
			var row []Cell
			for range width {
				row = append(row, Cell{Text: anyCell.Draw(t, "cell")})
			}
			sheets[i].Rows = append(sheets[i].Rows, row)
		}
	}
	return sheets
}

// trimmed is what reading gives: no empty cells and rows at the ends.
func trimmed(sheets []Sheet) []Sheet {
	out := make([]Sheet, len(sheets))
	for i, s := range sheets {
		out[i] = Sheet{Name: s.Name, Hidden: s.Hidden}
		for r, row := range s.Rows {
			for len(row) > 0 && row[len(row)-1].Text == "" {
				row = row[:len(row)-1]
			}
			if len(row) > 0 {
				for len(out[i].Rows) < r {
					out[i].Rows = append(out[i].Rows, nil)
				}
				out[i].Rows = append(out[i].Rows, row)
			}
		}
	}
	return out
}

func TestXLSXRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sheets := anySheets(t)
		var b, again bytes.Buffer
		if err := WriteXLSX(&b, sheets); err != nil {
			t.Fatal(err)
		}
		if err := WriteXLSX(&again, sheets); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Fatal("the same sheets give other bytes", err)
		}
		got, err := Open("x.xlsx", b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(trimmed(sheets), got.Sheets); d != "" {
			t.Fatalf("(-want +got):\n%s", d)
		}
	})
}

func TestFolderRoundTrip(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		sheets := anySheets(t)
		want := map[string]Sheet{}
		for i := range sheets {
			sheets[i].Hidden = false
			sheets[i].Rows = append([][]Cell{{{Text: "a"}, {Text: "b"}, {Text: "c"}, {Text: "d"}}}, sheets[i].Rows...)
			want[sheets[i].Name] = trimmed(sheets[i : i+1])[0]
		}
		n++
		to := filepath.Join(dir, fmt.Sprint(n))
		if err := writeFolder(to, sheets); err != nil {
			t.Fatal(err)
		}
		book, err := Read(to)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]Sheet{}
		for _, s := range book.Sheets {
			got[s.Name] = s
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("(-want +got):\n%s", d)
		}
	})
}

// What excelize writes, and what it reads of what we write, is the same text.
func TestAgreesWithExcelize(t *testing.T) {
	plain := rapid.StringMatching(`[A-Za-z0-9 é,;"'<>&\n\t\[\]()._-]{0,12}`).Filter(
		func(s string) bool { return !strings.Contains(s, "_x") })
	rapid.Check(t, func(t *rapid.T) {
		s := Sheet{Name: "Sheet1"}
		x := excelize.NewFile()
		for r := range rapid.IntRange(1, 6).Draw(t, "rows") {
			var row []Cell
			for c := range 3 {
				text := plain.Draw(t, "cell")
				row = append(row, Cell{Text: text})
				if err := x.SetCellStr("Sheet1", CellName(r, c), text); err != nil {
					t.Fatal(err)
				}
			}
			s.Rows = append(s.Rows, row)
		}
		var theirs, ours bytes.Buffer
		if err := x.Write(&theirs); err != nil {
			t.Fatal(err)
		}
		got, err := Open("x.xlsx", theirs.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(trimmed([]Sheet{s}), got.Sheets); d != "" {
			t.Fatalf("of theirs (-want +got):\n%s", d)
		}
		if err := WriteXLSX(&ours, []Sheet{s}); err != nil {
			t.Fatal(err)
		}
		y, err := excelize.OpenReader(&ours)
		if err != nil {
			t.Fatal(err)
		}
		for r, row := range s.Rows {
			for c, cell := range row {
				if text, err := y.GetCellValue("Sheet1", CellName(r, c)); err != nil || text != cell.Text {
					t.Fatalf("excelize reads %q at %s, want %q, %v", text, CellName(r, c), cell.Text, err)
				}
			}
		}
	})
}

// Texts that would be run are texts to excelize, and stay so when it saves them.
func TestExcelizeRunsNothing(t *testing.T) {
	sheet := Sheet{Name: "T"}
	for _, text := range append(slices.Clone(runTexts), "'=1", "''-") {
		sheet.Rows = append(sheet.Rows, textRow([]string{text}))
	}
	var ours, theirs bytes.Buffer
	must(t, WriteXLSX(&ours, []Sheet{sheet}))
	x, err := excelize.OpenReader(&ours)
	must(t, err)
	for row := range sheet.Rows {
		if formula, err := x.GetCellFormula("T", CellName(row, 0)); err != nil || formula != "" {
			t.Errorf("%q is the formula %q, %v", sheet.Rows[row][0].Text, formula, err)
		}
	}
	must(t, x.Write(&theirs))
	book, err := Open("x.xlsx", theirs.Bytes())
	must(t, err)
	if d := cmp.Diff(sheet.Rows, book.Sheets[0].Rows); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
