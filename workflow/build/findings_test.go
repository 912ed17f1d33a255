package build_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/workflow/build"
	"github.com/google/go-cmp/cmp"
)

// found checks a workspace of one source s, whose labels a, b and c are mapped to the names A, B and C,
// with the files in place of its own.
func found(t *testing.T, files map[string]string) []string {
	t.Helper()
	all := map[string]string{
		"dermset.yaml": "mapping: {workbook: mapping/workbook}\nselect: {min_images: 1, min_groups: " +
			"1}\n",
		"sources/s/source.yaml":   "title: S\n",
		"sources/s/s_dataset.csv": dataRows("1.jpg a"),
		"mapping/known_categories.csv": "Target Name,ICD-11 Code(s),Since version\nA,2C32,1.0\nB,2C30,1.0\n" +
			"C,2C31,1.0\n",
		"mapping/workbook/s.csv": "Source Label,Target Name,ICD-11 Code(s),Notes/Justification\na,A,2C32,\nb,B,2C30,\n" +
			"c,C,2C31,\n",
		"mapping/workbook/Pathologies to exclude and merge.csv": "Category,Action,Merge into,Reason\n",
	}
	for path, text := range files {
		all[path] = text
	}
	dir := t.TempDir()
	if err := writeFiles(dir, all); err != nil {
		t.Fatal(err)
	}
	w, err := open(dir, plainRun)
	if err != nil {
		t.Fatal(err)
	}
	if w.Config.Images.Store != "" {
		if _, err := buildIn(t.Context(), dir, "check", plainRun); err != nil {
			t.Fatal(err)
		}
	}
	result, err := build.Findings(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	return brief(slices.DeleteFunc(result.Findings, func(f findings.Finding) bool { return f.ID == "codes_unchecked" }))
}

// dataRows is a dataset CSV of rows such as "1.jpg a patient_id=p1 age=34": path, label, further cells.
func dataRows(rows ...string) string {
	var b strings.Builder
	b.WriteString(strings.Join(datasetHeader, ",") + "\n")
	for _, row := range rows {
		words := strings.Fields(row)
		cells := map[string]string{"image_path": words[0], "label": words[1]}
		for _, word := range words[2:] {
			column, cell, _ := strings.Cut(word, "=")
			cells[column] = cell
		}
		for i, column := range datasetHeader {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(`"` + strings.ReplaceAll(cells[column], `"`, `""`) + `"`)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func ofOnePatient(n int) string {
	var rows []string
	for i := range n {
		rows = append(rows, fmt.Sprintf("%d.jpg a patient_id=p1", i))
	}
	return dataRows(rows...)
}

// Each finding among rows has a smallest dataset that gives it and nothing else, and one beside it that is just right.
func TestSmallestDatasets(t *testing.T) {
	const data, declaration, withdrawn, settings = "sources/s/s_dataset.csv", "sources/s/source.yaml",
		"curation/withdrawn.csv", "dermset.yaml"
	const withdrawnHead = "source,source_path,patient_id,person,date,reason\n"
	const thirds = "mapping: {workbook: mapping/workbook}\nselect: {min_images: 1, min_groups: 1}\n" +
		"split: {ratios: {train: 34, val: 33, test: 33}}\n"
	tangle := strings.Fields("a:p1 b:p1 c:p1 b:p2 c:p2 a:p3 c:p3 a:p4 b:p4") // no group can go to the split that C lacks
	for i, row := range tangle {
		label, patient, _ := strings.Cut(row, ":")
		tangle[i] = fmt.Sprintf("%d.jpg %s patient_id=%s", i+1, label, patient)
	}
	given := "differentials: {weights: given}\n"
	const overridden = "curation/image_overrides.csv"
	const store = "mapping: {workbook: mapping/workbook}\nselect: {min_images: 1, min_groups: 1}\nimages: {store: there}\n"
	alike := func(n int) map[string]string {
		files, rows := map[string]string{settings: store}, []string{}
		for i := range n {
			files[fmt.Sprintf("there/s/%d.jpg", i)] = fit(7)
			rows = append(rows, fmt.Sprintf("%d.jpg a", i))
		}
		files[data] = dataRows(rows...)
		return files
	}
	two := func(rows ...string) map[string]string {
		return map[string]string{settings: store, data: dataRows(rows...), "there/s/1.jpg": fit(7), "there/s/2.jpg": fit(7)}
	}
	kept := func(path string, c content) map[string]string {
		return map[string]string{settings: store, overridden: "source,source_path,person,date,reason\ns," + path +
			",me,2026-01-02,fine\n", "there/s/1.jpg": string(c.file().data)}
	}
	cut := content{"cut", 1}
	for _, c := range []struct {
		want         string
		wrong, right map[string]string
	}{
		{`review giant_group sources/s/s_dataset.csv:2 s "` + groupID("s/0.jpg") + `" 51`, alike(51), alike(50)},
		{`review duplicate_conflict sources/s/s_dataset.csv:2 s "s/1.jpg: A, B" 2`,
			two("1.jpg a", "2.jpg b"), two("1.jpg a", "2.jpg a")},
		{`review override_unknown curation/image_overrides.csv:2 s "1.jpg" 0`,
			kept("1.jpg", content{"fit", 1}), kept("1.jpg", cut)},
		{`review override_unknown curation/image_overrides.csv:2 s "s/1.jpg" 0`,
			kept("s/1.jpg", cut), kept("1.jpg", cut)},
		{`review bad_value sources/s/s_dataset.csv:2:age s "age=121" 1`,
			map[string]string{data: dataRows("1.jpg a age=121")}, map[string]string{data: dataRows("1.jpg a age=120")}},
		{`review bad_value sources/s/s_dataset.csv:2:sex s "sex=x" 2`,
			map[string]string{data: dataRows("1.jpg a sex=x", "2.jpg a sex=x")},
			map[string]string{data: dataRows("1.jpg a sex=F", "2.jpg a")}},
		{`review bad_value sources/s/s_dataset.csv:3:fitzpatrick s "fitzpatrick=VII" 1`,
			map[string]string{data: dataRows("1.jpg a", "2.jpg a fitzpatrick=VII")},
			map[string]string{data: dataRows("1.jpg a", "2.jpg a fitzpatrick=VI")}},
		{`review bad_value sources/s/s_dataset.csv:2:differentials s "differentials=[1]" 1`,
			map[string]string{data: dataRows("1.jpg a differentials=[1]")},
			map[string]string{data: dataRows(`1.jpg a differentials=["b"]`)}},
		{`review bad_weight sources/s/s_dataset.csv:2:differentials s "differentials" 1`,
			map[string]string{declaration: given, data: dataRows(`1.jpg a differentials=[{"label":"b","weight":0}]`)},
			map[string]string{declaration: given, data: dataRows(`1.jpg a differentials=[{"label":"b","weight":0.1}]`)}},
		{`review giant_group sources/s/s_dataset.csv:2 s "` + groupID("s/0.jpg") + `" 51`,
			map[string]string{data: ofOnePatient(51)}, map[string]string{data: ofOnePatient(50)}},
		{`review patient_partly_missing sources/s/s_dataset.csv:3 s "s" 2`,
			map[string]string{data: dataRows("1.jpg a patient_id=p1", "2.jpg a", "3.jpg a")},
			map[string]string{data: dataRows("1.jpg a", "2.jpg a", "3.jpg a")}},
		{`review patient_partly_missing sources/s/s_dataset.csv:2 s "s" 1`, // one of id_missing is none
			map[string]string{declaration: "id_missing: [NA]\n",
				data: dataRows("1.jpg a patient_id=NA", "2.jpg a patient_id=p1")},
			map[string]string{data: dataRows("1.jpg a patient_id=NA", "2.jpg a patient_id=p1")}},
		{`review id_variant sources/s/s_dataset.csv:2 s "[\"12\",\"12.0\"]" 3`,
			map[string]string{data: dataRows("1.jpg a patient_id=12.0", "2.jpg a patient_id=12", "3.jpg a patient_id=12")},
			map[string]string{data: dataRows("1.jpg a patient_id=12.1", "2.jpg a patient_id=12", "3.jpg a patient_id=12")}},
		{`review id_variant sources/s/s_dataset.csv:2 s "[\"L1\",\"l01\"]" 2`,
			map[string]string{data: dataRows("1.jpg a lesion_id=l01", "2.jpg a lesion_id=L1")},
			map[string]string{data: dataRows("1.jpg a lesion_id=l01", "2.jpg a lesion_id=L10")}},
		{`review id_variant sources/s/s_dataset.csv:2 s "[\"L1\",\"l1\"]" 2`, // of two patients it is two lesions
			map[string]string{data: dataRows("1.jpg a lesion_id=l1 patient_id=p1", "2.jpg a lesion_id=L1 patient_id=p1")},
			map[string]string{data: dataRows("1.jpg a lesion_id=l1 patient_id=p1", "2.jpg a lesion_id=L1 patient_id=p2")}},
		{`review patient_differs sources/s/s_dataset.csv:2 s "p1" 2`,
			map[string]string{data: dataRows("1.jpg a patient_id=p1 sex=m", "2.jpg a patient_id=p1 sex=female")},
			map[string]string{data: dataRows("1.jpg a patient_id=p1 sex=m", "2.jpg a patient_id=p1 sex=male")}},
		{`review patient_differs sources/s/s_dataset.csv:3 s "p1" 3`,
			map[string]string{data: dataRows("0.jpg a patient_id=p2 age=80", "1.jpg a patient_id=p1 age=20-29",
				"2.jpg a patient_id=p1", "3.jpg a patient_id=p1 age=44.5")},
			map[string]string{data: dataRows("0.jpg a patient_id=p2 age=80", "1.jpg a patient_id=p1 age=20-29",
				"2.jpg a patient_id=p1", "3.jpg a patient_id=p1 age=44.49")}},
		{`review lesion_two_labels sources/s/s_dataset.csv:2 s "L1" 2`,
			map[string]string{data: dataRows("1.jpg a lesion_id=L1", "2.jpg b lesion_id=L1")},
			map[string]string{data: dataRows("1.jpg a lesion_id=L1", "2.jpg a lesion_id=L1")}},
		{`review lesion_two_labels sources/s/s_dataset.csv:2 s "L1" 2`, // of two patients it is two lesions
			map[string]string{data: dataRows("1.jpg a lesion_id=L1 patient_id=p1", "2.jpg b lesion_id=L1 patient_id=p1")},
			map[string]string{data: dataRows("1.jpg a lesion_id=L1 patient_id=p1", "2.jpg b lesion_id=L1 patient_id=p2")}},
		{`review lesion_two_patients sources/s/s_dataset.csv:2 s "L1" 2`,
			map[string]string{declaration: "lesion_scope: source\n",
				data: dataRows("1.jpg a lesion_id=L1 patient_id=p1", "2.jpg a lesion_id=L1 patient_id=p2")},
			map[string]string{data: dataRows("1.jpg a lesion_id=L1 patient_id=p1", "2.jpg a lesion_id=L1 patient_id=p2")}},
		{`review class_missing_in_split   "C" 3`, map[string]string{settings: thirds, data: dataRows(tangle...)},
			map[string]string{settings: thirds, data: dataRows(append(tangle, "10.jpg c patient_id=p5")...)}},
		{`review withdrawn_unknown curation/withdrawn.csv:2 s "2.jpg" 0`,
			map[string]string{withdrawn: withdrawnHead + "s,2.jpg,,me,2026-01-02,face\n"},
			map[string]string{withdrawn: withdrawnHead + "s,1.jpg,,me,2026-01-02,face\n"}},
		{`review unmapped_label s s "d" 1`, map[string]string{data: dataRows(`1.jpg a differentials=["d"]`)},
			map[string]string{data: dataRows(`1.jpg a differentials=["b"]`)}},
	} {
		if diff := cmp.Diff([]string{c.want}, found(t, c.wrong)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.wrong, diff)
		}
		if got := found(t, c.right); got != nil {
			t.Errorf("%v: %q, want none", c.right, got)
		}
	}
}

// groupID is the id of a group by its smallest image_id (spec 8.5).
func groupID(image string) string {
	sum := sha256.Sum256([]byte(image))
	return hex.EncodeToString(sum[:])[:16]
}
