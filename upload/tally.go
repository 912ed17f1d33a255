package upload

import (
	"cmp"
	"slices"

	"github.com/dermset/dermset/io/blobio"
)

// A Tally is what became of the files of a set.
type Tally struct {
	Wanted        int64 // files
	Had           int64 // there before
	HadBytes      int64
	Sent          int64 // in a dry run: to be sent
	SentBytes     int64
	Replaced      int64 // objects with other bytes, which are not among those sent
	ReplacedBytes int64
	Failed        []Failure       // by cause and path
	Others        []blobio.Object // below the prefix, and in no file of the set; by key
}

// A Failure is a file that did not go.
type Failure struct {
	File
	Cause
	Detail string
}

// A Cause is why a file did not go: what is wrong with the file here, or with its object in the store.
type Cause struct {
	Here   bool
	Reason blobio.Reason
}

func (c Cause) String() string {
	if c.Here {
		return "file " + string(c.Reason)
	}
	return "store " + string(c.Reason)
}

// Remedy is what a person can do about it.
func (c Cause) Remedy() string {
	if c.Here {
		switch c.Reason {
		case blobio.Missing:
			return "put the file there, or correct the path"
		case blobio.Denied:
			return "make the file readable for this user"
		case blobio.BadKey:
			return "correct the path"
		case blobio.Refused:
			return "look at the disk, then upload again"
		}
		return c.Reason.Remedy()
	}
	switch c.Reason {
	case blobio.Changed:
		return "find out which of the two is right"
	case blobio.Missing:
		return "it was removed meanwhile: upload again"
	case blobio.Denied:
		return "ask the store's owner for the right to list, read and write below the prefix"
	case blobio.NotAFile, blobio.Outside:
		return "remove from the store what is in its place"
	case blobio.BadKey:
		return "rename the file: such a store cannot hold its path, or holds a file where the path needs a folder"
	case blobio.Cut, blobio.Stalled, blobio.Busy, blobio.Unreachable:
		return "upload again; if it stays, use fewer connections (--workers) or ask the store's owner"
	case blobio.Differs:
		return "upload again; if it stays, something between here and the store changes bytes"
	}
	return "the message says more; upload again"
}

func newTally(set Set) Tally {
	t := Tally{Wanted: int64(len(set.Files))}
	if set.Last != nil {
		t.Wanted++
	}
	return t
}

func (t *Tally) add(out outcome) {
	switch out.state {
	case had:
		t.Had, t.HadBytes = t.Had+1, t.HadBytes+out.bytes
	case sent:
		t.Sent, t.SentBytes = t.Sent+1, t.SentBytes+out.bytes
	case replaced:
		t.Replaced, t.ReplacedBytes = t.Replaced+1, t.ReplacedBytes+out.bytes
	case missed:
		t.Failed = append(t.Failed, out.failure)
	}
}

// Fail counts a file that the caller found fault with; it is wanted, too.
func (t *Tally) Fail(f Failure) {
	t.Wanted++
	t.Failed = append(t.Failed, f)
	t.sort()
}

// Join counts those of another set too; its other objects are left out.
func (t *Tally) Join(o Tally) {
	t.Wanted, t.Had, t.HadBytes = t.Wanted+o.Wanted, t.Had+o.Had, t.HadBytes+o.HadBytes
	t.Sent, t.SentBytes = t.Sent+o.Sent, t.SentBytes+o.SentBytes
	t.Replaced, t.ReplacedBytes = t.Replaced+o.Replaced, t.ReplacedBytes+o.ReplacedBytes
	t.Failed = append(t.Failed, o.Failed...)
	t.sort()
}

func (t *Tally) sort() {
	slices.SortStableFunc(t.Failed, func(a, b Failure) int {
		return cmp.Or(cmp.Compare(a.Cause.String(), b.Cause.String()), cmp.Compare(a.Row, b.Row), cmp.Compare(a.Path, b.Path))
	})
	slices.SortFunc(t.Others, func(a, b blobio.Object) int { return cmp.Compare(a.Key, b.Key) })
}

// Failures is how many files failed.
func (t Tally) Failures() int { return len(t.Failed) }

// Moved is how many objects were written, and their bytes.
func (t Tally) Moved() (objects, bytes int64) {
	return t.Sent + t.Replaced, t.SentBytes + t.ReplacedBytes
}

// Causes counts failures by cause, the most frequent first; each has the first of its failures.
func (t Tally) Causes() []Causes {
	var all []Causes
	at := map[Cause]int{}
	for _, f := range t.Failed {
		i, is := at[f.Cause]
		if !is {
			i = len(all)
			at[f.Cause] = i
			all = append(all, Causes{First: f})
		}
		all[i].Files++
	}
	slices.SortStableFunc(all, func(a, b Causes) int {
		return cmp.Or(cmp.Compare(b.Files, a.Files), cmp.Compare(a.First.Cause.String(), b.First.Cause.String()))
	})
	return all
}

// Causes are the failures of one cause.
type Causes struct {
	First Failure
	Files int64
}
