package transfer

import (
	"context"
	"iter"

	"github.com/dermset/dermset/io/blobio"
)

// A Group is a part of the store whose objects are listed together: a source.
type Group struct {
	Prefix string   // that all its keys begin with
	Keys   []string // without repetition
}

// few keys of a group are looked up one by one: to list all of a large source costs more.
const few = 100

// A planned object is one that is wanted, with what the store tells of it.
type planned struct {
	blobio.Object
	unlisted bool  // the listing has only told its key, or was not made: Stat tells the rest
	err      error // why it cannot come

	names  *nearNames // those that are there, if it is not; nil: the object is
	prefix string     // where they are looked for; empty: the listing has told them
}

// plan looks the wanted objects up, group by group, and yields each as soon as it is known. An error ends it.
func (f *fetch) plan(ctx context.Context, groups iter.Seq2[Group, error]) iter.Seq2[planned, error] {
	return func(yield func(planned, error) bool) {
		for group, err := range groups {
			if err != nil {
				yield(planned{}, err)
				return
			}
			wanted := make(map[string]bool, len(group.Keys))
			for _, key := range group.Keys {
				wanted[key] = true
			}
			names := newNearNames(group.Keys)
			listed := len(wanted) > few
			if listed && !f.planListed(ctx, group.Prefix, wanted, names, yield) {
				return
			}
			if listed && len(wanted) > 0 {
				names.noteWanted(wanted)
				f.noteBare(ctx, group.Prefix, names)
			}
			for _, key := range group.Keys {
				if !wanted[key] {
					continue
				}
				p := planned{Object: blobio.Object{Key: key}, unlisted: true, names: names}
				if !listed {
					p.prefix = group.Prefix
				}
				if !yield(p, nil) {
					return
				}
			}
		}
	}
}

// planListed yields the wanted objects that a listing tells of, and takes them out of wanted. Where a store cannot
// list, or not to the end, what is left is looked up one by one; so is what the listing could not tell for now.
func (f *fetch) planListed(ctx context.Context, prefix string, wanted map[string]bool, names *nearNames,
	yield func(planned, error) bool) (more bool) {
	unasked := 0
	for o, err := range list(ctx, f.store, prefix) {
		names.some = true
		reason := blobio.ReasonOf(err)
		switch {
		case o.Key == "" && (reason == "" || reason.OfStore() || ctx.Err() != nil):
			yield(planned{}, err)
			return false
		case o.Key == "":
			f.unlisted(err)
			return true
		case !wanted[o.Key]:
			names.note(o.Key, false)
			if unasked++; tooManyStrangers(prefix, unasked) != nil {
				f.unlisted(tooManyStrangers(prefix, unasked))
				return true
			}
			continue
		case reason.MayPass():
			continue
		}
		delete(wanted, o.Key)
		if !yield(planned{Object: o.Object, err: err}, nil) {
			return false
		}
	}
	names.whole = true
	return true
}

// unlisted notes why a listing did not come to its end.
func (f *fetch) unlisted(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.tally.Unlisted == nil {
		f.tally.Unlisted = err
	}
}
