package pictures

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// A share is a number of bytes that pictures take from and give back.
type share struct {
	bytes int64
	*semaphore.Weighted
}

func newShare(bytes int64) share { return share{bytes, semaphore.NewWeighted(bytes)} }

// Pictures in flight take at most a gigabyte, however much memory there is: more would not make the workers busier.
const (
	leastInFlight = 1 << 20
	mostInFlight  = 1 << 30
)

// shares divides memory: a quarter is for the bytes of files, the rest for what is made of them. A picture that needs
// more than its share alone runs alone.
func shares(memory int64) (files, pixels share) {
	memory = max(leastInFlight, min(memory, mostInFlight))
	return newShare(memory / 4), newShare(memory - memory/4)
}

// take waits until so many bytes are free; whoever needs more than there are waits for all of them.
func (s share) take(ctx context.Context, bytes int64) (release func(), err error) {
	bytes = min(bytes, s.bytes)
	if err := s.Acquire(ctx, bytes); err != nil {
		return nil, err
	}
	return func() { s.Release(bytes) }, nil
}

// turns are the contents that are being looked at. Who has one of them too waits, and then finds it known.
type turns struct {
	mu    sync.Mutex
	taken map[[32]byte]chan struct{} // closed when it is over
}

func (t *turns) take(ctx context.Context, content [32]byte) (release func(), err error) {
	for {
		mine := make(chan struct{})
		t.mu.Lock()
		other, busy := t.taken[content]
		if !busy {
			t.taken[content] = mine
		}
		t.mu.Unlock()
		if !busy {
			return func() { t.give(content, mine) }, nil
		}
		select {
		case <-other:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (t *turns) give(content [32]byte, mine chan struct{}) {
	t.mu.Lock()
	delete(t.taken, content)
	t.mu.Unlock()
	close(mine)
}
