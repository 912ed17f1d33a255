package ledger

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dermset/dermset/rows"
)

// maxConflicts is how many groups whose locks disagree an error lists.
const maxConflicts = 20

// A LockConflict is the error of groups whose locked rows disagree, where that is to fail.
type LockConflict struct {
	Groups []LockedApart // by group_id, the first ones
	All    int
}

// A LockedApart is a group with two locked rows of different splits, by their numbers in the ledger.
type LockedApart struct {
	Group  string // group_id
	Splits [2]rows.Split
	Rows   [2]int64
}

func (c *LockConflict) Error() string {
	texts := make([]string, len(c.Groups))
	for i, g := range c.Groups {
		texts[i] = fmt.Sprintf("group %s was in %s and in %s", g.Group, g.Splits[0], g.Splits[1])
	}
	return fmt.Sprintf("split.lock: members of %d groups disagree: %s", c.All, strings.Join(texts, "; "))
}

// lock binds every group that has a locked selected row and no pin to the strictest split of these rows,
// or fails where they disagree.
func (s *splitter) lock(selected *byKey) error {
	if s.options.Locked == nil {
		return nil
	}
	strictest := slices.Repeat([]rows.Split{rows.NoSplit}, s.ledger.groups)
	apart := map[int32][2]rows.Split{}
	for _, row := range selected.rows {
		group, to := s.ledger.group.get(int(row)), s.options.Locked[row]
		if to == rows.NoSplit || s.bonds[group] == pinned {
			continue
		}
		old := strictest[group]
		if old == rows.NoSplit {
			strictest[group] = to
			continue
		}
		if old != to && s.options.LockFail {
			apart[group] = [2]rows.Split{min(old, to), max(old, to)}
		}
		strictest[group] = max(old, to) // train < val < test
	}
	if len(apart) > 0 {
		return s.lockConflict(selected, apart)
	}
	for g, to := range strictest {
		if to != rows.NoSplit {
			s.bind(int32(g), locked, to)
		}
	}
	return nil
}

// lockConflict is the error of groups whose locks disagree, with the first row of each split.
func (s *splitter) lockConflict(selected *byKey, apart map[int32][2]rows.Split) error {
	groups := slices.SortedFunc(maps.Keys(apart), func(a, b int32) int {
		return cmp.Compare(s.ledger.ids.get(int(a)), s.ledger.ids.get(int(b)))
	})
	c := &LockConflict{All: len(groups)}
	for _, group := range groups[:min(len(groups), maxConflicts)] {
		g := LockedApart{Group: groupHex(s.ledger.ids.get(int(group))), Splits: apart[group], Rows: [2]int64{-1, -1}}
		for _, row := range selected.rows {
			at := slices.Index(g.Splits[:], s.options.Locked[row])
			if at < 0 || s.ledger.group.get(int(row)) != group {
				continue
			}
			if g.Rows[at] < 0 || int64(row) < g.Rows[at] {
				g.Rows[at] = int64(row)
			}
		}
		c.Groups = append(c.Groups, g)
	}
	return c
}
