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
}

// plan looks the wanted objects up, group by group, and yields each as soon as it is known. An error ends it.
func plan(ctx context.Context, store blobio.Store, groups iter.Seq2[Group, error]) iter.Seq2[planned, error] {
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
			if len(wanted) > few && !planListed(ctx, store, group.Prefix, wanted, yield) {
				return
			}
			for _, key := range group.Keys {
				if wanted[key] && !yield(planned{Object: blobio.Object{Key: key}, unlisted: true}, nil) {
					return
				}
			}
		}
	}
}

// planListed yields the wanted objects that a listing tells of, and takes them out of wanted. Who may read may perhaps
// not list: what is not listed then is looked up.
func planListed(ctx context.Context, store blobio.Store, prefix string, wanted map[string]bool,
	yield func(planned, error) bool) (more bool) {
	for o, err := range store.List(ctx, prefix) {
		if o.Key == "" && blobio.ReasonOf(err) == blobio.Denied {
			return true
		}
		if err != nil && o.Key == "" {
			yield(planned{}, err)
			return false
		}
		if !wanted[o.Key] {
			continue
		}
		delete(wanted, o.Key)
		if !yield(planned{Object: o, err: err}, nil) {
			return false
		}
	}
	return true
}
