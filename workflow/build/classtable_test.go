package build

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/workflow/workspace"
)

// The classes with the fewest images come first, then all together; of those below the threshold the ones that lack
// least, with what they have of what is wanted.
func TestClassSummary(t *testing.T) {
	config := workspace.Defaults()
	b := &build{Workspace: &workspace.Workspace{Config: config}, mapping: &mapping.Mapping{}}
	d := &ledger.Decision{}
	for i, c := range []struct{ images, groups int64 }{{17, 2}, {40, 9}, {1, 1}, {20, 2}, {30, 3}, {500, 400}} {
		b.mapping.Names = append(b.mapping.Names, string(rune('A'+i)))
		class := ledger.Class{Name: int32(i), Images: c.images, Groups: c.groups, Splits: [3]int64{c.images, 0, 0}}
		d.Stage2, d.ClassID = append(d.Stage2, class), append(d.ClassID, -1)
		if c.images >= 20 && c.groups >= 3 {
			d.ClassID[i] = int32(len(d.Stage3))
			d.Stage3 = append(d.Stage3, class)
		}
	}
	d.Split.Images, d.Split.Groups = [3]int64{570, 0, 0}, [3]int64{412, 0, 0}
	s := b.classSummary(d, true)
	want := [][]string{{"E", "30", "3", "30", "0", "0"}, {"B", "40", "9", "40", "0", "0"},
		{"F", "500", "400", "500", "0", "0"}, {"all 3 classes", "570", "412", "570", "0", "0"}}
	if diff := cmp.Diff(want, s.Rows); diff != "" || s.Total != 3 {
		t.Errorf("%d, -want +got:\n%s", s.Total, diff)
	}
	near := []string{"D: 20 images, 2 of 3 groups", "A: 17 of 20 images, 2 of 3 groups",
		"C: 1 of 20 images, 1 of 3 groups"}
	if !slices.Equal(s.Near, near) {
		t.Errorf("near: %q, want %q", s.Near, near)
	}
	for i := range 30 {
		name := int32(len(b.mapping.Names))
		b.mapping.Names = append(b.mapping.Names, fmt.Sprint("more ", i))
		class := ledger.Class{Name: name, Images: 600, Groups: 300}
		d.Stage2, d.Stage3, d.ClassID = append(d.Stage2, class), append(d.Stage3, class), append(d.ClassID, 9)
	}
	if s := b.classSummary(d, true); len(s.Rows) != leastClasses+1 || s.Rows[0][0] != "E" || s.Total != 33 {
		t.Errorf("%d of %d rows: %q", len(s.Rows), s.Total, s.Rows)
	}
}
