package ledger

import (
	"testing"

	"github.com/dermset/dermset/rows"
)

func TestFate(t *testing.T) {
	d := must(Preview(splitLedger([][2]int32{{0, 0}, {1, 1}, {2, 1}}),
		DecideOptions{Names: []string{"A", "B", "C"}, Final: []int32{0, 1, -1}, MinImages: 2, MinGroups: 1}))
	for mapped, want := range map[int32]struct {
		fate   rows.Reason
		target int32
	}{-1: {rows.Unmapped, -1}, -2: {rows.LabelExcluded, -1}, 0: {rows.BelowThreshold, 0},
		1: {rows.Alive, 1}, 2: {rows.CategoryExcluded, 2}} {
		if fate, target := d.Fate(mapped); fate != want.fate || target != want.target {
			t.Errorf("fate of %d is %v, last name %d; want %v", mapped, fate, target, want)
		}
	}
}
