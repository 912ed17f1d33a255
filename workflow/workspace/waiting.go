package workspace

import (
	"context"
	"errors"
	"time"

	"github.com/dermset/dermset/io/releaseio"
)

// patience is how long an act of a moment waits for another run.
const patience = 30 * time.Second

// LockedSoon is Locked for an act of a moment, which two people may do at once: it says that it waits, and waits for
// half a minute, before it gives up as Locked does.
func (w *Workspace) LockedSoon(ctx context.Context, verb string, do func() error) error {
	until, told := time.Now().Add(patience), false
	for {
		ran := false
		err := w.Locked(verb, func() error { ran = true; return do() })
		held, is := errors.AsType[*releaseio.HeldError](err)
		if ran || !is || time.Now().After(until) {
			return err
		}
		if !told {
			told = true
			w.Log.Info("waiting: " + held.Error())
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
