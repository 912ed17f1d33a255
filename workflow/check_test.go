package workflow

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/io/factio"
	"github.com/dermset/dermset/transfer"
)

// shaded is a PNG of a size, other for another seed.
func shaded(t *testing.T, width, height, seed int) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		m.Set(i%width, i/width, color.NRGBA{uint8(i + seed), uint8(i >> 8), uint8(seed), 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// blob writes a content into the store that fetch fills.
func (w *Workspace) blob(t *testing.T, data []byte) (sum, path string) {
	t.Helper()
	hash := sha256.Sum256(data)
	sum = hex.EncodeToString(hash[:])
	path = filepath.Join(w.work("blobs"), sum[:2], sum[2:4], sum)
	write(t, path, data)
	return sum, path
}

// checkBlobs checks all blobs there are.
func (w *Workspace) checkBlobs(ctx context.Context) (checkedList, error) {
	paths, err := filepath.Glob(filepath.Join(w.work("blobs"), "*", "*", "*"))
	if err != nil {
		return nil, err
	}
	var pictures []Picture
	for _, path := range paths {
		pictures = append(pictures, Picture{Path: path, SHA256: filepath.Base(path)})
	}
	facts, err := w.openFacts()
	if err != nil {
		return nil, err
	}
	var found checkedList
	err = w.checkAll(ctx, eachOf(pictures), facts, overrides{}, found.take)
	return found, err
}

// checkedList keeps all that is found.
type checkedList []Checked

func (l *checkedList) take(c *Checked) error {
	*l = append(*l, *c)
	return nil
}

// verdicts is name or hash → verdict, warnings and whether a person keeps it. Without a folder it is of all blobs.
func verdicts(t *testing.T, w *Workspace, folder string) map[string]string {
	t.Helper()
	found, err := w.checkBlobs(t.Context())
	if folder != "" {
		found = nil
		err = w.CheckPictures(t.Context(), folder, found.take)
	}
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, c := range found {
		kept := ""
		if c.Kept {
			kept = "kept"
		}
		all[c.Name+c.SHA256] = strings.Join(strings.Fields(string(c.Verdict)+" "+Warnings(c.Result)+" "+kept), " ")
	}
	return all
}

func TestCheckOfAFolder(t *testing.T) {
	w := curated(t, "")
	folder := t.TempDir()
	whole := shaded(t, 70, 80, 1)
	for name, data := range map[string][]byte{
		"s/a.png": whole, "s/b.jpg": whole, "s/cut.png": whole[:len(whole)/2], "s/empty.png": nil, "s/page.jpg": []byte("<html>no such key"),
		"s/small.png": shaded(t, 63, 80, 2), "s/kept.png": shaded(t, 63, 80, 3), "s/nothing.png": nil, ".hidden": []byte("x"), ".git/x.png": whole,
	} {
		write(t, filepath.Join(folder, filepath.FromSlash(name)), data)
	}
	for link, to := range map[string]string{"s/linked.png": "a.png", "s/dangling.png": "nowhere", "s/folder.png": "."} {
		if err := os.Symlink(to, filepath.Join(folder, filepath.FromSlash(link))); err != nil {
			t.Skip(err)
		}
	}
	write(t, w.path(overridesFile), []byte(strings.Join(overrideColumns, ",")+"\ns,kept.png,me,2026-01-02,a mole fills it\ns,nothing.png,me,2026-01-02,hope\ns,a.png,me,2026-01-02,it is fine anyway\n"))
	want := map[string]string{
		"s/a.png": "ok", "s/b.jpg": "ok extension_differs", "s/cut.png": "truncated", "s/empty.png": "empty", "s/page.jpg": "not_an_image",
		"s/small.png": "too_small", "s/kept.png": "too_small kept", "s/nothing.png": "empty",
		"s/linked.png": "ok", "s/dangling.png": "missing", "s/folder.png": "missing",
	}
	for _, workers := range []int{1, 4} { // the second time from the facts
		w.Run.Workers = workers
		if diff := cmp.Diff(want, verdicts(t, w, folder)); diff != "" {
			t.Errorf("%d workers:\n%s", workers, diff)
		}
	}
}

// What is known of a blob is not read again: a build after a change of the mapping decodes nothing.
func TestCheckReadsABlobOnce(t *testing.T) {
	w := curated(t, "")
	sum, path := w.blob(t, shaded(t, 70, 80, 1))
	want := map[string]string{sum: "ok"}
	if diff := cmp.Diff(want, verdicts(t, w, "")); diff != "" {
		t.Fatal(diff)
	}
	write(t, path, []byte("nobody looks"))
	if diff := cmp.Diff(want, verdicts(t, w, "")); diff != "" {
		t.Errorf("the second time:\n%s", diff)
	}
	if err := os.RemoveAll(w.work("facts")); err != nil {
		t.Fatal(err)
	}
	if _, err := w.checkBlobs(t.Context()); err == nil || !strings.Contains(err.Error(), "damaged on this disk: 1") { // no fact about its content
		t.Errorf("a blob of other content than its name says: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the damaged blob is still there")
	}
	write(t, path, shaded(t, 70, 80, 1))
	if diff := cmp.Diff(want, verdicts(t, w, "")); diff != "" {
		t.Errorf("mended:\n%s", diff)
	}
}

// Facts do not depend on the settings they were found under.
func TestCheckUnderOtherSettings(t *testing.T) {
	w := curated(t, "")
	sum, _ := w.blob(t, shaded(t, 70, 80, 1))
	for _, c := range []struct {
		side   int
		pixels int64
		want   string
	}{{1, 5599, "too_many_pixels"}, {71, 5600, "too_small"}, {70, 5600, "ok"}, {1, 100, "too_many_pixels"}, {1, 5600, "ok"}} {
		w.Config.Images.MinSide, w.Config.Images.MaxPixels = c.side, c.pixels
		if diff := cmp.Diff(map[string]string{sum: c.want}, verdicts(t, w, "")); diff != "" {
			t.Errorf("side %d, pixels %d:\n%s", c.side, c.pixels, diff)
		}
	}
}

// Many pictures, each larger than the memory, still come to an end, one after another.
func TestCheckWithLittleMemory(t *testing.T) {
	folder := t.TempDir()
	for i := range 20 {
		write(t, filepath.Join(folder, fmt.Sprint(i, ".png")), shaded(t, 600, 600, i))
	}
	pictures, err := FolderPictures(t.Context(), folder)
	if err != nil || len(pictures) != 20 || pictures[0].Bytes == 0 {
		t.Fatal(pictures, err)
	}
	w := curated(t, "")
	checker := Checker{Limits: images.Limits{MinSide: 1, MaxPixels: 1 << 30}, Workers: 8, Memory: 1, Progress: w.Progress}
	var found checkedList
	if err := checker.Check(t.Context(), eachOf(pictures), found.take); err != nil {
		t.Fatal(err)
	}
	for i, c := range found {
		if c.Verdict != images.OK || c.Name != pictures[i].Name {
			t.Errorf("%s in place %d, of %s: %s", c.Verdict, i, pictures[i].Name, c.Detail)
		}
	}
}

// A folder whose name is no text cannot be walked into; what is beside it is checked all the same.
func TestCheckOfAFolderThatCannotBeRead(t *testing.T) {
	w := curated(t, "")
	folder := t.TempDir()
	write(t, filepath.Join(folder, "z.png"), shaded(t, 70, 80, 1))
	if err := os.Mkdir(filepath.Join(folder, "d\xe9r"), 0o755); err != nil {
		t.Skipf("no such name on this system: %v", err)
	}
	if diff := cmp.Diff(map[string]string{"d\xe9r": "missing", "z.png": "ok"}, verdicts(t, w, folder)); diff != "" {
		t.Error(diff)
	}
}

func TestCheckIsInterrupted(t *testing.T) {
	w := curated(t, "")
	w.blob(t, shaded(t, 70, 80, 1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.checkBlobs(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}

func TestFactsAreReadAsWritten(t *testing.T) {
	for _, r := range []images.Result{
		{Verdict: images.OK, Format: "jpeg", Width: 3, Height: 4, Orientation: 6, PHash: 1 << 63, HasPHash: true, Warnings: []images.Warning{images.MissingEOI, images.Animated}},
		{Verdict: images.OK, Format: "png", Width: 3, Height: 4, Orientation: 1, HasPHash: true}, // a hash of zero
		{Verdict: images.Empty, Orientation: 1, Detail: "has no bytes"},
	} {
		got, err := factOf(factFields(r))
		if diff := cmp.Diff(r, got); diff != "" || err != nil {
			t.Errorf("error %v:\n%s", err, diff)
		}
	}
	for _, fields := range [][]string{nil, {"ok"}, {"ok", "png", "wide", "4", "1", "", "", ""}, {"ok", "png", "3", "4", "1", "", "xyz", ""}} {
		if _, err := factOf(fields); err == nil {
			t.Errorf("%q is a fact", fields)
		}
	}
}

// A fact that cannot be read counts as not there.
func TestDamagedFactIsFoundAgain(t *testing.T) {
	w := curated(t, "")
	sum, _ := w.blob(t, shaded(t, 70, 80, 1))
	facts, err := factio.Open(filepath.Join(w.work("facts"), "check-"+images.Decoder+".tsv"), factColumns...)
	if err != nil {
		t.Fatal(err)
	}
	var key factio.Key
	if _, err := hex.Decode(key[:], []byte(sum)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(facts.Put(key, "ok", "png", "wide", "80", "1", "", "", ""), facts.Close()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{sum: "ok"}, verdicts(t, w, "")); diff != "" {
		t.Error(diff)
	}
}

func TestBadOverridesAreToldAtOnce(t *testing.T) {
	w := curated(t, "")
	write(t, w.path(overridesFile), []byte(strings.Join(overrideColumns, ",")+"\nt,a.png,me,2026-01-02,x\ns,,me,2026-01-02,x\ns,a.png,,2026-01-02,\ns,a.png,me,yesterday,x\n"))
	_, err := w.readOverrides([]string{"s"})
	want := `curation/image_overrides.csv:2: there is no source "t" under sources/
curation/image_overrides.csv:3: source_path must not be empty: an image is kept, never a whole source
curation/image_overrides.csv:4: person and reason must not be empty
curation/image_overrides.csv:5: date "yesterday": want a date such as 2026-03-31
curation/image_overrides.csv:5: "s/a.png" stands in line 4 already`
	if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
		t.Error(diff)
	}
	if !IsUsage(err) {
		t.Error("is no error of usage")
	}
}

func TestVerdicts(t *testing.T) {
	var found Verdicts
	for _, c := range []Checked{
		{Picture: Picture{Name: "a"}, Result: images.Result{Verdict: images.OK, Warnings: []images.Warning{images.Animated}}},
		{Picture: Picture{Name: "b"}, Result: images.Result{Verdict: images.Blank, Detail: "because"}, Kept: true},
		{Picture: Picture{Name: "c"}, Result: images.Result{Verdict: images.Blank, Detail: "because too"}},
		{Picture: Picture{Name: "d"}, Result: images.Result{Verdict: images.Missing, Detail: "gone"}},
	} {
		found.Add(&c)
	}
	want := [][]string{
		{"ok", "1", "0", "", "", ""},
		{"missing", "1", "0", "d", "gone", remedies["missing"]},
		{"blank", "2", "1", "b", "because", remedies["blank"]},
		{"warning: animated", "1", "0", "a", "", remedies["animated"]},
	}
	if diff := cmp.Diff(want, found.Rows()); diff != "" {
		t.Error(diff)
	}
	for _, verdict := range images.Verdicts[1:] {
		if remedies[string(verdict)] == "" {
			t.Errorf("%s has no remedy", verdict)
		}
	}
}

// A verdict that rests on how long decoding took is not kept, so that a faster machine, or a luckier moment, finds another one.
func TestVerdictByClockIsNoFact(t *testing.T) {
	w := curated(t, "")
	facts, err := w.openFacts()
	if err != nil {
		t.Fatal(err)
	}
	checker := Checker{Facts: facts}
	if err := errors.Join(checker.keep(factio.Key{1}, images.Result{Verdict: images.Corrupt, ByClock: true}), checker.keep(factio.Key{2}, images.Result{Verdict: images.Corrupt}), facts.Close()); err != nil {
		t.Fatal(err)
	}
	if _, known := facts.Get(factio.Key{1}); known {
		t.Error("a verdict by the clock was kept")
	}
	if _, known := facts.Get(factio.Key{2}); !known {
		t.Error("a verdict was not kept")
	}
}

// A picture of which there is no fact, or only one of a lower limit, is nothing that can be used, and nothing that cannot: only one that took check too long is corrupt.
func TestPictureWithoutAFact(t *testing.T) {
	w := curated(t, "")
	sum := hex.EncodeToString(make([]byte, 32))
	write(t, filepath.Join(w.work("blobs"), sum[:2], sum[2:4], sum), []byte("content"))
	write(t, filepath.Join(w.work("blobs"), "log.jsonl"), fmt.Appendf(nil, `{"object":"store/s/a.png","size":7,"sha256":%q,"status":"fetched","attempts":1}`+"\n", sum))
	blobs, err := transfer.ReadBlobs(w.work("blobs"), "store")
	if err != nil {
		t.Fatal(err)
	}
	facts, err := w.openFacts()
	if err != nil {
		t.Fatal(err)
	}
	look := func(overdue bool) {
		t.Helper()
		known := fetchedPictures{blobs: blobs, facts: facts, limits: w.limits(), overdue: map[string]bool{sum: overdue}}
		p, is := known.of("s", "a.png")
		if is != overdue || overdue && p.Verdict != "corrupt" {
			t.Errorf("overdue %t: %+v, known %t", overdue, p, is)
		}
		if err := known.complete(); (err == nil) != overdue {
			t.Errorf("overdue %t: error %v", overdue, err)
		}
	}
	look(false)
	look(true)
	large := images.Result{Verdict: images.TooManyPixels, Format: "png", Width: 100, Height: 100, Orientation: 1} // under another limit than now
	if err := errors.Join(facts.Put(factio.Key{}, factFields(large)...), facts.Close()); err != nil {
		t.Fatal(err)
	}
	look(false)
}
