package fetch

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"github.com/dermset/dermset/io/blobio"
)

// A Tally is what became of the wanted objects.
type Tally struct {
	Wanted       int64 // objects
	Had          int64 // there before
	HadBytes     int64
	Fetched      int64 // in a dry run: to be fetched
	FetchedBytes int64
	Failed       map[blobio.Reason]Failures
}

// Failures are those of one reason.
type Failures struct {
	Objects int64
	Example string // the bytewise first key
	Detail  string // of the example
}

func newTally(groups iter.Seq2[Group, error]) (Tally, error) {
	t := Tally{Failed: map[blobio.Reason]Failures{}}
	for g, err := range groups {
		if err != nil {
			return t, err
		}
		t.Wanted += int64(len(g.Keys))
	}
	return t, nil
}

func (t *Tally) add(out outcome) {
	switch out.state {
	case had:
		t.Had, t.HadBytes = t.Had+1, t.HadBytes+out.entry.Size
	case came:
		t.Fetched, t.FetchedBytes = t.Fetched+1, t.FetchedBytes+out.entry.Size
	case missed:
		f := t.Failed[out.entry.Reason]
		if f.Objects++; f.Objects == 1 || out.key < f.Example {
			f.Example, f.Detail = out.key, out.entry.Detail
		}
		t.Failed[out.entry.Reason] = f
	}
}

// Failures is how many objects failed.
func (t Tally) Failures() (n int64) {
	for _, f := range t.Failed {
		n += f.Objects
	}
	return n
}

// Reasons are those that objects failed for, the most frequent first.
func (t Tally) Reasons() []blobio.Reason {
	return slices.SortedFunc(maps.Keys(t.Failed), func(a, b blobio.Reason) int {
		return cmp.Or(cmp.Compare(t.Failed[b].Objects, t.Failed[a].Objects), cmp.Compare(a, b))
	})
}
