package rows

import (
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine/enginetest"
)

// show is the cells of a column; <nil> for null.
func show(t *testing.T, column arrow.Array) (cells []any) {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{Nullable("c", column.DataType())}, nil)
	for _, r := range enginetest.Rows(array.NewRecordBatch(schema, []arrow.Array{column}, int64(column.Len()))) {
		cells = append(cells, r["c"])
	}
	return cells
}

func TestColumnsOfNamesWhatIsWrong(t *testing.T) {
	in := arrow.NewSchema([]arrow.Field{Nullable("a", TypeText), Nullable("b", TypeInt32),
		Nullable("b", TypeInt32), Nullable("c", TypeDict)}, nil)
	at, err := ColumnsOf(in, Nullable("c", TypeDict), Nullable("a", TypeText))
	if err != nil || !slices.Equal(at, []int{3, 0}) {
		t.Errorf("columns %v, error %v", at, err)
	}
	_, err = ColumnsOf(in, Nullable("a", TypeDict), Nullable("b", TypeInt32), Nullable("x", TypeText))
	for _, want := range []string{`column "a" is utf8, want dictionary`,
		`column "b" stands 2 times`, `column "x" stands 0 times`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func TestColumnsWithNulls(t *testing.T) {
	n := NewNulls(3)
	n.Set(1)
	numbers := Fixed(TypeInt32, []int32{4, 5, 6}, n)
	if got := show(t, numbers); !slices.Equal(got, []any{int32(4), nil, int32(6)}) {
		t.Errorf("numbers %v", got)
	}
	if got := OrMinusOne(numbers); !slices.Equal(got, []int32{4, -1, 6}) || Int32sOf(numbers)[1] != 5 {
		t.Errorf("numbers %v, of %v", got, Int32sOf(numbers))
	}
	words := DictColumn([]int32{1, -1, 0}, Texts([]string{"a", "b"}))
	if got := show(t, words); !slices.Equal(got, []any{"b", nil, "a"}) {
		t.Errorf("words %v", got)
	}
	text := NewText(3, 0)
	text.Add("a", "/", "b")
	text.AddNull()
	text.Bytes = append(text.Bytes, "c"...)
	text.End()
	if got := show(t, text.Array()); !slices.Equal(got, []any{"a/b", nil, "c"}) {
		t.Errorf("texts %v", got)
	}
}

// A column that shares the values of a slice of another one has its own nulls in its own places.
func TestNullsOverASlice(t *testing.T) {
	for _, whole := range []arrow.Array{Texts([]string{"a", "b", "c", "d"}),
		DictColumn([]int32{0, 1, 2, 3}, Texts([]string{"a", "b", "c", "d"}))} {
		part := array.NewSlice(whole, 1, 4)
		n := NullsOver(part)
		n.Set(1)
		if got := show(t, WithNulls(part, n)); !slices.Equal(got, []any{"b", nil, "d"}) {
			t.Errorf("%v: cells %v", whole.DataType(), got)
		}
		if got := show(t, WithNulls(part, NullsOver(part))); !slices.Equal(got, []any{"b", "c", "d"}) {
			t.Errorf("%v: cells %v without nulls", whole.DataType(), got)
		}
	}
}

func TestEntries(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{Nullable(ColDifferential, TypeEntries)}, nil)
	entry := func(label, class, reader int) enginetest.Row {
		return enginetest.Row{"label": label, "class": class, "reader": reader}
	}
	weighted := entry(1, 7, 0)
	weighted["weight"] = 2.5
	noClass := enginetest.Row{"label": 0, "reader": 1}
	batch := enginetest.Batch(t, schema, []enginetest.Row{
		{ColDifferential: []any{entry(9, 9, 9)}}, {}, {ColDifferential: []any{entry(0, 3, 0), weighted, noClass}},
	})
	e := EntriesOf(batch.NewSlice(1, 3).Column(0))
	if from, to := e.Of(0); from != to {
		t.Errorf("a null has entries %d to %d", from, to)
	}
	from, to := e.Of(1)
	if to-from != 3 || !slices.Equal(e.Labels[from:to], []int32{0, 1, 0}) ||
		!slices.Equal(e.Readers[from:to], []int32{0, 0, 1}) {
		t.Fatalf("entries %d to %d, labels %v, readers %v", from, to, e.Labels, e.Readers)
	}
	if e.Class(from) != 3 || e.Class(from+2) != -1 {
		t.Errorf("classes %d and %d", e.Class(from), e.Class(from+2))
	}
	if w, given := e.Weight(from + 1); w != 2.5 || !given || e.Weights()[from+1] != 2.5 {
		t.Errorf("weight %v, given %t", w, given)
	}
	if _, given := e.Weight(from); given {
		t.Error("an entry without a weight has one")
	}
}
