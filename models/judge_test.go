package models

import (
	"math"
	"slices"
	"testing"
)

// TestJudge shows what outputs mean: classes of one value add up, and a card abstains below its threshold and where
// none of ours is likeliest.
func TestJudge(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	ln := func(p ...float64) (logits []float32) { // logits whose softmax is p
		for _, p := range p {
			logits = append(logits, float32(math.Log(p)))
		}
		return logits
	}
	classes := []string{"clinical", "dermoscopy", "", "clinical"}
	for _, c := range []struct {
		output    string
		threshold float64
		outputs   []float32
		value     string
		sure      float32
		flaw      bool
	}{
		{"probabilities", 0, []float32{.3, .4, 0, .3}, "clinical", .6, false},
		{"probabilities", .6, []float32{.25, .5, 0, .25}, "", .5, false},
		{"probabilities", .5, []float32{.25, .5, 0, .25}, "clinical", .5, false}, // as likely as: the first, and enough
		{"probabilities", 0, []float32{.125, .125, .5, .25}, "", .5, false},
		{"probabilities", .5, []float32{.1, .2, .1, .1}, "", .2, false}, // need not add up to 1
		{"logits", .6, ln(.3, .3, .1, .3), "clinical", .6, false},
		{"logits", .7, ln(.3, .3, .1, .3), "", .6, false},
		{"logits", 0, []float32{1000, -1000, 0, 0}, "clinical", 1, false}, // no overflow
		{"logits", 0, []float32{0, nan, 0, 0}, "", 0, true},
		{"logits", 0, []float32{0, inf, 0, 0}, "", 0, true},
		{"probabilities", 0, []float32{0, 3, 0, 0}, "", 0, true},
		{"probabilities", 0, []float32{0, -.1, 0, 0}, "", 0, true},
		{"probabilities", 0, []float32{.9, .9, 0, 0}, "", 0, true},
		{"probabilities", 1, []float32{.25, .00001, 0, .75}, "clinical", 1, false}, // never above 1
	} {
		card := &Card{Statement: Statement{Task: ImageType, Classes: classes, Output: c.output, Threshold: c.threshold}}
		got := card.judge(c.outputs)
		off := math.Abs(float64(got.Confidence - c.sure))
		if got.Value != c.value || off > 1e-6 || (got.Flaw != "") != c.flaw {
			t.Errorf("%s %v: %+v, want %q, %v, a flaw %v", c.output, c.outputs, got, c.value, c.sure, c.flaw)
		}
		if c.flaw == (len(got.Top) > 0) {
			t.Errorf("%v: top %v", c.outputs, got.Top)
		}
	}
	card := &Card{Statement: Statement{Task: SkinTone, Classes: SkinTone.Values(), Output: "probabilities"}}
	top := card.judge([]float32{.1, .05, .4, .2, .2, .05}).Top
	if !slices.Equal(top, []Ranked{{"3", .4}, {"4", .2}, {"5", .2}}) {
		t.Errorf("top three %v", top)
	}
}
