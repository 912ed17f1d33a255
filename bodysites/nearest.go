package bodysites

import (
	"maps"
	"slices"
	"strings"
)

// Nearest is the part that a person who wrote a site that is not known may have meant: that of the longest known text
// whose words stand in it, else that of the known text that is spelled most alike; empty if nothing is near. It is a
// proposal to a person, and nothing is done with it.
func (v *Vocabulary) Nearest(site string) string {
	key := textOf(site).key()
	inside, alike, least := "", "", 1+len(key)/6
	for _, known := range slices.Sorted(maps.Keys(v.sites)) {
		if v.sites[known] == "" {
			continue
		}
		if len(known) > len(inside) && strings.Contains(" "+key+" ", " "+known+" ") {
			inside = known
		}
		if slips := distance(key, known, least); slips < least || slips == least && alike == "" {
			alike, least = known, slips
		}
	}
	if inside == "" {
		inside = alike
	}
	return v.sites[inside]
}

// distance is how many letters must be put in, taken out or changed to make a of b (Levenshtein); more than most where
// that is more.
func distance(a, b string, most int) int {
	if abs(len(a)-len(b)) > most {
		return most + 1
	}
	last, now := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		now[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			now[j+1] = min(last[j+1]+1, now[j]+1, last[j]+cost)
		}
		last, now = now, last
	}
	return last[len(b)]
}

func abs(n int) int { return max(n, -n) }
