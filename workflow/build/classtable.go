package build

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/workflow/workspace"
)

// How many classes a build tells of: of those that are trained on the ones with the fewest images, of those below the
// threshold the nearest ones. All of them stand in the version's tables.
const (
	leastClasses   = 10
	nearestClasses = 5
)

// classSummary is what a person looks for first in what was built: which classes there are, and which nearly are.
func (b *build) classSummary(d *ledger.Decision, published bool) workspace.ClassSummary {
	s := workspace.ClassSummary{Total: len(d.Stage3), Published: published,
		Columns: append([]string{"class", "images", "groups"}, dataset.Splits[:]...)}
	least := slices.Clone(d.Stage3)
	slices.SortStableFunc(least, func(a, b ledger.Class) int { return cmp.Compare(a.Images, b.Images) })
	var images int64
	for i, c := range least {
		if images += c.Images; i < leastClasses {
			s.Rows = append(s.Rows, classCells(b.mapping.Names[c.Name], c.Images, c.Groups, c.Splits))
		}
	}
	if len(least) > 1 {
		groups := d.Split.Groups
		s.Rows = append(s.Rows, classCells(fmt.Sprintf("all %d classes", len(least)), images,
			groups[0]+groups[1]+groups[2], d.Split.Images))
	}
	wanted := b.Config.Select
	below := slices.DeleteFunc(slices.Clone(d.Stage2), func(c ledger.Class) bool { return d.ClassID[c.Name] >= 0 })
	slices.SortStableFunc(below, func(a, b ledger.Class) int {
		return cmp.Compare(lack(a, wanted), lack(b, wanted))
	})
	for i, c := range below {
		if i == nearestClasses {
			s.Near = append(s.Near, fmt.Sprintf("and %d more, in the table classes_stage2", len(below)-i))
			break
		}
		s.Near = append(s.Near, fmt.Sprintf("%s: %s images, %s groups", b.mapping.Names[c.Name],
			hasOf(c.Images, wanted.MinImages), hasOf(c.Groups, wanted.MinGroups)))
	}
	return s
}

// hasOf is what there is of what is wanted, if that is more.
func hasOf(has int64, want int) string {
	if has >= int64(want) {
		return workspace.Number(has)
	}
	return fmt.Sprintf("%d of %d", has, want)
}

func classCells(name string, images, groups int64, splits [3]int64) []string {
	cells := []string{name, workspace.Number(images), workspace.Number(groups)}
	for _, n := range splits {
		cells = append(cells, workspace.Number(n))
	}
	return cells
}

// lack is how far a class is below the threshold: the share of images that it lacks, and that of groups.
func lack(c ledger.Class, wanted workspace.SelectConfig) float64 {
	of := func(has int64, want int) float64 { return max(0, float64(int64(want)-has)) / float64(max(1, want)) }
	return of(c.Images, wanted.MinImages) + of(c.Groups, wanted.MinGroups)
}
