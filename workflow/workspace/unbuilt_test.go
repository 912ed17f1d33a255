package workspace_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/dermset/dermset/workflow/workspace"
	"github.com/dermset/dermset/workflow/workspace/workspacetest"
)

// put writes a file of a workspace.
func put(t *testing.T, w *workspace.Workspace, inside string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(w.Path(inside)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(w.Path(inside), nil, 0o644); err != nil {
		t.Fatal(err)
	}
}

// A file for a part that is not built yet is refused, an empty one too, with its name and what to do: nothing is
// accepted and ignored.
func TestFilesOfWhatIsNotBuiltAreRefused(t *testing.T) {
	for file, words := range map[string]string{
		"curation/duplicate_verdicts.csv": "people's verdicts on duplicates are not part of this version; " +
			"equal images are one group, whatever it says: take the file away",
	} {
		want := file + ": " + words
		w := workspacetest.Small(t, "")
		put(t, w, file)
		if err := w.CheckUnbuilt(); err == nil || err.Error() != want || !workspace.IsUsage(err) {
			t.Errorf("%s: error %v, want one of usage: %s", file, err, want)
		}
	}
}

// Folders without files, what begins with a dot, and other files of people's decisions are let be.
func TestNothingElseIsRefused(t *testing.T) {
	w := workspacetest.Small(t, "")
	if err := os.MkdirAll(w.Path("annotations/s"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{
		"annotations/.gitkeep", "annotations/.git/index", "curation/image_overrides.csv", "curation/notes.txt",
		"people.yaml", "mapping/decisions.jsonl",
	} {
		put(t, w, file)
	}
	if err := w.CheckUnbuilt(); err != nil {
		t.Error(err)
	}
}
