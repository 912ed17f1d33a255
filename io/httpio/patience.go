package httpio

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// Patience is how often something is tried, and the pauses between. They double, up to Longest; each is shortened by
// chance, by up to a half, so that many who failed at once do not come back at once.
type Patience struct {
	Tries   int
	First   time.Duration // the pause after the first try, before it is shortened
	Longest time.Duration // also the longest that a server may ask for
	// Again, if not nil, is told the error of every try that is made again, before the pause.
	Again func(err error)
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

// MayPass tells Persist that trying again may help, and how long to wait at least.
// Errors of other rooms may have it too.
func (e *Passing) MayPass() (after time.Duration, yes bool) { return e.After, true }

// Persist calls try until it succeeds, fails for good, or was called Tries times, and returns how often that was. An
// error is for good unless it has a method MayPass, as [Passing] has, that says otherwise, and asks for no longer pause
// than Longest. When ctx ends, the error is its cause.
func (p Patience) Persist(ctx context.Context, try func() error) (tries int, err error) {
	pause := p.First
	for tries = 1; ; tries++ {
		if err = try(); err == nil {
			return tries, nil
		}
		if ctx.Err() != nil {
			return tries, context.Cause(ctx)
		}
		after, again := mayPass(err)
		if !again || tries >= p.Tries || after > p.Longest {
			return tries, err
		}
		if p.Again != nil {
			p.Again(err)
		}
		if err := p.Pause(ctx, max(pause/2+rand.N(pause/2+1), after)); err != nil {
			return tries, err
		}
		pause = min(2*pause, p.Longest)
	}
}

func mayPass(err error) (after time.Duration, yes bool) {
	passing, ok := errors.AsType[interface {
		error
		MayPass() (after time.Duration, yes bool)
	}](err)
	if !ok {
		return 0, false
	}
	return passing.MayPass()
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
