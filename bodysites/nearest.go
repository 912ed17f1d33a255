package bodysites

import (
	"maps"
	"slices"
	"strings"

	"github.com/dermset/dermset/slips"
)

// Nearest is the part that a person who wrote a site that is not known may have meant: that of the known text whose
// words stand in it, in any order, with the fewest slips of the pen and words besides. It is empty where nothing is
// near, and where that text says nothing about a part. It is a proposal to a person, and nothing is done with it.
func (v *Vocabulary) Nearest(site string) string {
	var words []string
	for _, piece := range textOf(site).pieces {
		words = append(words, piece...)
	}
	nearest, best := "", likeness{cost: mostCost}
	for _, known := range slices.Sorted(maps.Keys(v.sites)) {
		of := likenessOf(words, strings.Fields(strings.ReplaceAll(known, "/", " ")))
		if says := v.sites[known] != ""; (says || of.left == 0) && of.better(best) {
			nearest, best = v.sites[known], of
		}
	}
	return nearest
}

// A likeness is how well a known text explains a site.
type likeness struct {
	cost    int // slips, and as much as two for every word that is left
	left    int // words of the site that the known text does not have, but for those that say where in a part
	letters int // of the known text; below 1: it is not alike
}

// mostCost is more than any site costs.
const mostCost = 1 << 20

func (l likeness) better(than likeness) bool {
	return l.letters > 0 && (l.cost < than.cost || l.cost == than.cost && l.letters > than.letters)
}

// likenessOf compares the words of a site with those of a known text, all of which must be there. With slips at most
// one more word may be there: the more there are, the more likely is one that is like another by chance.
func likenessOf(words, known []string) likeness {
	rest, slips, letters := slices.Clone(words), 0, 0
	for _, want := range known {
		at, least := -1, 1+mostSlips(want)
		for i, word := range rest {
			if n := slipsIn(word, want); n < least {
				at, least = i, n
			}
		}
		if at < 0 {
			return apart(words, known)
		}
		rest = slices.Delete(rest, at, at+1)
		slips, letters = slips+least, letters+len(want)
	}
	left := len(without(rest, positions))
	if slips > 0 && left > 1 {
		return likeness{}
	}
	return likeness{cost: slips + 2*left, left: left, letters: letters}
}

// apart compares texts of which one parts or joins words otherwise: fore arm.
func apart(words, known []string) likeness {
	if len(words) == len(known) {
		return likeness{}
	}
	a, b := strings.Join(words, ""), strings.Join(known, "")
	slips := slipsIn(a, b)
	if slips > mostSlips(b) {
		return likeness{}
	}
	return likeness{cost: 1 + slips, letters: len(b)}
}

// mostSlips is how many slips make one word of another that is meant: the longer it is, the fewer words are like it.
func mostSlips(word string) int {
	switch n := len(word); {
	case n < 3:
		return 0
	case n < 8:
		return 1
	}
	return 2
}

// slipsIn is how many slips a word holds; more than mostSlips are too many. A short word keeps its first letter and
// four of its letters, or it is another word.
func slipsIn(word, meant string) int {
	const many = 1 << 10
	if word == meant {
		return 0
	}
	if abs(len(word)-len(meant)) > mostSlips(meant) || max(len(word), len(meant)) < 4 {
		return many
	}
	if len(meant) < 7 && word[0] != meant[0] {
		return many
	}
	return slips.Count(word, meant, mostSlips(meant))
}

func abs(n int) int { return max(n, -n) }
