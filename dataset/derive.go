package dataset

import (
	"cmp"
	"math"
	"slices"
)

// Derive is the label of a row that states none: the one with the highest soft-label score before mapping, summed over readers (spec 4 and
// 8.7). With given, a label's score is the sum of its weights, where a weight that is missing, not finite or not above 0 does not count.
// Otherwise each reader scores its entries by place: by descending weight if every entry of the reader has one, else in list order; of a
// repeated label only the best entry is kept; place n scores 1/n, and entries of equal weight share the mean of the places they fill.
//
// Scores are compared as float32 shares of their sum, as soft labels are: on a tie the first label in list order is returned and tie is
// true. ok is false when no entry scores.
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
func rank(entries []Entry, labels []int, scores []float64) {
	readers := firstEqual(entries, func(e Entry) string { return e.Reader })
	order := make([]int, len(entries))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(readers[a], readers[b]) })
	seen := make([]int, len(entries)) // label → 1 + the last reader that named it
	for start := 0; start < len(order); {
		reader := readers[order[start]]
		end, weighted := start, true
		for ; end < len(order) && readers[order[end]] == reader; end++ {
			weighted = weighted && entries[order[end]].HasWeight
		}
		own := order[start:end]
		if weighted {
			slices.SortStableFunc(own, func(a, b int) int { return cmp.Compare(entries[b].Weight, entries[a].Weight) })
		}
		kept := own[:0]
		for _, i := range own {
			if seen[labels[i]] != reader+1 {
				seen[labels[i]] = reader + 1
				kept = append(kept, i)
			}
		}
		for from := 0; from < len(kept); {
			to, share := from, 0.0
			for ; to < len(kept) && (to == from || weighted && entries[kept[to]].Weight == entries[kept[from]].Weight); to++ {
				share += 1 / float64(to+1)
			}
			for _, i := range kept[from:to] {
				scores[labels[i]] += share / float64(to-from)
			}
			from = to
		}
		start = end
	}
}

// firstEqual gives every entry the index of the first entry with an equal key.
func firstEqual(entries []Entry, key func(Entry) string) []int {
	first := make([]int, len(entries))
	if len(entries) <= 16 {
		for i, e := range entries {
			first[i] = slices.IndexFunc(entries, func(other Entry) bool { return key(other) == key(e) })
		}
		return first
	}
	index := make(map[string]int, len(entries))
	for i, e := range entries {
		at, known := index[key(e)]
		if !known {
			at = i
			index[key(e)] = i
		}
		first[i] = at
	}
	return first
}
