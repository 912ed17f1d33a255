package blobio

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// Why a request is cancelled whose server says and takes nothing, or next to nothing.
var (
	errStalled = errors.New("the server said nothing for too long")
	errSlow    = errors.New("less than 1,000 bytes a second came or went in a minute")
)

// A body must come and go at this rate, in bytes a second, in every such time that is spent waiting for it: a server
// that says a byte now and then would hold a run for ever. A line for telephones is faster.
const (
	slowest  = 1000
	slowTime = time.Minute
)

// A patient transport gives up a request when its server is silent for longer than idle: before the answer begins, or
// while a piece of a body is waited for. The time in which a body's reader does other things does not count.
type patient struct {
	next http.RoundTripper
	idle time.Duration
}

func (p patient) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	w := &watch{ctx: ctx, cancel: cancel, idle: p.idle}
	w.timer = time.AfterFunc(p.idle, func() { cancel(errStalled) })
	req = req.WithContext(ctx)
	if req.Body != nil && req.Body != http.NoBody {
		req.Body = &sentBody{ReadCloser: req.Body, w: w}
	}
	resp, err := p.next.RoundTrip(req)
	w.timer.Stop()
	if err != nil {
		err = w.cause(err)
		cancel(nil)
		return nil, err
	}
	resp.Body = &watchedBody{ReadCloser: resp.Body, w: w}
	return resp, nil
}

// A watch is one request's.
type watch struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	idle   time.Duration
}

// A rate is one body's: a server may answer while it still takes what is sent.
type rate struct {
	waited time.Duration // since it was last looked at
	moved  int64         // bytes in that time
}

// cause is errStalled or errSlow where that is why something failed.
func (w *watch) cause(err error) error {
	if why := context.Cause(w.ctx); why == errStalled || why == errSlow {
		return why
	}
	return err
}

// tooSlow takes note of bytes and of how long they were waited for.
func (r *rate) tooSlow(bytes int, waited time.Duration) bool {
	r.moved, r.waited = r.moved+int64(bytes), r.waited+waited
	if r.waited < slowTime {
		return false
	}
	slow := float64(r.moved) < slowest*r.waited.Seconds()
	r.moved, r.waited = 0, 0
	return slow
}

// A watchedBody waits for each piece no longer than idle, and for all of them no longer than the slowest rate takes.
type watchedBody struct {
	io.ReadCloser
	w *watch
	rate
}

func (b *watchedBody) Read(p []byte) (int, error) {
	begin := time.Now()
	b.w.timer.Reset(b.w.idle)
	n, err := b.ReadCloser.Read(p)
	b.w.timer.Stop()
	switch {
	case err != nil && err != io.EOF:
		err = b.w.cause(err)
	case err == nil && b.tooSlow(n, time.Since(begin)):
		b.w.cancel(errSlow)
		err = errSlow
	}
	return n, err
}

func (b *watchedBody) Close() error {
	err := b.ReadCloser.Close()
	b.w.cancel(nil)
	return err
}

// A sentBody starts the wait anew with each piece that the server takes. From one piece that is asked for to the next
// is how long the server took for it.
type sentBody struct {
	io.ReadCloser
	w *watch
	rate
	n     int
	given time.Time // when the last piece was
}

func (b *sentBody) Read(p []byte) (int, error) {
	b.w.timer.Reset(b.w.idle)
	if !b.given.IsZero() && b.tooSlow(b.n, time.Since(b.given)) {
		b.w.cancel(errSlow)
		return 0, errSlow
	}
	n, err := b.ReadCloser.Read(p)
	b.n, b.given = n, time.Now()
	return n, err
}
