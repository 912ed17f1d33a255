package agreement

import (
	"maps"
	"math"
	"slices"
)

// A Pair is what two raters called one thing. Categories are equal if their texts are.
type Pair struct {
	Tab  string // where it stands
	A, B string
}

// An Agreement is how far the pairs agree. What is not defined is nil, and never a number that means nothing.
type Agreement struct {
	Pairs   int      `json:"pairs"`
	Agreed  int      `json:"agreed"`
	Percent *float64 `json:"percent"` // of the pairs; nil without any
	Kappa   *float64 `json:"kappa"`
	Low     *float64 `json:"low"` // of the 95 % interval of kappa
	High    *float64 `json:"high"`
	Why     string   `json:"why,omitempty"` // why there is no kappa
}

// A Tab is the agreement of one tab's pairs.
type Tab struct {
	Tab string `json:"tab"`
	Agreement
}

// normal95 is the quantile of the normal distribution that a 95 % interval ends at.
const normal95 = 1.959963984540054

// Of is the agreement over all pairs. The order of pairs changes no bit of it.
//
// Kappa is (po − pe)/(1 − pe), with po the share of pairs that agree, and pe the share that would by chance, from how
// often each rater uses each category (J. Cohen, A coefficient of agreement for nominal scales, Educational and
// Psychological Measurement 20 (1960), 37–46). The interval is kappa ± 1.96 standard errors, cut at −1 and 1, by the
// large-sample formula of J. L. Fleiss, J. Cohen and B. S. Everitt, Large sample standard errors of kappa and weighted
// kappa, Psychological Bulletin 72 (1969), 323–327, for a kappa that need not be 0:
//
//	n·(1−pe)⁴·var = Σᵢ pᵢᵢ·[(1−pe) − (p.ᵢ+pᵢ.)(1−po)]² + (1−po)²·Σᵢ≠ⱼ pᵢⱼ·(p.ᵢ+pⱼ.)² − (po·pe − 2pe + po)²
//
// It is meant for many pairs: where raters agree on all of them, or one of them used one category alone, it makes an
// interval of no width, however few there are.
//
// There is no kappa of fewer than two pairs, nor where both raters put everything into one and the same category:
// chance alone would have made them agree.
func Of(pairs []Pair) Agreement {
	c := count(pairs)
	a := Agreement{Pairs: len(pairs), Agreed: c.agreed}
	if len(pairs) > 0 {
		a.Percent = number(100 * float64(c.agreed) / float64(len(pairs)))
	}
	switch {
	case len(pairs) < 2:
		a.Why = "fewer than two pairs"
		return a
	case c.chance() == int64(len(pairs))*int64(len(pairs)):
		a.Why = "both raters used one category alone"
		return a
	}
	kappa, deviation := c.kappa()
	a.Kappa = number(kappa)
	a.Low, a.High = number(max(-1, kappa-normal95*deviation)), number(min(1, kappa+normal95*deviation))
	return a
}

// ByTab is the agreement of each tab, in the order of their names.
func ByTab(pairs []Pair) []Tab {
	tabs := map[string][]Pair{}
	for _, p := range pairs {
		tabs[p.Tab] = append(tabs[p.Tab], p)
	}
	var all []Tab
	for _, name := range slices.Sorted(maps.Keys(tabs)) {
		all = append(all, Tab{name, Of(tabs[name])})
	}
	return all
}

func number(v float64) *float64 { return &v }

// A table counts pairs by category.
type table struct {
	pairs, agreed int
	cells         map[[2]string]int64
	a, b          map[string]int64 // how often each rater used a category
}

func count(pairs []Pair) table {
	t := table{pairs: len(pairs), cells: map[[2]string]int64{}, a: map[string]int64{}, b: map[string]int64{}}
	for _, p := range pairs {
		t.cells[[2]string{p.A, p.B}]++
		t.a[p.A]++
		t.b[p.B]++
		if p.A == p.B {
			t.agreed++
		}
	}
	return t
}

// chance is pe times the square of the number of pairs.
func (t table) chance() (sum int64) {
	for category, n := range t.a {
		sum += n * t.b[category]
	}
	return sum
}

// kappa is Cohen's kappa and its standard error; chance is not all.
func (t table) kappa() (kappa, deviation float64) {
	n := float64(t.pairs)
	po, pe := float64(t.agreed)/n, float64(t.chance())/(n*n)
	kappa = (po - pe) / (1 - pe)
	var same, other float64
	for _, cell := range slices.SortedFunc(maps.Keys(t.cells), func(x, y [2]string) int {
		return slices.Compare(x[:], y[:])
	}) {
		p := float64(t.cells[cell]) / n
		if cell[0] == cell[1] {
			d := (1 - pe) - float64(t.a[cell[0]]+t.b[cell[0]])/n*(1-po)
			same += p * d * d
			continue
		}
		d := float64(t.b[cell[0]]+t.a[cell[1]]) / n
		other += p * d * d
	}
	last := po*pe - 2*pe + po
	variance := (same + (1-po)*(1-po)*other - last*last) / (n * math.Pow(1-pe, 4))
	return kappa, math.Sqrt(max(0, variance)) // rounding may leave less than nothing
}
