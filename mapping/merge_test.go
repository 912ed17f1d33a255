package mapping

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/io/sheetio"
)

// write does what a caller does with the files.
func write(t *testing.T, m *Merged) {
	t.Helper()
	for _, f := range m.Files {
		must(t, os.MkdirAll(filepath.Dir(f.Path), 0o777))
		must(t, os.WriteFile(f.Path, f.Data, 0o666))
	}
}

var renamings = []Renaming{
	{Source: "New", Rows: []dataset.RenamingRow{{Label: "n,1", Images: 1}, {Label: "n2", Target: "N", Codes: "2E63",
		Notes: "kept", Images: 5}, {Label: "n2", Images: 1}, {Label: "", Images: 9}}},
	{Source: "Clinic", Tab: "Tab", Rows: []dataset.RenamingRow{{Label: "b ", Images: 1}, {Label: "c", Images: 1},
		{Label: "a", Target: "other", Images: 7}}},
}

func TestMergeFolder(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "Tab.csv")
	old := "\ufeffReview,ICD-11 Code(s),Source Label,Target Name,Notes/Justification\r\nx,2C32,a,N,\r\n,,b,\"M\",\r\n"
	must(t, os.WriteFile(path, []byte(old), 0o666))
	m, err := Merge(dir, renamings)
	must(t, err)
	want := &Merged{
		Added: []Added{{"Clinic", "Tab", "b ", 1}, {"Clinic", "Tab", "c", 1},
			{"New", "New", "n2", 5}, {"New", "New", "n,1", 1}},
		Created: []string{"New", RefineTab},
		Gone:    []Gone{{"Tab", "b"}},
		Files: []File{
			{path, []byte(old + ",,b ,,\r\n,,c,,\r\n"), fmt.Sprintf("%x", sha256.Sum256([]byte(old)))},
			{Path: filepath.Join(dir, "New.csv"),
				Data: []byte("Source Label,Target Name,ICD-11 Code(s),Notes/Justification,Needed to Differentiate,Consult," +
					"Annotator\nn2,N,2E63,kept,,,\n\"n,1\",,,,,,\n")},
			{Path: filepath.Join(dir, RefineTab+".csv"),
				Data: []byte("Category,Action,Merge into,Reason,Consult,Annotator\n")},
		},
	}
	if d := cmp.Diff(want, m); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != old {
		t.Error("Merge wrote a file")
	}
	write(t, m)
	again, err := Merge(dir, renamings)
	must(t, err)
	if d := cmp.Diff(&Merged{Gone: []Gone{{"Tab", "b"}}}, again); d != "" {
		t.Errorf("the second time (-want +got):\n%s", d)
	}
}

func TestMergeIntoNothing(t *testing.T) {
	for _, name := range []string{"workbook.xlsx", "workbook"} {
		path := filepath.Join(t.TempDir(), name)
		m, err := Merge(path, renamings)
		must(t, err)
		again, err := Merge(path, renamings)
		must(t, err)
		if d := cmp.Diff(m, again); d != "" {
			t.Errorf("%s: the same input gives (-first +second):\n%s", name, d)
		}
		write(t, m)
		book, err := sheetio.Read(path)
		must(t, err)
		_, told := Parse(book,
			[]Source{{Name: "New", Labels: map[string]int64{"n2": 5}}, {Name: "Clinic", Tab: "Tab"}}, Given{})
		if d := cmp.Diff([]string{`missing_code Tab!C2  "other" 0`, `new_category New!B2  "N" 5`,
			`new_category Tab!B2  "other" 0`}, short(told)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
		rest, err := Merge(path, renamings)
		must(t, err)
		if len(rest.Files) > 0 {
			t.Errorf("%s: the second time %+v", name, rest)
		}
	}
}

func TestMergeXLSX(t *testing.T) {
	x := excelize.NewFile()
	must(t, x.SetSheetName("Sheet1", "Tab"))
	for i, text := range []string{"Notes/Justification", "Source Label", "Target Name", "ICD-11 Code(s)", "Seen"} {
		must(t, x.SetCellValue("Tab", sheetio.CellName(0, i), text))
	}
	must(t, x.SetCellValue("Tab", "B2", "a"))
	must(t, x.SetCellValue("Tab", "D2", 2))
	must(t, x.SetCellFormula("Tab", "E2", "NOW()"))
	must(t, x.SetCellValue("Tab", "B3", 7))
	path := filepath.Join(t.TempDir(), "workbook.xlsx")
	must(t, x.SaveAs(path))
	m, err := Merge(path,
		append(renamings, Renaming{Source: "Seven", Tab: "Tab", Rows: []dataset.RenamingRow{{Label: "7", Images: 1}}}))
	must(t, err)
	if len(m.Files) != 1 || m.Files[0].Path != path || len(m.Gone) != 0 {
		t.Fatalf("%+v", m)
	}
	before, err := sheetio.Read(path)
	must(t, err)
	after, err := sheetio.Open(path, m.Files[0].Data)
	must(t, err)
	rows := before.Sheets[0].Rows
	text := func(s string) sheetio.Cell { return sheetio.Cell{Text: s} }
	rows = append(rows, []sheetio.Cell{{}, text("b ")}, []sheetio.Cell{{}, text("c")})
	if d := cmp.Diff(rows, after.Sheets[0].Rows); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if len(after.Sheets) != 3 || after.Sheets[2].Name != refineTabXLSX {
		t.Errorf("tabs %+v", after.Sheets)
	}
	y, err := excelize.OpenReader(bytes.NewReader(m.Files[0].Data))
	must(t, err)
	if f, err := y.GetCellFormula("Tab", "E2"); err != nil || f != "NOW()" {
		t.Errorf("the formula is %q, %v", f, err)
	}
}

func TestMergeRefuses(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "Tab.csv"), []byte("Source Label\n"), 0o666))
	if _, err := Merge(dir, renamings); err == nil ||
		!strings.Contains(err.Error(), `tab "Tab": column "Target Name" is missing`) {
		t.Errorf("a tab without columns: %v", err)
	}
	if _, err := Merge(dir, []Renaming{{Source: "x", Tab: "../y"}}); err == nil ||
		!strings.Contains(err.Error(), "a file name may not") {
		t.Errorf("a tab outside: %v", err)
	}
	if _, err := Merge(dir, []Renaming{{Source: "x", Tab: "a"}, {Source: "y", Tab: "A"}}); err == nil ||
		!strings.Contains(err.Error(), "equal but for case") {
		t.Errorf("two tabs of one name: %v", err)
	}
	long := strings.Repeat("x", 40)
	if _, err := Merge(filepath.Join(dir, "w.xlsx"), []Renaming{{Source: long}}); err == nil ||
		!strings.Contains(err.Error(), "mapping.tabs") {
		t.Errorf("a long name: %v", err)
	}
}
