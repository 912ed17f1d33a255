package httpio

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// Patience is how often something is tried, and the pauses between. They double, up to Longest; each is shortened by chance, by up to a
// half, so that many who failed at once do not come back at once.
type Patience struct {
	Tries   int
	First   time.Duration // the pause after the first try, before it is shortened
	Longest time.Duration // also the longest that a server may ask for
	// Wait, if not nil, is called for each pause in place of Pause. Tests need not wait.
	Wait func(ctx context.Context, d time.Duration) error
}

// Passing is an error that may not come again.
type Passing struct {
	Err   error
	After time.Duration // the least time to wait, where the server says so
}

func (e *Passing) Error() string { return e.Err.Error() }
func (e *Passing) Unwrap() error { return e.Err }

// Persist calls try until it succeeds, fails for good, or was called Tries times, and returns how often that was. An error is for good
// unless it is [Passing] and asks for no longer pause than Longest. When ctx ends, the error is its cause.
func (p Patience) Persist(ctx context.Context, try func() error) (tries int, err error) {
	pause := p.First
	for tries = 1; ; tries++ {
		if err = try(); err == nil {
			return tries, nil
		}
		if ctx.Err() != nil {
			return tries, context.Cause(ctx)
		}
		passing, ok := errors.AsType[*Passing](err)
		if !ok || tries >= p.Tries || passing.After > p.Longest {
			return tries, err
		}
		if err := p.Pause(ctx, max(pause/2+rand.N(pause/2+1), passing.After)); err != nil {
			return tries, err
		}
		pause = min(2*pause, p.Longest)
	}
}

// Pause pauses for d, or until ctx ends; its error is the cause then.
func (p Patience) Pause(ctx context.Context, d time.Duration) error {
	if p.Wait != nil {
		return p.Wait(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
