package workspace_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/workflow/workspace"
)

// A workspace that could not be made to its end has no settings yet, so that init goes on with it.
func TestInitGoesOn(t *testing.T) {
	whole := t.TempDir()
	want, err := workspace.Init(whole)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range want {
		inside, err := filepath.Rel(whole, path)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		block := filepath.Join(dir, filepath.Dir(inside)) // a file where a folder is needed
		if filepath.Dir(inside) == "." {
			continue
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(block), 0o755), os.WriteFile(block, nil, 0o644)); err != nil {
			t.Fatal(err)
		}
		before, err := workspace.Init(dir)
		if _, there := os.Lstat(filepath.Join(dir, "dermset.yaml")); err == nil || there == nil {
			t.Fatalf("%s is blocked: %v, and dermset.yaml: %v", inside, err, there)
		}
		if err := os.Remove(block); err != nil {
			t.Fatal(err)
		}
		after, err := workspace.Init(dir)
		if err != nil || len(before)+len(after) != len(want) {
			t.Errorf("%s: %v before, %v after: %v", inside, before, after, err)
		}
		for _, path := range want {
			inside, _ := filepath.Rel(whole, path)
			a, errA := os.ReadFile(path)
			b, errB := os.ReadFile(filepath.Join(dir, inside))
			if diff := cmp.Diff(string(a), string(b)); diff != "" || errA != nil || errB != nil {
				t.Errorf("%s: %s %v %v", inside, diff, errA, errB)
			}
		}
	}
}
