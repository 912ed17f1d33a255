package build_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/demo"
	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/icd11/icd11test"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/desk"
	"github.com/dermset/dermset/workflow/workspace"
)

// demoCases are the cases that a mapping's reviewers meet, and the row of the demo's workbook that holds each: tab,
// then cells without a note.
var demoCases = []struct {
	why string
	row [4]string
}{
	{"an abbreviation", [4]string{"clinic-atlas", "BCC", "Basal cell carcinoma", "2C32"}},
	{"a synonym", [4]string{"clinic-atlas", "Basalioma", "Basal cell carcinoma", "2C32"}},
	{"a spelling, British", [4]string{"clinic-atlas", "Haemangioma", "Haemangioma", "2E81.0"}},
	{"a spelling, American", [4]string{"clinic-atlas", "Hemangioma", "Haemangioma", "2E81.0"}},
	{"look-alikes under one name with several codes: allergic contact dermatitis",
		[4]string{"clinic-atlas", "Contact allergy", "Eczematous dermatitis", "EA80;EK00"}},
	{"look-alikes under one name with several codes: atopic eczema",
		[4]string{"clinic-atlas", "Atopic eczema", "Eczematous dermatitis", "EA80;EK00"}},
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

// demoFindings are all findings of the demo, and why each is there. The other cases are right as they
// stand and are found nowhere.
var demoFindings = []struct{ finding, why string }{
	{`error conflicting_codes clinic-atlas!C2  "Basal cell carcinoma" 6`, "Basal cell ca. has 2C30, all others 2C32"},
	{`error invalid_code clinic-atlas!C10 clinic-atlas "Seb. ker." 1`, "the letter O in place of 0"},
	{`error missing_code clinic-atlas!C19  "Papular lesion" 1`,
		"no row gives it a code, and icd11.no_code does not list it"},
	{`review bad_mask sources/clinic-atlas/clinic-atlas_dataset.csv:13 clinic-atlas "many_valued" 1`,
		"likelihoods, as a model gives them"},
	{`review bad_mask sources/clinic-atlas/clinic-atlas_dataset.csv:24 clinic-atlas "noisy" 1`, "a mask as JPEG"},
	{`review bad_value sources/referral-study/referral-study_dataset.csv:5:age referral-study "age=200" 1`,
		"nobody is 200 years old"},
	{`review bad_value sources/referral-study/referral-study_dataset.csv:13:fitzpatrick referral-study "fitzpatrick=VII" 1`, "the scale ends at VI"},
	{`review bad_value sources/referral-study/referral-study_dataset.csv:9:sex referral-study "sex=x" 1`,
		"the value map keeps what it does not know"},
	{`review duplicate_conflict sources/clinic-atlas/clinic-atlas_dataset.csv:7 clinic-atlas ` +
		`"clinic-atlas/atlas-0006.jpg: Melanocytic naevus, Melanoma" 2`, "one picture under two labels"},
	{`review image_type_differs sources/clinic-atlas/clinic-atlas_dataset.csv:30 clinic-atlas ` +
		`"clinic-atlas/atlas-0030.jpg: clinical, looks like dermoscopy" 1`, "the built-in judge is experimental, and wrong"},
	{`review image_type_differs sources/clinic-atlas/clinic-atlas_dataset.csv:31 clinic-atlas ` +
		`"clinic-atlas/atlas-0031.jpg: clinical, looks like dermoscopy" 1`, "the judge is right: it is a dermoscopy"},
	{`review image_type_differs sources/readers-panel/readers-panel_dataset.csv:15 readers-panel ` +
		`"readers-panel/case-010/a.jpg: clinical, looks like dermoscopy" 1`, "wrong again"},
	{`review lesion_two_labels sources/clinic-atlas/clinic-atlas_dataset.csv:18 clinic-atlas "L1" 5`,
		"rows without a patient share the lesion id L1"},
	{`review new_category clinic-atlas!B20  "Pilomatricoma" 1`, "known_categories.csv does not have it"},
	{`review patient_differs sources/referral-study/referral-study_dataset.csv:2 referral-study "Paciente-008" 2`,
		"the id of somebody else"},
	{`review patient_partly_missing sources/clinic-atlas/clinic-atlas_dataset.csv:18 clinic-atlas "clinic-atlas" 5`,
		"of some patients the clinic does not know the number"},
	{`review unmapped_label clinic-atlas clinic-atlas "Erythema migrans" 1`, "nobody has mapped it yet"},
}

// demoUnchecked is found as long as no release of ICD-11 is imported.
const demoUnchecked = `info codes_unchecked dermset.yaml  "2025-01" 111`

// demoPictures are the cases of pictures that a person should meet, an image of the demo that is each, and what its row
// says of it: reason and last name of a rejected one, else the columns of shownColumns.
var demoPictures = []struct{ why, id, row string }{
	{"no bytes", "gpp-batch-1/batch1/005.jpg", "image_empty Generalised pustular psoriasis"},
	{"a page of a server in place of a picture", "referral-study/estudio/013.png",
		"image_not_an_image Seborrhoeic keratosis"},
	{"cut", "readers-panel/case-010/b.jpg", "image_truncated Acne"},
	{"one colour", "clinic-atlas/atlas-0036.jpg", "image_blank Eczematous dermatitis"},
	{"too small", "hands/hand-08.jpg", "image_too_small Non-specific lesion"},
	{"pixels stored lying, turned upright", "clinic-atlas/atlas-0003.jpg", "6 stated clinical stated 320 240 0 none"},
	{"a place in its EXIF", "clinic-atlas/atlas-0010.jpg", "2 estimated clinical stated 320 240 0 none"},
	{"a tone that nobody states", "gpp-batch-1/batch1/003.jpg", "3 estimated   320 240 0 none"},
	{"a dermoscopy, which has no tone", "referral-study/estudio/001.png", "  dermoscopy stated 280 210 1 done"},
	{"a form among pictures", "gpp-batch-2/batch2/007.jpg",
		"  non-dermatological estimated 320 240 0 pending"},
	{"two lesions on one mask", "clinic-atlas/atlas-0020.jpg", "4 stated clinical stated 320 240 2 done"},
	{"a mask that is dark where skin is", "hands/hand-01.jpg", "2 estimated   240 320 1 done"},
	{"a rectangle that somebody drew", "referral-study/estudio/003.png", "4 estimated clinical stated 280 210 1 done"},
	{"seen, and no lesion", "referral-study/estudio/009.png", "4 estimated clinical stated 280 210 0 done"},
	{"the whole picture", "referral-study/estudio/021.png", "4 estimated clinical stated 280 210 1 done"},
	{"not annotated yet", "referral-study/estudio/007.png", "1 stated dermoscopy stated 280 210 0 pending"},
}

var shownColumns = []string{"fitzpatrick", "fitzpatrick_origin", "image_type", "image_type_origin", "width", "height",
	"crops", "crop_state"}

// demoTitleFindings are those that come to them once a release of ICD-11 is imported.
var demoTitleFindings = []struct{ finding, why string }{
	{`review title_mismatch clinic-atlas!C4  "Basal cell carcinoma" 6`, "2C30 is melanoma of skin"},
}

// demoRelease is the part of a release that the demo's codes lie in. That a code has further codes below is as in the
// whole release, also where they are not listed here.
func demoRelease() []byte {
	var rows []icd11test.Row
	at := map[string]int{}
	for _, r := range []struct {
		code, title, parent string
		leaf                bool
	}{
		{"01", "Certain infectious or parasitic diseases", "", false},
		{"1F28", "Dermatophytosis", "01", false}, {"1F28.Y", "Other specified dermatophytosis", "1F28", true},
		{"1E80", "Common warts", "01", true},
		{"02", "Neoplasms", "", false},
		{"2C30", "Melanoma of skin", "02", false}, {"2C30.0", "Superficial spreading melanoma, primary", "2C30", true},
		{"2C30.1", "Nodular melanoma, primary", "2C30", true},
		{"2C30.2", "Lentigo maligna melanoma, primary", "2C30", true},
		{"2C30.3", "Acral lentiginous melanoma, primary", "2C30", true},
		{"2C31", "Squamous cell carcinoma of skin", "02", false}, {"2C32", "Basal cell carcinoma of skin", "02", false},
		{"2E81", "Benign vascular neoplasms", "02", false}, {"2E81.0", "Neoplastic haemangioma", "2E81", false},
		{"2F20", "Benign cutaneous melanocytic neoplasms", "02", false},
		{"2F20.Z", "Melanocytic naevus, unspecified", "2F20", true},
		{"2F21", "Benign keratinocytic acanthomas", "02", false}, {"2F21.0", "Seborrhoeic keratosis", "2F21", true},
		{"2F22", "Benign neoplasms of epidermal appendages", "02", true},
		{"14", "Diseases of the skin", "", false},
		{"EA80", "Atopic eczema", "14", false}, {"EA81", "Seborrhoeic dermatitis and related conditions", "14", false},
		{"EA90", "Psoriasis", "14", false}, {"EA90.0", "Plaque psoriasis", "EA90", true},
		{"EA90.4", "Pustular psoriasis", "EA90", false}, {"EA90.40", "Generalised pustular psoriasis", "EA90.4", true},
		{"ED80", "Acne", "14", false}, {"ED90", "Rosacea and related disorders", "14", false},
		{"ED90.0", "Rosacea", "ED90", false},
		{"EH93", "Dermatoses due to foreign bodies", "14", false}, {"EH93.0", "Tattoos or tattoo reactions", "EH93", true},
		{"EJ20", "Photoaging of the skin", "14", false}, {"EJ20.1", "Actinic lentigo", "EJ20", true},
		{"EK00", "Allergic contact dermatitis", "14", false},
		{"EK90", "Actinic keratosis and other discrete epidermal dysplasias", "14", false},
		{"EK90.0", "Actinic keratosis", "EK90", true},
	} {
		row := icd11test.Row{Code: r.code, Title: r.title, Kind: "chapter", Parent: -1, Chapter: r.code,
			ID: strconv.Itoa(1000 + len(rows)), Leaf: r.leaf}
		if r.parent != "" {
			row.Kind, row.Parent, row.Chapter = "category", at[r.parent], rows[at[r.parent]].Chapter
		}
		if kind, residual := map[byte]string{'Y': "/other", 'Z': "/unspecified"}[r.code[len(r.code)-1]]; residual {
			row.Residual, row.ID = true, rows[row.Parent].ID+kind
		}
		at[r.code] = len(rows)
		rows = append(rows, row)
	}
	return icd11test.Release("2025-01", rows)
}

// ingestedDemo writes the demo and ingests its sources.
func ingestedDemo(t *testing.T) *workspace.Workspace {
	t.Helper()
	tooLongForRace(t) // which it is to draw it
	dir := t.TempDir()
	if err := demo.Write(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	w, err := open(dir, plainRun)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := desk.Ingest(t.Context(), w, desk.IngestOptions{All: true}); err != nil {
		t.Fatal(err)
	}
	return w
}

// builtDemo is the demo as its verb leaves it.
func builtDemo(t *testing.T) *workspace.Workspace {
	t.Helper()
	w := ingestedDemo(t)
	if _, err := build.Run(t.Context(), w, "publish"); err != nil {
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
	result, err := build.Findings(t.Context(), builtDemo(t))
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, f := range demoFindings {
		want = append(want, f.finding)
	}
	want = append(want, demoUnchecked)
	if diff := cmp.Diff(want, brief(result.Findings)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// With a release the valid but wrong code is found too, and nothing that is right.
func TestDemoWithAReleaseYieldsTheWrongCodeToo(t *testing.T) {
	w := builtDemo(t)
	zip := filepath.Join(t.TempDir(), "release.zip")
	if err := os.WriteFile(zip, demoRelease(), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := desk.ImportCodes(w, zip); err != nil {
		t.Fatal(err)
	}
	result, err := build.Findings(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, f := range slices.Concat(demoFindings, demoTitleFindings) {
		want = append(want, f.finding)
	}
	got := brief(result.Findings)
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// brief writes findings as severity id place source "subject" images.
func brief(found []findings.Finding) []string {
	var out []string
	for _, f := range found {
		out = append(out, fmt.Sprintf("%s %s %s %s %q %d", f.Severity, f.ID, f.Place, f.Source, f.Subject, f.Images))
	}
	return out
}

func TestDemoShowsEveryCaseOfPictures(t *testing.T) {
	w := builtDemo(t)
	table := func(name string) []map[string]string {
		_, rows, err := readCSV(filepath.Join(w.Dir, "dist", "DXv1.0-draft", "DXv1.0_"+name+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	rows := map[string]string{}
	for name, columns := range map[string][]string{
		"selected_unsampled": shownColumns, "rejected": {"reason", "target_name"},
	} {
		for _, row := range table(name) {
			var cells []string
			for _, column := range columns {
				cells = append(cells, row[column])
			}
			rows[row["image_id"]] = strings.Join(cells, " ")
		}
	}
	for _, c := range demoPictures {
		if rows[c.id] != c.row {
			t.Errorf("%s: %s has %q, want %q", c.why, c.id, rows[c.id], c.row)
		}
	}
	for _, pair := range table("duplicates") {
		if pair["image_a"] == "clinic-atlas/atlas-0008.jpg" && pair["image_b"] == "readers-panel/case-006/a.jpg" {
			return
		}
	}
	t.Error("the same file in two sources is not found")
}
