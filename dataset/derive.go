package dataset

import (
	"cmp"
	"math"
	"slices"
)

// Derive is the label of a row that states none: the one with the highest soft-label score before mapping, summed over
// readers (spec 4 and 8.7). With given, a label's score is the sum of its weights, where a weight that is missing, not
// finite or not above 0 does not count. Otherwise each reader scores its entries by inverse rank (see [Ranking]): by
// weight if every entry of the reader has one, else in list order.
//
// Scores are compared as float32 shares of their sum, as soft labels are: on a tie the first label in list order is
// returned and tie is true. ok is false when no entry scores.
func Derive(entries []Entry, given bool) (label string, tie, ok bool) {
	if len(entries) == 0 {
		return "", false, false
	}
	if len(entries) == 1 && !given {
		return entries[0].Label, false, true
	}
	labels := firstEqual(entries, func(e Entry) string { return e.Label })
	scores := make([]float64, len(entries))
	if given {
		for i, e := range entries {
			if e.HasWeight && e.Weight > 0 && !math.IsInf(e.Weight, 0) {
				scores[labels[i]] += e.Weight
			}
		}
	} else {
		rank(entries, labels, scores)
	}
	var sum float64
	for _, score := range scores {
		sum += score
	}
	if math.IsInf(sum, 0) {
		sum = math.MaxFloat64 // only huge given weights: shares then keep their order, which is all that is needed
	}
	best, top := -1, float32(0)
	for i, score := range scores {
		switch p := float32(score / sum); {
		case score > 0 && (best < 0 || p > top):
			best, top, tie = i, p, false
		case score > 0 && p == top:
			tie = true
		}
	}
	if best < 0 {
		return "", false, false
	}
	return entries[best].Label, tie, true
}

// rank adds the scores of every reader's entries to scores, by label.
func rank(entries []Entry, labels []int32, scores []float64) {
	readers := firstEqual(entries, func(e Entry) string { return e.Reader })
	order, weights := make([]int32, len(entries)), make([]float64, len(entries))
	for i := range order {
		order[i], weights[i] = int32(i), entries[i].Weight
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(readers[a], readers[b]) })
	var ranking Ranking
	for len(order) > 0 {
		n, weighted := 0, true
		for ; n < len(order) && readers[order[n]] == readers[order[0]]; n++ {
			weighted = weighted && entries[order[n]].HasWeight
		}
		places, placed := ranking.Reader(order[:n], labels, weights, weighted, 0)
		for i, e := range places {
			scores[labels[e]] += placed[i]
		}
		order = order[n:]
	}
}

// firstEqual gives every entry the index of the first entry with an equal key.
func firstEqual(entries []Entry, key func(Entry) string) []int32 {
	first := make([]int32, len(entries))
	if len(entries) <= 16 {
		for i, e := range entries {
			first[i] = int32(slices.IndexFunc(entries, func(other Entry) bool { return key(other) == key(e) }))
		}
		return first
	}
	index := make(map[string]int32, len(entries))
	for i, e := range entries {
		at, known := index[key(e)]
		if !known {
			at = int32(i)
			index[key(e)] = at
		}
		first[i] = at
	}
	return first
}
