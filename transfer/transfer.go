package transfer

import (
	"context"
	"errors"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dermset/dermset/io/blobio"
)

// Options are those of both directions.
type Options struct {
	AtOnce int          // objects; at least 1
	Pace   *blobio.Pace // nil: AtOnce, whatever happens
	DryRun bool         // look everything up, move and write nothing
	// Watch, if not nil, is called about every half second, by one goroutine at a time. What the tally holds is the run's.
	Watch func(Tally)
}

// A run is what both directions do alike.
type run struct {
	Options
	store blobio.Store
	went  atomic.Int64 // objects of which the store answered well

	mu      sync.Mutex
	tally   Tally
	watched time.Time
}

func newRun(store blobio.Store, o Options) *run {
	if o.Pace == nil {
		o.Pace = blobio.NewPace(o.AtOnce)
	}
	return &run{Options: o, store: store}
}

// ahead is how many objects wait for a worker at most.
const ahead = 1000

// each calls do for all items, in so many goroutines, and waits for them. The first error, of items or of do, ends the
// others' context.
func each[T any](ctx context.Context, atOnce int, items func(context.Context) iter.Seq2[T, error],
	do func(context.Context, T) error) error {
	todo := make(chan T, ahead)
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error {
		defer close(todo)
		for item, err := range items(ctx) {
			if err != nil {
				return err
			}
			select {
			case todo <- item:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		return nil
	})
	for range atOnce {
		work.Go(func() error {
			for item := range todo {
				if err := do(ctx, item); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return work.Wait()
}

// faultOf is what is wrong with one object, or else the error that concerns all of them: of this machine, of the whole
// store, or no connection while nothing else went since. What fails because the run ends says nothing of its object.
func (r *run) faultOf(ctx context.Context, err error, since int64) (*blobio.Error, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	fault, ok := errors.AsType[*blobio.Error](err)
	if !ok || fault.Reason.OfStore() && (fault.Reason != blobio.Unreachable || r.went.Load() == since) {
		return nil, err
	}
	return fault, nil
}

// add counts what became of objects, and shows it.
func (r *run) add(all ...outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, out := range all {
		r.tally.add(out)
	}
	if now := time.Now(); r.Watch != nil && now.Sub(r.watched) >= watchEvery {
		r.watched = now
		r.Watch(r.tally)
	}
}

const watchEvery = 500 * time.Millisecond
