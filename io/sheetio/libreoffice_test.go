package sheetio

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/dermset/dermset/io/csvio"
)

// oddTexts are what spreadsheets like to take for something else.
var oddTexts = []string{"=1+1", "'apostrophe", "+1", "-", "@x", "line\nbreak", "😀 é e\u0301",
	strings.Repeat("long ", 6553) + "x", " both ends ", "no\u00a0break", "2E63", "1E80", "TRUE", "FALSE", "01", "1,5",
	"3/1", "2026-03-01", "12:30", "50%", "#N/A", "_x0041_", "a\tb", `"quoted"`, "{=1}", "zero\u200bwidth", "<b>&amp;"}

// runTexts are what spreadsheets run as formulas.
var runTexts = []string{"=1+1", "=", "=x", "+1", "+", "+a", "-1", "-", "-a", "- see note", "@x", "@SUM(1)", "\ta",
	"\t=1+1", "\ra", "=HYPERLINK(\"a\",\"b\")", "=cmd|' /C calc'!A0", "=1\n+1", "-2,5", "+1e5", "-2026-01-01"}

// libreOffice converts a file into another folder, with LibreOffice's names of filters, and gives what it made.
func libreOffice(t *testing.T, in, to, file string) (folder string) {
	t.Helper()
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("LibreOffice (soffice) is not on the PATH")
	}
	if testing.Short() {
		t.Skip("starting LibreOffice takes seconds")
	}
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute)
	defer stop()
	folder = t.TempDir()
	convert := exec.CommandContext(ctx, soffice, "-env:UserInstallation=file://"+filepath.ToSlash(folder)+"/profile",
		"--headless", "--infilter="+in, "--convert-to", to, "--outdir", folder, file)
	if out, err := convert.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return folder
}

// manyTexts are odd ones, and those that would be run.
func manyTexts() []string {
	all := slices.Clone(oddTexts)
	for _, apostrophes := range []string{"", "'", "''"} {
		for _, text := range runTexts {
			all = append(all, apostrophes+text)
		}
	}
	return all
}

// What WriteXLSX writes is the same after LibreOffice has opened and saved it, and all of it is text.
func TestLibreOfficeSavesTheSameXLSX(t *testing.T) {
	sheet := texts("Tab", "Source Label")
	for _, text := range manyTexts() {
		sheet.Rows = append(sheet.Rows, textRow([]string{text}))
	}
	var b bytes.Buffer
	must(t, WriteXLSX(&b, []Sheet{sheet}))
	file := filepath.Join(t.TempDir(), "book.xlsx")
	must(t, os.WriteFile(file, b.Bytes(), 0o666))
	book, err := Read(filepath.Join(libreOffice(t, "Calc MS Excel 2007 XML", "xlsx", file), "book.xlsx"))
	must(t, err)
	if d := cmp.Diff(sheet.Rows, book.Sheets[0].Rows); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A CSV tab is the same after LibreOffice has opened and saved it, as far as formulas go: what it takes for a number or
// date by itself (01, 2E63) no apostrophe guards.
func TestLibreOfficeSavesTheSameCSV(t *testing.T) {
	sheet := texts("Tab", "Source Label", "Target Name")
	for _, text := range manyTexts() {
		if RunsAsFormula(text) && !strings.Contains(text, "\r") { // CR comes back as LF
			sheet.Rows = append(sheet.Rows, textRow([]string{text, "x"}))
		}
	}
	data, err := CSV(sheet)
	must(t, err)
	file := filepath.Join(t.TempDir(), "Tab.csv")
	must(t, os.WriteFile(file, data, 0o666))
	// Comma, quote, UTF-8, from line 1, and formulas are run.
	folder := libreOffice(t, "CSV:44,34,76,1,,0,false,false,false,false,false,0,true",
		"csv:Text - txt - csv (StarCalc):44,34,76,1", file)
	book, err := Read(folder)
	must(t, err)
	if d := cmp.Diff(sheet.Rows, book.Sheets[0].Rows); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// What WriteXLSX, AppendXLSX and EditXLSX write opens in LibreOffice with equal content, every cell as text.
func TestOpensInLibreOffice(t *testing.T) {
	sheets := []Sheet{texts("Odd texts", "Source Label", "Target Name"), texts("Zweiter Tab", "x")}
	for _, text := range oddTexts {
		sheets[0].Rows = append(sheets[0].Rows, textRow([]string{text, "=" + text}[:1+len(text)%2]))
	}
	var b bytes.Buffer
	must(t, WriteXLSX(&b, sheets))
	added := [][]string{{"2E63", "=2+2"}, {"", "01"}}
	data, err := AppendXLSX("x.xlsx", b.Bytes(), []Addition{{"Odd texts", added}, {"Zweiter Tab", added}, {"Neu", added}})
	must(t, err)
	edits := []Edit{{"Odd texts", 1, 0, was("=1+1"), "=2 \n<&>"}, {"Odd texts", 2, 0, was("'apostrophe"), ""},
		{"Odd texts", len(oddTexts) + 1, 0, was("2E63"), "1E80"}, {"Neu", 1, 1, was("01"), " 02 "}}
	data, err = EditXLSX("x.xlsx", data, edits)
	must(t, err)
	want, err := Open("x.xlsx", data)
	must(t, err)

	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "book.xlsx"), data, 0o666))
	// Comma, quote, UTF-8, from line 1, all text quoted, numbers as stored, every tab into a file of its own.
	dir = libreOffice(t, "Calc MS Excel 2007 XML",
		"csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,false,false,false,false,-1", filepath.Join(dir, "book.xlsx"))
	for _, s := range want.Sheets {
		text, err := os.ReadFile(filepath.Join(dir, "book-"+s.Name+".csv"))
		must(t, err)
		table, err := csvio.Read(bytes.NewReader(text), s.Name)
		must(t, err)
		rows := [][]string{table.Header}
		for _, r := range table.Records {
			rows = append(rows, r.Fields)
		}
		var got, wanted [][]string
		for i := range max(len(rows), len(s.Rows)) {
			var ours, theirs []string
			for column := range rows[0] {
				ours = append(ours, s.Cell(i, column).Text)
			}
			if i < len(rows) {
				theirs = rows[i]
			}
			got, wanted = append(got, theirs), append(wanted, ours)
		}
		if d := cmp.Diff(wanted, got); d != "" {
			t.Errorf("tab %q (-want +got):\n%s", s.Name, d)
		}
		if unquoted := strings.Trim(removeQuoted(string(text)), ",\r\n"); unquoted != "" {
			t.Errorf("tab %q: LibreOffice takes for something else than text: %q", s.Name, unquoted)
		}
	}
}

// removeQuoted is a CSV without its quoted fields.
func removeQuoted(text string) string {
	var b strings.Builder
	for i, part := range strings.Split(strings.ReplaceAll(text, `""`, ""), `"`) {
		if i%2 == 0 {
			b.WriteString(part)
		}
	}
	return b.String()
}

// A form that LibreOffice has opened and saved still has its texts, what is locked, offered and hidden, and its
// pictures.
func TestLibreOfficeSavesTheSameForm(t *testing.T) {
	tabs := aForm(t)
	clinic := &tabs[1]
	clinic.Rows = clinic.Rows[:3] // CR and what no XML holds are of the tests above
	clinic.Rows[2][0].Text = "plain"
	for _, text := range manyTexts() {
		clinic.Rows = append(clinic.Rows, []Cell{{Text: text}, {Text: "1", Kind: Number}, {Text: text}, {}, {Text: text}})
	}
	file := filepath.Join(t.TempDir(), "form.xlsx")
	must(t, os.WriteFile(file, written(t, tabs), 0o666))
	saved := filepath.Join(libreOffice(t, "Calc MS Excel 2007 XML", "xlsx", file), "form.xlsx")
	book, err := Read(saved)
	must(t, err)
	for i, tab := range tabs {
		if d := cmp.Diff(tab.Rows, book.Sheets[i].Rows); d != "" || tab.VeryHidden != book.Sheets[i].Hidden {
			t.Errorf("%s, hidden %t (-want +got):\n%s", tab.Name, book.Sheets[i].Hidden, d)
		}
	}
	f, err := excelize.OpenFile(saved)
	must(t, err)
	defer f.Close()
	offered, err := f.GetDataValidations("clinic")
	must(t, err)
	shown, err := f.GetColVisible("clinic", "E")
	must(t, err)
	protection, err := f.GetSheetProtection("clinic")
	must(t, err)
	open, err := f.GetCellStyle("clinic", "C2")
	must(t, err)
	style, err := f.GetStyle(open)
	must(t, err)
	pictures, err := f.GetPictures("clinic", "D2")
	must(t, err)
	if len(offered) != 1 || shown || !protection.AutoFilter || style.Protection == nil ||
		style.Protection.Locked || len(pictures) != 1 || !isText(style) {
		t.Errorf("%+v, shown %t, %+v, %+v, %d pictures", offered, shown, protection, style.Protection, len(pictures))
	}
}

// isText says whether cells of a style are formatted as text: by the format's number, or by a format of one's own.
func isText(style *excelize.Style) bool {
	return style.NumFmt == 49 || style.CustomNumFmt != nil && *style.CustomNumFmt == "@"
}
