package workspace

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dermset/dermset/io/releaseio"
)

// Who does an act of a moment waits for the run that holds the workspace, and says so.
func TestLockedSoon(t *testing.T) {
	var said bytes.Buffer
	w := &Workspace{Dir: t.TempDir(), Log: slog.New(slog.NewTextHandler(&said, nil))}
	w.Config.Mapping.Workbook = "mapping/workbook.xlsx"
	hold := func() *releaseio.Lock {
		t.Helper()
		lock, err := releaseio.TakeLock(filepath.Join(w.Dir, ".dermset.lock"), "build", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return lock
	}
	lock := hold()
	w.Log = slog.New(slog.NewTextHandler(writerFunc(func(text []byte) (int, error) {
		if strings.Contains(string(text), "waiting") && lock != nil { // only once it waits is it let in
			_ = lock.Release() // else LockedSoon gives up, which fails the test
			lock = nil
			return said.Write(text)
		}
		return len(text), nil
	}), nil))
	ran := 0
	if err := w.LockedSoon(t.Context(), "review import", func() error { ran++; return nil }); err != nil || ran != 1 {
		t.Errorf("ran %d times: %v", ran, err)
	}
	if !strings.Contains(said.String(), "run \\\"build\\\"") {
		t.Errorf("said %q", said.String())
	}
	defer hold().Release()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := w.LockedSoon(ctx, "review import", func() error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted while it waits: %v", err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(text []byte) (int, error) { return f(text) }
