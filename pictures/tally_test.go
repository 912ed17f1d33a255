package pictures

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/images"
)

func TestTally(t *testing.T) {
	var found Tally
	for _, s := range []Seen{
		{File: File{Name: "a"}, Result: images.Result{Verdict: images.OK, Warnings: []images.Warning{images.Animated}}},
		{File: File{Name: "b"}, Result: images.Result{Verdict: images.Blank, Detail: "because"}, Kept: true},
		{File: File{Name: "c"}, Result: images.Result{Verdict: images.Blank, Detail: "because too"}},
		{File: File{Name: "d"}, Result: images.Result{Verdict: images.Missing, Detail: "gone"}},
	} {
		found.Add(&s)
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
