package stages

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxConflicts is how many conflicts of pins or locks an error lists.
const maxConflicts = 20

// pinnedSources are the pins by source, NoSplit without one.
func (s *splitter) pinnedSources() []Split {
	pins := make([]Split, len(s.ledger.Sources))
	for i, source := range s.ledger.Sources {
		pins[i] = NoSplit
		if to, has := s.options.Pin[source.Name]; has {
			pins[i] = to
		}
	}
	return pins
}

// pin holds every group with a selected row of a pinned source in its split. Two pins to different splits in one group are an error that
// names both, once per pair of sources.
func (s *splitter) pin(rows *byKey) error {
	if len(s.options.Pin) == 0 {
		return nil
	}
	pins := s.pinnedSources()
	s.pinned = make([]bool, s.ledger.groups)
	conflicts := map[[2]int]error{}
	var errs []error
	for _, row := range rows.rows {
		source, _ := s.ledger.Place(int64(row))
		group := s.ledger.group.get(int(row))
		to := pins[source]
		if to == NoSplit {
			continue
		}
		if s.held[group] && s.split[group] != to {
			other := s.sourcePinnedTo(rows, pins, group, s.split[group])
			pair := [2]int{min(source, other), max(source, other)}
			if conflicts[pair] == nil {
				a, b := s.ledger.Sources[pair[0]].Name, s.ledger.Sources[pair[1]].Name
				conflicts[pair] = fmt.Errorf("group %s holds images of source %q, pinned to %s, and of source %q, pinned to %s: pin both to one split, or one of them",
					GroupHex(s.ledger.ids.get(int(group))), a, pins[pair[0]], b, pins[pair[1]])
				errs = append(errs, conflicts[pair])
			}
			continue
		}
		s.split[group], s.held[group], s.pinned[group] = to, true, true
	}
	return errors.Join(errs...)
}

// sourcePinnedTo is the first source that has pinned a group to a split.
func (s *splitter) sourcePinnedTo(rows *byKey, pins []Split, group int32, to Split) int {
	first := len(pins)
	for _, row := range rows.rows {
		if s.ledger.group.get(int(row)) != group {
			continue
		}
		if source, _ := s.ledger.Place(int64(row)); pins[source] == to {
			first = min(first, source)
		}
	}
	return first
}

// lock holds every group that has a locked selected row and no pin in the strictest split of these rows, or fails where they disagree.
func (s *splitter) lock(rows *byKey) error {
	if s.options.Locked == nil {
		return nil
	}
	locked := make([]Split, s.ledger.groups)
	for g := range locked {
		locked[g] = NoSplit
	}
	conflicts := map[int32]string{}
	for _, row := range rows.rows {
		group, to := s.ledger.group.get(int(row)), s.options.Locked[row]
		if to == NoSplit || s.held[group] {
			continue
		}
		old := locked[group]
		if old == NoSplit {
			locked[group] = to
			continue
		}
		if old != to && s.options.LockFail {
			conflicts[group] = fmt.Sprintf("group %s was in %s and in %s", GroupHex(s.ledger.ids.get(int(group))), min(old, to), max(old, to))
		}
		locked[group] = max(old, to) // train < val < test: the strictest
	}
	if err := lockError(conflicts); err != nil {
		return err
	}
	for g, to := range locked {
		if to != NoSplit {
			s.split[g], s.held[g] = to, true
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
