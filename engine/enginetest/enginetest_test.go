package enginetest_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/engine/enginetest"
)

var schema = arrow.NewSchema([]arrow.Field{
	{Name: "id", Type: arrow.PrimitiveTypes.Int64},
	{Name: "age", Type: arrow.PrimitiveTypes.Float32, Nullable: true},
	{Name: "label", Type: &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32,
		ValueType: arrow.BinaryTypes.String}, Nullable: true},
	{Name: "readers", Nullable: true, Type: arrow.ListOf(arrow.StructOf(
		arrow.Field{Name: "name", Type: arrow.BinaryTypes.String, Nullable: true},
		arrow.Field{Name: "level", Type: arrow.PrimitiveTypes.Uint8}))},
	{Name: "sites", Type: arrow.ListOf(arrow.BinaryTypes.String), Nullable: true},
}, nil)

func table(rows int) (all []enginetest.Row) {
	for i := range rows {
		all = append(all, enginetest.Row{"id": i, "age": i, "label": string(rune('a' + i*7%5))})
	}
	return all
}

func TestRowsAreCanonical(t *testing.T) {
	type level uint8
	got := enginetest.Rows(enginetest.Batch(t, schema, []enginetest.Row{
		{"id": uint16(7), "age": 0.5, "label": "naevus",
			"readers": []enginetest.Row{{"level": level(3)}, nil, {"name": "x", "level": 1}}},
		{"id": 8, "age": nil, "readers": []enginetest.Row{}, "sites": []any{"arm", nil}},
		{"id": 9, "readers": []enginetest.Row(nil), "sites": []string{"leg"}},
	}))
	want := []enginetest.Row{
		{"id": int64(7), "age": float32(0.5), "label": "naevus",
			"readers": []enginetest.Row{{"level": uint8(3)}, nil, {"name": "x", "level": uint8(1)}}},
		{"id": int64(8), "readers": []enginetest.Row{}, "sites": []any{"arm", nil}},
		{"id": int64(9), "sites": []any{"leg"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBatchRefuses(t *testing.T) {
	for _, test := range []struct {
		row  enginetest.Row
		want string
	}{
		{enginetest.Row{}, `row 0: column "id": null in a column without nulls`},
		{enginetest.Row{"id": "7"}, `row 0: column "id": 7 of type string does not fit type int64`},
		{enginetest.Row{"id": 0.5}, `row 0: column "id": 0.5 of type float64 does not fit type int64`},
		{enginetest.Row{"id": uint64(1) << 63},
			`row 0: column "id": 9223372036854775808 of type uint64 does not fit type int64`},
		{enginetest.Row{"id": 1, "sex": "male"}, `row 0: no column "sex" in schema`},
		{enginetest.Row{"id": 1, "label": 7}, `row 0: column "label": 7 of type int does not fit type dictionary`},
		{enginetest.Row{"id": 1, "sites": "arm"}, `row 0: column "sites": arm of type string does not fit type list`},
		{enginetest.Row{"id": 1, "readers": []enginetest.Row{{"level": 256}}},
			`row 0: column "readers": element 0: column "item": column "level": 256 of`},
		{enginetest.Row{"id": 1, "readers": []enginetest.Row{{"level": -1}}},
			`row 0: column "readers": element 0: column "item": column "level": -1 of`},
		{enginetest.Row{"id": 1, "readers": []enginetest.Row{{"lvl": 1}}},
			`row 0: column "readers": element 0: column "item": no field "lvl" in struct`},
	} {
		got := failure(func(t enginetest.TB) { enginetest.Batch(t, schema, []enginetest.Row{test.row}) })
		if !strings.HasPrefix(got, test.want) {
			t.Errorf("%v: %q, want %q", test.row, got, test.want)
		}
	}
}

func TestCheckIgnoresWhereBatchesEnd(t *testing.T) {
	for size := range 12 {
		enginetest.Check(t, enginetest.Stream(t, schema, table(10), size), table(10))
	}
	got := failure(func(t enginetest.TB) { enginetest.Check(t, enginetest.Stream(t, schema, table(9), 4), table(10)) })
	if !strings.HasPrefix(got, "rows differ (-want +got):") {
		t.Errorf("a lost row: %q", got)
	}
}

// A rule is a stage made of a function.
type rule func(arrow.RecordBatch) (arrow.RecordBatch, error)

func (rule) Name() string { return "rule" }

func (r rule) Bind(in *arrow.Schema) (*arrow.Schema, func(arrow.RecordBatch) (arrow.RecordBatch, error), error) {
	return in, r, nil
}

// withAges is the batch with another column age.
func withAges(batch arrow.RecordBatch, age func(row int, ages *array.Float32) float32) arrow.RecordBatch {
	builder := array.NewFloat32Builder(memory.DefaultAllocator)
	ages := batch.Column(1).(*array.Float32)
	for i := range ages.Len() {
		builder.Append(age(i, ages))
	}
	out, err := batch.SetColumn(1, builder.NewArray())
	if err != nil {
		panic(err)
	}
	return out
}

func TestRunPassesAGoodStage(t *testing.T) {
	stage := rule(func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		return withAges(batch, func(i int, ages *array.Float32) float32 {
			if ages.IsNull(i) {
				return -1
			}
			return 2 * ages.Value(i)
		}), nil
	})
	want := table(20)
	for i := range want {
		want[i]["age"] = 2 * i
	}
	enginetest.Run(t, stage, schema, table(20), want)
	enginetest.Run(t, stage, schema, nil, nil)
}

// A mistake is a stage that leaves the rows of table(20) as they are, if it did not make a mistake,
// and how Run tells of it.
type mistake struct {
	name  string
	stage rule
	want  string
}

func (m mistake) caught(t *testing.T) {
	got := failure(func(t enginetest.TB) { enginetest.Run(t, m.stage, schema, table(20), table(20)) })
	if !strings.Contains(got, m.want) {
		t.Errorf("%q, want %q", got, m.want)
	}
}

func TestRunCatches(t *testing.T) {
	for _, test := range []mistake{
		{"a wrong value", func(b arrow.RecordBatch) (arrow.RecordBatch, error) {
			return withAges(b, func(int, *array.Float32) float32 { return 7 }), nil
		}, "rows differ"},
		{"an error",
			func(arrow.RecordBatch) (arrow.RecordBatch, error) { return nil, errors.New("no luck") }, "rule: no luck"},
		{"a look beyond the batch", func(b arrow.RecordBatch) (arrow.RecordBatch, error) {
			if b.NumRows() == 2 {
				return b.NewSlice(0, 1), nil
			}
			return b, nil
		}, "batches of 2 rows"},
		{"the offset of a slice", func(b arrow.RecordBatch) (arrow.RecordBatch, error) {
			all := arrow.Float32Traits.CastFromBytes(b.Column(1).Data().Buffers()[1].Bytes())
			return withAges(b, func(i int, _ *array.Float32) float32 { return all[i] }), nil
		}, "rows differ"},
		{"dictionary codes taken for labels", func(b arrow.RecordBatch) (arrow.RecordBatch, error) {
			codes := b.Column(2).(*array.Dictionary)
			return withAges(b, func(i int, ages *array.Float32) float32 {
				if label := codes.Dictionary().(*array.String).Value(0); label != "a" {
					return 0
				}
				return ages.Value(i)
			}), nil
		}, "standing alone: true"},
		{"a write to the input", func(b arrow.RecordBatch) (arrow.RecordBatch, error) {
			ages := b.Column(1).(*array.Float32)
			out := withAges(b, func(i int, ages *array.Float32) float32 { return ages.Value(i) })
			ages.Float32Values()[0]++
			return out, nil
		}, "the stage writes to its input"},
	} {
		t.Run(test.name, test.caught)
	}
}

func TestRunCatchesWithNulls(t *testing.T) {
	for _, test := range []mistake{
		{"a panic on null", func(b arrow.RecordBatch) (arrow.RecordBatch, error) {
			if b.Column(1).NullN() > 0 {
				panic("null")
			}
			return b, nil
		}, "with nulls, batches of 20 rows"},
		{"a row lost to null", func(b arrow.RecordBatch) (arrow.RecordBatch, error) {
			var keep []int32
			for i := range int32(b.NumRows()) {
				if b.Column(1).IsValid(int(i)) {
					keep = append(keep, i)
				}
			}
			return engine.Take(b, keep), nil
		}, "rows out, 20 in"},
		{"an error for some batches", func(b arrow.RecordBatch) (arrow.RecordBatch, error) {
			if b.NumRows() < 5 && b.Column(1).NullN() > 0 {
				return nil, errors.New("no luck")
			}
			return b, nil
		}, "error rule: no luck, unlike for other batches"},
		{"an order that depends on the batch", func(b arrow.RecordBatch) (arrow.RecordBatch, error) {
			if b.Column(1).NullN() < 2 {
				return b, nil
			}
			last := int32(b.NumRows()) - 1
			rows := []int32{last}
			for i := range last {
				rows = append(rows, i)
			}
			return engine.Take(b, rows), nil
		}, "rows depend on batches or workers"},
	} {
		t.Run(test.name, test.caught)
	}
}

func TestRunCatchesAGoroutine(t *testing.T) {
	release := make(chan struct{})
	var leaked sync.WaitGroup
	mistake{"a goroutine", func(b arrow.RecordBatch) (arrow.RecordBatch, error) {
		leaked.Go(func() { <-release })
		return b, nil
	}, "a goroutine is left"}.caught(t)
	close(release)
	leaked.Wait()
}

func TestRunCatchesNullsInAColumnWithout(t *testing.T) {
	out := arrow.NewSchema([]arrow.Field{{Name: "age", Type: arrow.PrimitiveTypes.Float32}}, nil)
	stage := choose{out, func(b arrow.RecordBatch) (arrow.RecordBatch, error) {
		return array.NewRecordBatch(out, []arrow.Array{b.Column(1)}, b.NumRows()), nil
	}}
	want := []enginetest.Row{{"age": 0}, {"age": 1}, {"age": 2}}
	got := failure(func(t enginetest.TB) { enginetest.Run(t, stage, schema, table(3), want) })
	if !strings.Contains(got, `column "age": nulls in a column without nulls`) {
		t.Errorf("%q", got)
	}
}

// A choose is a rule with another schema.
type choose struct {
	out *arrow.Schema
	rule
}

func (c choose) Bind(*arrow.Schema) (*arrow.Schema, func(arrow.RecordBatch) (arrow.RecordBatch, error), error) {
	return c.out, c.rule, nil
}

// A recorder is a test that remembers why it failed.
type recorder struct{}

type failed string

func (recorder) Helper() {}
func (recorder) Fatalf(format string, args ...any) {
	panic(failed(fmt.Sprintf(format, args...)))
}

// failure is how test fails; empty if it does not.
func failure(test func(t enginetest.TB)) (text string) {
	defer func() {
		switch value := recover().(type) {
		case nil:
		case failed:
			text = string(value)
		default:
			panic(value)
		}
	}()
	test(recorder{})
	return ""
}
