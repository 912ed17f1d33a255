package transfer

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/dermset/dermset/io/blobio"
)

// A Set is files of one folder that go below one prefix.
type Set struct {
	From    *blobio.Folder
	Prefix  string // before a path it makes the key
	Files   []File // no path twice
	Last    *File  // if not nil, goes when all others are there
	Replace bool   // an object with other bytes is replaced; else it has failed
	Sealed  bool   // if any object has other bytes, nothing goes at all
}

// all are the files of a set.
func (s Set) all() []File {
	if s.Last == nil {
		return s.Files
	}
	return append(slices.Clip(s.Files), *s.Last)
}

// A File is one of a set.
type File struct {
	Path   string // below the folder, with slashes
	SHA256 []byte // that it must have; nil: whatever it has
	Row    int64  // where it is named: the caller's
}

// Upload brings the files that are not there yet; of each that is under way a few hundred kilobytes are in memory. Its
// error is what concerns all objects; files that failed are in the tally. Files whose keys are there are looked at
// first.
func Upload(ctx context.Context, store blobio.Store, set Set, o Options) (Tally, error) {
	u := &upload{run: newRun(store, o), set: set, there: map[string]listed{}}
	u.tally.Wanted = int64(len(set.all()))
	err := u.bringAll(ctx)
	slices.SortFunc(u.tally.Others, func(a, b blobio.Object) int { return cmp.Compare(a.Key, b.Key) })
	return u.tally, err
}

type upload struct {
	*run
	set   Set
	there map[string]listed
}

// A listed object is one that a file would become, or what is wrong with it.
type listed struct {
	blobio.Object
	err error
}

func (u *upload) bringAll(ctx context.Context) error {
	if err := u.look(ctx); err != nil {
		return err
	}
	var known, fresh []File
	for _, f := range u.set.Files {
		if _, is := u.there[f.Path]; is {
			known = append(known, f)
		} else {
			fresh = append(fresh, f)
		}
	}
	last := u.set.Last
	if last != nil && u.set.Sealed {
		if _, is := u.there[last.Path]; is { // it is not replaced; whether it may stay must be known before anything goes
			known, last = append(known, *last), nil
		}
	}
	if err := u.bringThese(ctx, known); err != nil || u.set.Sealed && u.tally.Failures() > 0 {
		return err
	}
	if err := u.bringThese(ctx, fresh); err != nil || last == nil || u.tally.Failures() > 0 {
		return err
	}
	return u.bringThese(ctx, []File{*last})
}

// look learns what is below the prefix. Not to know all of it is an error: what is there may be in a file's way.
func (u *upload) look(ctx context.Context) error {
	wanted := map[string]bool{}
	for _, f := range u.set.all() {
		wanted[f.Path] = true
	}
	for o, err := range list(ctx, u.store, u.set.Prefix) {
		switch {
		case o.Key == "":
			return err
		case wanted[o.path]:
			u.there[o.path] = listed{o.Object, err}
			continue
		case blobio.ReasonOf(err).MayPass(): // such as a folder: what is in it is not known
			return err
		}
		u.tally.Others = append(u.tally.Others, o.Object)
		if err := tooManyStrangers(u.set.Prefix, len(u.tally.Others)); err != nil {
			return err
		}
	}
	return nil
}

// bringThese brings files and waits for them.
func (u *upload) bringThese(ctx context.Context, files []File) error {
	all := func(context.Context) iter.Seq2[File, error] {
		return func(yield func(File, error) bool) {
			for _, f := range files {
				if !yield(f, nil) {
					return
				}
			}
		}
	}
	return each(ctx, min(u.AtOnce, len(files)), all, func(ctx context.Context, f File) error {
		if err := u.Pace.Enter(ctx); err != nil {
			return err
		}
		since := u.went.Load()
		out, err := u.bring(ctx, f)
		u.Pace.Leave(err == nil)
		if err != nil {
			out, err = u.failure(ctx, f, err, since)
		}
		if err == nil {
			u.add(out)
		}
		return err
	})
}

// bring is what becomes of one file.
func (u *upload) bring(ctx context.Context, f File) (out outcome, err error) {
	body, err := u.set.From.Body(ctx, f.Path)
	if err != nil {
		return out, err
	}
	defer func() { _ = body.Close() }() // it was only read
	if f.SHA256 != nil {
		body.Expect(f.SHA256)
	}
	old, is := u.there[f.Path]
	if !is {
		old.Key = u.set.Prefix + f.Path
		return u.put(ctx, old.Object, body, moved)
	}
	if old.err != nil {
		return out, old.err
	}
	same, err := u.store.Same(ctx, old.Object, body)
	switch {
	case err != nil:
		return out, err
	case same:
		u.well()
		return outcome{state: had, bytes: body.Size}, nil
	case !u.set.Replace:
		u.well()
		err := fmt.Errorf("the object (%d bytes) is another than the file (%d bytes)", old.Size, body.Size)
		return out, &blobio.Error{Op: "put", Key: old.Key, Reason: blobio.Changed, Err: err}
	}
	return u.put(ctx, old.Object, body, replaced)
}

func (u *upload) put(ctx context.Context, old blobio.Object, body *blobio.Body, as state) (outcome, error) {
	if !u.DryRun {
		if _, err := u.store.Put(ctx, old, body); err != nil {
			return outcome{}, err
		}
		u.well()
	}
	return outcome{state: as, bytes: body.Size}, nil
}

// failure is a failed file, or the error that concerns all of them.
func (u *upload) failure(ctx context.Context, f File, err error, since int64) (outcome, error) {
	failing, err := u.faultOf(ctx, err, since)
	if err != nil {
		return outcome{}, err
	}
	side := There
	if failing.Op == "read" {
		side = Here
	}
	failure := Failure{Cause: Cause{side, failing.Reason}, Path: f.Path, Row: f.Row}
	if failing.Err != nil {
		failure.Detail = failing.Err.Error()
	}
	return outcome{state: missed, failure: failure}, nil
}
