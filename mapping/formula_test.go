package mapping

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/sheetio"
)

// anyLabel is any text that a dataset CSV can hold, often one that spreadsheets like to run.
var anyLabel = rapid.Custom(func(t *rapid.T) string {
	begin := strings.Repeat("'", rapid.IntRange(0, 2).Draw(t, "apostrophes")) +
		rapid.SampledFrom([]string{
			"", "", "=", "+", "-", "@", "\t", "\r", "\n", "\r\n", " ", "\"", ",", "\ufeff"}).Draw(t, "begin")
	return begin + rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "1+1", "2E63", "cmd|' /C calc'!A0", "a\r\nb",
		"a\"b", "é", "e\u0301", "_x000D_", "SUM(A1)", "-", "\t"})).Filter(
		func(s string) bool { return !strings.ContainsRune(s, 0) }).Draw(t, "rest")
}).Filter(func(s string) bool { return s != "" })

// Every label, name and note goes through merge into a tab, in either form, new or old, and reads back; so does every
// label through a list of suggestions, and its name into the tab.
func TestEveryLabelMakesTheRoundTrip(t *testing.T) {
	dir, n := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		labels := rapid.SliceOfNDistinct(anyLabel, 2, 6, rapid.ID).Draw(t, "labels")
		var rows []dataset.RenamingRow
		for _, label := range labels[1:] {
			rows = append(rows, dataset.RenamingRow{Label: label, Notes: rapid.OneOf(rapid.Just(""), anyLabel).Draw(t, "note"),
				Target: rapid.OneOf(rapid.SampledFrom([]string{"", "-", "'-"}), anyLabel).Draw(t, "target"), Images: 1})
		}
		n++
		for _, name := range []string{"workbook", "workbook.xlsx"} {
			path := filepath.Join(dir, fmt.Sprint(n), name)
			old := []dataset.RenamingRow{{Label: labels[0], Images: 1}}
			mergeInto(t, path, old) // a new tab, then one that is there
			mergeInto(t, path, append(rows, old...))
			got := map[string][2]string{}
			book, err := sheetio.Read(path)
			if err != nil {
				t.Fatal(err)
			}
			m, _ := Parse(book, []Source{{Name: "S"}}, Given{})
			for _, r := range m.Rows {
				got[r.Label] = [2]string{r.Target, r.Notes}
			}
			want := map[string][2]string{labels[0]: {}}
			for _, r := range rows {
				want[r.Label] = [2]string{r.Target, r.Notes}
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("%s (-want +got):\n%s", name, d)
			}
			again, err := Merge(path, []Renaming{{Source: "S", Rows: append(rows, old...)}})
			if err != nil || len(again.Added)+len(again.Gone)+len(again.Files) > 0 {
				t.Fatalf("%s: the second time %+v, %v", name, again, err)
			}
			applyTo(t, path, labels[0], rapid.OneOf(rapid.Just("-"), anyLabel).Draw(t, "name"))
		}
	})
}

func mergeInto(t *rapid.T, path string, rows []dataset.RenamingRow) {
	m, err := Merge(path, []Renaming{{Source: "S", Rows: rows}})
	if err != nil {
		t.Fatal(err)
	}
	writeFiles(t, m.Files)
}

func writeFiles(t rapid.TB, files []File) {
	for _, f := range files {
		if err := os.MkdirAll(filepath.Dir(f.Path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f.Path, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// applyTo gives a name to a label through a list of suggestions.
func applyTo(t *rapid.T, path, label, target string) {
	row := []string{"S", "S", label, "1", "1", target, "", "same label", label, ""}
	list := csvio.AppendRecord(nil, SuggestionColumns.Keys()...)
	for _, fields := range SuggestionList([][]string{row}) {
		if slices.ContainsFunc(fields, func(f string) bool { return f != "-" && strings.IndexAny(f, "=+-@\t\r") == 0 }) {
			t.Fatalf("a spreadsheet runs a cell of %q", fields)
		}
		list = csvio.AppendRecord(list, fields...)
	}
	writeFiles(t, []File{{Path: filepath.Join(filepath.Dir(path), "list.csv"), Data: list}})
	choices, err := ReadChoices(filepath.Join(filepath.Dir(path), "list.csv"))
	if err != nil {
		t.Fatal(err)
	}
	_, files, err := Apply(path, choices, "")
	if err != nil {
		t.Fatal(err)
	}
	writeFiles(t, files)
	book, err := sheetio.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if m, _ := Parse(book, []Source{{Name: "S"}}, Given{}); !slices.ContainsFunc(m.Rows, func(r Row) bool {
		return r.Label == label && r.Target == target
	}) {
		t.Fatalf("%q is not mapped to %q", label, target)
	}
}

// What is written, in the words of the contract.
func TestMergeGuardsCSVTabs(t *testing.T) {
	dir := t.TempDir()
	rows := []dataset.RenamingRow{{Label: "=1", Target: "-", Notes: "-x", Images: 3},
		{Label: "-", Target: "-a", Images: 2}, {Label: "'@x", Target: "A", Codes: "2C32", Images: 1}}
	header := strings.Join(newColumns, ",") + "\n"
	const want = "'=1,-,,'-x,,,\n'-,'-a,,,,,\n''@x,A,2C32,,,,\n"
	m, err := Merge(dir, []Renaming{{Source: "S", Rows: rows}})
	must(t, err)
	if got := string(m.Files[0].Data); got != header+want {
		t.Errorf("a new tab is %q, want %q", got, header+want)
	}
	const other = "Notes/Justification,Target Name,Source Label,ICD-11 Code(s)\n=old,-,=old,\n"
	must(t, os.WriteFile(filepath.Join(dir, "S.csv"), []byte(other), 0o666))
	m, err = Merge(dir, []Renaming{{Source: "S", Rows: append(rows, dataset.RenamingRow{Label: "=old", Images: 1})}})
	must(t, err)
	if got := string(m.Files[0].Data); got != other+"'-x,-,'=1,\n,'-a,'-,\n,A,''@x,2C32\n" {
		t.Errorf("a tab that was there is %q", got)
	}
}

func TestFormulaCells(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "S.csv"), []byte(
		"Source Label,Target Name,ICD-11 Code(s),Notes/Justification\n"+"'=1,+N,2C32,\n''-,-,,\na,-,,\n"), 0o666))
	must(t, os.WriteFile(filepath.Join(dir, RefineTab+".csv"), []byte("Category,Action,Merge into,Reason\n"), 0o666))
	book, err := sheetio.Read(dir)
	must(t, err)
	_, found := Parse(book, []Source{{Name: "S", Labels: map[string]int64{"=1": 7, "'-": 2, "@new": 3, "a": 1}}}, Given{})
	var got []string
	for _, f := range found {
		if f.ID == "formula_cell" {
			got = append(got, fmt.Sprintf("%s %s %q %d %s %s", f.Severity, f.Place, f.Subject, f.Images, f.Source, f.Detail))
		}
	}
	want := []string{`info S!B2 "+N" 7  begins with "+"`, `info S!A3 "'-" 2 S begins with "-"`,
		`info S!A2 "=1" 7 S begins with "="`, `info S "@new" 3 S begins with "@"`}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A tab of the workbook that is too large is a finding where a source reads it, and an info where none does.
func TestTabThatCannotBeRead(t *testing.T) {
	book := &sheetio.Book{Sheets: []sheetio.Sheet{{Name: "S", Err: fmt.Errorf("column ALM: is too large")},
		{Name: RefineTab, Rows: [][]sheetio.Cell{cellsOf(refineColumns...)}}}}
	_, found := Parse(book, []Source{{Name: "S", Rows: 5}}, Given{})
	if len(found) != 1 || found[0].ID != "bad_header" || found[0].Images != 5 ||
		!strings.Contains(found[0].Detail, "column ALM: is too large") {
		t.Errorf("%+v", found)
	}
	_, found = Parse(book, nil, Given{})
	if len(found) != 1 || found[0].ID != "unused_tab" || !strings.Contains(found[0].Detail, "column ALM: is too large") {
		t.Errorf("%+v", found)
	}
}
