package engine_test

import (
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/engine/enginetest"
)

func renamed(name string) *arrow.Schema {
	return arrow.NewSchema([]arrow.Field{{Name: name, Type: arrow.PrimitiveTypes.Int64}}, nil)
}

func TestMapRunsStagesInOrder(t *testing.T) {
	in, err := engine.Map(count(t, 30, nil), multiples(2), multiples(3))
	if err != nil {
		t.Fatal(err)
	}
	enginetest.Check(t, in, []enginetest.Row{{"n": 0}, {"n": 6}, {"n": 12}, {"n": 18}, {"n": 24}})
}

func TestMapOfNoStages(t *testing.T) {
	in, err := engine.Map(count(t, 2, nil))
	if err != nil {
		t.Fatal(err)
	}
	enginetest.Check(t, in, []enginetest.Row{{"n": 0}, {"n": 1}})
}

func TestMapErrors(t *testing.T) {
	_, err := engine.Map(count(t, 1, nil), multiples(2), rule{name: "join"})
	wantError(t, err, `join: no column "x"`)

	apply := func(out arrow.RecordBatch, err error) func(arrow.RecordBatch) (arrow.RecordBatch, error) {
		return func(arrow.RecordBatch) (arrow.RecordBatch, error) { return out, err }
	}
	for _, test := range []struct {
		rule rule
		want string
	}{
		{rule{name: "join", apply: apply(nil, io.ErrUnexpectedEOF)}, "p: join: unexpected EOF"},
		{rule{name: "join", apply: apply(nil, nil)}, "p: join: neither a batch nor an error was returned"},
		{rule{name: "join", out: arrow.NewSchema(nil, nil), apply: apply(number(t, 1), nil)},
			"p: join: the batch has 1 columns, its schema 0"},
		{rule{name: "join", out: renamed("m"), apply: apply(number(t, 1), nil)},
			"p: join: column 0 of the batch is n: type=int64, want m: type=int64"},
	} {
		in, err := engine.Map(count(t, 3, nil), test.rule)
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, drain(2, one(in)), test.want)
	}
}

func TestMapOfABrokenStream(t *testing.T) {
	broken := engine.Stream{Schema: numbers, Tasks: func(yield func(engine.Task, error) bool) {
		task := engine.Task{Run: func() (arrow.RecordBatch, error) { return nil, io.ErrUnexpectedEOF }}
		_ = yield(task, nil) && yield(engine.Task{}, io.ErrClosedPipe)
	}}
	in, err := engine.Map(broken, multiples(2))
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, drain(2, one(in)), "p: unexpected EOF")
}

func TestZipPutsColumnsSideBySide(t *testing.T) {
	rows, other := []enginetest.Row{{"n": 1}, {"n": 2}, {"n": 3}}, []enginetest.Row{{"m": 10}, {"m": 20}, {"m": 30}}
	in, err := engine.Zip(enginetest.Stream(t, numbers, rows, 2), enginetest.Stream(t, renamed("m"), other, 2))
	if err != nil {
		t.Fatal(err)
	}
	enginetest.Check(t, in, []enginetest.Row{{"n": 1, "m": 10}, {"n": 2, "m": 20}, {"n": 3, "m": 30}})
}

func TestZipErrors(t *testing.T) {
	_, err := engine.Zip(count(t, 1, nil), count(t, 1, nil))
	wantError(t, err, `zip: column "n" is on both sides`)

	fails := func(n int, with error) engine.Stream {
		in := count(t, n, func(int) error { return with })
		out := renamed("m")
		m, err := engine.Map(in, rule{name: "rename", out: out, apply: func(arrow.RecordBatch) (arrow.RecordBatch, error) {
			return enginetest.Batch(t, out, []enginetest.Row{{"m": 1}}), nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	ends := func(err error) engine.Stream {
		return engine.Stream{Schema: renamed("m"),
			Tasks: func(yield func(engine.Task, error) bool) { yield(engine.Task{}, err) }}
	}
	pairs := enginetest.Stream(t, numbers, []enginetest.Row{{"n": 1}, {"n": 2}}, 2)
	for _, test := range []struct {
		name string
		a, b engine.Stream
		want string
	}{
		{"rows", pairs, fails(1, nil), "p: zip: batch 0 has 2 rows left, 1 right"},
		{"right short", count(t, 3, nil), fails(2, nil), "p: zip: right ends after 2 batches, left goes on"},
		{"left short", count(t, 2, nil), fails(3, nil), "p: zip: left ends after 2 batches, right goes on"},
		{"left sequence", ends(io.EOF), count(t, 3, nil), "p: EOF"},
		{"right sequence", count(t, 3, nil), ends(io.EOF), "p: EOF"},
		{"right sequence at the end", count(t, 0, nil), ends(io.EOF), "p: EOF"},
		{"left fails", count(t, 1, func(int) error { return io.ErrNoProgress }), fails(1, io.EOF),
			"p: " + io.ErrNoProgress.Error()},
		{"right fails", count(t, 1, nil), fails(1, io.EOF), "p: EOF"},
		{"bad on both sides", count(t, 1, func(int) error { return badCell(1) }),
			fails(1, badCell(2)), "p: bad cell 1\np: bad cell 2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			in, err := engine.Zip(test.a, test.b)
			if err != nil {
				t.Fatal(err)
			}
			wantError(t, drain(2, one(in)), test.want)
		})
	}
}

func TestZipLeftEarlyLeavesBothSequences(t *testing.T) {
	left := 0
	leaving := func(in engine.Stream) engine.Stream {
		inner := in.Tasks
		in.Tasks = func(yield func(engine.Task, error) bool) {
			defer func() { left++ }()
			inner(yield)
		}
		return in
	}
	other := enginetest.Stream(t, renamed("m"), slices.Repeat([]enginetest.Row{{"m": 1}}, 1000), 1)
	in, err := engine.Zip(leaving(count(t, 1000, nil)), leaving(other))
	if err != nil {
		t.Fatal(err)
	}
	stop := &taker{take: func(int64) error { return io.EOF }}
	renumber, err := engine.Map(in,
		rule{name: "choose", out: numbers, apply: func(arrow.RecordBatch) (arrow.RecordBatch, error) {
			return number(t, 1), nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, drain(2, one(renumber, stop)), "p: taker: EOF")
	if left != 2 {
		t.Errorf("%d of 2 sequences left", left)
	}
}

func TestThroughShowsSinksWhatIsLeft(t *testing.T) {
	all, even := &taker{}, &taker{}
	out, sink, err := engine.Through(numbers, []engine.Stage{multiples(2)}, even, &taker{})
	if err != nil || !out.Equal(numbers) {
		t.Fatalf("schema %v, error %v", out, err)
	}
	if err := drain(3, one(count(t, 7, nil), sink, all)); err != nil {
		t.Fatal(err)
	}
	upTo(t, all.took, 7)
	if want := []int64{0, 2, 4, 6}; !slices.Equal(even.took, want) {
		t.Errorf("took %v, want %v", even.took, want)
	}
}

func TestThroughErrors(t *testing.T) {
	_, _, err := engine.Through(numbers, []engine.Stage{rule{name: "choose"}})
	wantError(t, err, `choose: no column "x"`)

	broken := rule{name: "choose", apply: func(arrow.RecordBatch) (arrow.RecordBatch, error) { return nil, io.EOF }}
	late := &taker{take: func(int64) error { return io.ErrShortWrite }}
	for _, test := range []struct {
		stages []engine.Stage
		want   string
	}{
		{[]engine.Stage{broken}, "p: choose: EOF"},
		{nil, "p: taker: short write"},
	} {
		_, sink, err := engine.Through(numbers, test.stages, late)
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, drain(2, one(count(t, 3, nil), sink)), test.want)
	}
}

func TestSurveyOfInterfaces(t *testing.T) {
	var took []error
	survey := engine.Survey[error]{
		Name:   "answers",
		OnLook: func(arrow.RecordBatch) (error, error) { return nil, nil },
		OnTake: func(part error) error { took = append(took, part); return nil },
	}
	if err := drain(2, one(count(t, 3, nil), survey)); err != nil {
		t.Fatal(err)
	}
	if len(took) != 3 || errors.Join(took...) != nil {
		t.Errorf("took %v", took)
	}
}
