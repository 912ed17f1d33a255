package blobio

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A server is what a patient transport waits for, without a network.
type server func(*http.Request) (*http.Response, error)

func (s server) RoundTrip(req *http.Request) (*http.Response, error) { return s(req) }

const (
	idle  = 10 * time.Second
	piece = 10_000 // bytes, which may take as long
)

// ask sends one request, with a body of ten pieces.
func ask(t *testing.T, s server) (*http.Response, error) {
	t.Helper()
	body := strings.NewReader(strings.Repeat("p", 10*piece))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://h", body)
	if err != nil {
		t.Fatal(err)
	}
	return patient{s, idle}.RoundTrip(req)
}

func silent(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// While bytes are taken, nothing stalls, however long it takes in all; then it is waited for as long as ever.
func TestIdleWhileSending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		_, err := ask(t, func(req *http.Request) (*http.Response, error) {
			for range 10 {
				time.Sleep(idle - time.Second)
				if _, err := io.ReadFull(req.Body, make([]byte, piece)); err != nil || req.Context().Err() != nil {
					t.Errorf("%v, %v after %s", err, req.Context().Err(), time.Since(begin))
				}
			}
			return nil, silent(req.Context())
		})
		if took := time.Since(begin); err != errStalled || took != 10*(idle-time.Second)+idle {
			t.Errorf("%v after %s", err, took)
		}
	})
}

// Nothing is waited for before the answer's beginning and for each of its pieces but idle; what the caller does
// meanwhile takes as long as it takes.
func TestIdleWhileReceiving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ctx context.Context
		r, w := io.Pipe()
		resp, err := ask(t, func(req *http.Request) (*http.Response, error) {
			ctx = req.Context()
			context.AfterFunc(ctx, func() { w.CloseWithError(ctx.Err()) })
			return &http.Response{Body: r}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = w.Write([]byte("first")) }() // as it is read
		time.Sleep(100 * idle)
		if ctx.Err() != nil {
			t.Error("the headers were here")
		}
		piece := make([]byte, 5)
		if _, err := io.ReadFull(resp.Body, piece); err != nil {
			t.Errorf("the first piece: %v", err)
		}
		time.Sleep(100 * idle)
		begin := time.Now()
		if _, err := resp.Body.Read(piece); err != errStalled || time.Since(begin) != idle {
			t.Errorf("%v after %s", err, time.Since(begin))
		}
	})
}

// A server that takes or says a little now and then is waited for no longer than a rate and a time allow; one that is
// just fast enough is.
func TestSlowerThanTheRate(t *testing.T) {
	for _, c := range []struct {
		bytes int // every nine seconds
		slow  bool
	}{{1, true}, {8000, true}, {9500, false}} {
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			_, err := ask(t, func(req *http.Request) (*http.Response, error) {
				for range 10 {
					time.Sleep(9 * time.Second)
					if _, err := io.ReadFull(req.Body, make([]byte, c.bytes)); err != nil {
						return nil, err
					}
				}
				return &http.Response{Body: io.NopCloser(strings.NewReader(""))}, nil
			})
			if took := time.Since(begin); (err == errSlow) != c.slow || took > slowTime+2*idle && c.slow {
				t.Errorf("sent %d: %v after %s", c.bytes, err, took)
			}
		})
		synctest.Test(t, func(t *testing.T) {
			var ctx context.Context
			r, w := io.Pipe()
			resp, err := ask(t, func(req *http.Request) (*http.Response, error) {
				ctx = req.Context()
				return &http.Response{Body: r}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				for range 10 {
					time.Sleep(9 * time.Second)
					_, _ = w.Write(make([]byte, c.bytes)) // nobody may read any more
				}
				_ = w.Close()
			}()
			begin := time.Now()
			_, err = io.Copy(io.Discard, resp.Body)
			if took := time.Since(begin); (err == errSlow) != c.slow || (ctx.Err() != nil) != c.slow ||
				took > slowTime+2*idle && c.slow {
				t.Errorf("came %d: %v after %s", c.bytes, err, took)
			}
			_, _ = r.Close(), resp.Body.Close()
			<-done
		})
	}
}

// The end of a body lets go of what its request holds, and of its timer.
func TestIdleEndsWithTheBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ctx context.Context
		resp, err := ask(t, func(req *http.Request) (*http.Response, error) {
			ctx = req.Context()
			return &http.Response{Body: io.NopCloser(strings.NewReader("all"))}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || ctx.Err() == nil || errors.Is(context.Cause(ctx), errStalled) {
			t.Errorf("%v, %v", err, context.Cause(ctx))
		}
	})
}
