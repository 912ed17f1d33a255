package ledger

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dermset/dermset/rows"
)

// maxConflicts is how many groups whose locks disagree an error lists.
const maxConflicts = 20

// lock binds every group that has a locked selected row and no pin to the strictest split of these rows,
// or fails where they disagree.
func (s *splitter) lock(selected *byKey) error {
	if s.options.Locked == nil {
		return nil
	}
	strictest := slices.Repeat([]rows.Split{rows.NoSplit}, s.ledger.groups)
	conflicts := map[int32]string{}
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
			id := groupHex(s.ledger.ids.get(int(group)))
			conflicts[group] = fmt.Sprintf("group %s was in %s and in %s", id, min(old, to), max(old, to))
		}
		strictest[group] = max(old, to) // train < val < test
	}
	if err := lockError(conflicts); err != nil {
		return err
	}
	for g, to := range strictest {
		if to != rows.NoSplit {
			s.bind(int32(g), locked, to)
		}
	}
	return nil
}

func lockError(conflicts map[int32]string) error {
	if len(conflicts) == 0 {
		return nil
	}
	texts := slices.Sorted(maps.Values(conflicts))
	more := ""
	if len(texts) > maxConflicts {
		more = fmt.Sprintf("; and %d more", len(texts)-maxConflicts)
		texts = texts[:maxConflicts]
	}
	return errors.New("split.lock: old members of a group disagree: " + strings.Join(texts, "; ") + more +
		": set split.lock_conflict to strictest, or lock another version")
}
