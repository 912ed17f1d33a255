package dataset

import (
	"math"
	"slices"
	"testing"
)

func TestRankingOfAReader(t *testing.T) {
	labels := []int32{0, 1, 0, 2, 9}
	weights := []float64{1, 5, 5, 1, 7}
	var r Ranking
	for _, c := range []struct {
		what     string
		entries  []int32
		weighted bool
		before   int
		places   []int32
		scores   []float64
	}{
		{"list order", []int32{0, 1, 3}, false, 0, []int32{0, 1, 3}, []float64{1, 1. / 2, 1. / 3}},
		{"behind a label put in", []int32{3, 0}, false, 1, []int32{3, 0}, []float64{1. / 2, 1. / 3}},
		{"a label repeated", []int32{0, 2, 1}, false, 0, []int32{0, 1}, []float64{1, 1. / 2}},
		{"its better entry stays", []int32{0, 2, 3}, true, 0, []int32{2, 3}, []float64{1, 1. / 2}},
		{"equal weights share", []int32{0, 1, 2, 3}, true, 0, []int32{1, 2, 3}, []float64{3. / 4, 3. / 4, 1. / 3}},
		{"equal weights share behind a label put in", []int32{1, 2}, true, 1, []int32{1, 2}, []float64{5. / 12, 5. / 12}},
		{"a label never seen", []int32{4}, true, 0, []int32{4}, []float64{1}},
		{"none", nil, true, 0, []int32{}, []float64{}},
	} {
		places, scores := r.Reader(c.entries, labels, weights, c.weighted, c.before)
		near := func(a, b float64) bool { return math.Abs(a-b) < 1e-15 }
		if !slices.Equal(places, c.places) || !slices.EqualFunc(scores, c.scores, near) {
			t.Errorf("%s: entries %v score %v, want %v, %v", c.what, places, scores, c.places, c.scores)
		}
	}
}
