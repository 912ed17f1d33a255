package pictures

import (
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/io/factio"
)

// samples are all pictures that the tests of images are about, and some that nobody can decode.
func samples(t *testing.T) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "testdata", "pictures", "*.*"))
	if err != nil || len(paths) == 0 {
		t.Fatal(err, "no pictures")
	}
	all := map[string][]byte{"empty.png": nil, "page.jpg": []byte("<html>no such key")}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		switch name := filepath.Base(path); {
		case name == "restarts.jpg":
			all[name], all["cut.jpg"] = data, data[:len(data)/2]
		case filepath.Ext(name) != ".py":
			all[name] = data
		}
	}
	return all
}

// The file of facts is what it was before the room was made: builds must not decode their pictures once more.
func TestFactsOfCheckAreTheSameBytes(t *testing.T) {
	want, err := os.ReadFile(filepath.Join("testdata", Check.Name+".tsv"))
	if err != nil {
		t.Fatal(err, "(a new images.Decoder needs new facts)")
	}
	d := newDesk(t)
	d.workers = 1
	files := list(t, folderOf(t, samples(t)))
	first := d.see(t, files)
	if diff := cmp.Diff(string(want), d.facts(t, Check)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(first, d.see(t, files)); diff != "" {
		t.Errorf("from the facts:\n%s", diff)
	}
}

func TestCheckOfAFolder(t *testing.T) {
	whole := shaded(t, 70, 80, 1)
	folder := folderOf(t, map[string][]byte{
		"s/a.png": whole, "s/b.jpg": whole, "s/cut.png": whole[:len(whole)/2],
		"s/empty.png": nil, "s/page.jpg": []byte("<html>no such key"),
		"s/small.png": shaded(t, 63, 80, 2), "s/kept.png": shaded(t, 63, 80, 3),
		".hidden": []byte("x"), ".git/x.png": whole,
	})
	for link, to := range map[string]string{"s/linked.png": "a.png", "s/dangling.png": "nowhere", "s/folder.png": "."} {
		if err := os.Symlink(to, filepath.Join(folder, filepath.FromSlash(link))); err != nil {
			t.Skip(err)
		}
	}
	want := map[string]string{
		"s/a.png": "ok", "s/b.jpg": "ok extension_differs", "s/cut.png": "truncated",
		"s/empty.png": "empty", "s/page.jpg": "not_an_image",
		"s/small.png": "too_small", "s/kept.png": "too_small kept",
		"s/linked.png": "ok", "s/dangling.png": "missing", "s/folder.png": "missing",
	}
	d := newDesk(t)
	d.kept = "s/kept.png"
	for _, d.workers = range []int{1, 4} { // the second time from the facts
		if diff := cmp.Diff(want, d.verdicts(t, list(t, folder))); diff != "" {
			t.Errorf("%d workers:\n%s", d.workers, diff)
		}
	}
}

// Facts do not depend on the settings they were found under.
func TestCheckUnderOtherSettings(t *testing.T) {
	files := blobs(t, shaded(t, 70, 80, 1))
	d := newDesk(t)
	for _, c := range []struct {
		side   int
		pixels int64
		want   string
	}{
		{1, 5599, "too_many_pixels"}, {71, 5600, "too_small"}, {70, 5600, "ok"},
		{1, 100, "too_many_pixels"}, {1, 5600, "ok"},
	} {
		d.limits = images.Limits{MinSide: c.side, MaxPixels: c.pixels}
		if diff := cmp.Diff(map[string]string{files[0].SHA256: c.want}, d.verdicts(t, files)); diff != "" {
			t.Errorf("side %d, pixels %d:\n%s", c.side, c.pixels, diff)
		}
	}
}

func TestFactsAreReadAsWritten(t *testing.T) {
	for _, r := range []images.Result{
		{
			Verdict: images.OK, Format: "jpeg", Width: 3, Height: 4, Orientation: 6,
			Warnings: []images.Warning{images.MissingEOI, images.Animated},
		},
		{Verdict: images.OK, Format: "png", Width: 3, Height: 4, Orientation: 1},
		{Verdict: images.Empty, Orientation: 1, Detail: "has no bytes"},
	} {
		got, err := checkResult(checkFields(r, "0123456789abcdef"))
		if diff := cmp.Diff(r, got); diff != "" || err != nil {
			t.Errorf("error %v:\n%s", err, diff)
		}
	}
	for _, fields := range [][]string{
		nil, {"ok"}, {"ok", "png", "wide", "4", "1", "", "", ""},
		{"ok", "png", "3", "4", "1", "", "", "", "one too many"},
	} {
		if _, err := checkResult(fields); err == nil {
			t.Errorf("%q is a fact", fields)
		}
	}
}

// A fact that cannot be read counts as not there.
func TestDamagedFactIsFoundAgain(t *testing.T) {
	files := blobs(t, shaded(t, 70, 80, 1))
	d := newDesk(t)
	facts, err := factio.Open(filepath.Join(d.dir, Check.Name+".tsv"), Check.Columns...)
	if err != nil {
		t.Fatal(err)
	}
	var key factio.Key
	if _, err := hex.Decode(key[:], []byte(files[0].SHA256)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(facts.Put(key, "ok", "png", "wide", "80", "1", "", "", ""), facts.Close()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{files[0].SHA256: "ok"}, d.verdicts(t, files)); diff != "" {
		t.Error(diff)
	}
}

// Facts that were kept under other columns are not read as if they were under these.
func TestFactsOfOtherColumns(t *testing.T) {
	d := newDesk(t)
	others := slices.Clone(Check.Columns)
	slices.Reverse(others)
	facts, err := factio.Open(filepath.Join(d.dir, Check.Name+".tsv"), others...)
	if err != nil {
		t.Fatal(err)
	}
	if err := facts.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFacts(d.dir, Lookers...); err == nil || !strings.Contains(err.Error(), Check.Name+".tsv: begins") {
		t.Errorf("error %v", err)
	}
}
