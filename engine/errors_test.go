package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/engine"
)

func TestLowestErrorWins(t *testing.T) {
	for i := range 200 {
		sink := &taker{
			look: func(n int64) error {
				delay()
				if n >= 40 && n%2 == 0 {
					return fmt.Errorf("look %d", n)
				}
				return nil
			},
			take: func(n int64) error {
				if n == 60 {
					return errors.New("take 60")
				}
				return nil
			},
		}
		stream := count(t, 100, func(i int) error {
			delay()
			if i >= 41 && i%4 == 1 {
				return fmt.Errorf("run %d", i)
			}
			return nil
		})
		err := drain(1+i%9, one(stream, sink))
		var at *engine.Error
		if !errors.As(err, &at) || at.Pass != "p" || at.Stage != "taker" || at.Err.Error() != "look 40" {
			t.Fatalf("run %d: error is %v", i, err)
		}
		upTo(t, sink.took, 40)
	}
}

func TestErrorOfTakeComesBeforeLaterErrors(t *testing.T) {
	sink := &taker{take: func(n int64) error {
		if n == 3 {
			return io.ErrShortWrite
		}
		return nil
	}}
	err := drain(4, one(count(t, 100, func(i int) error {
		if i == 5 {
			return io.ErrUnexpectedEOF
		}
		return nil
	}), sink))
	wantError(t, err, "p: taker: short write")
	if !errors.Is(err, io.ErrShortWrite) {
		t.Error("the cause is lost")
	}
	upTo(t, sink.took, 3)
}

func TestBadInputIsCollectedInOrder(t *testing.T) {
	sink := &taker{}
	var want []string
	for i := range 60 {
		if i%7 == 5 {
			want = append(want, fmt.Sprint("p: bad cell ", i))
		}
	}
	err := drain(4, one(count(t, 60, func(i int) error {
		delay()
		if i%7 == 5 {
			return badCell(i)
		}
		return nil
	}), sink))
	wantError(t, err, strings.Join(want, "\n"))
	upTo(t, sink.took, 5)
}

func TestBadInputIsCapped(t *testing.T) {
	err := drain(4,
		one(count(t, 1_000_000, func(i int) error { return errors.Join(badCell(2*i), badCell(2*i+1)) }), &taker{}))
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != engine.MaxBadInput || lines[0] != "p: bad cell 0" || lines[99] != "p: bad cell 99" {
		t.Errorf("%d errors, from %q to %q", len(lines), lines[0], lines[len(lines)-1])
	}
}

func TestBadInputOfAStageKeepsItsPlace(t *testing.T) {
	in, err := engine.Map(count(t, 1, nil), rule{name: "join", apply: func(arrow.RecordBatch) (arrow.RecordBatch, error) {
		return nil, errors.Join(badCell(1), fmt.Errorf("row 7: %w", badCell(2)))
	}})
	if err != nil {
		t.Fatal(err)
	}
	err = drain(2, one(in, &taker{}))
	wantError(t, err, "p: join: bad cell 1\np: join: row 7: bad cell 2")
	var bad engine.BadInput
	if !errors.As(err, &bad) || bad != badCell(1) {
		t.Errorf("bad input is %v", bad)
	}
}

func TestAnotherErrorEndsTheCollection(t *testing.T) {
	for range 50 {
		err := drain(4, one(count(t, 100, func(i int) error {
			delay()
			switch i {
			case 3, 50:
				return badCell(i)
			case 20:
				return io.ErrUnexpectedEOF
			}
			return nil
		}), &taker{}))
		wantError(t, err, "p: bad cell 3\np: unexpected EOF")
	}
}

func TestCancelAfterBadInputKeepsTheBadInput(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	err := engine.Drain(ctx, engine.Settings{Workers: 1}, one(count(t, 100, func(i int) error {
		switch {
		case i == 0:
			return badCell(0)
		case i == 50: // by then bad cell 0 has left the window of 4 tasks
			cancel()
		}
		return nil
	}), &taker{}))
	wantError(t, err, "p: bad cell 0")
}

func TestErrorOfTheSequences(t *testing.T) {
	broken := func(n int, err error) engine.Stream {
		stream := count(t, n, nil)
		inner := stream.Tasks
		stream.Tasks = func(yield func(engine.Task, error) bool) {
			for task := range inner {
				if !yield(task, nil) {
					return
				}
			}
			if yield(engine.Task{}, err) {
				t.Error("went on after an error")
			}
		}
		return stream
	}
	sink := &taker{}
	err := drain(3,
		passes(engine.Pass{Name: "a", In: broken(7, io.ErrNoProgress), Into: []engine.Sink{sink}}, engine.Pass{Name: "b"}))
	wantError(t, err, "a: "+io.ErrNoProgress.Error())
	upTo(t, sink.took, 7)

	err = drain(3, func(yield func(engine.Pass, error) bool) {
		_ = yield(engine.Pass{Name: "a"}, badCell(1)) &&
			yield(engine.Pass{Name: "b", In: broken(2, badCell(2))}, nil) &&
			yield(engine.Pass{Name: "c", In: count(t, 2, nil)}, nil) &&
			yield(engine.Pass{}, io.ErrClosedPipe) &&
			yield(engine.Pass{Name: "d"}, badCell(3))
	})
	wantError(t, err, "a: bad cell 1\nb: bad cell 2\n"+io.ErrClosedPipe.Error())
}

func TestPanicsBecomeErrors(t *testing.T) {
	boom := func() { panic(badCell(7)) } // whatever its value, a panic is no bad input
	fine := rule{name: "join", apply: func(b arrow.RecordBatch) (arrow.RecordBatch, error) { boom(); return b, nil }}
	staged, err := engine.Map(count(t, 9, nil), fine)
	if err != nil {
		t.Fatal(err)
	}
	unnamed := engine.Survey[int]{Name: "classes", OnLook: func(arrow.RecordBatch) (int, error) { boom(); return 0, nil }}
	for _, test := range []struct {
		name   string
		passes func(yield func(engine.Pass, error) bool)
		watch  func(string, int64, int64)
		want   string
	}{
		{"task", one(count(t, 9, func(int) error { boom(); return nil })), nil, "p: panic: bad cell 7\n"},
		{"stage", one(staged), nil, "p: join: panic: bad cell 7\n"},
		{"look", one(count(t, 9, nil), &taker{look: func(int64) error { boom(); return nil }}),
			nil, "p: taker: panic: bad cell 7\n"},
		{"take", one(count(t, 9, nil), &taker{take: func(int64) error { boom(); return nil }}),
			nil, "p: taker: panic: bad cell 7\n"},
		{"survey", one(count(t, 9, nil), unnamed), nil, "p: classes: panic: bad cell 7\n"},
		{"unnamed sink", one(count(t, 9, nil), struct{ engine.Sink }{}), nil,
			"p: struct { engine.Sink }: panic: runtime error: "},
		{"watch", one(count(t, 9, nil)), func(string, int64, int64) { boom() }, "p: panic: bad cell 7\n"},
		{"tasks", passes(engine.Pass{Name: "p"}), nil, "p: panic: runtime error: "},
		{"passes", func(func(engine.Pass, error) bool) { boom() }, nil, "panic: bad cell 7\n"},
		{"tasks that go on",
			func(yield func(engine.Pass, error) bool) { yield(engine.Pass{}, io.EOF); yield(engine.Pass{}, nil) }, nil, "EOF"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := engine.Drain(context.Background(), engine.Settings{Workers: 2, Watch: test.watch}, test.passes)
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Fatalf("error is %v, want %q", err, test.want)
			}
			var bug *engine.Panic
			if errors.As(err, &bug) && !strings.Contains(string(bug.Stack), "errors_test.go") &&
				!strings.Contains(test.want, "runtime") {
				t.Errorf("the stack does not lead to the panic: %s", bug.Stack)
			}
			var bad engine.BadInput
			if errors.As(err, &bad) {
				t.Error("a panic counts as bad input")
			}
		})
	}
}

func TestTaskThatEndsItsGoroutine(t *testing.T) {
	sink := &taker{}
	err := drain(2, one(count(t, 100, func(i int) error {
		if i >= 30 {
			runtime.Goexit()
		}
		return nil
	}), sink))
	wantError(t, err, "p: the goroutine ended before it answered")
	upTo(t, sink.took, 30)

	stream := engine.Stream{Schema: numbers, Tasks: func(func(engine.Task, error) bool) { runtime.Goexit() }}
	wantError(t, drain(2, one(stream)), "the goroutine ended before it answered")
}

func TestTaskWithoutBatch(t *testing.T) {
	stream := engine.Stream{Schema: numbers, Tasks: func(yield func(engine.Task, error) bool) {
		yield(engine.Task{Run: func() (arrow.RecordBatch, error) { return nil, nil }}, nil)
	}}
	wantError(t, drain(2, one(stream)), "p: neither a batch nor an error was returned")
}

func TestErrorThatSaysMoreThanItsMembersStaysWhole(t *testing.T) {
	both := fmt.Errorf("row 3: %w, %w", badCell(1), io.EOF)
	wantError(t, drain(2, one(count(t, 1, func(int) error { return both }))), "p: row 3: bad cell 1, EOF")
}
