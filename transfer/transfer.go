package transfer

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dermset/dermset/fault"
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
	went  atomic.Int64 // answers of the store that were well
	down  atomic.Int64 // objects in a row that it did not answer for

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
	group, ctx := errgroup.WithContext(ctx)
	work := contained{group}
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
	return group.Wait()
}

// A contained group has panics as errors.
type contained struct{ *errgroup.Group }

func (c contained) Go(f func() error) { c.Group.Go(func() error { return fault.Contain(f) }) }

// well is to be called when the store has answered.
func (r *run) well() {
	r.went.Add(1)
	r.down.Store(0)
}

// inARow is how many objects a store may leave without an answer one after the other, each with all patience: then it
// is down, and to ask on would take days.
const inARow = 20

// faultOf is what is wrong with one object, or else the error that concerns all of them: of this machine, of the whole
// store, no connection while nothing else went since, or a store that is down. What fails because the run ends says
// nothing of its object.
func (r *run) faultOf(ctx context.Context, err error, since int64) (*blobio.Error, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	failed, ok := errors.AsType[*blobio.Error](err)
	if !ok || failed.Reason.OfStore() && (failed.Reason != blobio.Unreachable || r.went.Load() == since) {
		return nil, err
	}
	switch failed.Reason {
	case blobio.Busy, blobio.Stalled, blobio.Cut, blobio.Unreachable:
		if n := r.down.Add(1); n >= inARow {
			return nil, fmt.Errorf("the store is down: %d objects in a row were not answered for, the last: %w; "+
				"what came is kept: run it again later", n, err)
		}
	default:
		if failed.Op != "read" {
			r.well()
		}
	}
	return failed, nil
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
