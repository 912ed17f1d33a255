package icd11

import "fmt"

// A Change is what became of a code from one release to another.
type Change struct {
	Code          string
	What          string // gone, new, reused, retitled, moved, leaf or parent
	Before, After string // in words
}

// The changes of a code.
const (
	ChangeGone     = "gone"     // the newer release does not have the code
	ChangeNew      = "new"      // the older one does not
	ChangeReused   = "reused"   // it now stands for another entity
	ChangeRetitled = "retitled" // its title is written otherwise
	ChangeMoved    = "moved"    // it lies below another entity
	ChangeLeaf     = "leaf"     // nothing is below it any more
	ChangeParent   = "parent"   // something is below it now: there are finer codes
)

// Diff compares the codes of two releases. Changes come in the order of the older file, all those of a code together,
// and then what is new in the order of the newer one. A gone code names the one that its entity has now, if it has one.
func Diff(older, newer *Release) []Change {
	var all []Change
	for i := range older.entities {
		was := &older.entities[i]
		if was.Kind != Category {
			continue
		}
		is, ok := newer.Entity(was.Code)
		if !ok || is.Kind != Category {
			all = append(all, Change{was.Code, ChangeGone, was.Title, newer.whereNow(was)})
			continue
		}
		all = append(all, changes(older, newer, was, is)...)
	}
	for i := range newer.entities {
		is := &newer.entities[i]
		if was, ok := older.Entity(is.Code); is.Kind == Category && (!ok || was.Kind != Category) {
			all = append(all, Change{is.Code, ChangeNew, older.whereNow(is), is.Title})
		}
	}
	return all
}

// changes compares a code that both releases have.
func changes(older, newer *Release, was, is *Entity) []Change {
	var all []Change
	add := func(what, before, after string) { all = append(all, Change{is.Code, what, before, after}) }
	if was.ID != is.ID {
		add(ChangeReused, fmt.Sprintf("%s (entity %s)", was.Title, was.ID), fmt.Sprintf("%s (entity %s)", is.Title, is.ID))
	}
	if was.Title != is.Title {
		add(ChangeRetitled, was.Title, is.Title)
	}
	if from, to := older.above(was), newer.above(is); from.ID != to.ID {
		add(ChangeMoved, from.Name(), to.Name())
	}
	if was.Leaf != is.Leaf {
		what := ChangeParent
		if is.Leaf {
			what = ChangeLeaf
		}
		add(what, leafText(was.Leaf), leafText(is.Leaf))
	}
	return all
}

// above is what a category lies in.
func (r *Release) above(e *Entity) *Entity { return &r.entities[e.Parent] }

// whereNow names the code that an entity of another release has in this one; empty if it has none.
func (r *Release) whereNow(e *Entity) string {
	if now, ok := r.entityByID(e.ID); ok && now.Kind == Category {
		return now.Name()
	}
	return ""
}

func leafText(leaf bool) string {
	if leaf {
		return "nothing is below it"
	}
	return "has finer codes"
}
