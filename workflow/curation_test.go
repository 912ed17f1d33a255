package workflow

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dermset/dermset/engine"
)

const curatedHeader = "image_path,label,differentials,patient_id,lesion_id,sex,age,body_site,fitzpatrick,image_type,diagnosis_method,mask_path\n"

// curated is a workspace of one small source, with the given withdrawn.csv lines.
func curated(t *testing.T, withdrawn string) *Workspace {
	t.Helper()
	dir := t.TempDir()
	for path, text := range map[string]string{
		"dermset.yaml":          "mapping: {workbook: mapping/workbook}\nselect: {min_images: 1, min_groups: 1}\n",
		"sources/s/source.yaml": "title: S\n", "sources/s/s_dataset.csv": curatedHeader + "1.jpg,acne,,p1,,,,,,,,\n2.jpg,acne,,p2,,,,,,,,\n",
		"mapping/workbook/s.csv":                                "Source Label,Target Name,ICD-11 Code(s),Notes/Justification\nacne,Acne,ED80,\n",
		"mapping/workbook/Pathologies to exclude and merge.csv": "Category,Action,Merge into,Reason\n",
		"curation/withdrawn.csv":                                "source,source_path,patient_id,person,date,reason\n" + withdrawn,
	} {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	w, err := Open(dir, engine.Settings{Workers: 2, BatchBytes: 64}, log, NewProgress(io.Discard, false, log))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestAWithdrawalThatNamesNothingIsFound(t *testing.T) {
	w := curated(t, "s,1.jpg,,me,2026-01-02,face\ns,s/2.jpg,,me,2026-01-02,the image_id for the path\ns,,p1,me,2026-01-02,consent\ns,,nobody,me,2026-01-02,consent\n")
	result, err := w.Check(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range result.Findings {
		if f.ID == "withdrawn_unknown" {
			got = append(got, f.Place+" "+f.Subject)
		}
	}
	if want := "curation/withdrawn.csv:5 nobody, curation/withdrawn.csv:3 s/2.jpg"; strings.Join(got, ", ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWithdrawalsSayWhoWhenAndWhy(t *testing.T) {
	_, err := curated(t, "s,1.jpg,,,2026-01-02,face\ns,1.jpg,,me,02/01/2026,face\nnone,1.jpg,,me,2026-01-02,face\ns,1.jpg,p,me,2026-01-02,face\n").Check(context.Background())
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"curation/withdrawn.csv:2: person and reason must not be empty", `curation/withdrawn.csv:3: date "02/01/2026"`,
		`curation/withdrawn.csv:4: there is no source "none"`, "curation/withdrawn.csv:5: want a source_path or a patient_id",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not say %q", err, want)
		}
	}
}

// A workbook that is a link, and files beside its tabs: the link is an input like any other, the files are not the version's.
func TestTheWorkbookIsAnInputAndNothingBesideIt(t *testing.T) {
	w := curated(t, "")
	shared := filepath.Join(t.TempDir(), "shared.csv")
	tab := w.path("mapping/workbook/s.csv")
	if err := os.Rename(tab, shared); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(shared, tab); err != nil {
		t.Skip("this system has no links")
	}
	for _, name := range []string{".~lock.s.csv#", "notes.txt"} {
		if err := os.WriteFile(w.path("mapping/workbook/"+name), []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Build(context.Background(), "publish"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(shared, []byte("Source Label,Target Name,ICD-11 Code(s),Notes/Justification\nacne,Acne,ED80.0,\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Build(context.Background(), "publish"); err != nil {
		t.Fatal(err)
	}
	dist := w.dist("DXv27.1-draft")
	text, err := os.ReadFile(filepath.Join(dist, "DXv27.1_classes_stage3.csv"))
	if err != nil || !strings.Contains(string(text), "ED80.0") {
		t.Errorf("the classes are %q, %v: the changed tab was not seen", text, err)
	}
	entries, err := os.ReadDir(filepath.Join(dist, "mapping", "workbook"))
	if err != nil || len(entries) != 2 {
		t.Errorf("the archived workbook has %v, %v; want its two tabs", entries, err)
	}
	if _, err := w.Verify("DXv27.1-draft"); err != nil {
		t.Error(err)
	}
}

func TestALockMustBeWhatWasPublished(t *testing.T) {
	w := curated(t, "")
	if _, err := w.Build(context.Background(), "publish"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(w.dist("DXv27.1-draft"), w.dist("DXv27.0")); err != nil {
		t.Fatal(err)
	}
	w.Config.Split.Lock = "DXv27.0"
	for _, name := range []string{"selected_unsampled.csv"} {
		if err := os.Rename(filepath.Join(w.dist("DXv27.0"), "DXv27.1_"+name), filepath.Join(w.dist("DXv27.0"), "DXv27.0_"+name)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Build(context.Background(), "publish"); err == nil || !strings.Contains(err.Error(), "is not what the manifest of its version says") {
		t.Errorf("got %v", err)
	}
}
