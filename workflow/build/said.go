package build

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/rows"
	"github.com/dermset/dermset/workflow/workspace"
)

// warn says what of the decisions a person hardly wanted, though the settings say it: groups that are cut, no image at
// all, a split without one.
func (b *build) warn() error {
	if !b.steps.Has("split") {
		return nil
	}
	d, err := b.decided()
	if err != nil {
		return err
	}
	for _, text := range []string{b.cutWords(), b.nothingWords(d), b.emptySplitWords(d)} {
		if text != "" {
			b.Log.Warn(text)
		}
	}
	return nil
}

// cutWords says what split.group_by lets stand in different splits.
func (b *build) cutWords() string {
	var cut []string
	for _, by := range []struct{ name, of string }{
		{"patient", "one patient"}, {"lesion", "one lesion"}, {"duplicate", "one picture, or nearly the same"},
	} {
		if !b.groupsBy(by.name) && (by.name != "duplicate" || b.HasPictures()) {
			cut = append(cut, by.of)
		}
	}
	if len(cut) == 0 {
		return ""
	}
	return fmt.Sprintf("dermset.yaml: split.group_by: [%s]: images of %s may stand in different splits, so that a model "+
		"is tested on what it was trained on; if that is not meant, write group_by: [patient, lesion, duplicate]",
		strings.Join(b.Config.Split.GroupBy, ", "), strings.Join(cut, ", of "))
}

// mostReasons is how many reasons are named why nothing is selected.
const mostReasons = 3

// nothingWords says why no row at all is selected.
func (b *build) nothingWords(d *ledger.Decision) string {
	if d.Funnel.Selected > 0 {
		return ""
	}
	if d.Funnel.Rows == 0 {
		return "no image is selected: the sources have no row"
	}
	type lost struct {
		reason rows.Reason
		n      int64
	}
	var all []lost
	for reason, n := range d.Funnel.Rejected {
		if n > 0 {
			all = append(all, lost{rows.Reason(reason), n})
		}
	}
	slices.SortStableFunc(all, func(a, b lost) int { return cmp.Compare(b.n, a.n) })
	var why []string
	for _, l := range all[:min(len(all), mostReasons)] {
		why = append(why, fmt.Sprintf("%s %s", workspace.Thousands(l.n), strings.ReplaceAll(l.reason.String(), "_", " ")))
	}
	text := fmt.Sprintf("no image is selected: of %s rows %s", workspace.Thousands(d.Funnel.Rows), strings.Join(why, ", "))
	if len(d.Stage2) == 0 {
		return text + "; see `dermset mapping check`"
	}
	largest := slices.MaxFunc(d.Stage2, func(a, b ledger.Class) int {
		return cmp.Or(cmp.Compare(a.Images, b.Images), cmp.Compare(a.Groups, b.Groups))
	})
	return text + fmt.Sprintf("; dermset.yaml: select: want at least min_images: %d and min_groups: %d, and the largest "+
		"class, %q, has images: %s, and groups: %s", b.Config.Select.MinImages, b.Config.Select.MinGroups,
		b.mapping.Names[largest.Name], workspace.Thousands(largest.Images), workspace.Thousands(largest.Groups))
}

// emptySplitWords says which splits have no image though their ratio is above 0, why, and which ratios would say so.
func (b *build) emptySplitWords(d *ledger.Decision) string {
	s := &d.Split
	var empty, without []string
	ratios := s.Ratios
	for split, name := range dataset.Splits {
		if s.Images[split] == 0 && ratios[split] > 0 && d.Funnel.Selected > 0 {
			empty = append(empty, fmt.Sprintf("%s (%d %%)", name, ratios[split]))
			ratios[split] = 0
		}
	}
	if len(empty) == 0 {
		return ""
	}
	fullest := slices.Index(s.Images[:], slices.Max(s.Images[:]))
	ratios[fullest] += 100 - ratios[0] - ratios[1] - ratios[2]
	for split, name := range dataset.Splits {
		without = append(without, fmt.Sprintf("%s: %d", name, ratios[split]))
	}
	var free int64
	for _, c := range s.Classes {
		free = max(free, c.FreeGroups)
	}
	groups := s.Groups[0] + s.Groups[1] + s.Groups[2]
	why := fmt.Sprintf("%d groups hold all images, no class has more than %d of them, and a group is never cut",
		groups, free)
	if free == 0 {
		why = "split.pin and split.lock bind all images"
	}
	return fmt.Sprintf("no image is in %s: %s; gather more patients, or write split: {ratios: {%s}}",
		strings.Join(empty, " or "), why, strings.Join(without, ", "))
}

// lockedApart is the error of groups whose images stood in several splits of the version that is locked.
func (b *build) lockedApart(l *ledger.Ledger, apart *ledger.LockConflict) error {
	numbers := map[int][]int64{}
	for _, g := range apart.Groups {
		for _, row := range g.Rows {
			source, at := l.Place(row)
			numbers[source] = append(numbers[source], at)
		}
	}
	places, err := b.allPlaces(numbers)
	if err != nil {
		return err
	}
	place := func(row int64) string {
		source, at := l.Place(row)
		return places[source][at]
	}
	var errs []error
	for _, g := range apart.Groups {
		errs = append(errs, fmt.Errorf("split.lock: group %s stands in two splits of %s: %s in %s, %s in %s", g.Group,
			b.Config.Split.Lock, place(g.Rows[0]), g.Splits[0], place(g.Rows[1]), g.Splits[1]))
	}
	if more := apart.All - len(apart.Groups); more > 0 {
		errs = append(errs, fmt.Errorf("split.lock: and %d more groups", more))
	}
	return errors.Join(append(errs, fmt.Errorf("dermset.yaml: split.lock_conflict: is fail, so that nothing was built: "+
		"write lock_conflict: strictest (test goes before val, val before train), or lock another version than %s",
		b.Config.Split.Lock))...)
}
