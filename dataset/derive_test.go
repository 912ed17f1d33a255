package dataset

import (
	"math"
	"math/big"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"

	"github.com/dermset/dermset/dataset/literal"
)

// entriesOf reads "a=5 b=1 c r2:d": weights behind =, readers before a colon.
func entriesOf(text string) []Entry {
	var entries []Entry
	for _, word := range strings.Fields(text) {
		var e Entry
		if reader, rest, has := strings.Cut(word, ":"); has {
			e.Reader, word = reader, rest
		}
		label, weight, has := strings.Cut(word, "=")
		e.Label, e.HasWeight = label, has
		if has {
			p := parser{literal.Scanner{Text: weight}}
			e.Weight, _ = p.number()
		}
		entries = append(entries, e)
	}
	return entries
}

func TestDerive(t *testing.T) {
	cases := []struct {
		entries string
		given   bool
		label   string
		tie     bool
	}{
		{"", false, "", false},
		{"a", false, "a", false},
		{"b a", false, "b", false},
		{"a=1 b=5 c=1", false, "b", false},
		{"a=1 b=1", false, "a", true},
		{"a=1 b", false, "a", false},                                       // not every entry has a weight: list order
		{"a=1 b=2 a=3", false, "a", false},                                 // the best entry of a repeated label
		{"r1:a r1:b r2:b r2:a", false, "a", true},                          // 1 + 1/2 each
		{"r1:a r1:b r2:b r2:c", false, "b", false},                         // 1, 3/2, 1/2
		{"r1:a r1:b r1:c r2:b r2:c r2:a r3:c r3:a r3:b", false, "a", true}, // sums in other orders are the same share
		{"a a b", false, "a", false},                                       //
		{"a=0.41 b=0.41 c=0.18", true, "a", true},
		{"a=0.3 b=0.2 r:b=0.2", true, "b", false},
		{"a b=0.1 c=0 d=-5 e=1e999", true, "b", false}, // what is missing, not above 0 or not finite does not count
		{"a", true, "", false},
		{"a=1e308 b=1e308 a=1e308 c=1.5e308", true, "a", false}, // the sum is beyond float64
		{"a=1e308 b=1.7e308", true, "b", false},                 // so it is here, where no label's own sum is
		{"b=1e308 a=1e308 a=1e308", true, "a", false},           // and here, where that of the second label is
		{"a=1e-300 b=1", true, "b", false},
	}
	for _, c := range cases {
		label, tie, ok := Derive(entriesOf(c.entries), c.given)
		if label != c.label || tie != c.tie || ok != (c.label != "") {
			t.Errorf("%s: %q, tie %v, ok %v, want %q, tie %v", c.entries, label, tie, ok, c.label, c.tie)
		}
	}
}

// exact is the rule of spec 8.7 in rational numbers, row by row.
func exact(entries []Entry, given bool) (label string, tie, ok bool) {
	score := map[string]*big.Rat{}
	add := func(label string, value *big.Rat) {
		if score[label] == nil {
			score[label] = new(big.Rat)
		}
		score[label].Add(score[label], value)
	}
	readers := map[string][]Entry{}
	for _, e := range entries {
		readers[e.Reader] = append(readers[e.Reader], e)
		if given && e.HasWeight && e.Weight > 0 && !math.IsInf(e.Weight, 0) {
			add(e.Label, new(big.Rat).SetFloat64(e.Weight))
		}
	}
	if !given {
		for _, own := range readers {
			weighted := true
			for _, e := range own {
				weighted = weighted && e.HasWeight
			}
			if weighted {
				sort.SliceStable(own, func(i, j int) bool { return own[i].Weight > own[j].Weight })
			}
			var kept []Entry
			for _, e := range own {
				known := false
				for _, k := range kept {
					known = known || k.Label == e.Label
				}
				if !known {
					kept = append(kept, e)
				}
			}
			for i, e := range kept {
				sum, n := new(big.Rat), int64(0)
				for j, other := range kept {
					if i == j || weighted && other.Weight == e.Weight {
						sum.Add(sum, big.NewRat(1, int64(j+1)))
						n++
					}
				}
				add(e.Label, sum.Mul(sum, big.NewRat(1, n)))
			}
		}
	}
	var best *big.Rat
	for _, e := range entries { // in file order
		s := score[e.Label]
		switch {
		case s == nil:
		case best == nil || s.Cmp(best) > 0:
			label, best, tie = e.Label, s, false
		case s.Cmp(best) == 0 && e.Label != label:
			tie = true
		}
	}
	return label, tie, best != nil
}

func TestDeriveAgainstRationals(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 10000 {
		entries := make([]Entry, random.IntN(24))
		if random.IntN(3) > 0 {
			entries = entries[:len(entries)/4]
		}
		allWeighted := random.IntN(2) == 0
		for i := range entries {
			e := Entry{Label: string(rune('a' + random.IntN(6))), Reader: []string{"", "r1", "r2", "r3"}[random.IntN(4)]}
			if allWeighted || random.IntN(2) == 0 {
				e.HasWeight, e.Weight = true, float64(random.IntN(8))/4-0.25
			}
			entries[i] = e
		}
		for _, given := range []bool{false, true} {
			label, tie, ok := Derive(entries, given)
			wantLabel, wantTie, wantOK := exact(entries, given)
			if label != wantLabel || tie != wantTie || ok != wantOK {
				t.Fatalf("%v given %v: %q, %v, %v, want %q, %v, %v", entries, given, label, tie, ok, wantLabel, wantTie, wantOK)
			}
		}
	}
}

func TestDeriveOfMany(t *testing.T) {
	entries := make([]Entry, 200000)
	for i := range entries {
		entries[i].Label = "label " + string(rune('a'+i%26)) + strings.Repeat("x", i%7)
		entries[i].Reader = string(rune('a' + i%13))
	}
	if label, _, ok := Derive(entries, false); !ok || label == "" {
		t.Error("no label")
	}
}
