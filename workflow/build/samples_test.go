package build

import (
	"bytes"
	"image/jpeg"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/workflow/workspace"
	"github.com/dermset/dermset/workflow/workspace/workspacetest"
)

// sampled are the samples of acne in a small workspace of eight images that were fetched; of what pictures.
func sampled(t *testing.T, w *workspace.Workspace) []Sample {
	t.Helper()
	all, err := Samples(t.Context(), w, []Label{{Sources: []string{"s"}, Text: "acne"},
		{Sources: []string{"s"}, Text: "none"}}, 4, 128)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || len(all[1]) != 0 {
		t.Fatalf("samples of %d labels, %d of one without images", len(all), len(all[1]))
	}
	return all[0]
}

func TestSamples(t *testing.T) {
	w := workspacetest.Small(t, "")
	w.Config.Images.Store = "pics"
	rows := workspacetest.Header
	for i, name := range []string{"1", "2", "3", "4", "5", "6", "7"} {
		rows += name + ".jpg,acne,,p" + name + ",,,,,,,,\n"
		write(t, w.Path("pics/s/"+name+".jpg"), shaded(t, 300, 200, i+1))
	}
	rows += "derived.jpg,,\"[\"\"acne\"\"]\",p9,,,,,,,,\nbad.jpg,acne,,p10,,,,,,,,\nother.jpg,nv,,,,,,,,,,\n"
	write(t, w.Path("pics/s/bad.jpg"), []byte("no picture"))
	write(t, w.Path("sources/s/s_dataset.csv"), []byte(rows))
	if shown := sampled(t, w); len(shown) != 0 {
		t.Fatal("nothing was fetched, and pictures are shown")
	}
	if _, err := Fetch(t.Context(), w, FetchOptions{}); err != nil {
		t.Fatal(err)
	}
	first := sampled(t, w)
	if len(first) != 4 || !cmp.Equal(first, sampled(t, w)) {
		t.Fatalf("%d samples, or others the second time", len(first))
	}
	for _, s := range first {
		config, err := jpeg.DecodeConfig(bytes.NewReader(s.Data))
		if err != nil || config.Width != 128 || config.Height != 85 || s.Width != 128 || s.Height != 85 {
			t.Errorf("%v, %dx%d", err, s.Width, s.Height)
		}
	}
	withdrawn := "source,source_path,patient_id,person,date,reason\ns,1.jpg,,ana,2026-03-31,asked\n"
	for _, patient := range []string{"p2", "p3", "p4", "p5", "p6"} {
		withdrawn += "s,," + patient + ",ana,2026-03-31,asked\n"
	}
	write(t, w.Path("curation/withdrawn.csv"), []byte(withdrawn))
	if shown := sampled(t, w); len(shown) != 1 { // 7.jpg; bad.jpg is none
		t.Errorf("%d pictures are shown, and one is not withdrawn", len(shown))
	}
	if err := os.RemoveAll(w.Path("work/blobs")); err != nil {
		t.Fatal(err)
	}
	if shown := sampled(t, w); len(shown) != 0 {
		t.Error("blobs are gone, and pictures are shown")
	}
}

func TestReached(t *testing.T) {
	w := workspacetest.Small(t, "")
	if reached, err := Reached(t.Context(), w); err != nil || reached != nil {
		t.Fatal(reached, err)
	}
	write(t, w.Path("sources/s/s_dataset.csv"), []byte(workspacetest.Header+
		"1.jpg,acne,,p1,,,,,,,,\n2.jpg,spots,,p2,,,,,,,,\n3.jpg,tattoo,,p3,,,,,,,,\n"))
	write(t, w.Path("mapping/workbook/s.csv"), []byte("Source Label,Target Name,ICD-11 Code(s),Notes/Justification\n"+
		"acne,Acne,ED80,\nspots,Spots,ED80,\ntattoo,Tattoo,EH93.0,\n"))
	write(t, w.Path("mapping/workbook/Pathologies to exclude and merge.csv"), []byte("Category,Action,Merge into,Reason\n"+
		"Spots,merge,Acne,\nTattoo,exclude,,\n"))
	if _, err := Run(t.Context(), w, "publish"); err != nil {
		t.Fatal(err)
	}
	reached, err := Reached(t.Context(), w)
	want := map[string]Reach{"Acne": {Images: 1, Groups: 1, Stage: 3}, "Spots": {Images: 1, Groups: 1, Stage: 3},
		"Tattoo": {Images: 1, Groups: 1, Stage: 1}}
	if d := cmp.Diff(want, reached); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
}
