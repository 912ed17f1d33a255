package agreement

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// pairsOf are the pairs of a table whose rows are one rater's categories, and whose columns the other's.
func pairsOf(table [][]int) (pairs []Pair) {
	for i, row := range table {
		for j, n := range row {
			for range n {
				pairs = append(pairs, Pair{"t", fmt.Sprint(i), fmt.Sprint(j)})
			}
		}
	}
	return pairs
}

// Tables of the literature, with the digits that are printed there.
func TestWorkedExamples(t *testing.T) {
	for _, c := range []struct {
		what  string
		table [][]int
		want  string // per cent, kappa, standard error
	}{
		{"Fleiss, Cohen and Everitt 1969, table 1, of 200", [][]int{{106, 10, 4}, {22, 28, 10}, {2, 12, 6}},
			"70 0.429 0.0537"},
		{"Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, 2003, table 18.1",
			[][]int{{75, 1, 4}, {5, 4, 1}, {0, 0, 10}}, "89 0.676 0.0877"},
		{"fifty proposals, two readers who say yes or no", [][]int{{20, 5}, {10, 15}}, "70 0.400 0.1270"},
	} {
		a := Of(pairsOf(c.table))
		got := fmt.Sprintf("%.0f %.3f %.4f", *a.Percent, *a.Kappa, (*a.High-*a.Low)/2/normal95)
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}

// Random tables, with what two widely used statistics packages make of them: both agree on kappa to 1e-12, and one
// gives the interval.
func TestAgainstOtherPackages(t *testing.T) {
	for i, c := range []struct {
		table            [][]int
		kappa, low, high float64
	}{
		{[][]int{{31, 1}, {1, 5}}, 0.802083333333333, 0.537702172594914, 1},
		{[][]int{{2, 2}, {2, 2}}, 0, -0.692951912174839, 0.692951912174839},
		{[][]int{{45, 15}, {25, 15}}, 0.13043478260869554, -0.06293827779258965, 0.3238078430099807},
		{[][]int{{25, 35}, {5, 35}}, 0.25925925925925924, 0.10802896398337367, 0.4104895545351448},
		{[][]int{{0, 0, 0}, {1, 0, 3}, {4, 5, 27}}, -0.0399999999999999, -0.180904699373493, 0.100904699373493},
		{[][]int{{22, 2, 1}, {3, 9, 3}, {5, 0, 20}}, 0.664206642066421, 0.510646584953987, 0.817766699178855},
		{[][]int{{14, 1, 4}, {5, 7, 0}, {1, 0, 9}}, 0.58046511627907, 0.366859432626022, 0.794070799932117},
		{[][]int{{8, 4, 0, 4}, {3, 28, 1, 1}, {0, 4, 12, 1}, {3, 3, 3, 4}},
			0.507162661737523, 0.363656992395444, 0.650668331079602},
		{[][]int{{29, 0, 4, 5}, {0, 0, 0, 0}, {2, 2, 16, 2}, {3, 5, 3, 13}},
			0.542904981163667, 0.405034807293365, 0.680775155033968},
		{[][]int{{20, 2, 1, 3, 2, 3}, {0, 11, 0, 1, 3, 3}, {2, 2, 12, 4, 2, 5}, {3, 5, 2, 6, 4, 3}, {2, 0, 1, 5, 16, 5},
			{4, 0, 3, 2, 4, 19}}, 0.425547996976568, 0.332654857843491, 0.518441136109645},
		{[][]int{{28, 0, 0, 4, 3, 2}, {3, 9, 4, 2, 1, 2}, {5, 5, 3, 2, 4, 4}, {0, 4, 2, 9, 1, 3}, {5, 5, 2, 0, 5, 5},
			{5, 4, 1, 0, 2, 11}}, 0.324953445065177, 0.230922893792827, 0.418983996337527},
		{[][]int{{18, 3, 5, 0, 5, 3, 3, 4, 0}, {1, 8, 0, 3, 2, 2, 2, 5, 2}, {2, 2, 34, 1, 1, 4, 5, 0, 3},
			{5, 5, 5, 10, 0, 3, 0, 1, 0}, {0, 4, 0, 0, 7, 4, 1, 2, 1}, {0, 1, 5, 2, 3, 32, 3, 5, 4},
			{5, 5, 1, 5, 5, 3, 31, 2, 1}, {1, 4, 2, 1, 5, 4, 3, 5, 0}, {3, 3, 0, 1, 5, 2, 0, 2, 20}},
			0.414410424478628, 0.355228502373628, 0.473592346583629},
	} {
		a := Of(pairsOf(c.table))
		for what, pair := range map[string][2]float64{
			"kappa": {*a.Kappa, c.kappa}, "low": {*a.Low, c.low}, "high": {*a.High, c.high}} {
			if math.Abs(pair[0]-pair[1]) > 1e-9 {
				t.Errorf("table %d: %s %v, want %v", i, what, pair[0], pair[1])
			}
		}
	}
}

// What has no kappa says why; what is always so says no more than it is.
func TestDegenerate(t *testing.T) {
	for _, c := range []struct {
		name  string
		pairs []Pair
		want  string
	}{
		{"none", nil, `{"pairs":0,"agreed":0,"percent":null,"kappa":null,"low":null,"high":null,"why":"fewer than two pairs"}`},
		{"one", pairsOf([][]int{{0, 1}}),
			`{"pairs":1,"agreed":0,"percent":0,"kappa":null,"low":null,"high":null,"why":"fewer than two pairs"}`},
		{"one category", pairsOf([][]int{{7}}), `{"pairs":7,"agreed":7,"percent":100,"kappa":null,"low":null,"high":null,` +
			`"why":"both raters used one category alone"}`},
		{"one category each, another one", pairsOf([][]int{{0, 3}}),
			`{"pairs":3,"agreed":0,"percent":0,"kappa":0,"low":0,"high":0}`},
		{"one rater with one category", pairsOf([][]int{{3, 1}}),
			`{"pairs":4,"agreed":3,"percent":75,"kappa":0,"low":0,"high":0}`},
		{"all agree", pairsOf([][]int{{2, 0}, {0, 1}}),
			`{"pairs":3,"agreed":3,"percent":100,"kappa":1,"low":1,"high":1}`},
		{"none agrees", pairsOf([][]int{{0, 2}, {2, 0}}),
			`{"pairs":4,"agreed":0,"percent":0,"kappa":-1,"low":-1,"high":-1}`},
	} {
		got, err := json.Marshal(Of(c.pairs))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %s, %v, want %s", c.name, got, err, c.want)
		}
	}
}

// Each tab counts by itself.
func TestByTab(t *testing.T) {
	pairs := []Pair{{"b", "x", "x"}, {"a", "x", "y"}, {"b", "y", "y"}, {"a", "x", "x"}}
	var got []string
	for _, tab := range ByTab(pairs) {
		got = append(got, fmt.Sprint(tab.Tab, " ", tab.Agreed, "/", tab.Pairs, " ", *tab.Kappa))
	}
	if d := cmp.Diff([]string{"a 1/2 0", "b 2/2 1"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Whatever the pairs: numbers are numbers in their bounds, the order of pairs changes no bit, and neither which rater
// comes first nor what categories are called changes more than rounding does.
func TestAnyPairs(t *testing.T) {
	check := func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"", "a", "b", "c", "a\x00b"})
		pairs := rapid.SliceOf(rapid.Custom(func(t *rapid.T) Pair {
			return Pair{"t", word.Draw(t, "a"), word.Draw(t, "b")}
		})).Draw(t, "pairs")
		a := Of(pairs)
		text, err := json.Marshal(a)
		if err != nil || (a.Kappa == nil) != (a.Why != "") || (a.Low == nil) != (a.Kappa == nil) {
			t.Fatalf("%v: %s, %v", pairs, text, err)
		}
		if a.Kappa != nil && !(-1 <= *a.Low && *a.Low <= *a.Kappa && *a.Kappa <= *a.High && *a.High <= 1) {
			t.Fatalf("%v: %s", pairs, text)
		}
		rand.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
		if again, _ := json.Marshal(Of(pairs)); string(again) != string(text) {
			t.Fatalf("%s shuffled is %s", text, again)
		}
		for i, p := range pairs {
			pairs[i] = Pair{p.Tab, strings.ToUpper(p.B) + "x", strings.ToUpper(p.A) + "x"}
		}
		near := func(x, y *float64) bool { return (x == nil) == (y == nil) && (x == nil || math.Abs(*x-*y) < 1e-9) }
		if b := Of(pairs); !near(a.Kappa, b.Kappa) || !near(a.Low, b.Low) || !near(a.High, b.High) {
			t.Fatalf("%s, raters changed: %+v", text, b)
		}
	}
	rapid.Check(t, check)
}
