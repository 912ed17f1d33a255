package demo

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func read(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		inside, _ := filepath.Rel(dir, path)
		all[inside] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEveryDemoIsTheSame(t *testing.T) {
	a, b := t.TempDir(), filepath.Join(t.TempDir(), "new")
	for _, dir := range []string{a, b, b} { // the last one over itself
		if err := Write(dir); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(read(t, a), read(t, b)); diff != "" {
		t.Error(diff)
	}
}

func TestADemoIsNotWrittenOverWork(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "dermset.yaml"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir); err == nil {
		t.Error("no error")
	}
	if diff := cmp.Diff(map[string]string{"dermset.yaml": "mine"}, read(t, dir)); diff != "" {
		t.Error(diff)
	}
}
