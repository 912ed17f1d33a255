package transfer

import (
	"cmp"
	"maps"
	"slices"

	"github.com/dermset/dermset/io/blobio"
)

// A Tally is what became of the wanted objects. Failures are counted, and only the first of them named: it does not
// grow with what fails.
type Tally struct {
	Wanted        int64 // objects
	Had           int64 // there before
	HadBytes      int64
	Moved         int64 // came or went; in a dry run, would
	MovedBytes    int64
	Replaced      int64 // of those moved, went in place of other bytes
	ReplacedBytes int64
	Taken         []blobio.Object // taken away before others changed, or perhaps; in a dry run, would be
	Failed        map[Cause]Failures
	Near          map[Difference]Failures // of the missing ones: those that are there under nearly their names
	Others        []blobio.Object         // below the prefix of a set, and in no file of it; by key
	Bare          []Bare                  // prefixes of wanted objects below which there is nothing
	Unlisted      error                   // why a listing ended early, the first time; its objects were asked for singly
}

// Failures are those of one cause.
type Failures struct {
	Objects int64
	First   []Failure // the first of them by row and path, at most 100
}

// named is how many failures of one cause have a name.
const named = 100

// A Failure is an object that did not move.
type Failure struct {
	Cause
	Path   string // of a file below its folder; of an object that was to come, its key
	Row    int64  // of the File
	Detail string // the error, for people
	Near   Near   // of one that is missing: what is there in its place
}

func (f Failure) compare(o Failure) int {
	return cmp.Or(cmp.Compare(f.Row, o.Row), cmp.Compare(f.Path, o.Path))
}

// An outcome is what became of one object.
type outcome struct {
	state   state
	bytes   int64
	failure Failure // of one that failed
}

type state int

const (
	had      state = iota // it was there
	moved                 // it is there now; in a dry run, it would move
	replaced              // the same, in place of another
	missed                // it failed
	undone                // not known yet
)

func (t *Tally) add(out outcome) {
	switch out.state {
	case had:
		t.Had, t.HadBytes = t.Had+1, t.HadBytes+out.bytes
	case replaced:
		t.Replaced, t.ReplacedBytes = t.Replaced+1, t.ReplacedBytes+out.bytes
		fallthrough
	case moved:
		t.Moved, t.MovedBytes = t.Moved+1, t.MovedBytes+out.bytes
	case missed:
		t.fail(out.failure.Cause, 1, out.failure)
		if by := out.failure.Near.By; by != "" {
			if t.Near == nil {
				t.Near = map[Difference]Failures{}
			}
			t.Near[by] = t.Near[by].with(1, out.failure)
		}
	}
}

// fail counts so many failures of a cause, of which these are the first.
func (t *Tally) fail(c Cause, objects int64, first ...Failure) {
	if t.Failed == nil {
		t.Failed = map[Cause]Failures{}
	}
	t.Failed[c] = t.Failed[c].with(objects, first...)
}

// with are these and so many more, of which some are given.
func (all Failures) with(objects int64, first ...Failure) Failures {
	all.Objects += objects
	for _, f := range first {
		if at, _ := slices.BinarySearchFunc(all.First, f, Failure.compare); at < named {
			all.First = slices.Insert(all.First, at, f)
			all.First = all.First[:min(len(all.First), named)]
		}
	}
	return all
}

// Fail counts a file that the caller found fault with; it is wanted, too.
func (t *Tally) Fail(f Failure) {
	t.Wanted++
	t.fail(f.Cause, 1, f)
}

// Join counts those of another set too; its other objects are left out.
func (t *Tally) Join(o Tally) {
	t.Wanted, t.Had, t.HadBytes = t.Wanted+o.Wanted, t.Had+o.Had, t.HadBytes+o.HadBytes
	t.Moved, t.MovedBytes = t.Moved+o.Moved, t.MovedBytes+o.MovedBytes
	t.Replaced, t.ReplacedBytes = t.Replaced+o.Replaced, t.ReplacedBytes+o.ReplacedBytes
	for c, all := range o.Failed {
		t.fail(c, all.Objects, all.First...)
	}
}

// Failures is how many objects failed.
func (t Tally) Failures() (n int64) {
	for _, all := range t.Failed {
		n += all.Objects
	}
	return n
}

// Done is of how many objects it is known what became of them.
func (t Tally) Done() int64 { return t.Had + t.Moved + t.Failures() }

// Causes are those that objects failed for, the most frequent first.
func (t Tally) Causes() []Cause {
	return slices.SortedFunc(maps.Keys(t.Failed), func(a, b Cause) int {
		return cmp.Or(cmp.Compare(t.Failed[b].Objects, t.Failed[a].Objects), cmp.Compare(a.String(), b.String()))
	})
}
