package engine_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/engine/enginetest"
)

func TestDrainKeepsOrderUnderRandomDelays(t *testing.T) {
	for _, workers := range []int{-1, 1, 2, 5, 16} {
		sink := &taker{look: func(int64) error { delay(); return nil }}
		err := drain(workers, one(count(t, 200, func(int) error { delay(); return nil }), sink))
		if err != nil {
			t.Fatal(err)
		}
		upTo(t, sink.took, 200)
	}
}

func TestDrainOverlapsPassesAndKeepsTheirOrder(t *testing.T) {
	const sources = 8
	var together, most atomic.Int64
	var all []engine.Pass
	shared := &taker{}
	var names []string
	for i := range sources {
		in := count(t, 1, func(int) error {
			now := together.Add(1)
			for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
			}
			time.Sleep(20 * time.Millisecond)
			together.Add(-1)
			return nil
		})
		name := fmt.Sprint("s", i)
		own := &taker{take: func(int64) error { names = append(names, name); return nil }}
		all = append(all, engine.Pass{Name: name, In: in, Into: []engine.Sink{shared, own}})
	}
	if err := drain(4, passes(all...)); err != nil {
		t.Fatal(err)
	}
	if want := []string{"s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7"}; !slices.Equal(names, want) {
		t.Errorf("passes taken as %v", names)
	}
	if len(shared.took) != sources {
		t.Errorf("the shared sink took %d batches", len(shared.took))
	}
	if most.Load() < 2 {
		t.Error("passes of one task each never ran at once")
	}
}

func TestDrainOfNothing(t *testing.T) {
	if err := drain(3, passes()); err != nil {
		t.Error("zero passes:", err)
	}
	sink := &taker{}
	if err := drain(3, passes(engine.Pass{In: count(t, 0, nil), Into: []engine.Sink{sink}},
		engine.Pass{In: count(t, 2, nil)})); err != nil {
		t.Error("an empty stream and one without sinks:", err)
	}
	upTo(t, sink.took, 0)
}

func TestDrainTakesOnTheCallersGoroutine(t *testing.T) {
	left := 0
	stream := count(t, 100, nil)
	inner := stream.Tasks
	stream.Tasks = func(yield func(engine.Task, error) bool) {
		defer func() { left++ }()
		inner(yield)
	}
	done := make(chan bool)
	go func() { // a sink that ends its goroutine, as t.FailNow does, must not leave the others behind: see TestMain
		defer close(done)
		_ = drain(3, one(stream, &taker{take: func(n int64) error {
			if n == 5 {
				runtime.Goexit()
			}
			return nil
		}}))
		t.Error("the goroutine went on")
	}()
	<-done
	if left != 1 {
		t.Errorf("the sequence of tasks was left %d times before Drain ended", left)
	}
}

func TestDrainSkipsEmptyBatchesButWatchesThem(t *testing.T) {
	in, err := engine.Map(count(t, 6, nil), multiples(2))
	if err != nil {
		t.Fatal(err)
	}
	sink := &taker{}
	var watched []string
	settings := engine.Settings{Workers: 3, Watch: func(pass string, rows, bytes int64) {
		watched = append(watched, fmt.Sprint(pass, rows, bytes, len(sink.took)))
	}}
	if err := engine.Drain(context.Background(), settings, one(in, sink)); err != nil {
		t.Fatal(err)
	}
	if want := []int64{0, 2, 4}; !slices.Equal(sink.took, want) {
		t.Errorf("took %v, want %v", sink.took, want)
	}
	if want := []string{"p1 1 1", "p0 1 1", "p1 1 2", "p0 1 2", "p1 1 3", "p0 1 3"}; !slices.Equal(watched, want) {
		t.Errorf("watched %q, want %q", watched, want)
	}
}

func TestDrainStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var ran atomic.Int64
	left := false
	stream := count(t, 1_000_000, func(int) error { ran.Add(1); return nil })
	inner := stream.Tasks
	stream.Tasks = func(yield func(engine.Task, error) bool) {
		defer func() { left = true }()
		inner(yield)
	}
	sink := &taker{take: func(n int64) error {
		if n == 9 {
			cancel()
		}
		return nil
	}}
	err := engine.Drain(ctx, engine.Settings{Workers: 3}, one(stream, sink))
	if err != context.Canceled {
		t.Errorf("error is %v, want %v", err, context.Canceled)
	}
	upTo(t, sink.took, 10)
	if !left || ran.Load() > 100 {
		t.Errorf("left the sequence: %t, after %d tasks", left, ran.Load())
	}
	if err := engine.Drain(ctx, engine.Settings{Workers: 3}, nil); err != context.Canceled {
		t.Errorf("cancelled before: error is %v", err)
	}
}

func TestDrainCancelledWhileAllWait(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	stream := count(t, 100, func(i int) error {
		if i == 1 {
			cancel()
		}
		<-ctx.Done()
		return errors.New("file already closed") // what a source closed on cancellation says
	})
	err := engine.Drain(ctx, engine.Settings{Workers: 2, MemoryBytes: 4}, one(stream, &taker{}))
	if err != context.Canceled {
		t.Errorf("error is %v, want %v", err, context.Canceled)
	}
}

func TestDrainBoundsBytesInFlight(t *testing.T) {
	const bound, tasks = 1000, 300
	var now, most atomic.Int64
	stream := engine.Stream{Schema: numbers, Tasks: func(yield func(engine.Task, error) bool) {
		for i := range tasks {
			size := rand.Int64N(400)
			if i%50 == 7 {
				size = 5 * bound // flies alone
			}
			task := engine.Task{Bytes: size, Run: func() (arrow.RecordBatch, error) {
				sum := now.Add(min(size, bound))
				for old := most.Load(); sum > old && !most.CompareAndSwap(old, sum); old = most.Load() {
				}
				delay()
				return enginetest.Batch(t, numbers, []enginetest.Row{{"n": min(size, bound)}}), nil
			}}
			if !yield(task, nil) {
				return
			}
		}
	}}
	sink := &taker{take: func(size int64) error { delay(); now.Add(-size); return nil }}
	if err := engine.Drain(context.Background(), engine.Settings{Workers: 8, MemoryBytes: bound},
		one(stream, sink)); err != nil {
		t.Fatal(err)
	}
	if len(sink.took) != tasks || most.Load() > bound || now.Load() != 0 {
		t.Errorf("%d of %d tasks taken, at most %d bytes in flight of %d, %d at the end",
			len(sink.took), tasks, most.Load(), bound, now.Load())
	}
}

func TestDrainBoundsTasksInFlight(t *testing.T) {
	const workers = 3
	var yielded, took, most int64 = 0, 0, 0
	var taken atomic.Int64
	stream := count(t, 500, nil)
	inner := stream.Tasks
	stream.Tasks = func(yield func(engine.Task, error) bool) {
		inner(func(task engine.Task, err error) bool {
			yielded++
			most = max(most, yielded-taken.Load())
			return yield(task, err)
		})
	}
	sink := &taker{take: func(int64) error { delay(); took++; taken.Store(took); return nil }}
	if err := drain(workers, one(stream, sink)); err != nil {
		t.Fatal(err)
	}
	// One more task is yielded and waits for room; the taker may have taken one that it has not counted yet.
	if window := int64(2*workers + 2); most > window+2 {
		t.Errorf("%d tasks in flight, want at most %d", most, window)
	}
}

// BenchmarkDrain measures what the engine itself costs per batch: the tasks do nothing.
func BenchmarkDrain(b *testing.B) {
	batch := number(b, 1)
	for _, workers := range []int{1, 2, 8} {
		b.Run(fmt.Sprint("workers=", workers), func(b *testing.B) {
			b.ReportAllocs()
			stream := engine.Stream{Schema: numbers, Tasks: func(yield func(engine.Task, error) bool) {
				for range b.N {
					if !yield(engine.Task{Bytes: 1, Run: func() (arrow.RecordBatch, error) { return batch, nil }}, nil) {
						return
					}
				}
			}}
			sink := engine.Survey[int64]{
				OnLook: func(batch arrow.RecordBatch) (int64, error) { return batch.NumRows(), nil },
				OnTake: func(int64) error { return nil },
			}
			settings := engine.Settings{Workers: workers, MemoryBytes: 1 << 20}
			if err := engine.Drain(context.Background(), settings, one(stream, sink)); err != nil {
				b.Fatal(err)
			}
		})
	}
}
