package parquetio

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// golden are files by what is in them, with the SHA-256 of their bytes. A change here is a change of every file that users compare or
// publish. Another version of the zstd module may change them too, and nothing else should.
var golden = []struct {
	name string
	file func(t *testing.T, workers int) []byte
	sum  string
}{
	{"all kinds, small batches", func(t *testing.T, workers int) []byte {
		var b bytes.Buffer
		write(t, &b, randomRows(21, 3000), 37, Options{RowGroup: 640, Workers: workers})
		return b.Bytes()
	}, ""},
	{"all kinds, batches of one row", func(t *testing.T, workers int) []byte {
		var b bytes.Buffer
		write(t, &b, randomRows(22, 300), 1, Options{RowGroup: 100, Workers: workers})
		return b.Bytes()
	}, ""},
	{"all kinds, one batch", func(t *testing.T, workers int) []byte {
		var b bytes.Buffer
		write(t, &b, randomRows(23, 20000), 20000, Options{Workers: workers, Metadata: map[string]string{"a": "1"}})
		return b.Bytes()
	}, ""},
	{"all kinds, slices of one batch", func(t *testing.T, workers int) []byte {
		whole := batch(t, everything, longRows(), 5)
		return bytesOf(t, everything, slicesOf(whole, 4999), Options{RowGroup: 40000, Workers: workers})
	}, ""},
	{"columns that a sink does not have", func(t *testing.T, workers int) []byte {
		some := arrow.NewSchema([]arrow.Field{everything.Field(0), everything.Field(3), everything.Field(10)}, nil)
		var b bytes.Buffer
		w, err := NewWriter(&b, everything, Options{Workers: workers, RowGroup: 40003})
		if err != nil {
			t.Fatal(err)
		}
		rows := randomRows(24, 7000)
		for range 15 {
			for _, schema := range []*arrow.Schema{some, everything} {
				take(t, w, schema, batch(t, schema, rows[:len(rows)-1], 1))
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}, ""},
	{"odd columns, one batch", func(t *testing.T, workers int) []byte {
		schema, batches := oddBatches(t, 70001, 70001)
		return bytesOf(t, schema, batches, Options{Workers: workers, RowGroup: 1 << 20})
	}, ""},
	{"odd columns, batches with dictionaries of their own", func(t *testing.T, workers int) []byte {
		schema, batches := oddBatches(t, 70001, 1021)
		return bytesOf(t, schema, batches, Options{Workers: workers, RowGroup: 50000})
	}, ""},
	{"odd columns, slices", func(t *testing.T, workers int) []byte {
		schema, batches := oddBatches(t, 9000, 9000)
		return bytesOf(t, schema, slicesOf(batches[0], 13), Options{Workers: workers, RowGroup: 4001})
	}, ""},
	{"the selected table", func(t *testing.T, workers int) []byte {
		schema, batches, _ := selectedBatches(t, 150000, 20000)
		return bytesOf(t, schema, batches, Options{Workers: workers})
	}, ""},
}

func TestGolden(t *testing.T) {
	for _, g := range golden {
		t.Run(g.name, func(t *testing.T) {
			for _, workers := range []int{1, 3} {
				if sum := fmt.Sprintf("%x", sha256.Sum256(g.file(t, workers))); sum != g.sum {
					t.Errorf("%d workers: SHA-256 is %s, want %s", workers, sum, g.sum)
				}
			}
		})
	}
}

func bytesOf(t testing.TB, schema *arrow.Schema, batches []arrow.RecordBatch, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, schema, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, batch := range batches {
		take(t, w, schema, batch)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func take(t testing.TB, w *Writer, schema *arrow.Schema, batch arrow.RecordBatch) {
	t.Helper()
	s, err := w.Sink(schema)
	if err != nil {
		t.Fatal(err)
	}
	part, err := s.Look(batch)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Take(part); err != nil {
		t.Fatal(err)
	}
}

func slicesOf(whole arrow.RecordBatch, size int64) (out []arrow.RecordBatch) {
	for at := int64(0); at < whole.NumRows(); at += size {
		out = append(out, whole.NewSlice(at, min(at+size, whole.NumRows())))
	}
	return out
}

// longRows are rows whose pages end by rows, by bytes of text and by elements of lists.
func longRows() []row {
	rows := randomRows(25, 9000)
	rows[50]["extra.text"] = strings.Repeat("x", pageText+1)
	many := make([]any, pageSlots)
	for i := range many {
		many[i] = pair{ID: int32(i)}
	}
	rows[60]["soft_labels"] = many
	for i := 100; i < 3000; i++ {
		rows[i]["extra.text"] = strings.Repeat("some text ", 100+i%7)
	}
	rows = append(rows, rows...)
	rows[60], rows[9050] = rows[61], rows[61]
	return append(append(rows, rows[100:9000]...), rows[9100:]...)
}

var oddStruct = arrow.StructOf(
	arrow.Field{Name: "text", Type: arrow.BinaryTypes.String, Nullable: true}, arrow.Field{Name: "word", Type: dictionary, Nullable: true},
	arrow.Field{Name: "flag", Type: arrow.FixedWidthTypes.Boolean, Nullable: true}, arrow.Field{Name: "n", Type: arrow.PrimitiveTypes.Int64})

// odd are columns whose arrays are legal and seldom.
var odd = arrow.NewSchema([]arrow.Field{
	{Name: "hidden_text", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "hidden_list", Type: arrow.ListOf(arrow.BinaryTypes.String), Nullable: true},
	{Name: "null_word", Type: dictionary, Nullable: true},
	{Name: "twice", Type: dictionary, Nullable: true},
	{Name: "one_word", Type: dictionary},
	{Name: "runs", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
	{Name: "long_runs", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "mostly", Type: dictionary, Nullable: true},
	{Name: "grows", Type: dictionary, Nullable: true},
	{Name: "sorted", Type: dictionary},
	{Name: "nan", Type: arrow.PrimitiveTypes.Float32},
	{Name: "flag", Type: arrow.FixedWidthTypes.Boolean},
	{Name: "flags", Type: arrow.ListOf(arrow.FixedWidthTypes.Boolean), Nullable: true},
	{Name: "ones", Type: arrow.ListOfNonNullable(arrow.BinaryTypes.String), Nullable: true},
	{Name: "numbers", Type: arrow.ListOfNonNullable(arrow.PrimitiveTypes.Float64)},
	{Name: "structs", Type: arrow.ListOf(oddStruct), Nullable: true},
	{Name: "no_words", Type: dictionary, Nullable: true},
	{Name: "no_list", Type: arrow.ListOf(oddStruct), Nullable: true},
	{Name: "empty_lists", Type: arrow.ListOfNonNullable(arrow.PrimitiveTypes.Int32)},
	{Name: "text", Type: arrow.BinaryTypes.String},
}, nil)

// oddBatches makes rows of odd.
func oddBatches(t testing.TB, rows, size int) (*arrow.Schema, []arrow.RecordBatch) {
	t.Helper()
	r := rand.New(rand.NewPCG(31, uint64(size)))
	var out []arrow.RecordBatch
	for at := 0; at < rows; at += size {
		n := min(size, rows-at)
		columns := make([]arrow.Array, odd.NumFields())
		for i, f := range odd.Fields() {
			columns[i] = oddColumn(t, f, r, at, n)
		}
		out = append(out, array.NewRecordBatch(odd, columns, int64(n)))
	}
	return odd, out
}

func oddColumn(t testing.TB, f arrow.Field, r *rand.Rand, at, n int) arrow.Array {
	switch f.Name {
	case "hidden_text": // nulls that have bytes, as far as the offsets tell
		return hide(oddValues(t, arrow.Field{Name: "text", Type: f.Type}, r, at, n), r)
	case "hidden_list":
		return hide(oddValues(t, arrow.Field{Name: "ones", Type: f.Type}, r, at, n), r)
	case "null_word":
		return codesOf(r, n, oddWords(t, "a", nil, "b", "c"))
	case "twice":
		return hide(codesOf(r, n, oddWords(t, "x", "y", "x", "z", "y")), r)
	case "one_word":
		return codesOf(r, n, oddWords(t, fmt.Sprint("source ", at/5000)))
	}
	return oddValues(t, f, r, at, n)
}

// hide makes a third of the cells null without touching what is beneath.
func hide(a arrow.Array, r *rand.Rand) arrow.Array {
	valid := make([]byte, (a.Len()+7)/8)
	for i := range a.Len() {
		if r.IntN(3) > 0 {
			valid[i/8] |= 1 << (i % 8)
		}
	}
	d := a.Data()
	buffers := append([]*memory.Buffer{memory.NewBufferBytes(valid)}, d.Buffers()[1:]...)
	if a.DataType().ID() == arrow.DICTIONARY {
		words := d.Dictionary().(*array.Data)
		return array.MakeFromData(array.NewDataWithDictionary(d.DataType(), d.Len(), buffers, array.UnknownNullCount, 0, words))
	}
	return array.MakeFromData(array.NewData(d.DataType(), d.Len(), buffers, d.Children(), array.UnknownNullCount, 0))
}

func oddWords(t testing.TB, words ...any) arrow.Array {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	for _, w := range words {
		add(t, b, w)
	}
	return b.NewArray()
}

func codesOf(r *rand.Rand, n int, words arrow.Array) arrow.Array {
	b := array.NewInt32Builder(memory.DefaultAllocator)
	for range n {
		b.Append(r.Int32N(int32(words.Len())))
	}
	return array.NewDictionaryArray(dictionary, b.NewArray(), words)
}

// oddValues builds a column cell by cell.
func oddValues(t testing.TB, f arrow.Field, r *rand.Rand, at, n int) arrow.Array {
	t.Helper()
	b := array.NewBuilder(memory.DefaultAllocator, f.Type)
	for k := at; k < at+n; k++ {
		if s, ok := b.(*array.ListBuilder); ok && f.Name == "structs" {
			addStructs(t, s, r)
			continue
		}
		add(t, b, oddValue(f.Name, r, k))
	}
	return b.NewArray()
}

func oddValue(name string, r *rand.Rand, k int) any {
	some := func(most int, value func() any) []any {
		list := make([]any, r.IntN(most+1))
		for i := range list {
			list[i] = value()
		}
		return list
	}
	switch name {
	case "runs": // of 1 to 40 nulls and values
		if k%97 < 40 == (k%13 < 6) {
			return r.NormFloat64()
		}
	case "long_runs":
		if k/1000%2 > 0 {
			return fmt.Sprintf("%08x", k)
		}
	case "mostly":
		if k%3000 == 0 {
			return fmt.Sprint("rare ", k)
		}
	case "grows":
		if r.IntN(9) > 0 {
			return fmt.Sprint("word ", r.IntN(k/7+1))
		}
	case "sorted":
		return fmt.Sprint("word ", k/3000)
	case "nan":
		if k/20000%2 > 0 && k%5000 == 0 {
			return float32(math.NaN())
		}
		return float32(r.IntN(10) - 5)
	case "flag":
		return k/100%3 > 0
	case "flags":
		if r.IntN(8) > 0 {
			return some(3, func() any { return []any{true, false, nil}[r.IntN(3)] })
		}
	case "ones":
		return []any{[]string{"EA80", "EA80.0", "2C30", "2C30.Z", "", "a code that is longer than others"}[r.IntN(6)]}
	case "numbers":
		return some(4, func() any { return r.NormFloat64() })
	case "empty_lists":
		return []any{}
	case "text":
		return strings.Repeat("v", r.IntN(80))
	}
	return nil
}

func addStructs(t testing.TB, b *array.ListBuilder, r *rand.Rand) {
	if r.IntN(9) == 0 {
		b.AppendNull()
		return
	}
	b.Append(true)
	s := b.ValueBuilder().(*array.StructBuilder)
	for range r.IntN(4) {
		if r.IntN(9) == 0 {
			s.AppendNull()
			continue
		}
		s.Append(true)
		add(t, s.FieldBuilder(0), []any{nil, "", "some words", strings.Repeat("many ", 30)}[r.IntN(4)])
		add(t, s.FieldBuilder(1), []any{nil, "left", "right", ""}[r.IntN(4)])
		add(t, s.FieldBuilder(2), []any{nil, true, false}[r.IntN(3)])
		add(t, s.FieldBuilder(3), r.Int64())
	}
}
