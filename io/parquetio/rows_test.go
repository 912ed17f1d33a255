package parquetio

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

var dictionary = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}

// everything is a schema with all that a file may hold.
var everything = arrow.NewSchema([]arrow.Field{
	{Name: "image_id", Type: arrow.BinaryTypes.String},
	{Name: "extra.text", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "sex", Type: dictionary, Nullable: true},
	{Name: "source", Type: dictionary},
	{Name: "class_id", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
	{Name: "long", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
	{Name: "age", Type: arrow.PrimitiveTypes.Float32, Nullable: true},
	{Name: "weight", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
	{Name: "tied_top", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
	{Name: "icd11_codes", Type: arrow.ListOf(arrow.BinaryTypes.String), Nullable: true},
	{Name: "readers", Type: arrow.ListOfNonNullable(dictionary)},
	{Name: "soft_labels", Type: arrow.ListOf(arrow.StructOf(
		arrow.Field{Name: "class_id", Type: arrow.PrimitiveTypes.Int32},
		arrow.Field{Name: "p", Type: arrow.PrimitiveTypes.Float32, Nullable: true})), Nullable: true},
	{Name: "nothing", Type: arrow.BinaryTypes.String, Nullable: true},
}, nil)

type row = map[string]any

// pair is an element of soft_labels; p is nil for null.
type pair struct {
	ID int32
	P  any
}

// randomRows makes rows for everything. No key: null. Lists are []any, with nil for null.
func randomRows(seed uint64, n int) []row {
	r := rand.New(rand.NewPCG(seed, 1))
	words := []string{"", "a", "male", "Ünï,\"code\"\n", strings.Repeat("long ", 70), "z"}
	word := func() string { return words[r.IntN(len(words))] }
	rows := make([]row, n)
	for i := range rows {
		w := row{"image_id": fmt.Sprintf("source/%d.jpg", r.IntN(1e6)), "source": fmt.Sprint("s", i/40), "readers": []any{}}
		rows[i] = w
		maybe := func(name string, v any) {
			if r.IntN(4) > 0 {
				w[name] = v
			}
		}
		maybe("extra.text", strings.Repeat(word(), r.IntN(3)))
		maybe("sex", word())
		maybe("class_id", int32(r.Uint32()))
		maybe("long", int64(r.Uint64()))
		maybe("age", []float32{0, float32(math.Copysign(0, -1)), 44.5, -3, 1e30}[r.IntN(5)])
		maybe("weight", r.NormFloat64())
		maybe("tied_top", r.IntN(2) == 0)
		var codes, soft []any
		for range r.IntN(4) {
			codes = append(codes, []any{nil, "2C30", "EA80", word()}[r.IntN(4)])
			p := pair{ID: r.Int32N(300)}
			if r.IntN(3) > 0 {
				p.P = r.Float32()
			}
			soft = append(soft, []any{p, p, nil}[r.IntN(3)])
			w["readers"] = append(w["readers"].([]any), word())
		}
		maybe("icd11_codes", append([]any{}, codes...))
		maybe("soft_labels", append([]any{}, soft...))
	}
	return rows
}

// add appends a value, nil for null, to a builder of any type.
func add(t testing.TB, b array.Builder, v any) {
	t.Helper()
	if v == nil {
		b.AppendNull()
		return
	}
	switch b := b.(type) {
	case *array.StringBuilder:
		b.Append(v.(string))
	case *array.BinaryDictionaryBuilder:
		if err := b.AppendString(v.(string)); err != nil {
			t.Fatal(err)
		}
	case *array.Int32Builder:
		b.Append(v.(int32))
	case *array.Int64Builder:
		b.Append(v.(int64))
	case *array.Float32Builder:
		b.Append(v.(float32))
	case *array.Float64Builder:
		b.Append(v.(float64))
	case *array.BooleanBuilder:
		b.Append(v.(bool))
	case *array.ListBuilder:
		b.Append(true)
		for _, e := range v.([]any) {
			add(t, b.ValueBuilder(), e)
		}
	case *array.StructBuilder:
		b.Append(true)
		add(t, b.FieldBuilder(0), v.(pair).ID)
		add(t, b.FieldBuilder(1), v.(pair).P)
	default:
		t.Fatalf("no values for %T", b)
	}
}

// batch makes rows a batch. The first skip rows are made and then sliced away.
func batch(t testing.TB, schema *arrow.Schema, rows []row, skip int) arrow.RecordBatch {
	t.Helper()
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for i := range schema.NumFields() {
		for range skip {
			b.Field(i).AppendEmptyValue()
		}
		for _, r := range rows {
			add(t, b.Field(i), r[schema.Field(i).Name])
		}
	}
	all := b.NewRecordBatch()
	return all.NewSlice(int64(skip), all.NumRows())
}
