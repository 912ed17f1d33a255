package ledger

import (
	"errors"
	"fmt"

	"github.com/dermset/dermset/rows"
)

// A bond says what binds a group to its split, if anything does.
type bond uint8

const (
	free   bond = iota // nothing: the group is split as its stratum asks for
	pinned             // a pin of a source (split.pin)
	locked             // what an earlier version made of its images (split.lock)
)

// bind puts a group into a split for good.
func (s *splitter) bind(group int32, by bond, to rows.Split) { s.bonds[group], s.split[group] = by, to }

// pinnedSources are the pins by source, NoSplit without one.
func (s *splitter) pinnedSources() []rows.Split {
	pins := make([]rows.Split, len(s.ledger.Sources))
	for i, source := range s.ledger.Sources {
		pins[i] = rows.NoSplit
		if to, has := s.options.Pin[source.Name]; has {
			pins[i] = to
		}
	}
	return pins
}

// pin binds every group with a selected row of a pinned source to its split. Two pins to different splits in one group
// are an error that names both, once per pair of sources.
func (s *splitter) pin(selected *byKey) error {
	if len(s.options.Pin) == 0 {
		return nil
	}
	pins := s.pinnedSources()
	conflicts := map[[2]int]error{}
	var errs []error
	for _, row := range selected.rows {
		source, _ := s.ledger.Place(int64(row))
		group, to := s.ledger.group.get(int(row)), pins[source]
		if to == rows.NoSplit {
			continue
		}
		if s.bonds[group] == free || s.split[group] == to {
			s.bind(group, pinned, to)
			continue
		}
		other := s.sourcePinnedTo(selected, pins, group, s.split[group])
		pair := [2]int{min(source, other), max(source, other)}
		if conflicts[pair] == nil {
			conflicts[pair] = s.pinConflict(group, pair, pins)
			errs = append(errs, conflicts[pair])
		}
	}
	return errors.Join(errs...)
}

// pinConflict is the error of a group that two sources have pinned to different splits.
func (s *splitter) pinConflict(group int32, sources [2]int, pins []rows.Split) error {
	a, b := s.ledger.Sources[sources[0]].Name, s.ledger.Sources[sources[1]].Name
	const text = "group %s holds images of source %q, pinned to %s, and of source %q, pinned to %s: pin both to one " +
		"split, or one of them; a build without the two pins lists its images under this group_id, should they not " +
		"belong together"
	return fmt.Errorf(text, groupHex(s.ledger.ids.get(int(group))), a, pins[sources[0]], b, pins[sources[1]])
}

// sourcePinnedTo is the first source that has pinned a group to a split.
func (s *splitter) sourcePinnedTo(selected *byKey, pins []rows.Split, group int32, to rows.Split) int {
	first := len(pins)
	for _, row := range selected.rows {
		if s.ledger.group.get(int(row)) != group {
			continue
		}
		if source, _ := s.ledger.Place(int64(row)); pins[source] == to {
			first = min(first, source)
		}
	}
	return first
}
