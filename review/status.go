package review

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/mapping"
)

// A Count is how many rows of a tab, and images that they touch, are in each state.
type Count struct {
	Tab       string
	Rows      map[decisions.State]int
	Images    int64
	Questions int // open
}

// Counts count the rows of each tab, in the tabs' order.
func Counts(rows []Row) (all []Count) {
	for _, row := range rows {
		if len(all) == 0 || all[len(all)-1].Tab != row.Tab {
			all = append(all, Count{Tab: row.Tab, Rows: map[decisions.State]int{}})
		}
		c := &all[len(all)-1]
		c.Rows[row.State]++
		c.Images += row.Images
		c.Questions += asked(row)
	}
	return all
}

// A Remark is a question or a doubt about a row, and who has it since when; of a question nobody knows.
type Remark struct {
	decisions.Row
	What string
	Who  string
	Time time.Time
}

// Doubts are the doubts that nobody has answered, by row, then oldest first.
func Doubts(l *decisions.Log) (all []Remark) {
	for _, d := range l.Decisions {
		if d.Act != decisions.Comment {
			continue
		}
		if _, open := l.Questions(*d.Row, ""); slices.Contains(open, d.Why) {
			all = append(all, Remark{*d.Row, d.Why, d.Who, d.Time})
		}
	}
	slices.SortStableFunc(all, func(a, b Remark) int { return a.Row.Compare(b.Row) })
	return all
}

// A Discrepancy is a row whose two reviews decided differently. The secondary one stands.
type Discrepancy struct {
	decisions.Row
	Primary, Secondary *decisions.Decision
	Blind              bool            // the secondary reviewer saw nothing of what others proposed
	State              decisions.State // of the row as it stands: proposed if it was edited since; empty if it is gone
	Images             int64
	Crosses            string // what crosses malignant, in situ, uncertain and benign, in words; empty: nothing does
}

// Discrepancies are the rows in whose name, codes or action the two reviews differ: those first that cross how a
// neoplasm behaves, then those that touch most images. Notes are not compared.
func Discrepancies(l *decisions.Log, rows []Row, gravity *mapping.Gravity) (all []Discrepancy) {
	now := map[decisions.Row]Row{}
	for _, row := range rows {
		now[row.Row] = row
	}
	seen := map[decisions.Row]bool{}
	for _, d := range l.Decisions {
		if d.Act != decisions.Review || seen[*d.Row] {
			continue
		}
		seen[*d.Row] = true
		s := l.Standing(*d.Row)
		if s.Primary == nil || s.Secondary == nil || SameDecision(s.Primary.After, s.Secondary.After) {
			continue
		}
		first, second := s.Primary.After, s.Secondary.After
		one := Discrepancy{Row: *d.Row, Primary: s.Primary, Secondary: s.Secondary, Blind: l.Blind(*s.Secondary),
			State: now[*d.Row].State, Images: now[*d.Row].Images}
		one.Crosses = gravity.Crossing(first[TargetName], strings.Split(first[Codes], ";"),
			second[TargetName], strings.Split(second[Codes], ";"))
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b Discrepancy) int {
		return cmp.Or(cmp.Compare(min(len(b.Crosses), 1), min(len(a.Crosses), 1)), cmp.Compare(b.Images, a.Images),
			a.Row.Compare(b.Row))
	})
	return all
}

// SameDecision reports whether two cells of a row decide the same: name and codes, or what is done with a category.
func SameDecision(a, b decisions.Cells) bool { return category(a) == category(b) }

// Decided is what cells decide, in a few words: a name with its codes, or what is done with a category.
func Decided(cells decisions.Cells) string {
	if cells[Action] != "" {
		return strings.TrimSpace(cells[Action] + " " + cells[MergeInto])
	}
	if cells[Codes] == "" {
		return cells[TargetName]
	}
	return cells[TargetName] + " (" + cells[Codes] + ")"
}
