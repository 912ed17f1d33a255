package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/mapping"
)

// An actions is what is done with categories, as the workbook will say once the sheet is taken.
type actions map[string]decisions.Cells

// refuseMergers refuses mergers into what is no category, and those that form a ring or lead into one: the build could
// not follow them. What is refused leaves its row as it is, which may form another ring.
func (j *judge) refuseMergers(all []Outcome) {
	for found := true; found; {
		a := j.actions(all)
		found = j.refuseIf(all, a, a.unknownInto(j.namesAfter(all)))
		found = found || j.refuseIf(all, a, func(category string) string {
			if ring := a.ring(category); len(ring) > 0 && ring[0] == category {
				return fmt.Sprintf("forms a ring of mergers, %s: want one category that all are merged into",
					strings.Join(append(ring, category), " → "))
			}
			return ""
		})
		found = found || j.refuseIf(all, a, func(category string) string {
			if ring := a.ring(category); len(ring) > 0 {
				return fmt.Sprintf("is merged into a ring of mergers, %s: take one of them out first",
					strings.Join(append(ring, ring[0]), " → "))
			}
			return ""
		})
	}
}

// refuseIf refuses the rows of categories that would be merged and that why says something of.
func (j *judge) refuseIf(all []Outcome, a actions, why func(category string) string) (found bool) {
	for i, o := range all {
		if o.Row.Tab != mapping.RefineTab || o.Change == nil || a[o.Row.Label][Action] != merges {
			continue
		}
		if said := why(o.Row.Label); said != "" {
			all[i], found = o.Refuse(MergeInto, said), true
		}
	}
	return found
}

// actions are those of the workbook, of what waits to be pasted into it, and of the sheet.
func (j *judge) actions(all []Outcome) actions {
	a := actions{}
	for row, held := range j.held {
		a.set(row, held.Cells)
	}
	for _, p := range j.pending {
		a.set(p.Row, p.After)
	}
	for _, o := range all {
		if o.Change != nil {
			a.set(o.Row, o.Change.After)
		}
	}
	return a
}

func (a actions) set(row decisions.Row, cells decisions.Cells) {
	if row.Tab == mapping.RefineTab {
		a[row.Label] = cells
	}
}

// namesAfter are the names that labels have or get, and those that are known.
func (j *judge) namesAfter(all []Outcome) map[string]bool {
	names := map[string]bool{}
	for _, name := range j.Mapping.Names {
		names[name] = true
	}
	for _, known := range j.Known {
		names[known.Name] = true
	}
	for _, p := range j.pending {
		names[p.After[TargetName]] = true
	}
	for _, o := range all {
		if o.Change != nil {
			names[o.Change.After[TargetName]] = true
		}
	}
	return names
}

// unknownInto says of a category that it would be merged into what is neither a name nor itself acted on.
func (a actions) unknownInto(names map[string]bool) func(string) string {
	return func(category string) string {
		into := a[category][MergeInto]
		if names[into] || a[into] != nil {
			return ""
		}
		return fmt.Sprintf("is merged into %q, which is no %s of the workbook and not known: want one of the list%s", into,
			TargetName, nearName(into, names))
	}
}

// nearName is the name that is nearest to one that is none, in words.
func nearName(name string, names map[string]bool) string {
	all := []string{name}
	for other := range names {
		if other != "" && other != mapping.Excludes {
			all = append(all, other)
		}
	}
	slices.Sort(all[1:])
	if near := mapping.NearestNames(all, 1)[0]; len(near) > 0 {
		return fmt.Sprintf("; did you mean %q?", near[0])
	}
	return ""
}

// ring is the ring that the mergers of a category lead into, from where they enter it; nil if they end.
func (a actions) ring(category string) []string {
	var way []string
	for at := category; a[at][Action] == merges; at = a[at][MergeInto] {
		if i := slices.Index(way, at); i >= 0 {
			return way[i:]
		}
		way = append(way, at)
	}
	return nil
}
