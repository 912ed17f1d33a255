package build_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/workflow/build"
)

// tellBuild builds a workspace and returns what was said.
func tellBuild(t *testing.T, dir string) string {
	t.Helper()
	w, err := open(dir, plainRun)
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	w.Log = slog.New(slog.NewTextHandler(&said, nil))
	err = w.Locked("build", func() error {
		_, err := build.Run(context.Background(), w, "publish")
		return err
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	return said.String()
}

// filesUnder are the ordinary files below a folder.
func filesUnder(t *testing.T, dir string) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %d files, %v", dir, len(paths), err)
	}
	return paths
}

// Whatever byte of whatever file of a step is lost or becomes another, a build that reads it makes the step again, says
// so, and publishes what it would have published.
func TestDamagedAnswersAreMadeAgain(t *testing.T) {
	b := newPicturedBench(t)
	dist := b.path("dist/" + draft)
	want := versionText(t, dist)
	offsets := 5
	if testing.Short() {
		offsets = 1
	}
	r := pcg(1, 2)
	builds := 0
	for _, step := range b.steps() {
		folder := b.path("work/" + step)
		for _, path := range filesUnder(t, folder) {
			name, err := filepath.Rel(folder, path)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 2 * offsets {
				text, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				at, how := r.IntN(len(text)), "cut"
				damaged := text[:at]
				if i%2 == 0 {
					how, damaged = "flipped", bytes.Clone(text)
					damaged[at] ^= 1 << r.IntN(8)
				}
				if err := errors.Join(os.WriteFile(path, damaged, 0o644), os.RemoveAll(dist)); err != nil {
					t.Fatal(err)
				}
				said := tellBuild(t, b.dir)
				builds++
				if diff := cmp.Diff(want, versionText(t, dist)); diff != "" {
					t.Fatalf("%s/%s %s at %d: another version:\n%s", step, name, how, at, diff)
				}
				again := step + ": runs again: "
				if name != "step.json" {
					again += filepath.ToSlash(name) + " of its last answer is damaged"
				} else if now, err := os.ReadFile(path); err != nil || bytes.Equal(now, damaged) {
					continue // a letter that JSON takes for the same, or a space
				}
				if !strings.Contains(said, again) {
					t.Errorf("%s/%s %s at %d: %q is not said:\n%s", step, name, how, at, again, said)
				}
			}
		}
	}
	t.Log(builds, "builds")
}

// A file that nobody left in a step's folder, or that is no file any more, is damage too.
func TestStrangersAmongAnswers(t *testing.T) {
	b := newStepBench(t)
	dist := b.path("dist/" + draft)
	want := versionText(t, dist)
	rows := b.path("work/generate/rows/s.arrows")
	for what, do := range map[string]func() error{
		"another file": func() error { return os.WriteFile(b.path("work/generate/rows/x.arrows"), nil, 0o644) },
		"a folder":     func() error { return errors.Join(os.Remove(rows), os.Mkdir(rows, 0o755)) },
		"a link": func() error {
			return errors.Join(os.Rename(rows, b.path("elsewhere")), os.Symlink(b.path("elsewhere"), rows))
		},
		"a linked folder": func() error {
			return errors.Join(os.RemoveAll(b.path("there")), os.Rename(b.path("work/generate"), b.path("there")),
				os.Symlink(b.path("there"), b.path("work/generate")))
		},
		"a folder in place of step.json": func() error {
			path := b.path("work/generate/step.json")
			return errors.Join(os.Remove(path), os.Mkdir(path, 0o755))
		},
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
		said := tellBuild(t, b.dir)
		if !strings.Contains(said, "generate: runs again: ") {
			t.Errorf("%s: nothing is said:\n%s", what, said)
		}
		if diff := cmp.Diff(want, versionText(t, dist)); diff != "" {
			t.Errorf("%s: another version:\n%s", what, diff)
		}
	}
}
