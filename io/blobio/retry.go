package blobio

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// persist calls try until it succeeds, fails for good, or has been called often enough. What try returns other than an *Error is for good.
// The error's Attempts says how often it was tried.
func persist(ctx context.Context, o Options, try func() error) (attempts int, err error) {
	pause := o.Patience.First
	for attempts = 1; ; attempts++ {
		err = try()
		if err == nil {
			return attempts, nil
		}
		if ctx.Err() != nil {
			return attempts, context.Cause(ctx)
		}
		fault, ok := errors.AsType[*Error](err)
		if !ok {
			return attempts, err
		}
		fault.Attempts = attempts
		if !fault.Reason.transient() || attempts >= o.Patience.Attempts {
			return attempts, err
		}
		if o.Again != nil {
			o.Again(fault.Reason)
		}
		if err := sleep(ctx, pause/2+rand.N(pause/2+1)); err != nil { // jitter, so that many do not come back at once
			return attempts, err
		}
		pause = min(2*pause, o.Patience.Longest)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
