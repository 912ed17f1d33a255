package transfer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/dermset/dermset/io/blobio"
)

// A Set is files of one folder that go below one prefix.
type Set struct {
	From   *blobio.Folder
	Prefix string // before a path it makes the key
	Files  []File // no path twice
	// Last say, each of all before it, that the set is there and whole. They go one by one when all others are there.
	// Where objects may be replaced, those that are there are taken away before any changes, the last one first: who
	// finds them finds the whole of the older set, or of the new one.
	Last    []File
	Replace bool // an object with other bytes is replaced; else it has failed
	Sealed  bool // if any object has other bytes, nothing goes at all
}

// all are the files of a set.
func (s Set) all() []File { return append(slices.Clip(s.Files), s.Last...) }

// A File is one of a set.
type File struct {
	Path   string // below the folder, with slashes
	SHA256 []byte // that it must have; nil: whatever it has
	Row    int64  // where it is named: the caller's
}

// Upload brings the files that are not there yet; of each that is under way a few hundred kilobytes are in memory. Its
// error is what concerns all objects; files that failed are in the tally. Files whose keys are there are looked at
// first, so that it is known what is to change before anything does.
func Upload(ctx context.Context, store blobio.Store, set Set, o Options) (Tally, error) {
	u := &upload{run: newRun(store, o), set: set, there: map[string]listed{}, other: map[string]bool{},
		sent: map[string]blobio.Object{}}
	u.tally.Wanted = int64(len(set.all()))
	err := u.bringAll(ctx)
	slices.SortFunc(u.tally.Others, func(a, b blobio.Object) int { return cmp.Compare(a.Key, b.Key) })
	return u.tally, err
}

type upload struct {
	*run
	set   Set
	there map[string]listed        // by path; what is taken away is taken out
	other map[string]bool          // paths of objects with other bytes
	sent  map[string]blobio.Object // by path
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
	if left, is := u.store.(interface{ Sweep() }); is && !u.DryRun {
		left.Sweep()
	}
	var known, todo []File
	for _, f := range u.set.all() {
		if _, is := u.there[f.Path]; is {
			known = append(known, f)
		}
	}
	if err := u.forEach(ctx, known, u.compare); err != nil || u.set.Sealed && u.tally.Failures() > 0 {
		return err
	}
	for _, f := range u.set.Files {
		if _, is := u.there[f.Path]; !is || u.other[f.Path] {
			todo = append(todo, f)
		}
	}
	away := u.stale(len(todo) > 0)
	if len(away) > 0 && u.tally.Failures() > 0 {
		return nil // what is there stays as it is
	}
	if err := u.takeAway(ctx, away); err != nil {
		return err
	}
	if err := u.forEach(ctx, todo, u.put); err != nil || u.tally.Failures() > 0 {
		return err
	}
	return u.end(ctx)
}

// stale are the files of Last that are there, and may not be while the objects before them change.
func (u *upload) stale(changes bool) (away []File) {
	if !u.set.Replace {
		return nil
	}
	for _, f := range u.set.Last {
		_, is := u.there[f.Path]
		if changes = changes || !is || u.other[f.Path]; is && changes {
			away = append(away, f)
		}
	}
	return away
}

// takeAway takes them away, the last one first. That it may not is known before anything else has changed.
func (u *upload) takeAway(ctx context.Context, files []File) error {
	for _, f := range slices.Backward(files) {
		old := u.there[f.Path].Object
		if !u.DryRun {
			if err := u.store.Remove(ctx, old); err != nil {
				if reason := blobio.ReasonOf(err); reason == "" || reason.MayPass() { // nobody knows whether it is away
					u.tally.Taken = append(u.tally.Taken, old)
				}
				return notAway(err)
			}
		}
		delete(u.there, f.Path)
		u.other[f.Path] = true
		u.tally.Taken = append(u.tally.Taken, old)
	}
	return nil
}

// notAway says what it means that an object cannot be taken away.
func notAway(err error) error {
	why := "upload again"
	switch blobio.ReasonOf(err) {
	case blobio.Denied:
		why = "ask the store's owner for the right to delete this object"
	case blobio.Changed, blobio.Missing:
		why = "another upload may be under way: let it end, then upload again"
	}
	return fmt.Errorf("%w; it says that what is there is whole, so it is taken away before anything is sent, "+
		"and nothing was sent: %s", err, why)
}

// end brings the files of Last that are not there.
func (u *upload) end(ctx context.Context) error {
	looked := u.DryRun
	for _, f := range u.set.Last {
		if old, is := u.there[f.Path]; is {
			u.add(outcome{state: had, bytes: old.Size})
			continue
		}
		if !looked {
			if err := u.unchanged(ctx); err != nil {
				return err
			}
			looked = true
		}
		if err := u.forEach(ctx, []File{f}, u.put); err != nil || u.tally.Failures() > 0 {
			return err
		}
	}
	return nil
}

// unchanged wants the objects of the set to be those that were found equal or sent: two uploads at once must not end
// with some of each.
func (u *upload) unchanged(ctx context.Context) error {
	wanted := make(map[string]blobio.Object, len(u.set.Files))
	for _, f := range u.set.Files {
		wanted[f.Path] = u.there[f.Path].Object
	}
	maps.Copy(wanted, u.sent)
	another := func(key string) error {
		return &blobio.Error{Op: "put", Key: key, Reason: blobio.Changed, Err: errors.New("somebody else has changed or " +
			"removed it since it was looked at or sent; let the other upload end, then upload again")}
	}
	for o, err := range list(ctx, u.store, u.set.Prefix) {
		if o.Key == "" {
			return err
		}
		was, is := wanted[o.path]
		delete(wanted, o.path)
		if is && (err != nil || o.Size != was.Size || was.ETag != "" && o.ETag != was.ETag) {
			return another(o.Key)
		}
	}
	for path := range wanted {
		return another(u.set.Prefix + path)
	}
	return nil
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

// forEach does it for files, and waits for them.
func (u *upload) forEach(ctx context.Context, files []File,
	do func(context.Context, File, *blobio.Body) (outcome, error)) error {
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
		out, err := u.withBody(ctx, f, do)
		u.Pace.Leave(err == nil)
		if err != nil {
			out, err = u.failure(ctx, f, err, since)
		}
		if err == nil && out.state != undone {
			u.add(out)
		}
		return err
	})
}

func (u *upload) withBody(ctx context.Context, f File,
	do func(context.Context, File, *blobio.Body) (outcome, error)) (out outcome, err error) {
	body, err := u.set.From.Body(ctx, f.Path)
	if err != nil {
		return out, err
	}
	defer func() { _ = body.Close() }() // it was only read
	if f.SHA256 != nil {
		body.Expect(f.SHA256)
	}
	return do(ctx, f, body)
}

// compare looks whether an object that is there has the bytes of its file. Those of Last are counted at the end.
func (u *upload) compare(ctx context.Context, f File, body *blobio.Body) (out outcome, err error) {
	old := u.there[f.Path]
	if old.err != nil {
		return out, old.err
	}
	same, err := u.store.Same(ctx, old.Object, body)
	if err != nil {
		return out, err
	}
	u.well()
	switch {
	case same && !slices.ContainsFunc(u.set.Last, func(last File) bool { return last.Path == f.Path }):
		return outcome{state: had, bytes: body.Size}, nil
	case !same && !u.set.Replace:
		err := fmt.Errorf("the object (%d bytes) is another than the file (%d bytes)", old.Size, body.Size)
		return out, &blobio.Error{Op: "put", Key: old.Key, Reason: blobio.Changed, Err: err}
	case !same:
		u.mu.Lock()
		u.other[f.Path] = true
		u.mu.Unlock()
	}
	return outcome{state: undone}, nil
}

// put sends a file: where no object is, or in the place of the one that was listed.
func (u *upload) put(ctx context.Context, f File, body *blobio.Body) (outcome, error) {
	out := outcome{state: moved, bytes: body.Size}
	if u.other[f.Path] {
		out.state = replaced
	}
	if u.DryRun {
		return out, nil
	}
	old := u.there[f.Path].Object
	old.Key = u.set.Prefix + f.Path
	sent, err := u.store.Put(ctx, old, body)
	if err != nil {
		return outcome{}, err
	}
	u.well()
	u.mu.Lock()
	u.sent[f.Path] = sent
	u.mu.Unlock()
	return out, nil
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
