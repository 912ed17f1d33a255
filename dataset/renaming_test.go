package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const renamingHead = "Source Label,Target Name,ICD-11 Code(s),Notes/Justification,Images\n"

func readRenaming(t testing.TB, text string) ([]RenamingRow, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "r.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return ReadRenaming(path)
}

// Cells are data: an apostrophe before what a spreadsheet would run is part of the label, in a renaming CSV as in a
// dataset CSV.
func TestReadRenaming(t *testing.T) {
	for name, text := range map[string]string{
		"as written": renamingHead + "\"a\r\nb\",N,2C32,\"why, so\",3\n'=x,-,,,1\n=x,,,,1\n nevus,,,,0\n",
		"as a spreadsheet saves it": "\ufeffIMAGES,source label,Target Name,ICD-11 Code(s),notes / justification\r\n" +
			"3,\"a\r\nb\",N,2C32,\"why, so\"\r\n1,'=x,-,,\r\n1,=x,,,\r\n0, nevus,,,\r\n",
	} {
		rows, err := readRenaming(t, text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		want := []RenamingRow{{"a\r\nb", "N", "2C32", "why, so", 3}, {"'=x", "-", "", "", 1}, {"=x", "", "", "", 1},
			{" nevus", "", "", "", 0}}
		if d := cmp.Diff(want, rows); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	if rows, err := readRenaming(t, renamingHead); err != nil || len(rows) != 0 {
		t.Errorf("no labels: %v, %v", rows, err)
	}
}

func TestReadRenamingRefuses(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"one label, two names", renamingHead + "wart,Wart,1E80,,1\nmole,,,,2\nwart,Plane wart,1E80,,1\n",
			[]string{`r.csv:4: label "wart" is in line 2 too, there with the Target Name "Wart", here with "Plane wart": keep`}},
		{"one label, codes and none", renamingHead + "wart,Wart,1E80,,1\nwart,Wart,,,1\n",
			[]string{`r.csv:3: label "wart" is in line 2 too, there with the ICD-11 Code(s) "1E80", here with ""`}},
		{"one label, twice the same", renamingHead + "wart,Wart,1E80,,1\nwart,Wart,1E80,,1\nwart,Wart,1E80,,7\n",
			[]string{`r.csv:3: label "wart" is in line 2 too: keep one of the rows`,
				`r.csv:4: label "wart" is in line 2 too: keep`}},
		{"no counts", renamingHead + "a,,,,x\nb,,,,\nc,,,,-1\nd,,,,1.5\n",
			[]string{`r.csv:2: Images "x": want how many rows name the label`, `r.csv:3: Images ""`, `r.csv:4: Images "-1"`,
				`r.csv:5: Images "1.5"`}},
		{"no label", renamingHead + ",Wart,1E80,,1\n", []string{"r.csv:2: the row has no Source Label"}},
		{"a further column", strings.Replace(renamingHead, "\n", ",Comment\n", 1) + "a,,,,1,x\n",
			[]string{`r.csv:1: unknown columns "Comment": want this line to be ` + "`Source Label,"}},
		{"a column lacks", "Source Label,Target Name,ICD-11 Code(s),Images\n",
			[]string{`r.csv:1: column "Notes/Justification" is missing`}},
	} {
		_, err := readRenaming(t, c.text)
		if err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		if len(lines) != len(c.want) {
			t.Errorf("%s: %q, want %q", c.name, lines, c.want)
		}
		for i, want := range c.want[:min(len(lines), len(c.want))] {
			if !strings.Contains(lines[i], want) {
				t.Errorf("%s: %q, want %q", c.name, lines[i], want)
			}
		}
	}
	_, err := ReadRenaming(filepath.Join(t.TempDir(), "r.csv"))
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "r.csv: file does not exist: run source ingest") {
		t.Error(err)
	}
}

// What is written reads back, sorted.
func TestRenamingReadsBack(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		cell := rapid.StringOf(rapid.SampledFrom([]rune("a b'\"=,-\n\r;é")))
		row := rapid.Custom(func(r *rapid.T) RenamingRow {
			return RenamingRow{cell.Draw(r, "label") + "x", cell.Draw(r, "name"), cell.Draw(r, "codes"), cell.Draw(r, "notes"),
				rapid.Int64Range(0, 3).Draw(r, "images")}
		})
		rows := rapid.SliceOfNDistinct(row, 0, 6, func(r RenamingRow) string { return r.Label }).Draw(r, "rows")
		text := AppendRenaming(nil, rows)
		got, err := readRenaming(t, string(text))
		if err != nil {
			r.Fatal(err)
		}
		slices.SortFunc(rows, RenamingRow.Compare)
		if !slices.Equal(rows, got) || string(AppendRenaming(nil, got)) != string(text) {
			r.Fatalf("%q reads as %+v, want %+v", text, got, rows)
		}
	})
}

// ReadFilled has the rows that people filled in, and refuses what ReadRenaming refuses, in its words.
func TestReadFilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s_renaming.csv")
	const header = "Source Label,Target Name,ICD-11 Code(s),Notes/Justification,Images\n"
	for _, text := range []string{
		header + "a,,,,3\nb,B,,,2\nc,,1A00,,1\nd,,,why,1\n", header, header + "a,,,,1\na,A,,,2\n", header + ",A,,,2\n",
		header + "a,,,,x\n", header + "a,A,,,-1\n", "Label\na\n", header + "a,\"\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		all, want := ReadRenaming(path)
		filled, err := ReadFilled(path)
		if fmt.Sprint(err) != fmt.Sprint(want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
		all = slices.DeleteFunc(all, func(r RenamingRow) bool { return !r.Filled() })
		if diff := cmp.Diff(all, filled); want == nil && len(all)+len(filled) > 0 && diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	if _, err := ReadFilled(path + "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}
