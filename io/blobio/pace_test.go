package blobio

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// atOnce is how many may be under way now.
func (p *Pace) atOnce() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return int(p.limit)
}

// A busy or silent store halves the pace, once for all attempts that fail at about the same time;
// successes bring it back, slowly.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPace(32)
		time.Sleep(time.Hour)
		for range 10 {
			p.Again(Busy)
		}
		if p.atOnce() != 16 {
			t.Errorf("%d after one storm", p.atOnce())
		}
		for _, reason := range []Reason{Stalled, Unreachable, Busy, Busy, Busy} {
			time.Sleep(halfEvery)
			p.Again(reason)
		}
		if p.atOnce() != 1 {
			t.Errorf("%d after many", p.atOnce())
		}
		time.Sleep(halfEvery)
		p.Again(Differs) // says nothing about the load
		need := 0
		for p.atOnce() < 32 {
			if err := p.Enter(t.Context()); err != nil {
				t.Fatal(err)
			}
			p.Leave(true)
			need++
		}
		if need < 32*31/2-31 || need > 32*32/2 { // one more after as many successes as there are at once: 1 + 2 + … + 31
			t.Errorf("%d successes bring it back", need)
		}
		for range 100 {
			p.busy++
			p.Leave(true)
		}
		if p.atOnce() != 32 {
			t.Errorf("%d is more than allowed", p.atOnce())
		}
	})
}

// Who waits for a place is let in when one is free, and let go when the run ends.
func TestPaceWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPace(1)
		if err := p.Enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		in, out := make(chan error, 1), make(chan error, 1)
		go func() { out <- p.Enter(ctx) }()
		synctest.Wait()
		cancel()
		if err := <-out; err != context.Canceled {
			t.Errorf("%v", err)
		}
		go func() { in <- p.Enter(t.Context()) }()
		synctest.Wait()
		p.Leave(false)
		if err := <-in; err != nil {
			t.Error(err)
		}
	})
}
