package mapping

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// leastShared is what two names must have in common to be near: this part of the weight of the words of both.
const leastShared = 0.3

// NearestNames lists, for each of some names, at most so many of the others that are most like it: first the one that
// differs only in how it is written or means the same, then those that have most words in common, rare words counting
// more.
func NearestNames(names []string, most int) [][]string {
	written := newNearNames(names)
	words, of := make([][]string, len(names)), map[string][]int{}
	for i, name := range names {
		words[i] = slices.Clone(telling(wordsOf(name)))
		slices.Sort(words[i])
		words[i] = slices.Compact(words[i])
		for _, w := range words[i] {
			of[w] = append(of[w], i)
		}
	}
	weight := func(word string) float64 { return math.Log(1 + float64(len(names))/float64(len(of[word]))) }
	whole := make([]float64, len(names)) // the weight of all words of a name
	for i := range names {
		for _, w := range words[i] {
			whole[i] += weight(w)
		}
	}
	out := make([][]string, len(names))
	for i, name := range names {
		shared := map[int]float64{}
		for _, w := range words[i] {
			heavy := weight(w)
			for _, other := range of[w] {
				shared[other] += heavy
			}
		}
		first := written.find(name)
		type near struct {
			name  string
			share float64
		}
		var all []near
		for other, both := range shared {
			share := both / (whole[i] + whole[other] - both)
			if other != i && share >= leastShared && names[other] != first {
				all = append(all, near{names[other], share})
			}
		}
		slices.SortFunc(all, func(a, b near) int {
			return cmp.Or(cmp.Compare(b.share, a.share), strings.Compare(a.name, b.name))
		})
		if first != "" {
			out[i] = append(out[i], first)
		}
		for _, one := range all[:min(len(all), most-len(out[i]))] {
			out[i] = append(out[i], one.name)
		}
	}
	return out
}
