package blobio

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// errStalled is why a request is cancelled whose server says and takes nothing.
var errStalled = errors.New("the server said nothing for too long")

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
		req.Body = &sentBody{req.Body, w}
	}
	resp, err := p.next.RoundTrip(req)
	w.timer.Stop()
	if err != nil {
		err = w.cause(err)
		cancel(nil)
		return nil, err
	}
	resp.Body = &watchedBody{resp.Body, w}
	return resp, nil
}

// A watch is one request's.
type watch struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	idle   time.Duration
}

// cause is errStalled where that is why something failed.
func (w *watch) cause(err error) error {
	if context.Cause(w.ctx) == errStalled {
		return errStalled
	}
	return err
}

// A watchedBody waits for each piece no longer than idle.
type watchedBody struct {
	io.ReadCloser
	w *watch
}

func (b *watchedBody) Read(p []byte) (int, error) {
	b.w.timer.Reset(b.w.idle)
	n, err := b.ReadCloser.Read(p)
	b.w.timer.Stop()
	if err != nil && err != io.EOF {
		err = b.w.cause(err)
	}
	return n, err
}

func (b *watchedBody) Close() error {
	err := b.ReadCloser.Close()
	b.w.cancel(nil)
	return err
}

// A sentBody starts the wait anew with each piece that the server takes.
type sentBody struct {
	io.ReadCloser
	w *watch
}

func (b *sentBody) Read(p []byte) (int, error) {
	b.w.timer.Reset(b.w.idle)
	return b.ReadCloser.Read(p)
}
