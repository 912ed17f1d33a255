package pictures

import (
	"bytes"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/images"
)

// squares are those that are known of files.
func (d *desk) squares(t testing.TB, files []File) map[string]images.Square {
	t.Helper()
	lumas, err := d.known(t).Lumas()
	if err != nil {
		t.Fatal(err)
	}
	defer lumas.Close()
	all := map[string]images.Square{}
	for _, f := range files {
		content, _ := f.Content()
		square, known, err := lumas.Of(content)
		if err != nil {
			t.Fatal(err)
		}
		if known {
			all[f.SHA256] = *square
		}
	}
	return all
}

// seenSquares are a few pictures, what nobody can decode, and the squares that there are of them.
func seenSquares(t testing.TB) ([]File, map[string]images.Square) {
	t.Helper()
	whole := pngOf(t, slanted())
	all := [][]byte{whole, shaded(t, 80, 70, 1), grey(t, 100), whole[:len(whole)/2], []byte("no picture"), nil}
	files, want := blobs(t, all...), map[string]images.Square{}
	for i, data := range all[:3] {
		result, stored, release := images.Decode(data, usual)
		want[files[i].SHA256] = *images.SquareOf(stored, result.Orientation)
		release()
	}
	return files, want
}

// All lookers of a build look at a content that is decoded once; the square that is kept is the picture's, and what
// cannot be decoded has none, and is not asked for again.
func TestSquaresAreKept(t *testing.T) {
	files, want := seenSquares(t)
	d := newDesk(t, Lookers[1:]...)
	counts := decodes(t)
	for range 2 {
		d.see(t, files)
		if diff := cmp.Diff(want, d.squares(t, files)); diff != "" {
			t.Error(diff)
		}
	}
	if len(counts) != len(files) || !onlyOnce(counts) {
		t.Errorf("decoded %v, want each of %d contents once", counts, len(files))
	}
}

// A content whose square is damaged, torn or lost with all others is decoded again for it alone, and no other is.
func TestLostSquaresAreMadeAgain(t *testing.T) {
	files, want := seenSquares(t)
	d := newDesk(t, Twins, Luma)
	d.workers = 1
	d.see(t, files)
	path := Luma.path(d.dir)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	others := d.facts(t, Check) + d.facts(t, Twins)
	damaged := bytes.Clone(whole)
	damaged[len(damaged)-2000] ^= 1
	for name, c := range map[string]struct {
		data    []byte
		decodes int
	}{"damaged": {damaged, 1}, "torn": {whole[:len(whole)-1], 1}, "empty": {nil, 3}, "whole": {whole, 0}} {
		if err := os.WriteFile(path, c.data, 0o644); err != nil {
			t.Fatal(err)
		}
		counts := decodes(t)
		d.see(t, files)
		if len(counts) != c.decodes {
			t.Errorf("%s: decoded %v, want %d contents", name, counts, c.decodes)
		}
		if diff := cmp.Diff(want, d.squares(t, files)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
		if d.facts(t, Check)+d.facts(t, Twins) != others {
			t.Errorf("%s: other facts were written", name)
		}
	}
}

// Facts of an earlier program stay, and each picture is decoded once more for both lookers that are new.
func TestFactsOfAnEarlierProgram(t *testing.T) {
	files, want := seenSquares(t)
	d := newDesk(t, Tone, Kind, Outline)
	d.workers = 1
	d.see(t, files)
	before := d.facts(t, Check) + d.facts(t, Tone) + d.facts(t, Kind) + d.facts(t, Outline)
	d.lookers = append(d.lookers, Twins, Luma)
	counts := decodes(t)
	d.see(t, files)
	if len(counts) != 3 || !onlyOnce(counts) {
		t.Errorf("decoded %v, want 3 contents once", counts)
	}
	if diff := cmp.Diff(want, d.squares(t, files)); diff != "" {
		t.Error(diff)
	}
	if d.facts(t, Check)+d.facts(t, Tone)+d.facts(t, Kind)+d.facts(t, Outline) != before {
		t.Error("facts of other lookers were written")
	}
}
