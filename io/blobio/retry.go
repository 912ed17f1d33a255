package blobio

import (
	"context"
	"errors"
	"time"

	"github.com/dermset/dermset/io/httpio"
)

// persist calls try until it succeeds, fails for good, or has been called often enough. What try returns other than an
// *Error is for good, and so is one on which all patience was spent before, such as of a file that is sent. The error's
// Attempts says how often it was tried.
func persist(ctx context.Context, o Options, try func() error) (attempts int, err error) {
	patience := httpio.Patience{Tries: o.Patience.Attempts, First: o.Patience.First, Longest: o.Patience.Longest}
	if o.Again != nil {
		patience.Again = func(err error) { o.Again(ReasonOf(err)) }
	}
	tried := 0
	return patience.Persist(ctx, func() error {
		tried++
		err := try()
		// Behind the end of the context may stand another's error, as its cause, which is not ours to write to.
		if failed, ok := errors.AsType[*Error](err); ok && ctx.Err() == nil {
			failed.spent = failed.Attempts > 0
			failed.Attempts = max(failed.Attempts, tried)
		}
		return err
	})
}

// MayPass tells httpio which errors are worth another attempt.
func (e *Error) MayPass() (after time.Duration, yes bool) { return 0, e.Reason.MayPass() && !e.spent }
