package pictures

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/images"
)

// meanLuma is a second looker, as one would be written: the mean brightness, of a JPEG read from the decoder's own
// plane.
var meanLuma = Looker{
	Name:    "luma-1",
	Columns: []string{"luma"},
	Look: func(p *Picture) []string {
		sum, size := 0, p.Stored.Bounds().Size()
		for y := range size.Y {
			for x := range size.X {
				if m, planes := p.Stored.(*image.YCbCr); planes {
					sum += int(m.Y[y*m.YStride+x])
				} else {
					sum += int(color.GrayModel.Convert(p.Stored.At(x, y)).(color.Gray).Y)
				}
			}
		}
		return []string{fmt.Sprintf("%.1f", float64(sum)/float64(size.X*size.Y))}
	},
}

// grey is a JPEG of one brightness, but for a frame that keeps it from being blank.
func grey(t testing.TB, luma uint8) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 80, 80))
	for i := range m.Pix {
		m.Pix[i] = luma
	}
	m.Pix[0] = luma + 40
	var b strings.Builder
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	return []byte(b.String())
}

// contents are pictures with their mean brightness, and what nobody can decode.
func contents(t testing.TB) (files []File, luma map[string]string) {
	bright, dark := grey(t, 200), grey(t, 50)
	files = blobs(t, bright, dark, bright[:len(bright)/2], []byte("<html>no such key"), nil, bright)
	luma = map[string]string{}
	for i, want := range []string{"200.0", "50.0", "", "", ""} {
		luma[files[i].SHA256] = want
	}
	return files, luma
}

// answers are what a looker's facts say of files.
func (d *desk) answers(t testing.TB, looker Looker, files []File) map[string]string {
	t.Helper()
	facts := d.known(t)
	all := map[string]string{}
	for _, f := range files {
		if fields, known := facts.Of(looker.Name, &f); known {
			all[f.SHA256] = strings.Join(fields, " ")
		}
	}
	return all
}

// Two lookers, one decode; each has facts of its own, and nothing else changes.
func TestTwoLookersOneDecode(t *testing.T) {
	files, luma := contents(t)
	alone, both := newDesk(t), newDesk(t, meanLuma)
	alone.workers, both.workers = 1, 1 // facts in the order of files
	want := alone.see(t, files)
	counts := decodes(t)
	if diff := cmp.Diff(want, both.see(t, files)); diff != "" {
		t.Errorf("with a second looker:\n%s", diff)
	}
	if len(counts) != 5 || !onlyOnce(counts) {
		t.Errorf("decoded %v, want each of 5 contents once", counts)
	}
	if diff := cmp.Diff(alone.facts(t, Check), both.facts(t, Check)); diff != "" {
		t.Errorf("facts of check:\n%s", diff)
	}
	if diff := cmp.Diff(luma, both.answers(t, meanLuma, files)); diff != "" {
		t.Errorf("luma:\n%s", diff)
	}
	before := both.facts(t, Check) + both.facts(t, meanLuma)
	both.see(t, files)
	if !onlyOnce(counts) || both.facts(t, Check)+both.facts(t, meanLuma) != before {
		t.Errorf("the second time: decoded %v, facts were written", counts)
	}
}

func onlyOnce(counts map[[32]byte]int) bool {
	return slices.Max(slices.Collect(maps.Values(counts))) == 1
}

// A looker that comes later decodes what can be decoded, and learns from check what cannot.
func TestNewLookerAsksAlone(t *testing.T) {
	files, luma := contents(t)
	d := newDesk(t)
	d.workers = 1
	want := d.see(t, files)
	before, counts := d.facts(t, Check), decodes(t)
	for version := range 2 {
		looker := meanLuma
		looker.Name = fmt.Sprint("luma-", version)
		d.lookers = []Looker{Check, looker}
		clear(counts)
		if diff := cmp.Diff(want, d.see(t, files)); diff != "" {
			t.Errorf("version %d:\n%s", version, diff)
		}
		if len(counts) != 2 || !onlyOnce(counts) {
			t.Errorf("version %d decoded %v, want 2 contents once", version, counts)
		}
		if diff := cmp.Diff(luma, d.answers(t, looker, files)); diff != "" {
			t.Errorf("version %d:\n%s", version, diff)
		}
	}
	if d.facts(t, Check) != before {
		t.Error("facts of check were written")
	}
	if d.facts(t, Looker{Name: "luma-0"}) != d.facts(t, Looker{Name: "luma-1"}) {
		t.Error("two versions that say the same differ")
	}
}

// Facts that are lost are found again, and no others.
func TestLostFactsAreFoundAgain(t *testing.T) {
	files, luma := contents(t)
	d := newDesk(t, meanLuma)
	d.workers = 1
	d.see(t, files)
	check, other := d.facts(t, Check), d.facts(t, meanLuma)
	for _, lost := range d.lookers {
		if err := os.Remove(filepath.Join(d.dir, lost.Name+".tsv")); err != nil {
			t.Fatal(err)
		}
		counts := decodes(t)
		d.see(t, files)
		if len(counts) == 0 || !onlyOnce(counts) || d.facts(t, Check) != check {
			t.Errorf("%s: decoded %v; facts of check:\n%s", lost.Name, counts, cmp.Diff(check, d.facts(t, Check)))
		}
		diff := cmp.Diff(luma, d.answers(t, meanLuma, files))
		if diff != "" || len(d.facts(t, meanLuma)) != len(other) {
			t.Errorf("%s:\n%s", lost.Name, diff)
		}
	}
}

// What is over the limit of pixels has no facts until the limit allows it, whatever else is wrong with it, and is not
// decoded for a looker that is new.
func TestLookersWaitForTheLimit(t *testing.T) {
	files, luma := contents(t)
	d := newDesk(t, meanLuma)
	d.limits.MaxPixels = 6399
	counts := decodes(t)
	for range 2 {
		d.see(t, files)
		if got := d.answers(t, meanLuma, files); len(got) != 2 || got[files[0].SHA256] != "" {
			t.Errorf("under the limit: %q", got)
		}
	}
	if !onlyOnce(counts) { // their headers were read
		t.Errorf("decoded %v", counts)
	}
	d.limits.MaxPixels = 6400
	d.see(t, files)
	if diff := cmp.Diff(luma, d.answers(t, meanLuma, files)); diff != "" {
		t.Error(diff)
	}
	later := meanLuma
	later.Name = "luma-2"
	d.lookers, d.limits.MaxPixels = []Looker{Check, later}, 6399
	clear(counts)
	if d.see(t, files); len(counts) != 0 || len(d.answers(t, later, files)) != 2 {
		t.Errorf("over the limit again: decoded %v, answers %q", counts, d.answers(t, later, files))
	}
}

// A verdict that rests on how long decoding took is no fact, for no looker, so that a faster machine, or a luckier
// moment, finds another one. A fact that is there stays what counts.
func TestVerdictByClockIsNoFact(t *testing.T) {
	files, luma := contents(t)
	before := decode
	t.Cleanup(func() { decode = before })
	slow := func([]byte, images.Limits) (images.Result, image.Image, func()) {
		return images.Result{Verdict: images.Corrupt, Orientation: 1, ByClock: true}, nil, func() {}
	}
	d := newDesk(t, meanLuma)
	decode = slow
	for _, s := range d.see(t, files) {
		if s.Verdict != images.Corrupt || !s.ByClock {
			t.Errorf("%+v", s)
		}
	}
	if check, other := d.answers(t, Check, files), d.answers(t, meanLuma, files); len(check) != 0 || len(other) != 0 {
		t.Errorf("kept %q, %q", check, other)
	}
	decode = before
	d.lookers = d.lookers[:1]
	want := d.see(t, files)
	d.lookers, decode = []Looker{Check, meanLuma}, slow
	if diff := cmp.Diff(want, d.see(t, files)); diff != "" {
		t.Errorf("known to check, slow for the other:\n%s", diff)
	}
	decode = before
	d.see(t, files)
	if diff := cmp.Diff(luma, d.answers(t, meanLuma, files)); diff != "" {
		t.Error(diff)
	}
}

// A looker that breaks ends the run with its name and the picture's; what was found before is kept.
func TestLookerThatBreaks(t *testing.T) {
	for want, look := range map[string]func(*Picture) []string{
		"b.png: broken-1: panic: runtime error":          func(p *Picture) []string { return []string{p.Format[9:]} },
		"b.png: broken-1: answers with 2 fields, want 1": func(*Picture) []string { return []string{"", ""} },
	} {
		folder := folderOf(t, map[string][]byte{"a.png": nil, "b.png": shaded(t, 70, 80, 1)})
		d := newDesk(t, Looker{Name: "broken-1", Columns: []string{"x"}, Look: look})
		d.workers = 1
		err := d.pass(t, t.Context(), list(t, folder), func(*Seen) error { return nil })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
		if kept := strings.Count(d.facts(t, Check), "\n") - 1; kept != 2 {
			t.Errorf("%d facts of check are kept, want 2", kept)
		}
	}
}

func TestCheckMustBeFirst(t *testing.T) {
	for name, call := range map[string]func(){
		"no looker":      func() { OpenFacts(t.TempDir()) },
		"another looker": func() { OpenFacts(t.TempDir(), meanLuma) },
		"not open": func() {
			facts, err := OpenFacts(t.TempDir(), Lookers...)
			if err != nil {
				t.Fatal(err)
			}
			defer facts.Close()
			facts.Of(meanLuma.Name, &File{})
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			call()
		}()
	}
}

// The table of lookers is what builds use.
func TestLookers(t *testing.T) {
	facts, err := OpenFacts(t.TempDir(), Lookers...)
	if err != nil {
		t.Fatal(err)
	}
	if err := facts.Close(); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, l := range Lookers {
		if names[l.Name] || !strings.Contains(l.Name, "-") || len(l.Columns) == 0 || l.Look == nil {
			t.Errorf("%+v: want a name of its own with a version, columns and a question", l)
		}
		names[l.Name] = true
	}
}

// A looker is started once, by the first of many pictures that it lacks, and stopped when the facts are closed; where
// all is known, and where it cannot be started, it is not.
func TestLookersAreStartedOnceAndStopped(t *testing.T) {
	var started, stopped [2]atomic.Int32
	starting := func(i int, fails error) Looker {
		looker := meanLuma
		looker.Name = fmt.Sprintf("luma%d-1", i)
		looker.Start = func() (func() error, error) {
			started[i].Add(1)
			return func() error { stopped[i].Add(1); return nil }, fails
		}
		return looker
	}
	var contents [][]byte
	for seed := range 20 {
		contents = append(contents, shaded(t, 80, 70, seed))
	}
	files := blobs(t, contents...)
	d := newDesk(t, starting(0, nil), starting(1, nil))
	for range 2 { // the second time all is known
		d.see(t, files)
	}
	for i := range started {
		if started[i].Load() != 1 || stopped[i].Load() != 1 {
			t.Errorf("looker %d was started %d times and stopped %d times, want once", i, started[i].Load(), stopped[i].Load())
		}
	}
	none := errors.New("there is no library")
	broken := newDesk(t, starting(0, none))
	err := broken.pass(t, t.Context(), files[:1], func(*Seen) error { return nil })
	if !errors.Is(err, none) {
		t.Errorf("error %v, want %v", err, none)
	}
}
