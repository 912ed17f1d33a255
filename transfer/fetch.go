package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/dermset/dermset/io/blobio"
)

// FetchOptions are those of Fetch.
type FetchOptions struct {
	Options
	Bytes         int64 // of objects that come at once, as the store tells their sizes; a larger one comes alone
	AcceptChanged bool  // an object whose bytes are others than those fetched before takes their place; else it fails
	// Unanswered, if not nil, is told the key of each object that failed for what may pass, while an earlier answer about
	// it stands. One goroutine calls it.
	Unanswered func(key string)
	// Lazily says that of an object that was missing before nobody looks again what is there in its place.
	Lazily bool
}

// MaxObject is how many bytes an object that comes may have. 200 million pixels of 16 bits, not compressed, with alpha,
// are 1.6 GB; nobody has them.
const MaxObject = 1 << 30

// bufferBytes is what one object is read with; most pictures fit.
const bufferBytes = 256 << 10

// Fetch brings the wanted objects that are not there yet; only what is durable counts. Its error is what concerns all
// objects; those that failed are in the tally. Groups are gone through twice, the first time to count them.
func Fetch(ctx context.Context, blobs *Blobs, store blobio.Store, groups iter.Seq2[Group, error],
	o FetchOptions) (Tally, error) {
	f := newFetch(blobs, store, o)
	for g, err := range groups {
		if err != nil {
			return f.tally, err
		}
		f.tally.Wanted += int64(len(g.Keys))
	}
	err := f.bringAll(ctx, groups)
	return f.tally, err
}

type fetch struct {
	*run
	blobs   *Blobs
	accept  bool
	lazily  bool
	tell    func(key string)
	bytes   int64
	room    *semaphore.Weighted // of these bytes
	most    int64               // bytes of an object
	buffers sync.Pool           // of *[]byte: one for each object that is received
}

func newFetch(blobs *Blobs, store blobio.Store, o FetchOptions) *fetch {
	return &fetch{
		run: newRun(store, o.Options), blobs: blobs, accept: o.AcceptChanged, lazily: o.Lazily, tell: o.Unanswered,
		bytes: o.Bytes, room: semaphore.NewWeighted(o.Bytes), most: MaxObject,
		buffers: sync.Pool{New: func() any { return new(make([]byte, bufferBytes)) }},
	}
}

// bringAll has workers bring what is planned, and the committer make it durable. What came before an error is made
// durable all the same.
func (f *fetch) bringAll(ctx context.Context, groups iter.Seq2[Group, error]) error {
	done := make(chan landing, waiting)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	committer := contained{new(errgroup.Group)}
	committer.Go(func() error { return f.commitAll(done, cancel) })
	wanted := func(ctx context.Context) iter.Seq2[planned, error] { return f.plan(ctx, groups) }
	err := each(ctx, f.AtOnce, wanted, func(ctx context.Context, p planned) error {
		l, err := f.bring(ctx, p)
		if err == nil {
			done <- l // the committer takes all, whatever happens
		}
		return err
	})
	close(done)
	if lost := committer.Wait(); lost != nil {
		return lost // err is then its consequence
	}
	return err
}

// bring is what becomes of one object. Its error is one that concerns all.
func (f *fetch) bring(ctx context.Context, p planned) (landing, error) {
	since := f.went.Load()
	attempts := 0
	if p.unlisted && p.err == nil {
		if o, err := f.store.Stat(ctx, p.Key); err == nil {
			p.Object = o
			f.well()
		} else {
			p.err = err
		}
		attempts = 1
	}
	known, is := f.blobs.Entry(p.Key)
	switch {
	case p.err != nil:
		l, err := f.failure(ctx, p.Object, attempts, p.err, since)
		if err == nil && p.names != nil && l.failure.Reason == blobio.Missing {
			f.tellNear(ctx, &l, p, known)
		}
		return l, err
	case p.Size > f.most:
		err := fmt.Errorf("has %d bytes, want at most %d", p.Size, f.most)
		return f.failure(ctx, p.Object, attempts, getFault(p.Key, blobio.TooLarge, err), since)
	case is && known.SHA256 != "" && p.ETag != "" && known.ETag == p.ETag && known.Size == p.Size:
		return landing{key: p.Key, state: had, entry: known}, nil
	case f.DryRun:
		return landing{key: p.Key, state: moved, entry: Entry{Size: max(p.Size, 0)}}, nil
	case is && (known.SHA256 != "" || known.ETag != "" && known.ETag != p.ETag) && !f.accept:
		return f.compare(ctx, p.Object, known, since)
	}
	return f.get(ctx, p.Object, since)
}

// compare looks whether an object with another ETag, or with none, is another: one that was uploaded anew, or in other
// parts, may have the same bytes. If it has not, it has failed, and what is known of it stays.
func (f *fetch) compare(ctx context.Context, o blobio.Object, known Entry, since int64) (landing, error) {
	why := fmt.Errorf("its ETag is %q, was %q when it was planned", o.ETag, known.ETag)
	if known.SHA256 != "" {
		l, err := f.get(ctx, o, since)
		if err != nil || l.state == missed || l.entry.SHA256 == known.SHA256 {
			return l, err
		}
		l.arrival.remove()
		why = fmt.Errorf("its SHA-256 is %s, was %s", l.entry.SHA256, known.SHA256)
	}
	return f.failure(ctx, o, 1, getFault(o.Key, blobio.Changed, why), since)
}

func getFault(key string, reason blobio.Reason, err error) error {
	return &blobio.Error{Op: "get", Key: key, Reason: reason, Err: err}
}

// get fetches one object when there is room for it.
func (f *fetch) get(ctx context.Context, o blobio.Object, since int64) (landing, error) {
	if err := f.Pace.Enter(ctx); err != nil {
		return landing{}, err
	}
	room := min(max(o.Size, 1), f.bytes)
	if err := f.room.Acquire(ctx, room); err != nil {
		f.Pace.Leave(false)
		return landing{}, context.Cause(ctx)
	}
	var arrived arrival
	got, err := f.receive(ctx, o, &arrived)
	f.room.Release(room)
	f.Pace.Leave(err == nil)
	if err != nil {
		arrived.remove()
		return f.failure(ctx, o, got.Attempts, err, since)
	}
	f.well()
	entry := Entry{
		ETag: got.ETag, Version: got.Version, Size: arrived.size, SHA256: arrived.hex(),
		Status: fetched, Attempts: got.Attempts,
	}
	return landing{key: o.Key, state: moved, entry: entry, arrival: &arrived}, nil
}

// followed is how often an object that changes while it is fetched is looked up anew.
const followed = 3

// receive is one Get, or several where the object changes and may.
func (f *fetch) receive(ctx context.Context, o blobio.Object, arrived *arrival) (got blobio.Receipt, err error) {
	buffer := f.buffers.Get().(*[]byte)
	defer f.buffers.Put(buffer)
	for range followed {
		got, err = f.store.Get(ctx, o, func(body io.Reader) (err error) {
			*arrived, err = f.blobs.receive(&atMost{body, o.Key, f.most}, *buffer, *arrived)
			return err
		})
		if blobio.ReasonOf(err) != blobio.Changed || !f.accept {
			return got, err
		}
		if o, err = f.store.Stat(ctx, o.Key); err != nil {
			return got, err
		}
	}
	return got, err
}

// An atMost is a body that ends the attempt when it has more bytes than an object may have: not every store tells a
// size.
type atMost struct {
	body io.Reader
	key  string
	left int64
}

func (a *atMost) Read(p []byte) (int, error) {
	n, err := a.body.Read(p)
	if a.left -= int64(n); a.left < 0 {
		return 0, getFault(a.key, blobio.TooLarge, errors.New("has more bytes than a picture may have"))
	}
	return n, err
}

// failure is a failed object, or the error that concerns all of them. What may pass is no answer, and takes the place
// of none: what the log says of an object stays.
func (f *fetch) failure(ctx context.Context, o blobio.Object, attempts int, err error, since int64) (landing, error) {
	failing, err := f.faultOf(ctx, err, since)
	if err != nil {
		return landing{}, err
	}
	detail := ""
	if failing.Err != nil {
		detail = fmt.Sprintf("%.1000s", failing.Err) // so the line is one that appendio reads
	}
	l := landing{key: o.Key, state: missed,
		failure: Failure{Cause: Cause{Coming, failing.Reason}, Path: o.Key, Detail: detail}}
	entry, known := f.blobs.Entry(o.Key) // an earlier state's blob stays known
	if l.stands = known && !entry.Unanswered(); l.stands && failing.Reason.MayPass() {
		l.entry = entry
		return l, nil
	}
	if !known && failing.Reason == blobio.Changed {
		entry.ETag, entry.Size = o.ETag, o.Size // as planned: the next run must not take another one for it
	}
	if failing.Reason != blobio.Missing {
		entry.Near = ""
	}
	entry.Status, entry.Reason, entry.Detail = failed, failing.Reason, detail
	entry.Attempts = max(attempts, failing.Attempts)
	l.entry = entry
	return l, nil
}

// tellNear says of a missing object which name is there in its place. What an earlier run found stays where this one
// does not look, or cannot.
func (f *fetch) tellNear(ctx context.Context, l *landing, p planned, before Entry) {
	looked := p.prefix == ""
	if again := f.lazily && before.Reason == blobio.Missing; !looked && !again {
		p.names.look(ctx, f.store, p.prefix, func() { f.noteBare(ctx, p.prefix, p.names) })
		looked = true
	}
	if looked {
		if near, known := p.names.of(p.Key, f.knows); known {
			l.entry.Near, l.failure.Near = near.Name, near
			return
		}
	}
	if l.entry.Near != "" {
		by, _ := differ(p.Key, l.entry.Near)
		l.failure.Near = Near{l.entry.Near, by}
	}
}

// knows says whether a run has asked for a key: it is wanted, or was.
func (f *fetch) knows(key string) bool {
	_, is := f.blobs.Entry(key)
	return is
}
