package demo

import (
	"errors"
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

// What somebody has put into a folder is never overwritten: not beside a file of the marker's name that is theirs, nor
// one that is only a part of ours.
func TestADemoIsNotWrittenOverWork(t *testing.T) {
	for _, mine := range []map[string]string{
		{"dermset.yaml": "mine"}, {marker: "mine"}, {marker: "mine", "dermset.yaml": "mine"},
		{marker: "", "dermset.yaml": "mine"}, {marker: markerText[:20], "notes": "mine"}, {marker: markerText + "mine"},
		{marker + "/x": "mine"},
	} {
		dir := t.TempDir()
		for path, text := range mine {
			if err := write(filepath.Join(dir, path), text); err != nil {
				t.Fatal(err)
			}
		}
		if err := Write(dir); err == nil {
			t.Errorf("%v: no error", mine)
		}
		if diff := cmp.Diff(mine, read(t, dir)); diff != "" {
			t.Error(diff)
		}
	}
}

// Stopped at any file, in the middle of it or before, a demo goes on when it runs again, and ends the same: from
// nothing or over one that is there.
func TestADemoGoesOn(t *testing.T) {
	whole := t.TempDir()
	if err := Write(whole); err != nil {
		t.Fatal(err)
	}
	want := read(t, whole)
	stopped := errors.New("stopped")
	for k := 0; k < len(want); k += 3 {
		for _, part := range []int{-1, k % 8} { // bytes of the file; -1: it has not been made
			dir := whole
			if k%2 == 0 {
				dir = filepath.Join(t.TempDir(), "demo")
			}
			n := 0
			err := writeWith(dir, func(path, text string) error {
				if n++; n <= k {
					return write(path, text)
				}
				if part < 0 {
					return errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), stopped)
				}
				return errors.Join(write(path, text[:part]), stopped)
			})
			if !errors.Is(err, stopped) && n > k {
				t.Fatal(err)
			}
			if err := Write(dir); err != nil {
				t.Errorf("file %d, %d bytes: %v", k, part, err)
			}
			if diff := cmp.Diff(want, read(t, dir)); diff != "" {
				t.Errorf("file %d, %d bytes: %s", k, part, diff)
			}
		}
	}
	if err := writeWith(whole, func(path, _ string) error {
		return errors.Join(write(path, ""), stopped)
	}); !errors.Is(err, stopped) {
		t.Fatal(err)
	}
	if err := Write(whole); err != nil {
		t.Errorf("stopped over one that is there: %v", err)
	}
}

// A link in a demo is not written through.
func TestADemoFollowsNoLink(t *testing.T) {
	dir, other := t.TempDir(), filepath.Join(t.TempDir(), "mine")
	if err := errors.Join(Write(dir), os.Remove(filepath.Join(dir, "dermset.yaml")), write(other, "mine"),
		os.Symlink(other, filepath.Join(dir, "dermset.yaml"))); err != nil {
		t.Skip("this file system has no links: ", err)
	}
	if err := Write(dir); err == nil {
		t.Error("no error")
	}
	if text, _ := os.ReadFile(other); string(text) != "mine" {
		t.Errorf("%q", text)
	}
}
