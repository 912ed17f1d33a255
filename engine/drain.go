package engine

import (
	"context"
	"iter"
	"math"
	"sync"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"golang.org/x/sync/semaphore"
)

// Drain runs the passes: it ranges over their tasks in one goroutine, runs the tasks and then Look of all sinks in
// Settings.Workers goroutines, and calls Take in the caller's own. When it returns, the goroutines are gone and every
// sequence has been left; what blocks in a task or in a sequence is waited for, whatever happens to ctx.
//
// Passes overlap, so that many small sources keep all workers busy: the next pass is asked for as soon as all tasks of
// the one before have been yielded, not when its sinks have taken them. At most 2×Workers+2 tasks are in flight.
//
// The error is an *Error, or several joined: bad input in stream order and then, if it ended the run, one error of
// another kind. Everything before the error in the stream has been run, whatever the schedule. An error of passes
// itself stands where it was yielded, under the name of the pass yielded with it; if it is bad input, the passes after
// it still run. A cancelled ctx ends the run with ctx.Err(), unless errors earlier in the stream have been met:
// then with those.
func Drain(ctx context.Context, s Settings, passes iter.Seq2[Pass, error]) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := newRun(ctx, s)
	defer r.stop() // also when a sink ends this goroutine
	r.start(passes)
	return r.take()
}

// A run is one call of Drain. Its flights go from the producer to the workers by jobs and, in the same order,
// to the taker by queue.
type run struct {
	ctx    context.Context // the caller's
	inner  context.Context // ends with ctx, or when the taker needs no more
	cancel context.CancelFunc
	gone   sync.WaitGroup

	workers int
	watch   func(pass string, rows, bytes int64)
	bound   int64 // bytes that memory admits at once
	memory  *semaphore.Weighted

	jobs   chan *flight
	queue  chan *flight
	last   atomic.Int64 // place of the first error so far that ends the run; nothing after it need be run
	placed int64        // flights so far; the producer's own
	whole  bool         // the producer has queued everything; written before queue is closed, read after
}

// A flight is a task on its way, or an error in a task's place. The worker's results are read
// only after done is closed.
type flight struct {
	place int64
	pass  *Pass
	task  Task
	bytes int64 // admitted by memory

	rows  int64
	parts []any // one per sink, or none if the batch is empty
	err   error
	done  chan struct{}
}

func newRun(ctx context.Context, s Settings) *run {
	r := &run{ctx: ctx, workers: max(s.Workers, 1), watch: s.Watch, bound: s.MemoryBytes}
	if r.bound < 1 {
		r.bound = math.MaxInt64
	}
	r.inner, r.cancel = context.WithCancel(ctx)
	r.memory = semaphore.NewWeighted(r.bound)
	window := 2*r.workers + 2
	r.queue = make(chan *flight, window-1) // and one with the taker
	r.jobs = make(chan *flight, window)    // so that queue alone makes the producer wait
	r.last.Store(math.MaxInt64)
	return r
}

func (r *run) start(passes iter.Seq2[Pass, error]) {
	r.gone.Go(func() { r.produce(passes) })
	for range r.workers {
		r.gone.Go(r.work)
	}
}

func (r *run) stop() {
	r.cancel()
	r.gone.Wait()
}

// produce admits all tasks of all passes in order and then closes the queues.
func (r *run) produce(passes iter.Seq2[Pass, error]) {
	defer close(r.jobs)
	defer close(r.queue)
	more := true
	err := contain(func() error {
		for pass, err := range passes {
			if more = err == nil || r.fail(&pass, err); !more {
				break
			}
			if err == nil {
				if more = r.producePass(&pass); !more {
					break
				}
			}
		}
		return nil
	})
	r.whole = more && (err == nil || r.fail(&Pass{}, err))
}

// producePass admits the tasks of one pass and reports whether the run goes on.
func (r *run) producePass(pass *Pass) (more bool) {
	if r.inner.Err() != nil {
		return false
	}
	more = true
	err := contain(func() error {
		for task, err := range pass.In.Tasks {
			if err != nil {
				return err
			}
			if more = r.admit(pass, task); !more {
				return nil
			}
		}
		return nil
	})
	return more && (err == nil || r.fail(pass, err))
}

// admit waits until there is room for the task and sends it off. It reports whether the run goes on.
func (r *run) admit(pass *Pass, task Task) (more bool) {
	f := &flight{pass: pass, task: task, done: make(chan struct{})}
	f.bytes = min(max(task.Bytes, 0), r.bound) // a task above the bound flies alone
	if r.memory.Acquire(r.inner, f.bytes) != nil || !r.enqueue(f) {
		return false
	}
	r.jobs <- f // has room for all that queue holds
	return true
}

// fail puts an error where the next task would be. It reports whether the run goes on.
func (r *run) fail(pass *Pass, err error) (more bool) {
	f := &flight{pass: pass, err: err, done: make(chan struct{})}
	close(f.done)
	return r.enqueue(f) && isBad(err)
}

func (r *run) enqueue(f *flight) (more bool) {
	f.place = r.placed
	r.placed++
	if f.place > r.last.Load() {
		return false
	}
	select {
	case r.queue <- f:
		return true
	case <-r.inner.Done():
		return false
	}
}

// work runs tasks until there are no more. A worker that a task ends (runtime.Goexit)
// leaves an error in its flight, which ends the run.
func (r *run) work() {
	for f := range r.jobs {
		if r.inner.Err() == nil && f.place <= r.last.Load() {
			r.fly(f)
		}
	}
}

// fly runs the task and shows its batch to the sinks.
func (r *run) fly(f *flight) {
	defer close(f.done)
	f.err = errGone
	batch, err := runTask(f.task)
	f.task.Run = nil // lets go of what it holds
	if err == nil {
		f.rows = batch.NumRows()
		f.parts, err = look(f.pass.Into, batch)
	}
	f.err = err
	if err != nil && !isBad(err) {
		lower(&r.last, f.place)
	}
}

func runTask(task Task) (batch arrow.RecordBatch, err error) {
	err = contain(func() (err error) {
		batch, err = task.Run()
		return err
	})
	if err == nil && batch == nil {
		err = errNoBatch
	}
	return batch, err
}

// lower makes a at most n.
func lower(a *atomic.Int64, n int64) {
	for {
		old := a.Load()
		if old <= n || a.CompareAndSwap(old, n) {
			return
		}
	}
}

// take takes the flights in order until the end, the error that ends the run, or a cancelled context.
func (r *run) take() error {
	var found failures
	for {
		f, err := r.next()
		if f == nil {
			if len(found) > 0 {
				return found.err()
			}
			return err
		}
		if err = f.err; err == nil && len(found) == 0 {
			err = r.hand(f)
		}
		if err != nil && found.add(f.pass.Name, err) {
			return found.err()
		}
		r.memory.Release(f.bytes)
	}
}

// next waits for the next flight to be done. It is nil at the end and when there is none to come, with the reason.
func (r *run) next() (*flight, error) {
	var f *flight
	select {
	case <-r.ctx.Done():
	case f = <-r.queue:
	}
	if f != nil {
		select {
		case <-r.ctx.Done():
		case <-f.done:
		}
	}
	switch {
	case r.ctx.Err() != nil:
		return nil, r.ctx.Err()
	case f == nil && !r.whole:
		return nil, errGone
	}
	return f, nil
}

// hand gives a flight's parts to the sinks and tells the watch.
func (r *run) hand(f *flight) error {
	if err := take(f.pass.Into, f.parts); err != nil || r.watch == nil {
		return err
	}
	return contain(func() error {
		r.watch(f.pass.Name, f.rows, f.task.Input)
		return nil
	})
}
