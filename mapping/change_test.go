package mapping

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/io/sheetio/googletest"
)

// toChange has headers in other writing, a label twice, codes in other writing, and the tab of exclusions and mergers.
func toChange() []sheetio.Sheet {
	return []sheetio.Sheet{
		lines("Clinic", "source label|Target  name|ICD-11 Code(s)|notes / justification|annotator", "a|A|EK00, EA80||ana",
			"twice|N|2C32|why", "b|B||=note|", "twice|N|2C32|why", "A|other|[\"EK00\", \"EA80\"]||", "e|E|||"),
		lines(refineTabXLSX, "Category|Action|Merge into|Reason|Reviewed by", "A|merge|B|close|", "C|exclude|||"),
		lines("Notes", "free|text"),
	}
}

// inForms is a workbook as a folder of CSVs, as an XLSX and as a document of Google Sheets.
func inForms(t *testing.T, sheets []sheetio.Sheet) map[string]string {
	t.Helper()
	dir := t.TempDir()
	paths := map[string]string{"folder": filepath.Join(dir, "folder"), "xlsx": filepath.Join(dir, "w.xlsx"),
		"document": filepath.Join(dir, "gsheet")}
	writeFolder(t, paths["folder"], sheets)
	var b bytes.Buffer
	must(t, sheetio.WriteXLSX(&b, sheets))
	must(t, os.WriteFile(paths["xlsx"], b.Bytes(), 0o666))
	google := googletest.New(t)
	google.Export = b.Bytes()
	pulled, err := google.Google(t).Pull(t.Context(), googletest.Document)
	must(t, err)
	must(t, os.Mkdir(paths["document"], 0o777))
	for name, data := range pulled.Content {
		must(t, os.WriteFile(filepath.Join(paths["document"], name), data, 0o666))
	}
	return paths
}

func TestChange(t *testing.T) {
	decisions := []Decision{
		{"Clinic", "a", map[string]string{"Target Name": "A", "ICD-11 Code(s)": "EA80;EK00", "Notes/Justification": ""},
			map[string]string{"Target Name": "=A 2", "ICD-11 Code(s)": "EA80", "Notes/Justification": "line\nbreak "}},
		{"Clinic", "twice", map[string]string{"Target Name": "N", "ICD-11 Code(s)": "2C32", "Notes/Justification": "why"},
			map[string]string{"Target Name": "", "ICD-11 Code(s)": "2C30"}},
		{"Clinic", "b", map[string]string{"Notes/Justification": "=note"}, map[string]string{"Notes/Justification": ""}},
		{"Clinic", "A", map[string]string{"ICD-11 Code(s)": "EA80;EK00"}, map[string]string{"ICD-11 Code(s)": "EA80;EK00"}},
		{RefineTab, "A", map[string]string{"Action": "merge", "Merge into": "B"},
			map[string]string{"Action": "exclude", "Merge into": "", "Reviewed by": "bo", "More": ""}},
	}
	want := toChange()
	want[0] = lines("Clinic", "source label|Target  name|ICD-11 Code(s)|notes / justification|annotator",
		"a|=A 2|EA80|line\nbreak |ana", "twice||2C30|why", "b|B|||", "twice||2C30|why",
		"A|other|[\"EK00\", \"EA80\"]||", "e|E|||")
	want[1] = lines(refineTabXLSX, "Category|Action|Merge into|Reason|Reviewed by", "A|exclude||close|bo", "C|exclude|||")
	for form, path := range inForms(t, toChange()) {
		files, err := Change(path, decisions)
		must(t, err)
		for _, f := range files {
			if was, err := os.ReadFile(f.Path); err == nil && f.Was != fmt.Sprintf("%x", sha256.Sum256(was)) {
				t.Errorf("%s: %s was %s", form, f.Path, f.Was)
			}
		}
		if form == "document" {
			if len(files) != 1 || files[0].Path != filepath.Join(filepath.Dir(path), "to-paste.xlsx") {
				t.Fatalf("%+v", files)
			}
			book, err := sheetio.Open("p.xlsx", files[0].Data)
			must(t, err)
			paste := []sheetio.Sheet{
				lines("Clinic", "source label|Target  name|ICD-11 Code(s)|notes / justification|annotator",
					"a|=A 2|EA80|line\nbreak |ana", "twice||2C30|why", "b|B", "twice||2C30|why"),
				lines(refineTabXLSX, "Category|Action|Merge into|Reason|Reviewed by", "A|exclude||close|bo")}
			if d := cmp.Diff(paste, book.Sheets); d != "" {
				t.Error(d)
			}
			continue
		}
		writeFiles(t, files)
		book, err := sheetio.Read(path)
		must(t, err)
		for _, sheet := range want {
			for row, cells := range sheet.Rows {
				for column, cell := range cells {
					if got := book.Sheet(sheet.Name).Cell(row, column); got != cell {
						t.Errorf("%s: %s!%s is %+v, want %+v", form, sheet.Name, sheetio.CellName(row, column), got, cell)
					}
				}
			}
		}
		if files, err := Change(path, decisions); err != nil || len(files) > 0 {
			t.Errorf("%s: the second time %d files, %v", form, len(files), err)
		}
	}
}

// A category that the exclude and merge tab lacks gets a row below the others, beside other decisions; one that is
// there gets none, and what its columns cannot hold is refused.
func TestChangeAddsCategories(t *testing.T) {
	add := func(category string, after map[string]string) Decision {
		return Decision{RefineTab, category, nil, after}
	}
	decisions := []Decision{
		add("=New", map[string]string{"action": "merge", "Merge into": "B", "Reason": "same", "Reviewed by": "bo"}),
		{RefineTab, "C", map[string]string{"Action": "exclude"}, map[string]string{"Action": "exclude", "Reason": "few"}},
		add("Newer", map[string]string{"Action": "exclude", "More": ""})}
	want := lines("", "A|merge|B|close|", "C|exclude||few|", "=New|merge|B|same|bo", "Newer|exclude|||").Rows
	for form, path := range inForms(t, toChange()) {
		files, err := Change(path, decisions)
		must(t, err)
		read, rows := path, want
		if form == "document" {
			read, rows = files[0].Path, want[1:]
		}
		writeFiles(t, files)
		book, err := sheetio.Read(read)
		must(t, err)
		sheet := book.Sheet(refineTabXLSX)
		for row, cells := range rows {
			for column, cell := range cells {
				if got := sheet.Cell(row+1, column); got != cell {
					t.Errorf("%s: %s is %+v, want %+v", form, sheetio.CellName(row+1, column), got, cell)
				}
			}
		}
		if len(sheet.Rows) != len(rows)+1 {
			t.Errorf("%s: %d rows, want %d", form, len(sheet.Rows), len(rows)+1)
		}
		if form == "document" {
			continue
		}
		if files, err := Change(path, decisions); err != nil || len(files) > 0 {
			t.Errorf("%s: the second time %d files, %v", form, len(files), err)
		}
		_, err = Change(path, []Decision{add("D", map[string]string{"Action": "exclude", "Annotator": "ana"}),
			add("E", map[string]string{"Action": "exclude"}), add("E", map[string]string{"Action": "exclude"}),
			{"Clinic", "new", nil, map[string]string{"Target Name": "N"}}})
		refused, _ := errors.AsType[RefusedError](err)
		for i, why := range map[int]string{0: `column "Annotator" is missing`, 2: `"E" is decided twice`, 3: `no label "new"`} {
			if refused[i] == nil || !strings.Contains(refused[i].Error(), why) || len(refused) != 3 {
				t.Errorf("%s: %v, want %s", form, err, why)
			}
		}
	}
}

func TestChangeRefuses(t *testing.T) {
	decide := func(tab, label, before, after string) Decision {
		return Decision{tab, label, map[string]string{"Target Name": before}, map[string]string{"Target Name": after}}
	}
	good := decide("Clinic", "b", "B", "C")
	decisions := []Decision{good, decide("None", "a", "", "x"), decide("Notes", "a", "", "x"),
		decide("Clinic", "zz", "", "x"), decide("Clinic", "a", "B", "x"), decide("Clinic", "b", "B", "D"),
		{"Clinic", "twice", map[string]string{"Extra": "x"},
			map[string]string{"Consult": "who", "Anotator": "", "annotatr": "ana"}},
		{"Clinic", "A", nil, map[string]string{"Source Label": "x"}},
		{RefineTab, "C", map[string]string{"Action": "exclude"}, map[string]string{"Action": strings.Repeat("x", 32_768)}},
		decide("Clinic", "e", "E", "a\x00")}
	for form, path := range inForms(t, toChange()) {
		files, err := Change(path, decisions)
		refused, ok := errors.AsType[RefusedError](err)
		if !ok || len(files) > 0 {
			t.Fatalf("%s: %v", form, err)
		}
		want := map[int]string{1: `no tab "None": run mapping merge`, 2: `tab "Notes": column "Source Label" is missing`,
			3: `tab "Clinic" has no label "zz": run mapping merge`, 5: `label "b" is decided twice, by decisions 1 and 6`,
			4: `Clinic!B2: holds "A", and the decision on "a" was made when it held "B": look again`,
			6: `tab "Clinic": column "Consult" is missing: its first row must have it, once`,
			7: `Clinic!A6: holds "A", and the decision on "A" was made when it held ""`,
			8: "!B3: the new text has 32768 characters", 9: "Clinic!B7: the new text holds a NUL"}
		for i, text := range want {
			if refused[i] == nil || !strings.Contains(refused[i].Error(), text) || !strings.Contains(err.Error(), text) {
				t.Errorf("%s: decision %d: %v, want it to say %q", form, i, refused[i], text)
			}
		}
		for _, text := range []string{`column "Extra" is missing`, `column "annotatr" is missing`} {
			if !strings.Contains(refused[6].Error(), text) || strings.Contains(refused[6].Error(), "Anotator") {
				t.Errorf("%s: %v, want it to say %q", form, refused[6], text)
			}
		}
		if len(refused) != len(want) {
			t.Errorf("%s: %d decisions are refused, want %d", form, len(refused), len(want))
		}
		var rest []Decision // what is left can be made
		for i, d := range decisions {
			if refused[i] == nil {
				rest = append(rest, d)
			}
		}
		if files, err := Change(path, rest); err != nil || len(files) != 1 || len(rest) != 1 {
			t.Errorf("%s: %d files of %d decisions, %v", form, len(files), len(rest), err)
		}
	}
}

// A cell that only the file knows to be a formula refuses its decision, and a number is written over as text.
func TestChangeKindsOfCells(t *testing.T) {
	x := excelize.NewFile()
	for i, row := range [][]any{{"Source Label", "Target Name", "ICD-11 Code(s)", "Notes/Justification"},
		{"a", "A", 2e63, 7}, {"b", 7, "", ""}} {
		must(t, x.SetSheetRow("Sheet1", sheetio.CellName(i, 0), &row))
	}
	must(t, x.SetCellFormula("Sheet1", "B3", "3+4")) // whose stored value is 7
	path := filepath.Join(t.TempDir(), "w.xlsx")
	must(t, x.SaveAs(path))
	number63 := "2" + strings.Repeat("0", 63)
	number := Decision{"Sheet1", "a", map[string]string{"ICD-11 Code(s)": number63, "Notes/Justification": "7"},
		map[string]string{"ICD-11 Code(s)": "2E63", "Notes/Justification": "7"}}
	formula := Decision{"Sheet1", "b", map[string]string{"Target Name": "7"}, map[string]string{"Target Name": "C"}}
	_, err := Change(path, []Decision{number, formula})
	if refused, ok := errors.AsType[RefusedError](err); !ok || len(refused) != 1 ||
		!strings.Contains(refused[1].Error(), "Sheet1!B3: holds a formula") {
		t.Errorf("%v", err)
	}
	files, err := Change(path, []Decision{number})
	must(t, err)
	book, err := sheetio.Open(path, files[0].Data)
	must(t, err)
	if codes, note := book.Sheets[0].Cell(1, 2), book.Sheets[0].Cell(1, 3); codes != (sheetio.Cell{Text: "2E63"}) ||
		note != (sheetio.Cell{Text: "7", Kind: sheetio.Number}) {
		t.Errorf("%+v, %+v", codes, note)
	}
}

// Whatever is decided, the rows of these labels hold it and no other cell changes, in a folder as in an XLSX.
func TestChangeAgreesWithOracle(t *testing.T) {
	text := rapid.SampledFrom([]string{"", "x", "=1", "-", " a", "q\"", "l\ne", "2C32", "EA80;EK00", "EK00, EA80"})
	headers := []string{"Target Name", "ICD-11 Code(s)", "Notes/Justification"}
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		sheet := lines("T", "Source Label|"+strings.Join(headers, "|"))
		for range rapid.IntRange(1, 6).Draw(rt, "rows") {
			row := cellsOf(rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(rt, "label"))
			for range headers {
				row = append(row, sheetio.Cell{Text: text.Draw(rt, "cell")})
			}
			sheet.Rows = append(sheet.Rows, row)
		}
		var decisions []Decision
		want := map[string]map[int]string{}
		for _, label := range []string{"a", "b", "c", "d"} {
			d := Decision{"T", label, map[string]string{}, map[string]string{}}
			for column, header := range headers {
				held := map[string]bool{}
				for _, row := range sheet.Rows[1:] {
					if row[0].Text == label {
						held[row[column+1].Text] = true
					}
				}
				if len(held) == 1 && rapid.Bool().Draw(rt, "decided") { // duplicates that differ are refused
					d.Before[header] = slices.Collect(maps.Keys(held))[0]
					d.After[header] = text.Draw(rt, "after")
					if want[label] == nil {
						want[label] = map[int]string{}
					}
					want[label][column+1] = d.After[header]
				}
			}
			if len(d.After) > 0 {
				decisions = append(decisions, d)
			}
		}
		folder, xlsx := filepath.Join(dir, "folder"), filepath.Join(dir, "w.xlsx")
		writeFolder(t, folder, []sheetio.Sheet{sheet})
		var b bytes.Buffer
		must(t, sheetio.WriteXLSX(&b, []sheetio.Sheet{sheet}))
		must(t, os.WriteFile(xlsx, b.Bytes(), 0o666))
		for _, path := range []string{folder, xlsx} {
			files, err := Change(path, decisions)
			must(t, err)
			writeFiles(t, files)
			book, err := sheetio.Read(path)
			must(t, err)
			for row, cells := range sheet.Rows {
				for column, cell := range cells {
					is := book.Sheets[0].Cell(row, column)
					after, decided := want[cells[0].Text][column]
					if row > 0 && decided && !(column == 2 && sameCodes(cell, after)) {
						cell.Text = after
					}
					if is != cell {
						rt.Fatalf("%s: %s is %+v, want %+v", path, sheetio.CellName(row, column), is, cell)
					}
				}
			}
		}
	})
}

func TestApplyAnnotator(t *testing.T) {
	sheet := lines("Tab", "Source Label|Target Name|ICD-11 Code(s)|Notes/Justification|ANNOTATOR", "a||||", "b||||bo",
		"c||||ana", "d|N|||", "e||2C30||")
	other := lines("Other", "Source Label|Target Name|ICD-11 Code(s)|Notes/Justification", "a|||")
	for form, path := range inForms(t, []sheetio.Sheet{sheet, other}) {
		if form == "document" {
			continue
		}
		var choices []Choice
		for i, label := range []string{"a", "b", "c", "d", "e"} {
			choices = append(choices, Choice{Tab: "Tab", Label: label, Target: "N", Codes: "2C32", Line: i + 2})
		}
		done, files, err := Apply(path, choices, "ana")
		must(t, err)
		var what []string
		for _, d := range done {
			what = append(what, d.What)
		}
		want := []string{"filled Tab!B2 and Tab!C2 and Tab!E2", `left as it is: Tab!E3 holds "bo"`,
			"filled Tab!B4 and Tab!C4", "filled Tab!C5", `left as it is: Tab!C6 holds "2C30"`}
		if d := cmp.Diff(want, what); d != "" {
			t.Errorf("%s: %s", form, d)
		}
		writeFiles(t, files)
		book, err := sheetio.Read(path)
		must(t, err)
		for row, want := range []string{"ANNOTATOR", "ana", "bo", "ana", "", ""} {
			if got := book.Sheet("Tab").Cell(row, 4).Text; got != want {
				t.Errorf("%s: row %d is annotated by %q, want %q", form, row+1, got, want)
			}
		}
		_, _, err = Apply(path, []Choice{{Tab: "Other", Label: "a", Target: "N", Line: 9}}, "ana")
		if err == nil || !strings.Contains(err.Error(), `line 9: tab "Other": column "Annotator" is missing: its first row`) {
			t.Errorf("%v", err)
		}
	}
}
