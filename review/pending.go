package review

import (
	"slices"

	"github.com/dermset/dermset/decisions"
)

// A Pending is a row of which the workbook does not hold yet what the log says was decided.
type Pending struct {
	Row decisions.Row
	Change
}

// PendingRows are the rows that hold what a person found when they decided, or found earlier, and not what they left:
// of a document of Google Sheets, what is still to be pasted. Rows that hold anything else were edited by hand, and are
// not among them.
func PendingRows(log *decisions.Log, held map[decisions.Row]Held) (all []Pending) {
	left, found := map[decisions.Row]decisions.Decision{}, map[decisions.Row][]decisions.Cells{}
	for _, d := range log.Decisions {
		if d.Row != nil && (d.Act == decisions.Review || d.Act == decisions.Annotate) {
			left[*d.Row] = d
			found[*d.Row] = append(found[*d.Row], d.Before)
		}
	}
	for row, d := range left {
		now := held[row]
		isNow := func(before decisions.Cells) bool { return before.Equal(now.Cells) }
		if now.Differ || d.After.Equal(now.Cells) || !slices.ContainsFunc(found[row], isNow) {
			continue
		}
		c := Change{now.Cells, d.After}
		if d.Act == decisions.Annotate {
			c = Change{withAnnotator(now.Cells, now.Annotator), withAnnotator(d.After, d.Who)}
		}
		all = append(all, Pending{row, c})
	}
	slices.SortFunc(all, func(a, b Pending) int { return a.Row.Compare(b.Row) })
	return all
}
