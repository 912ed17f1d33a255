package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/dermset/dermset/io/blobio"
)

// Options of Run.
type Options struct {
	AtOnce        int          // objects; at least 1
	Bytes         int64        // of objects that come at once, as the store tells their sizes; a larger one comes alone
	Pace          *blobio.Pace // nil: AtOnce, whatever happens
	AcceptChanged bool         // an object whose bytes are others than those fetched before takes their place; else it fails
	DryRun        bool         // look everything up, fetch and write nothing
	Watch         func(Tally)  // if not nil, called with what is durable, about every second; the tally's map is the run's
}

// MaxObject is how many bytes an object may have. 200 million pixels of 16 bits, not compressed, with alpha, are 1.6 GB; nobody has them.
const MaxObject = 1 << 30

// bufferBytes is what one object is read with; most pictures fit.
const bufferBytes = 256 << 10

// Run brings the wanted objects that are not there yet. Its error is what concerns all objects; those that failed are in the tally. Groups are
// gone through twice, the first time to count them.
func Run(ctx context.Context, blobs *Blobs, store blobio.Store, groups iter.Seq2[Group, error], o Options) (Tally, error) {
	if o.Pace == nil {
		o.Pace = blobio.NewPace(o.AtOnce)
	}
	tally, err := newTally(groups)
	if err != nil {
		return tally, err
	}
	r := &run{Options: o, blobs: blobs, store: store, bytes: semaphore.NewWeighted(o.Bytes), most: MaxObject, tally: tally}
	err = r.run(ctx, groups)
	return r.tally, err
}

type run struct {
	Options
	blobs *Blobs
	store blobio.Store
	bytes *semaphore.Weighted
	most  int64        // bytes of an object
	came  atomic.Int64 // objects, of this run
	tally Tally        // the committer's while the run is on
}

// run starts the planner, the workers and the committer, and waits for them. What came before an error is made durable all the same.
func (r *run) run(ctx context.Context, groups iter.Seq2[Group, error]) error {
	todo, done := make(chan planned, 10*few), make(chan outcome, waiting)
	work, ctx := errgroup.WithContext(ctx)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var committer errgroup.Group
	committer.Go(func() error { return r.commitAll(done, cancel) })
	work.Go(func() error {
		defer close(todo)
		return r.plan(ctx, groups, todo)
	})
	for range r.AtOnce {
		work.Go(func() error { return r.work(ctx, todo, done) })
	}
	err := work.Wait()
	close(done)
	if lost := committer.Wait(); lost != nil {
		return lost // err is then its consequence
	}
	return err
}

func (r *run) plan(ctx context.Context, groups iter.Seq2[Group, error], todo chan<- planned) error {
	for p, err := range plan(ctx, r.store, groups) {
		if err != nil {
			return err
		}
		select {
		case todo <- p:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// work brings one object after another.
func (r *run) work(ctx context.Context, todo <-chan planned, done chan<- outcome) error {
	buffer := make([]byte, bufferBytes)
	for p := range todo {
		out, err := r.bring(ctx, p, buffer)
		if err != nil {
			return err
		}
		done <- out // the committer takes all, whatever happens
	}
	return nil
}

// bring is what becomes of one object. Its error is one that concerns all.
func (r *run) bring(ctx context.Context, p planned, buffer []byte) (outcome, error) {
	since := r.came.Load()
	attempts := 0
	if p.unlisted && p.err == nil {
		if o, err := r.store.Stat(ctx, p.Key); err == nil {
			p.Object = o
		} else {
			p.err = err
		}
		attempts = 1
	}
	known, is := r.blobs.Entry(p.Key)
	switch {
	case p.err != nil:
		return r.failure(ctx, p.Object, attempts, p.err, since)
	case p.Size > r.most:
		err := &blobio.Error{Op: "get", Key: p.Key, Reason: blobio.TooLarge, Err: fmt.Errorf("has %d bytes, want at most %d", p.Size, r.most)}
		return r.failure(ctx, p.Object, attempts, err, since)
	case is && known.SHA256 != "" && p.ETag != "" && known.ETag == p.ETag && known.Size == p.Size:
		return outcome{key: p.Key, state: had, entry: known}, nil
	case r.DryRun:
		return outcome{key: p.Key, state: came, entry: Entry{Size: max(p.Size, 0)}}, nil
	case is && (known.SHA256 != "" || known.ETag != "" && known.ETag != p.ETag) && !r.AcceptChanged:
		return r.compare(ctx, p.Object, known, buffer, since)
	}
	return r.get(ctx, p.Object, buffer, since)
}

// compare looks whether an object with another ETag, or with none, is another: one that was uploaded anew, or in other parts, may have the same
// bytes. If it has not, it has failed, and what is known of it stays.
func (r *run) compare(ctx context.Context, o blobio.Object, known Entry, buffer []byte, since int64) (outcome, error) {
	why := fmt.Errorf("its ETag is %q, was %q when it was planned", o.ETag, known.ETag)
	if known.SHA256 != "" {
		out, err := r.get(ctx, o, buffer, since)
		if err != nil || out.state == missed || out.entry.SHA256 == known.SHA256 {
			return out, err
		}
		_ = os.Remove(out.arrival.path) // what cannot be removed now is swept at the next start
		why = fmt.Errorf("its SHA-256 is %s, was %s", out.entry.SHA256, known.SHA256)
	}
	return r.failure(ctx, o, 1, &blobio.Error{Op: "get", Key: o.Key, Reason: blobio.Changed, Err: why}, since)
}

// get fetches one object when there is room for it.
func (r *run) get(ctx context.Context, o blobio.Object, buffer []byte, since int64) (outcome, error) {
	if err := r.Pace.Enter(ctx); err != nil {
		return outcome{}, err
	}
	room := min(max(o.Size, 1), r.Bytes)
	if err := r.bytes.Acquire(ctx, room); err != nil {
		r.Pace.Leave(false)
		return outcome{}, context.Cause(ctx)
	}
	var arrived arrival
	got, err := r.receive(ctx, o, buffer, &arrived)
	r.bytes.Release(room)
	r.Pace.Leave(err == nil)
	if err != nil {
		if arrived.path != "" {
			_ = os.Remove(arrived.path) // what cannot be removed now is swept at the next start
		}
		return r.failure(ctx, o, got.Attempts, err, since)
	}
	r.came.Add(1)
	entry := Entry{ETag: got.ETag, Version: got.Version, Size: arrived.size, SHA256: arrived.hex(), Status: fetched, Attempts: got.Attempts}
	return outcome{key: o.Key, state: came, entry: entry, arrival: &arrived}, nil
}

// followed is how often an object that changes while it is fetched is looked up anew.
const followed = 3

// receive is one Get, or several where the object changes and may.
func (r *run) receive(ctx context.Context, o blobio.Object, buffer []byte, arrived *arrival) (got blobio.Receipt, err error) {
	for range followed {
		got, err = r.store.Get(ctx, o, func(body io.Reader) (err error) {
			*arrived, err = r.blobs.receive(&atMost{body, o.Key, r.most}, buffer, *arrived)
			return err
		})
		if blobio.ReasonOf(err) != blobio.Changed || !r.AcceptChanged {
			return got, err
		}
		if o, err = r.store.Stat(ctx, o.Key); err != nil {
			return got, err
		}
	}
	return got, err
}

// An atMost is a body that ends the attempt when it has more bytes than an object may have: not every store tells a size.
type atMost struct {
	body io.Reader
	key  string
	left int64
}

func (a *atMost) Read(p []byte) (int, error) {
	n, err := a.body.Read(p)
	if a.left -= int64(n); a.left < 0 {
		return 0, &blobio.Error{Op: "get", Key: a.key, Reason: blobio.TooLarge, Err: errors.New("has more bytes than a picture may have")}
	}
	return n, err
}

// failure is a failed object, or the error that concerns all of them: of this machine, of the whole store, or no connection while nothing
// else came. What fails because the run ends says nothing of its object.
func (r *run) failure(ctx context.Context, o blobio.Object, attempts int, err error, since int64) (outcome, error) {
	if ctx.Err() != nil {
		return outcome{}, context.Cause(ctx)
	}
	fault, ok := errors.AsType[*blobio.Error](err)
	if !ok || fault.Reason.OfStore() && (fault.Reason != blobio.Unreachable || r.came.Load() == since) {
		return outcome{}, err
	}
	entry, known := r.blobs.Entry(o.Key) // an earlier state's blob stays known
	if !known && fault.Reason == blobio.Changed {
		entry.ETag, entry.Size = o.ETag, o.Size // as planned: the next run must not take another one for it
	}
	entry.Status, entry.Reason, entry.Detail, entry.Attempts = failed, fault.Reason, "", max(attempts, fault.Attempts)
	if fault.Err != nil {
		entry.Detail = fmt.Sprintf("%.1000s", fault.Err) // a line of the log fits logPiece
	}
	return outcome{key: o.Key, state: missed, entry: entry}, nil
}
