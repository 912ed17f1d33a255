package blobio

import (
	"context"
	"sync"
	"time"
)

// A Pace is how many objects may be under way at once: as many as allowed while all goes well; half as many after the
// store was busy or silent, and then one more after as many successes as there are at once, as TCP does it (Chiu and
// Jain 1989, "additive increase, multiplicative decrease").
type Pace struct {
	mu    sync.Mutex
	free  *sync.Cond
	most  float64
	limit float64
	busy  int
	since time.Time // of the last halving: many attempts fail of one cause
}

// halvings come no faster than this.
const halfEvery = 500 * time.Millisecond

// NewPace allows that many at once.
func NewPace(most int) *Pace {
	p := &Pace{most: float64(most), limit: float64(most)}
	p.free = sync.NewCond(&p.mu)
	return p
}

// Again is to be told of attempts that fail: Options.Again.
func (p *Pace) Again(reason Reason) {
	switch reason {
	case Busy, Stalled, Unreachable, Disk: // of which too many open files are one
	default:
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); now.Sub(p.since) >= halfEvery {
		p.limit, p.since = max(1, p.limit/2), now
	}
}

// Enter waits for a place, which Leave must give back. Its error is why the context ended.
func (p *Pace) Enter(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.free.Broadcast()
	})()
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.busy >= int(p.limit) && ctx.Err() == nil {
		p.free.Wait()
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	p.busy++
	return nil
}

// Leave gives the place back, and says whether all went well.
func (p *Pace) Leave(success bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy--
	if success {
		p.limit = min(p.most, p.limit+1/p.limit)
	}
	p.free.Broadcast()
}
