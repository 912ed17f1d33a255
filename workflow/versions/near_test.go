package versions

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// naiveEdits is the whole table of edits, by recursion.
func naiveEdits(a, b string) int {
	switch {
	case len(a) == 0:
		return len(b)
	case len(b) == 0:
		return len(a)
	case a[0] == b[0]:
		return naiveEdits(a[1:], b[1:])
	}
	n := 1 + min(naiveEdits(a[1:], b), naiveEdits(a, b[1:]), naiveEdits(a[1:], b[1:]))
	if len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] {
		n = min(n, 1+naiveEdits(a[2:], b[2:]))
	}
	return n
}

// The names that are told are the nearest ones of all, whatever their order.
func TestNearNamesAreTheNearest(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	word := func() string {
		var b strings.Builder
		for range 1 + r.IntN(6) {
			b.WriteRune([]rune("abÄß1")[r.IntN(5)])
		}
		return b.String()
	}
	plain := strings.NewReplacer("Ä", "a")
	found := 0
	for range 4000 {
		asked := word()
		var all []string
		for range r.IntN(12) {
			all = append(all, word())
		}
		got := newNearList(asked)
		most := got.most
		for _, name := range all {
			got.see(name, name)
		}
		type near struct {
			name  string
			edits int
		}
		var want []near
		slices.Sort(all)
		for _, name := range slices.Compact(all) {
			edits := naiveEdits(plain.Replace(asked), plain.Replace(name))
			if edits <= most {
				want = append(want, near{name, edits})
			}
		}
		slices.SortStableFunc(want, func(a, b near) int { return a.edits - b.edits })
		want = want[:min(len(want), mostNear)]
		var have []near
		for _, n := range got.found {
			have = append(have, near{n.shown, n.edits})
		}
		if diff := cmp.Diff(want, have, cmp.AllowUnexported(near{})); diff != "" {
			t.Fatalf("%q among %q: %s", asked, all, diff)
		}
		found += len(want)
	}
	if found < 500 {
		t.Errorf("only %d names were near: that tries nothing", found)
	}
}
