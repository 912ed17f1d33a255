package workspace_test

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/transfer"
	"github.com/dermset/dermset/workflow/workspace"
)

// opened is a workspace with these files and these settings.
func opened(t *testing.T, dir, settings string, files ...string) *workspace.Workspace {
	t.Helper()
	for _, inside := range append(files, "dermset.yaml") {
		write(t, dir, inside, inside)
	}
	write(t, dir, "dermset.yaml", settings)
	log := slog.New(slog.DiscardHandler)
	w, err := workspace.Open(dir, workspace.Resources{Workers: 1}, log, workspace.NewProgress(nil, false, log))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func write(t *testing.T, dir, inside, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(inside))
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// named is every file and empty folder below dir, by name.
func named(t *testing.T, dir string) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		inside, _ := filepath.Rel(dir, path)
		all[filepath.ToSlash(inside)] = true
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// leave leaves what a run that is killed while it writes a file or folder leaves beside it.
func leave(t *testing.T, w *workspace.Workspace, inside ...string) {
	t.Helper()
	for _, inside := range inside {
		path := w.Path(inside)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(inside, "/") {
			aside, err := fileio.MakeAside(path)
			if err != nil {
				t.Fatal(err)
			}
			write(t, aside, "deep/file", "half")
			continue
		}
		file, err := fileio.CreateAside(path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = file.WriteString("half")
		_ = file.Close()
	}
}

// Who takes the lock removes what dead runs have left, wherever verbs write, and nothing else; what had been published
// is put in place. While another run holds the lock nothing is touched.
func TestWhatDeadRunsLeaveIsSwept(t *testing.T) {
	kept := []string{"sources/clinic/source.yaml", "sources/clinic/clinic_dataset.csv", "sources/clinic/.ignored",
		"sources/clinic/raw/.a.partial-report.jpg", "sources/clinic/raw/.ingest-1", "mapping/known_categories.csv",
		"mapping/workbook/clinic.csv", "work/generate/step.json", "work/blobs/ab/cd/abcd", "work/ingest/clinic_unused.csv",
		"work/icd11/cache/2025-01/a.json", "dist/DXv1.0-draft/manifest.json", "icd11/2025-01.zip", "curation/withdrawn.csv",
		".notes.partial-draft", ".hidden.partial-ABCDEFGHIJKL1", "mapping/.partial-AAAAAAAAAAAAA", "dist/.keep.replaced.txt"}
	dir := t.TempDir()
	w := opened(t, dir, "version: \"1.0\"\nmapping: {workbook: mapping/workbook}\n", kept...)
	want := named(t, dir)
	leave(t, w, "dermset.yaml", "sources/.gitignore", "sources/clinic/source.yaml", "mapping/known_categories.csv",
		"mapping/to-paste.xlsx", "mapping/gsheet/", "mapping/workbook/clinic.csv", "work/generate/", "work/publish/",
		"work/ingest/clinic_unused.csv", "work/icd11/cache/2025-01/b.json", "work/icd11/cache/2024-01/c.json",
		"dist/DXv1.0-draft/", "icd11/2025-01.zip", "curation/withdrawn.csv")
	if _, err := transfer.OpenBlobs(w.Work("blobs"), "store"); err != nil { // and never closed
		t.Fatal(err)
	}
	for _, inside := range []string{"work/blobs/incoming/1", "dist/.DXv1.0-draft.replaced/manifest.json",
		"dist/.DXv0.9-draft.replaced/manifest.json", "sources/clinic/.ingest-clinic_dataset.csv.tmp",
		"sources/clinic/.ingest-123456/clinic_dataset.csv", "sources/clinic/.ingest-0011-clinic_renaming.csv"} {
		write(t, dir, inside, "half")
	}
	for _, name := range []string{"work/icd11/cache/2024-01", "work/blobs/log.jsonl", ".dermset.lock", "dist/DXv0.9-draft",
		"dist/DXv0.9-draft/manifest.json"} {
		want[name] = true
	}
	if err := w.Locked("build", func() error {
		leave(t, w, "dist/DXv2.0-draft/")
		before := named(t, dir)
		if err := w.Locked("fetch", func() error { return nil }); err == nil {
			t.Error("two runs hold the lock")
		}
		if diff := cmp.Diff(before, named(t, dir)); diff != "" {
			t.Errorf("a run that was refused changes: %s", diff)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.Locked("build", func() error { return nil }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, named(t, dir)); diff != "" {
			t.Error(diff)
		}
	}
}

// A workbook may be a link to a folder that people share, who hold locks of their own: there only what is old goes.
func TestASharedFolderIsSweptByAge(t *testing.T) {
	dir, shared := t.TempDir(), t.TempDir()
	write(t, shared, "clinic.csv", "tab")
	w := opened(t, dir, "mapping: {workbook: mapping/workbook}\n", "sources/.gitignore", "mapping/known_categories.csv")
	if err := os.Symlink(shared, w.Path("mapping/workbook")); err != nil {
		t.Skip("this file system has no links: ", err)
	}
	leave(t, w, "mapping/workbook/clinic.csv", "mapping/workbook/other.csv")
	for name := range named(t, shared) {
		if strings.HasPrefix(name, ".clinic") {
			path := filepath.Join(shared, name)
			if err := os.Chtimes(path, time.Time{}, time.Now().Add(-61*time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Locked("build", func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	for name := range named(t, shared) {
		if strings.HasPrefix(name, ".clinic") {
			t.Errorf("%s is left", name)
		}
	}
	if n := len(named(t, shared)); n != 3 { // the folder, the tab, and what somebody may be writing
		t.Errorf("%v", named(t, shared))
	}
}
