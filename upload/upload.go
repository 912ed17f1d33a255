package upload

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

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

// A File is one of a set.
type File struct {
	Path   string // below the folder, with slashes
	SHA256 []byte // that it must have; nil: whatever it has
	Row    int64  // where it is named: the caller's
}

// Options of Run.
type Options struct {
	AtOnce int          // objects; at least 1. Of each a few hundred kilobytes are in memory
	Pace   *blobio.Pace // nil: AtOnce, whatever happens
	DryRun bool         // look everything up and compare, put nothing
	Watch  func(Tally)  // if not nil, called about every half second, and never by two goroutines at once; what the tally holds is the run's
}

// Run brings the files that are not there yet. Its error is what concerns all objects; files that failed are in the tally. Files whose keys
// are there are looked at first.
func Run(ctx context.Context, store blobio.Store, set Set, o Options) (Tally, error) {
	if o.Pace == nil {
		o.Pace = blobio.NewPace(o.AtOnce)
	}
	r := &run{Options: o, store: store, set: set, tally: newTally(set)}
	err := r.run(ctx)
	r.tally.sort()
	return r.tally, err
}

type run struct {
	Options
	store blobio.Store
	set   Set
	there map[string]listed
	went  atomic.Int64 // answers of the store that were no failure

	mu      sync.Mutex
	tally   Tally
	watched time.Time
}

// A listed object is one that a file would become, or what is wrong with it.
type listed struct {
	blobio.Object
	err error
}

func (r *run) run(ctx context.Context) error {
	if err := r.list(ctx); err != nil {
		return err
	}
	var known, fresh []File
	for _, f := range r.set.Files {
		if _, is := r.there[f.Path]; is {
			known = append(known, f)
		} else {
			fresh = append(fresh, f)
		}
	}
	last := r.set.Last
	if last != nil && r.set.Sealed {
		if _, is := r.there[last.Path]; is { // it is not replaced; whether it may stay must be known before anything goes
			known, last = append(known, *last), nil
		}
	}
	if err := r.bringAll(ctx, known); err != nil || r.set.Sealed && r.tally.Failures() > 0 {
		return err
	}
	if err := r.bringAll(ctx, fresh); err != nil || last == nil || r.tally.Failures() > 0 {
		return err
	}
	return r.bringAll(ctx, []File{*last})
}

// list learns what is below the prefix.
func (r *run) list(ctx context.Context) error {
	wanted := make(map[string]bool, len(r.set.Files)+1)
	for _, f := range r.set.Files {
		wanted[f.Path] = true
	}
	if r.set.Last != nil {
		wanted[r.set.Last.Path] = true
	}
	r.there = map[string]listed{}
	for o, err := range r.store.List(ctx, r.set.Prefix) {
		if err != nil && o.Key == "" {
			return err
		}
		path := o.Key[len(r.set.Prefix):]
		if wanted[path] {
			r.there[path] = listed{o, err}
		} else {
			r.tally.Others = append(r.tally.Others, o)
		}
	}
	return nil
}

// bringAll brings files, so many at once, and waits for them.
func (r *run) bringAll(ctx context.Context, files []File) error {
	work, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range min(r.AtOnce, len(files)) {
		work.Go(func() error {
			for i := next.Add(1) - 1; i < int64(len(files)); i = next.Add(1) - 1 {
				if err := r.Pace.Enter(ctx); err != nil {
					return err
				}
				since := r.went.Load()
				out, err := r.bring(ctx, files[i])
				r.Pace.Leave(err == nil)
				if err != nil {
					out, err = r.failure(ctx, files[i], err, since)
				}
				if err != nil {
					return err
				}
				r.add(out)
			}
			return nil
		})
	}
	return work.Wait()
}

// An outcome is what became of one file.
type outcome struct {
	state   state
	bytes   int64
	failure Failure // of one that failed
}

type state int

const (
	had      state = iota // it was there
	sent                  // it is there now; in a dry run, it would be sent
	replaced              // the same, in place of another
	missed                // it failed
)

func (r *run) add(out outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tally.add(out)
	if now := time.Now(); r.Watch != nil && now.Sub(r.watched) >= 500*time.Millisecond {
		r.watched = now
		r.Watch(r.tally)
	}
}

// bring is what becomes of one file.
func (r *run) bring(ctx context.Context, f File) (out outcome, err error) {
	body, err := r.set.From.Body(f.Path)
	if err != nil {
		return out, err
	}
	defer func() { _ = body.Close() }() // it was only read
	if f.SHA256 != nil {
		body.Expect(f.SHA256)
	}
	old, is := r.there[f.Path]
	if !is {
		old.Key = r.set.Prefix + f.Path
		return r.put(ctx, old.Object, body, sent)
	}
	if old.err != nil {
		return out, old.err
	}
	same, err := r.store.Same(ctx, old.Object, body)
	switch {
	case err != nil:
		return out, err
	case same:
		r.went.Add(1)
		return outcome{state: had, bytes: body.Size}, nil
	case !r.set.Replace:
		r.went.Add(1)
		return out, &blobio.Error{Op: "put", Key: old.Key, Reason: blobio.Changed, Err: fmt.Errorf("the object (%d bytes) is another than the file (%d bytes)", old.Size, body.Size)}
	}
	return r.put(ctx, old.Object, body, replaced)
}

func (r *run) put(ctx context.Context, old blobio.Object, body *blobio.Body, as state) (outcome, error) {
	if !r.DryRun {
		if _, err := r.store.Put(ctx, old, body); err != nil {
			return outcome{}, err
		}
		r.went.Add(1)
	}
	return outcome{state: as, bytes: body.Size}, nil
}

// failure is a failed file, or the error that concerns all of them: of the whole store, of its disk, or no connection while nothing else
// went. What fails because the run ends says nothing of its file.
func (r *run) failure(ctx context.Context, f File, err error, since int64) (outcome, error) {
	if ctx.Err() != nil {
		return outcome{}, context.Cause(ctx)
	}
	fault, ok := errors.AsType[*blobio.Error](err)
	if !ok || fault.Reason.OfStore() && (fault.Reason != blobio.Unreachable || r.went.Load() == since) {
		return outcome{}, err
	}
	failure := Failure{File: f, Cause: Cause{Here: fault.Op == "read", Reason: fault.Reason}}
	if fault.Err != nil {
		failure.Detail = fault.Err.Error()
	}
	return outcome{state: missed, failure: failure}, nil
}
