package mapping

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/findings"
)

// Of more findings of an id and source than are listed, the first in their order are, in whatever order they come; the
// others are counted with their images.
func TestFew(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		var some []findings.Finding
		for i := range random.IntN(60) {
			id := []string{"unmapped_label", "near_label"}[random.IntN(2)]
			some = append(some, findings.New(id, fmt.Sprint("t!B", i), fmt.Sprint("s", random.IntN(2)),
				fmt.Sprint("label ", random.IntN(30)), int64(i), "detail"))
		}
		w := newFew()
		w.most = 7
		for _, f := range some {
			w.add(f)
		}
		if diff := cmp.Diff(naiveFew(some, 7), w.all()); diff != "" {
			t.Fatal(diff)
		}
	}
}

func naiveFew(some []findings.Finding, most int) (all []findings.Finding) {
	findings.Sort(some)
	for _, id := range []string{"unmapped_label", "near_label"} {
		for _, source := range []string{"s0", "s1"} {
			kind := slices.DeleteFunc(slices.Clone(some),
				func(f findings.Finding) bool { return f.ID != id || f.Source != source })
			if len(kind) > most {
				images := int64(0)
				for _, f := range kind[most:] {
					images += f.Images
				}
				detail := fmt.Sprintf("there are %d of these, the first %d are listed", len(kind), most)
				kind = append(kind[:most:most], findings.New(id, "", source, "", images, detail))
			}
			all = append(all, kind...)
		}
	}
	findings.Sort(all)
	return all
}
