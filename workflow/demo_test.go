package workflow_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/demo"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/workflow"
)

// demoCases are the cases that a mapping's reviewers meet, and the row of the demo's workbook that holds each: tab, then cells without a note.
var demoCases = []struct {
	why string
	row [4]string
}{
	{"an abbreviation", [4]string{"clinic-atlas", "BCC", "Basal cell carcinoma", "2C32"}},
	{"a synonym", [4]string{"clinic-atlas", "Basalioma", "Basal cell carcinoma", "2C32"}},
	{"a spelling, British", [4]string{"clinic-atlas", "Haemangioma", "Haemangioma", "2E81.0"}},
	{"a spelling, American", [4]string{"clinic-atlas", "Hemangioma", "Haemangioma", "2E81.0"}},
	{"look-alikes under one name with several codes: allergic contact dermatitis", [4]string{"clinic-atlas", "Contact allergy", "Eczematous dermatitis", "EA80;EK00"}},
	{"look-alikes under one name with several codes: atopic eczema", [4]string{"clinic-atlas", "Atopic eczema", "Eczematous dermatitis", "EA80;EK00"}},
	{"an ambiguous label with alternatives noted", [4]string{"clinic-atlas", "Lentigo?", "Lentigo", "EJ20.1"}},
	{"a vague label on its parent category", [4]string{"clinic-atlas", "Psoriasis NOS", "Psoriasis", "EA90"}},
	{"an ICD-10 label", [4]string{"clinic-atlas", "L20.9", "Eczematous dermatitis", "EA80;EK00"}},
	{"a SNOMED label", [4]string{"clinic-atlas", "SCTID 9014002", "Psoriasis", "EA90"}},
	{"an exclusion of a label", [4]string{"clinic-atlas", "Scar", "-", ""}},
	{"a label with a trailing space", [4]string{"clinic-atlas", "Psoriasis ", "Psoriasis", "EA90"}},
	{"a new Target Name", [4]string{"clinic-atlas", "Pilomatricoma", "Pilomatricoma", "2F22"}},
	{"a missing code", [4]string{"clinic-atlas", "Papule", "Papular lesion", ""}},
	{"an invalid code", [4]string{"clinic-atlas", "Seb. ker.", "Seborrhoeic keratosis", "2F21.O"}},
	{"a valid code that is the wrong one", [4]string{"clinic-atlas", "Basal cell ca.", "Basal cell carcinoma", "2C30"}},
	{"an exclusion of a category", [4]string{mapping.RefineTab, "Tattoo", "exclude", ""}},
	{"a chain of two mergers, its begin", [4]string{mapping.RefineTab, "Nodular melanoma", "merge", "Invasive melanoma"}},
	{"a chain of two mergers, its end", [4]string{mapping.RefineTab, "Invasive melanoma", "merge", "Melanoma"}},
}

// demoFindings are all findings of the demo, and why each is there. The other cases are right as they stand and are found nowhere.
var demoFindings = []struct{ finding, why string }{
	{`error conflicting_codes clinic-atlas!C2  "Basal cell carcinoma" 123`, "Basal cell ca. has 2C30, all others 2C32"},
	{`error invalid_code clinic-atlas!C10 clinic-atlas "Seb. ker." 10`, "the letter O in place of 0"},
	{`error missing_code clinic-atlas!C19  "Papular lesion" 11`, "no row gives it a code, and icd11.no_code does not list it"},
	{`review bad_value sources/referral-study/referral-study_dataset.csv:21:age referral-study "age=200" 1`, "nobody is 200 years old"},
	{`review bad_value sources/referral-study/referral-study_dataset.csv:61:fitzpatrick referral-study "fitzpatrick=VII" 1`, "the scale ends at VI"},
	{`review bad_value sources/referral-study/referral-study_dataset.csv:41:sex referral-study "sex=x" 1`, "the value map keeps what it does not know"},
	{`review lesion_two_labels sources/clinic-atlas/clinic-atlas_dataset.csv:134 clinic-atlas "L1" 7`, "rows without a patient share the lesion id L1"},
	{`review lesion_two_labels sources/clinic-atlas/clinic-atlas_dataset.csv:132 clinic-atlas "L2" 4`, "and L2"},
	{`review new_category clinic-atlas!B20  "Pilomatricoma" 14`, "known_categories.csv does not have it"},
	{`review unmapped_label clinic-atlas clinic-atlas "Erythema migrans" 14`, "nobody has mapped it yet"},
}

// ingestedDemo writes the demo and ingests its sources.
func ingestedDemo(t *testing.T) *workflow.Workspace {
	t.Helper()
	dir := t.TempDir()
	if err := demo.Write(dir); err != nil {
		t.Fatal(err)
	}
	w, err := open(dir, plainRun)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Ingest(t.Context(), workflow.IngestOptions{All: true}); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestDemoHoldsEveryMappingCase(t *testing.T) {
	w := ingestedDemo(t)
	for _, c := range demoCases {
		file, err := os.Open(filepath.Join(w.Dir, "mapping", "workbook", c.row[0]+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(file).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		file.Close()
		i := slices.IndexFunc(rows, func(row []string) bool { return slices.Equal(row[:3], c.row[1:]) })
		if i < 0 {
			t.Errorf("%s: %s has no row %q", c.why, c.row[0], c.row[1:])
		} else if noted := rows[i][3] != ""; !noted && (c.row[1] == "Lentigo?" || c.row[1] == "Psoriasis NOS") {
			t.Errorf("%s: the row %q has no note", c.why, rows[i])
		}
	}
}

func TestDemoYieldsExactlyItsFindings(t *testing.T) {
	result, err := ingestedDemo(t).Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, f := range demoFindings {
		want = append(want, f.finding)
	}
	if diff := cmp.Diff(want, brief(result.Findings)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// brief writes findings as severity id place source "subject" images.
func brief(findings []mapping.Finding) []string {
	var out []string
	for _, f := range findings {
		out = append(out, fmt.Sprintf("%s %s %s %s %q %d", f.Severity, f.ID, f.Place, f.Source, f.Subject, f.Images))
	}
	return out
}
