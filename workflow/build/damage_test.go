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
	tooLongForRace(t)
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
				if step == "twins" { // whose ledger split alone reads
					if err := os.RemoveAll(b.path("work/split")); err != nil {
						t.Fatal(err)
					}
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

// A line of the log that a disk damaged may have been the last word about any object: the store is asked about all of
// them again, once, and what it says counts, not what it said before.
func TestDamagedLog(t *testing.T) {
	dir := smallPictured(t, map[string]string{"there/s/1.jpg": fit(1), "there/s/2.jpg": fit(2)})
	log, dist := filepath.Join(dir, "work/blobs/log.jsonl"), filepath.Join(dir, "dist", draft)
	if err := replaceIn(dir, "dermset.yaml", "{store: there}", "{store: there, changed: accept}"); err != nil {
		t.Fatal(err)
	}
	tellBuild(t, dir)
	err := errors.Join(writeFiles(dir, map[string]string{"there/s/2.jpg": fit(3)}),
		os.RemoveAll(filepath.Join(dir, "work/fetch")))
	if err != nil {
		t.Fatal(err)
	}
	tellBuild(t, dir) // the log has two lines about 2.jpg
	want := versionText(t, dist)
	again := func() string {
		t.Helper()
		if err := errors.Join(os.RemoveAll(filepath.Join(dir, "work/pictures")), os.RemoveAll(dist)); err != nil {
			t.Fatal(err)
		}
		said := tellBuild(t, dir)
		if diff := cmp.Diff(want, versionText(t, dist)); diff != "" {
			t.Error(diff)
		}
		return said
	}
	text, err := os.ReadFile(log)
	if err != nil || bytes.Count(text, []byte{'\n'}) != 3 {
		t.Fatalf("%s, %v", text, err)
	}
	const damaged = "fetch: work/blobs/log.jsonl is damaged; the store is asked about all pictures"
	r := pcg(3, 4)
	work, kept, whole := filepath.Join(dir, "work"), filepath.Join(dir, "kept"), text
	if err := os.CopyFS(kept, os.DirFS(work)); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		if err := errors.Join(os.RemoveAll(work), os.CopyFS(work, os.DirFS(kept))); err != nil {
			t.Fatal(err)
		}
		text := bytes.Clone(whole)
		at := r.IntN(len(text))
		switch {
		case i == 0:
			at = len(text) - 1 // the last line is none without its end
			text[at] = 'x'
		case i == 1:
			text = text[:bytes.LastIndexByte(text[:len(text)-1], '\n')+1] // a whole line
		case i%2 == 0:
			text = text[:at]
		default:
			text[at] ^= 1 << r.IntN(8)
		}
		if err := os.WriteFile(log, text, 0o644); err != nil {
			t.Fatal(err)
		}
		if said := again(); !strings.Contains(said, damaged) {
			t.Errorf("%d, at %d: nothing is said:\n%s", i, at, said)
		}
		if said := again(); strings.Contains(said, damaged) {
			t.Errorf("%d: said twice:\n%s", i, said)
		}
	}
}

// A damaged row of facts is found out again; a file of facts with another header is refused by name.
func TestDamagedFacts(t *testing.T) {
	b := newPicturedBench(t)
	path, dist := b.path(factsFile), b.path("dist/"+draft)
	want := versionText(t, dist)
	r := pcg(5, 6)
	for range 10 {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		header := bytes.IndexByte(text, '\n') + 1
		text[header+r.IntN(len(text)-header)] ^= 1 << r.IntN(8)
		err = errors.Join(os.WriteFile(path, text, 0o644), os.RemoveAll(dist), os.RemoveAll(b.path("work/pictures")))
		if err != nil {
			t.Fatal(err)
		}
		tellBuild(t, b.dir)
		if diff := cmp.Diff(want, versionText(t, dist)); diff != "" {
			t.Fatal(diff)
		}
	}
	b.edit(factsFile, "sha256", "sha255")
	if err := os.RemoveAll(b.path("work/pictures")); err != nil {
		t.Fatal(err)
	}
	_, err := buildIn(t.Context(), b.dir, "publish", plainRun)
	if err == nil || !strings.Contains(err.Error(), path+": begins") || !strings.Contains(err.Error(), "delete the file") {
		t.Errorf("error %v", err)
	}
}
