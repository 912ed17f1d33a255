package dataset

import (
	"cmp"
	"slices"
)

// A Ranking scores the entries of differentials by inverse rank (spec 8.7), one reader after another. The zero value is
// ready; its lists are used again.
type Ranking struct {
	places  []int32
	scores  []float64
	readers int32
	named   []int32 // label → the last reader that named it, counted from 1
}

// Reader ranks the entries of one reader: their numbers in list order. Labels, numbered from 0, and weights are those
// of all entries, by number. Places are counted over entries without repeated labels, of which the best stays: by
// descending weight if all are weighted, else in list order. The first place is before + 1. Place n scores 1/n, and
// entries of equal weight the mean over the places they fill.
//
// It returns the entries that stay, by place, and their scores; both are good until the next call.
func (r *Ranking) Reader(entries, labels []int32, weights []float64, weighted bool,
	before int) (places []int32, scores []float64) {
	r.places, r.scores = append(r.places[:0], entries...), r.scores[:0]
	if weighted {
		slices.SortStableFunc(r.places, func(a, b int32) int { return cmp.Compare(weights[b], weights[a]) })
	}
	r.places = r.withoutRepeats(labels)
	for first := 0; first < len(r.places); {
		next, score := first, 0.0
		for next == first || next < len(r.places) && weighted && weights[r.places[next]] == weights[r.places[first]] {
			next++
			score += 1 / float64(before+next)
		}
		score /= float64(next - first)
		for range next - first {
			r.scores = append(r.scores, score)
		}
		first = next
	}
	return r.places, r.scores
}

// withoutRepeats are the places without those whose label has a better one.
func (r *Ranking) withoutRepeats(labels []int32) (kept []int32) {
	r.readers++
	kept = r.places[:0]
	for _, e := range r.places {
		label := int(labels[e])
		if label >= len(r.named) {
			r.named = append(r.named, make([]int32, label+1-len(r.named))...)
		}
		if r.named[label] != r.readers {
			r.named[label] = r.readers
			kept = append(kept, e)
		}
	}
	return kept
}
