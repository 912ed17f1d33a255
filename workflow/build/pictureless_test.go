package build_test

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
)

// newPicturelessBench has the source s with pictures and t without, of which the store has some all the same.
func newPicturelessBench(t *testing.T) *stepBench {
	const tab = "Source Label,Target Name,ICD-11 Code(s),Notes/Justification\na,A,2C32,\n"
	picture := func(n int) string { return string(content{"fit", n}.file().data) }
	return &stepBench{t, smallPictured(t, map[string]string{
		"sources/t/source.yaml":   "pictures: none\ncrops: in-house\n",
		"sources/t/t_dataset.csv": dataRows("1.jpg a patient_id=p1 mask_path=m.png", "2.jpg a patient_id=p2"),
		"mapping/workbook/s.csv":  tab, "mapping/workbook/t.csv": tab,
		"dermset.yaml": "version: \"1.0\"\nmapping: {workbook: mapping/workbook}\nselect: {min_images: 1, min_groups: 1}\n" +
			"images: {store: there}\ndescribe: {image_type: says.csv}\n",
		"says.csv":      "image_id,value,confidence\nt/2.jpg,dermoscopy,0.9\n",
		"there/s/1.jpg": picture(1), "there/s/2.jpg": picture(2),
		"there/t/1.jpg": picture(1), "there/t/2.jpg": picture(3), "there/t/m.png": picture(4),
		"curation/image_overrides.csv": "source,source_path,person,date,reason\nt,1.jpg,me,2026-01-02,fine\n",
		"annotations/drawn.csv": "source,source_path,x,y,width,height,annotator,date,note\n" +
			"t,1.jpg,1,1,5,5,Ana,2026-01-02,\n",
	})}
}

// told builds, and gives what was told and what was logged.
func (b *stepBench) told(until string) (workspace.Result, string) {
	b.t.Helper()
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	w, err := workspace.Open(b.dir, plainRun, logger, workspace.NewProgress(io.Discard, false, logger))
	if err != nil {
		b.t.Fatal(err)
	}
	var result workspace.Result
	if err := w.Locked("build", func() error {
		result, err = build.Run(b.t.Context(), w, until)
		return err
	}); err != nil {
		b.t.Fatal(err)
	}
	return result, log.String()
}

// wantPictures wants the rows of t to be selected with their pictures, or without any; those of s have theirs.
func (b *stepBench) wantPictures(ofT bool) {
	b.t.Helper()
	_, rows, err := readCSV(b.path("dist/" + draft + "/DXv1.0_selected_unsampled.csv"))
	if err != nil || len(rows) != 4 {
		b.t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows {
		with := ofT || row["source"] == "s"
		for _, column := range []string{"sha256", "sha256_published", "image_path", "width", "height", "crops"} {
			if (row[column] != "") != with {
				b.t.Errorf("%s: %s is %q, want pictures: %t", row["image_id"], column, row[column], with)
			}
		}
		if said := map[bool]string{true: "dermoscopy"}[ofT]; row["image_id"] == "t/2.jpg" && row["image_type"] != said {
			b.t.Errorf("%v, want what is predicted of its picture: %q", row, said)
		}
		if !with && (row["crop_state"] != "pending" || row["ita"] != "") {
			b.t.Errorf("%v", row)
		}
	}
}

// Rows of a source without pictures are what they are in a workspace without store, whatever the store has of them; and
// that it has none is said wherever somebody may look for them.
func TestSourceWithoutPictures(t *testing.T) {
	b := newPicturelessBench(t)
	result, logged := b.told("publish")
	b.wantPictures(false)
	if !slices.ContainsFunc(result.Look, func(s string) bool {
		return strings.Contains(s, "t: 2 selected rows have no pictures")
	}) {
		t.Errorf("%q", result.Look)
	}
	for _, want := range []string{"images of t makes no crops: sources/t/source.yaml says pictures: none"} {
		if !strings.Contains(logged, want) {
			t.Errorf("%s, want %q", logged, want)
		}
	}
	for inside, want := range map[string]string{
		"dist/" + draft + "/quality.json":         `"without_pictures": {"t": 2}`,
		"dist/" + draft + "/mapping/findings.csv": "image_overrides.csv",
	} {
		text, err := os.ReadFile(b.path(inside))
		if flat := strings.Join(strings.Fields(string(text)), " "); err != nil ||
			!strings.Contains(strings.NewReplacer("{ ", "{", " }", "}").Replace(flat), want) {
			t.Errorf("%s: %v\n%s", inside, err, text)
		}
	}
	var quality struct {
		Shown struct {
			Sources map[string]struct{ Crops struct{ Pending int } }
		}
	}
	if err := workspace.ReadJSON(b.path("dist/"+draft+"/quality.json"), &quality); err != nil ||
		quality.Shown.Sources["t"].Crops.Pending != 0 {
		t.Errorf("%+v, %v", quality, err)
	}
	if log, err := os.ReadFile(b.path("work/blobs/log.jsonl")); err != nil || strings.Contains(string(log), "/t/") {
		t.Errorf("the store was asked: %s, %v", log, err)
	}
	shown, _ := b.told("describe")
	if !slices.ContainsFunc(shown.Rows, func(row []string) bool {
		return slices.Equal(row, []string{"t", "pictures", "the source has none", "2"})
	}) {
		t.Errorf("%q", shown.Rows)
	}
	w, err := open(b.dir, plainRun)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := versions.Verify(w, draft); err != nil {
		t.Error(err)
	}
	_, traced, err := versions.Trace(t.Context(), w, "", "t/1.jpg")
	if err != nil || !slices.ContainsFunc(traced, func(row []string) bool {
		return row[0] == "crops" && strings.Contains(row[1], "pictures: none in source.yaml")
	}) {
		t.Errorf("%q, %v", traced, err)
	}
}

// What came while a source had pictures counts for nothing when it has none, and again when it has some; a store that
// changed meanwhile is noticed.
func TestSourceLosesItsPictures(t *testing.T) {
	b := newPicturelessBench(t)
	b.edit("sources/t/source.yaml", "pictures: none", "pictures: store")
	b.told("publish")
	b.wantPictures(true)
	b.edit("sources/t/source.yaml", "pictures: store", "pictures: none")
	b.told("publish")
	b.wantPictures(false)
	b.edit("dermset.yaml", "{store: there}", "{store: there, changed: accept}")
	b.put("there/t/2.jpg", string(content{"fit", 7}.file().data))
	b.edit("sources/t/source.yaml", "pictures: none", "pictures: store")
	b.told("publish")
	b.wantPictures(true)
	published, err := os.ReadFile(b.path("dist/" + draft + "/DXv1.0_selected_unsampled.csv"))
	if err != nil || !strings.Contains(string(published), content{"fit", 7}.file().sum) {
		t.Errorf("the older picture is there: %s, %v", published, err)
	}
}
