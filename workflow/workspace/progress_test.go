package workspace

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/transfer"
)

// A fetch shows images and bytes a second, the time that is left, and failures by cause;
// what was there before counts as done, not as speed.
func TestProgressOfAFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := NewProgress(&out, true, slog.New(slog.NewTextHandler(io.Discard, nil)))
		defer p.Begin("fetch", "images", 0)()
		time.Sleep(10 * time.Second)
		p.Transferred(transfer.Tally{Wanted: 5000, Had: 2000, Moved: 990, MovedBytes: 60_000_000,
			Failed: map[transfer.Cause]transfer.Failures{
				{Reason: blobio.Missing}: {Objects: 7}, {Reason: blobio.Cut}: {Objects: 3},
			}})
		want := "fetch: 3,000 of 5,000 images, 99 images/s, 6.0 MB/s, 20s left; failed: 7 missing, 3 cut"
		if is := out.String(); !strings.HasSuffix(is, "\r\x1b[K"+want) {
			t.Errorf("%q, want %q", is, want)
		}
	})
}

// On a terminal a phase stands there at once, is seen to go on while nobody tells of it, gives its place to a phase
// inside it and takes it again; in the end nothing stands there. Elsewhere nothing is said of a phase that is short,
// and a step says that it begins.
func TestPhases(t *testing.T) {
	for _, c := range []struct {
		terminal bool
		want     string
	}{
		{true, "fetch …|fetch …, 1s so far|ask …||fetch …, 1s so far|fetch …, 3s so far|"},
		{false, "fetch: begins|fetch …, 12s so far|"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var out, log bytes.Buffer
			p := NewProgress(&out, c.terminal, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{
				ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
					if a.Key == slog.MessageKey {
						return a
					}
					return slog.Attr{}
				}})))
			done := p.Step("fetch")
			time.Sleep(time.Second + time.Millisecond)
			inner := p.Begin("ask", "codes", 2)
			time.Sleep(100 * time.Millisecond)
			inner()
			inner()
			time.Sleep(2 * time.Second)
			if !c.terminal {
				time.Sleep(9 * time.Second)
			}
			synctest.Wait()
			p.Begin("left by an error", "", 0)
			done()
			time.Sleep(time.Minute)
			synctest.Wait()
			is := strings.ReplaceAll(out.String(), "\r\x1b[K", "|")
			is = strings.Replace(is, "|left by an error …", "", 1)
			if !c.terminal {
				is = strings.ReplaceAll(strings.ReplaceAll(log.String(), "msg=", ""), "\n", "|")
				is = strings.ReplaceAll(is, "\"", "")
			}
			if strings.TrimPrefix(is, "|") != c.want {
				t.Errorf("%q, want %q", is, c.want)
			}
		})
	}
}

// What a dry run looked up no longer stands on the terminal when it has ended.
func TestTransfersOfADryRunEnd(t *testing.T) {
	var out bytes.Buffer
	w := &Workspace{Progress: NewProgress(&out, true, slog.New(slog.DiscardHandler))}
	u, err := w.OpenStore(t.Context(), t.TempDir(), true)
	if err != nil {
		t.Fatal(err)
	}
	for name, transfers := range map[string]func() error{
		"upload":   func() error { _, err := u.Upload(t.Context(), transfer.Set{}); return err },
		"download": func() error { _, err := u.Download(t.Context(), transfer.Download{}); return err },
	} {
		out.Reset()
		if err := transfers(); err != nil || !strings.HasSuffix(out.String(), "\r\x1b[K") {
			t.Errorf("%s: %v, %q stays", name, err, out.String())
		}
	}
}

// A terminal has of a phase that took a moment no line, and of many reasons the first.
func TestLittleIsSaid(t *testing.T) {
	why := []string{"a changed", "b changed", "c changed", "d changed", "e is new"}
	for _, c := range []struct {
		terminal bool
		want     string
	}{
		{true, "a changed; b changed; c changed; and 2 more|slow: 7 rows in 2s|"},
		{false, "a changed; b changed; c changed; d changed; e is new|quick: 7 rows in 0s|" +
			"fetch: 0 images, 0.0 MB in 0s|slow: 7 rows in 2s|"},
	} {
		synctest.Test(t, func(t *testing.T) {
			log := new(said)
			p := NewProgress(io.Discard, c.terminal, slog.New(log))
			log.WriteString(p.Reasons(why) + "|")
			p.Begin("quick", "rows", 0)
			p.Add("", 7, 0)
			p.End()
			p.Begin("fetch", "images", 0)
			p.EndTransfer(transfer.Tally{})
			p.Begin("slow", "rows", 0)
			p.Add("", 7, 0)
			time.Sleep(2 * time.Second)
			p.End()
			if got := log.String(); got != c.want {
				t.Errorf("%+v: %q", c, got)
			}
		})
	}
}

// said are messages, each with a bar behind it.
type said struct{ strings.Builder }

func (*said) Enabled(context.Context, slog.Level) bool { return true }
func (s *said) Handle(_ context.Context, r slog.Record) error {
	if !strings.Contains(r.Message, "…") && !strings.Contains(r.Message, "/s") {
		s.WriteString(r.Message + "|")
	}
	return nil
}
func (s *said) WithAttrs([]slog.Attr) slog.Handler { return s }
func (s *said) WithGroup(string) slog.Handler      { return s }
