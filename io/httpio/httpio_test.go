package httpio

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errBusy = errors.New("busy")

// pauses are those between the tries of what never succeeds.
func pauses(t *testing.T, p Patience) (all []time.Duration) {
	t.Helper()
	var last time.Time
	told := 0
	p.Again = func(err error) {
		if told++; !errors.Is(err, errBusy) {
			t.Errorf("told %v", err)
		}
	}
	tries, err := p.Persist(t.Context(), func() error {
		if !last.IsZero() {
			all = append(all, time.Since(last))
		}
		last = time.Now()
		return &Passing{Err: errBusy}
	})
	if tries != p.Tries || tries != len(all)+1 || told != len(all) || !errors.Is(err, errBusy) {
		t.Errorf("%d tries with %d pauses, %v", tries, len(all), err)
	}
	return all
}

// Pauses double up to the longest, and are shortened by up to a half, each time by another part.
func TestPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := Patience{Tries: 10, First: 100 * time.Millisecond, Longest: 5 * time.Second}
		all := pauses(t, p)
		for i, most := range []time.Duration{100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000} {
			if most *= time.Millisecond; all[i] < most/2 || all[i] > most {
				t.Errorf("pause %d is %s, want %s to %s", i, all[i], most/2, most)
			}
		}
		if again := pauses(t, p); slices.Equal(all, again) {
			t.Errorf("%v, twice", all)
		}
	})
}

// Who waits is let go when the run ends, with its cause.
func TestPauseEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		why := errors.New("another has failed")
		time.AfterFunc(time.Second, func() { cancel(why) })
		begin := time.Now()
		p := Patience{Tries: 9, First: time.Hour, Longest: time.Hour}
		tries, err := p.Persist(ctx, func() error { return &Passing{Err: errBusy} })
		if err != why || tries != 1 || time.Since(begin) != time.Second {
			t.Errorf("%v after %d tries and %s", err, tries, time.Since(begin))
		}
	})
}

func TestFinalErrors(t *testing.T) {
	p := Patience{Tries: 9, First: time.Second, Longest: time.Minute}
	for name, err := range map[string]error{"for good": errBusy,
		"a long wait": &Passing{Err: errBusy, After: time.Minute + 1}} {
		if tries, got := p.Persist(t.Context(), func() error { return err }); tries != 1 || got != err {
			t.Errorf("%s: %v after %d tries", name, got, tries)
		}
	}
}

// ask sends requests to a server until there is an answer. Pauses are noted, not made; it is new year 2026.
func ask(t *testing.T, client *http.Client, handler http.HandlerFunc) (reply Reply, slept []time.Duration, err error) {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	return askAt(t, client, server.URL+"/path?secret=CANARY")
}

func askAt(t *testing.T, client *http.Client, address string) (reply Reply, slept []time.Duration, err error) {
	t.Helper()
	c := Client{
		Patience: Patience{Tries: 3, First: 2 * time.Second, Longest: time.Minute,
			Wait: func(ctx context.Context, d time.Duration) error {
				slept = append(slept, d)
				return ctx.Err()
			}},
		HTTP: client, MaxBytes: 10,
		Busy: func(r Reply) bool { return string(r.Body) == "busy" },
		Now:  func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) },
	}
	defer client.CloseIdleConnections()
	reply, err = c.Send(t.Context(),
		func() (*http.Request, error) { return http.NewRequest(http.MethodGet, address, nil) })
	return reply, slept, err
}

func straight() *http.Client {
	return Straight(http.DefaultTransport.(*http.Transport).Clone(), time.Minute)
}

func TestSend(t *testing.T) {
	status := func(n int, after, body string) func(w http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", after)
			w.Header().Set("Location", "http://169.254.169.254/")
			w.WriteHeader(n)
			_, _ = io.WriteString(w, body)
		}
	}
	half := func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", "9")
		_, _ = io.WriteString(w, "half")
	}
	for _, c := range []struct {
		name    string
		answers []func(w http.ResponseWriter) // the last one again and again
		status  int
		slept   []time.Duration // at most, and at least half of it
		want    string
	}{
		{"an answer", []func(http.ResponseWriter){status(200, "", "1234567890")}, 200, nil, ""},
		{"nothing there", []func(http.ResponseWriter){status(404, "9", "")}, 404, nil, ""},
		{"a redirect", []func(http.ResponseWriter){status(302, "9", "")}, 302, nil, ""},
		{"seconds", []func(http.ResponseWriter){status(429, "7", ""), status(200, "", "")}, 200, []time.Duration{7e9}, ""},
		{"a date", []func(http.ResponseWriter){status(503, "Thu, 01 Jan 2026 00:00:50 GMT", ""), status(200, "", "")}, 200,
			[]time.Duration{50e9}, ""},
		{"no number", []func(http.ResponseWriter){status(500, "soon", strings.Repeat("x", 100)), status(200, "", "")}, 200,
			[]time.Duration{2e9}, ""},
		{"busy by its body", []func(http.ResponseWriter){status(403, "3", "busy"), status(403, "", "no")}, 403,
			[]time.Duration{3e9}, ""},
		{"half an answer", []func(http.ResponseWriter){half}, 0, []time.Duration{2e9, 4e9},
			"/path: the answer broke off (unexpected EOF), asked 3 times: try again later"},
		{"for ever", []func(http.ResponseWriter){status(502, "", "CANARY")}, 0, []time.Duration{2e9, 4e9},
			"/path: answers 502, asked 3 times: try again later"},
		{"a long wait", []func(http.ResponseWriter){status(429, "3600", "CANARY")}, 0, nil,
			"/path: answers 429, and asks to wait 1h0m0s: try again then"},
		{"too long", []func(http.ResponseWriter){status(200, "", "12345678901")}, 0, nil,
			"/path: the answer is too long: 10 bytes are allowed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked := 0
			reply, slept, err := ask(t, straight(), func(w http.ResponseWriter, _ *http.Request) {
				asked++
				c.answers[min(asked, len(c.answers))-1](w)
			})
			if reply.Status != c.status || c.want == "" && err != nil ||
				c.want != "" && (err == nil || !strings.HasSuffix(err.Error(), c.want)) {
				t.Errorf("%d, %v, want %d and %q", reply.Status, err, c.status, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "CANARY") {
				t.Errorf("a secret is in the error %q", err)
			}
			if !slices.EqualFunc(c.slept, slept, func(most, d time.Duration) bool { return most/2 <= d && d <= most }) {
				t.Errorf("slept %v, want half of %v at least, and no more", slept, c.slept)
			}
		})
	}
}

// A connection that there cannot be is an error at once, with what to do; one that breaks off is made again.
func TestConnections(t *testing.T) {
	encrypted := httptest.NewUnstartedServer(http.NotFoundHandler())
	encrypted.Config.ErrorLog = log.New(io.Discard, "", 0) // it would tell of the client that goes away
	encrypted.StartTLS()
	defer encrypted.Close()
	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.Config.ErrorLog = log.New(io.Discard, "", 0)
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	old.StartTLS()
	defer old.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	closed := httptest.NewServer(nil)
	closed.Close()
	breaking := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter,
		_ *http.Request) {
		panic(http.ErrAbortHandler)
	}))
	defer breaking.Close()
	for _, c := range []struct {
		at, want string
		pauses   int
	}{
		{encrypted.URL, "its certificate does not fit", 0},
		{strings.Replace(plain.URL, "http:", "https:", 1), "does not speak TLS", 0},
		{old.URL, "no TLS that both sides accept", 0},
		{closed.URL, "cannot be reached", 0},
		{"http://there.is.no.such.host.invalid", "cannot be reached", 0},
		{breaking.URL, "the connection broke off (EOF), asked 3 times", 2},
	} {
		_, slept, err := askAt(t, straight(), c.at)
		if err == nil || !strings.Contains(err.Error(), c.want) ||
			!strings.HasPrefix(err.Error(), c.at+": ") || len(slept) != c.pauses {
			t.Errorf("%s: %v after %v, want %q after %d pauses", c.at, err, slept, c.want, c.pauses)
		}
	}
}

// What composing a request takes, such as a token, is asked for with the same patience.
func TestCompose(t *testing.T) {
	c := Client{Patience: Patience{Tries: 3, Wait: func(context.Context, time.Duration) error { return nil }}}
	for _, want := range []struct {
		err   error
		calls int
	}{{errBusy, 1}, {&Passing{Err: errBusy}, 3}} {
		calls := 0
		_, err := c.Send(t.Context(), func() (*http.Request, error) { calls++; return nil, want.err })
		if calls != want.calls || !errors.Is(err, errBusy) {
			t.Errorf("%v after %d calls, want %d", err, calls, want.calls)
		}
	}
}
