package engine_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"pgregory.net/rapid"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/engine/enginetest"
)

// everything is a schema with a column of each type the stages use.
var everything = func() *arrow.Schema {
	code := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
	entry := arrow.StructOf(
		arrow.Field{Name: "label", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
		arrow.Field{Name: "name", Type: arrow.BinaryTypes.String, Nullable: true},
		arrow.Field{Name: "weight", Type: arrow.PrimitiveTypes.Float64})
	fields := []arrow.Field{
		{Name: "text", Type: arrow.BinaryTypes.String},
		{Name: "code", Type: code},
		{Name: "u8", Type: arrow.PrimitiveTypes.Uint8},
		{Name: "i32", Type: arrow.PrimitiveTypes.Int32},
		{Name: "i64", Type: arrow.PrimitiveTypes.Int64},
		{Name: "u64", Type: arrow.PrimitiveTypes.Uint64},
		{Name: "f32", Type: arrow.PrimitiveTypes.Float32},
		{Name: "f64", Type: arrow.PrimitiveTypes.Float64},
		{Name: "flag", Type: arrow.FixedWidthTypes.Boolean},
		{Name: "texts", Type: arrow.ListOf(arrow.BinaryTypes.String)},
		{Name: "codes", Type: arrow.ListOf(code)},
		{Name: "flags", Type: arrow.ListOf(arrow.FixedWidthTypes.Boolean)},
		{Name: "entry", Type: entry},
		{Name: "entries", Type: arrow.ListOf(entry)},
		{Name: "lists", Type: arrow.ListOf(arrow.ListOf(arrow.PrimitiveTypes.Uint8))},
	}
	for i := range fields {
		fields[i].Nullable = true
	}
	fields = append(fields, arrow.Field{Name: "id", Type: arrow.PrimitiveTypes.Int64})
	return arrow.NewSchema(fields, nil)
}()

// drawRow draws a row of the schema everything.
func drawRow(t *rapid.T, id int) enginetest.Row {
	texts := rapid.SampledFrom([]string{"", "a", "naevus", "größer", "a,\"b\"\n"})
	number := rapid.IntRange(0, 255)
	flag := rapid.Bool()
	entry := rapid.Custom(func(t *rapid.T) enginetest.Row {
		return some(t, enginetest.Row{"label": number.Draw(t, "label"), "name": texts.Draw(t, "name")},
			enginetest.Row{"weight": 0.5})
	})
	return some(t, enginetest.Row{
		"text": texts.Draw(t, "text"), "code": texts.Draw(t, "code"), "u8": number.Draw(t, "u8"),
		"i32": rapid.Int32().Draw(t, "i32"), "i64": rapid.Int64().Draw(t, "i64"), "u64": rapid.Uint64().Draw(t, "u64"),
		"f32": rapid.Float32().Draw(t, "f32"), "f64": rapid.Float64().Draw(t, "f64"), "flag": flag.Draw(t, "flag"),
		"texts": rapid.SliceOfN(texts, 0, 4).Draw(t, "texts"), "codes": rapid.SliceOfN(texts, 0, 4).Draw(t, "codes"),
		"flags": rapid.SliceOfN(flag, 0, 4).Draw(t, "flags"), "entry": entry.Draw(t, "entry"),
		"entries": rapid.SliceOfN(entry, 0, 3).Draw(t, "entries"),
		"lists":   rapid.SliceOfN(rapid.SliceOfN(rapid.Uint16Range(0, 255), 0, 3), 0, 3).Draw(t, "lists"),
	}, enginetest.Row{"id": id})
}

// some is always and, of the cells of row, most.
func some(t *rapid.T, row, always enginetest.Row) enginetest.Row {
	nulls := rapid.IntRange(0, 4)
	for _, name := range slices.Sorted(maps.Keys(row)) {
		if nulls.Draw(t, "null") > 0 {
			always[name] = row[name]
		}
	}
	return always
}

func TestTakeIsAGatherPerCell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := make([]enginetest.Row, rapid.IntRange(0, 20).Draw(t, "rows"))
		for i := range rows {
			rows[i] = drawRow(t, i)
		}
		batch := enginetest.Batch(t, everything, rows)
		from := rapid.IntRange(0, len(rows)).Draw(t, "from")
		to := rapid.IntRange(from, len(rows)).Draw(t, "to")
		batch, rows = batch.NewSlice(int64(from), int64(to)), rows[from:to]

		var chosen []int32
		if len(rows) > 0 {
			chosen = rapid.SliceOfN(rapid.Int32Range(0, int32(len(rows)-1)), 0, 30).Draw(t, "chosen")
		}
		var want []enginetest.Row
		for _, row := range chosen {
			want = append(want, rows[row])
		}
		got := engine.Take(batch, chosen)
		if diff := enginetest.Diff(t, everything, want, enginetest.Rows(got)); diff != "" {
			t.Fatalf("rows %v of %d (-want +got):\n%s", chosen, len(rows), diff)
		}
		for i, column := range got.Columns() {
			if known := column.Data().NullN(); known != nulls(column) {
				t.Fatalf("column %q states %d nulls, has %d", everything.Field(i).Name, known, nulls(column))
			}
		}
		again := engine.Take(got, backwards(len(chosen)))
		if diff := enginetest.Diff(t, everything, reversed(want), enginetest.Rows(again)); diff != "" {
			t.Fatalf("reversed (-want +got):\n%s", diff)
		}
	})
}

func nulls(column arrow.Array) (n int) {
	for i := range column.Len() {
		if column.IsNull(i) {
			n++
		}
	}
	return n
}

func backwards(n int) (rows []int32) {
	for i := range n {
		rows = append(rows, int32(n-1-i))
	}
	return rows
}

func reversed(rows []enginetest.Row) []enginetest.Row {
	rows = slices.Clone(rows)
	slices.Reverse(rows)
	return rows
}

// A batch is often a view of one large piece: a column that is kept must not keep all of it.
func TestTakeOfAllRowsSharesNoBuffer(t *testing.T) {
	batch := enginetest.Batch(t, everything,
		[]enginetest.Row{{"id": 1, "text": "a", "flag": true}, {"id": 2, "text": "b", "texts": []string{"c"}}})
	taken := engine.Take(batch, []int32{0, 1})
	for i, column := range batch.Columns() {
		for _, buffer := range column.Data().Buffers() {
			if buffer != nil && buffer.Len() > 0 && slices.Contains(taken.Column(i).Data().Buffers(), buffer) {
				t.Errorf("column %q shares a buffer with the batch", everything.Field(i).Name)
			}
		}
	}
}

func TestTakeSharesDictionaries(t *testing.T) {
	batch := enginetest.Batch(t, everything,
		[]enginetest.Row{{"id": 1, "code": "a"}, {"id": 2, "code": "b"}, {"id": 3, "code": "a"}})
	taken := engine.Take(batch, []int32{1})
	before, after := batch.Column(1).(*array.Dictionary), taken.Column(1).(*array.Dictionary)
	if before.Dictionary().Data() != after.Dictionary().Data() {
		t.Error("the dictionary was rebuilt")
	}
}

func TestTakeOfARowThatIsNotThere(t *testing.T) {
	batch := enginetest.Batch(t, numbers, []enginetest.Row{{"n": 1}, {"n": 2}, {"n": 3}}).NewSlice(0, 2)
	for _, row := range []int32{-1, 2, 1 << 30} {
		func() {
			defer func() {
				if want, got := fmt.Sprintf("take: row %d of a batch of 2 rows", row), recover(); got != want {
					t.Errorf("panic is %v, want %s", got, want)
				}
			}()
			engine.Take(batch, []int32{0, row})
		}()
	}
}

func TestTakeOfATypeItDoesNotKnow(t *testing.T) {
	for _, kind := range []arrow.DataType{arrow.MapOf(arrow.BinaryTypes.String, arrow.BinaryTypes.String),
		&arrow.Decimal128Type{Precision: 9}} {
		schema := arrow.NewSchema([]arrow.Field{{Name: "x", Type: kind, Nullable: true}}, nil)
		builder := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		builder.Field(0).AppendNulls(2)
		func() {
			defer func() {
				if want, got := fmt.Sprintf("take: a column of type %v", kind), recover(); got != want {
					t.Errorf("panic is %v, want %s", got, want)
				}
			}()
			engine.Take(builder.NewRecordBatch(), []int32{1})
		}()
	}
}

func TestTakeDoesNotWriteToItsInput(t *testing.T) {
	rows := []enginetest.Row{{"n": 1}, {"n": 2}, {"n": 3}, {"n": 4}}
	enginetest.Run(t, multiples(2), numbers, rows, []enginetest.Row{{"n": 2}, {"n": 4}})
}

// BenchmarkTake gathers every other row, and almost all, of a batch of 16,384.
func BenchmarkTake(b *testing.B) {
	rows := make([]enginetest.Row, 1<<14)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range rows {
		text := strings.Repeat("p", random.IntN(40))
		rows[i] = enginetest.Row{
			"text": text, "code": fmt.Sprint(i % 300), "u8": i % 3, "i64": i, "flag": i%3 == 0, "id": i,
			"texts": []string{text, text}, "entries": []enginetest.Row{{"label": i, "weight": 1}},
		}
		if i%10 == 0 {
			delete(rows[i], "i64") // the one column here that has nulls and values
		}
	}
	batch := enginetest.Batch(b, everything, rows)
	for _, name := range []string{"text", "code", "u8", "id", "i64", "flag", "texts", "entries"} {
		i := everything.FieldIndices(name)[0]
		column := array.NewRecordBatch(arrow.NewSchema([]arrow.Field{everything.Field(i)}, nil),
			[]arrow.Array{batch.Column(i)}, batch.NumRows())
		b.Run(name+"/half", func(b *testing.B) { benchmarkTake(b, column, func(row int) bool { return row%2 == 0 }) })
		b.Run(name+"/most", func(b *testing.B) { benchmarkTake(b, column, func(row int) bool { return row%97 != 0 }) })
	}
}

func benchmarkTake(b *testing.B, batch arrow.RecordBatch, keep func(row int) bool) {
	var rows []int32
	for row := range int(batch.NumRows()) {
		if keep(row) {
			rows = append(rows, int32(row))
		}
	}
	for b.Loop() {
		engine.Take(batch, rows)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(rows)), "ns/row")
}
