package build

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/workflow/workspace/workspacetest"
)

// normalisedRow is a row as a reader of Parquet has it; nil is null.
type normalisedRow struct {
	Source    *string  `parquet:"source,optional"`
	Label     *string  `parquet:"source_label,optional"`
	Target    *string  `parquet:"target_name,optional"`
	Codes     []string `parquet:"icd11_codes,list,optional"`
	Final     *string  `parquet:"final_class,optional"`
	Notes     *string  `parquet:"notes,optional"`
	Needed    *string  `parquet:"needed_to_differentiate,optional"`
	Consult   *string  `parquet:"consult,optional"`
	Annotator *string  `parquet:"annotator,optional"`
}

// The normalised table is the same in both forms, the optional columns of the workbook among it.
func TestNormalisedTables(t *testing.T) {
	w := workspacetest.Small(t, "")
	write(t, w.Path("mapping/workbook/s.csv"), []byte(
		"Source Label,Target Name,ICD-11 Code(s),Notes/Justification,Consult,NEEDED to differentiate,annotator\n"+
			"acne,Acne,EA80;ED80,alike,sure?,biopsy,ana\n\"b\n\"\"c\",-,,,,,\nd,Acne,,,,,\ne,,,,,,\n"))
	write(t, w.Path("mapping/workbook/old.csv"),
		[]byte("Source Label,Target Name,ICD-11 Code(s),Notes/Justification\nx,Acne,ED80,\n"))
	if _, err := Run(t.Context(), w, "publish"); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(w.Dist("DXv27.1-draft"), "mapping")
	rows, err := parquet.ReadFile[normalisedRow](filepath.Join(dir, "normalised.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for _, r := range rows {
		var cells []string
		for _, cell := range []*string{r.Source, r.Label, r.Target, nil, r.Final, r.Notes, r.Needed, r.Consult, r.Annotator} {
			if cell != nil && *cell == "" {
				t.Errorf("%+v: an empty text is not null", r)
			}
			if cell == nil {
				cell = new(string)
			}
			cells = append(cells, *cell)
		}
		list, err := json.Marshal(append([]string{}, r.Codes...))
		if err != nil {
			t.Fatal(err)
		}
		cells[3] = string(list)
		got = append(got, cells)
	}
	want := [][]string{
		{"", "x", "Acne", `["ED80"]`, "Acne", "", "", "", ""},
		{"s", "acne", "Acne", `["EA80","ED80"]`, "Acne", "alike", "biopsy", "sure?", "ana"},
		{"s", "b\n\"c", "-", "[]", "", "", "", "", ""},
		{"s", "d", "Acne", "[]", "Acne", "", "", "", ""},
		{"s", "e", "", "[]", "", "", "", "", ""},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("Parquet (-want +got):\n%s", d)
	}
	table, err := csvio.ReadTable(filepath.Join(dir, "normalised.csv"), "source", "source_label", "target_name",
		"icd11_codes", "final_class", "notes", "needed_to_differentiate", "consult", "annotator")
	if err != nil {
		t.Fatal(err)
	}
	got = nil
	for _, r := range table.Records {
		got = append(got, r.Fields)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("CSV (-want +got):\n%s", d)
	}
}
