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

// golden are files by what is in them, with the SHA-256 of their bytes. A change here is a change of every file that
// users compare or publish. Another version of the zstd module may change them too, and nothing else should.
var golden = []struct {
	name    string
	batches func(t *testing.T) (*arrow.Schema, []arrow.RecordBatch)
	options Options
	sum     string
}{
	{"all kinds, small batches", func(t *testing.T) (*arrow.Schema, []arrow.RecordBatch) {
		return everything, batchesOf(t, randomRows(21, 3000), 37)
	}, Options{groupRows: 640}, "5a9a374d0f7b704b78c9aae8ef7d2ed47497b78b44e6eab58fca5daeeef5fbea"},
	{"all kinds, batches of one row", func(t *testing.T) (*arrow.Schema, []arrow.RecordBatch) {
		return everything, batchesOf(t, randomRows(22, 300), 1)
	}, Options{groupRows: 100}, "6bfebf850dc218586ad114148f990f496cd820e83a4004941611e2d8f000ae03"},
	{"all kinds, one batch", func(t *testing.T) (*arrow.Schema, []arrow.RecordBatch) {
		return everything, batchesOf(t, randomRows(23, 20000), 20000)
	}, Options{Metadata: map[string]string{"a": "1"}}, "c7d346dd2b412393ee825bb34dfcae3a9e65c8fe32d316be8f4a16dbea408eec"},
	{"all kinds, slices of one batch", func(t *testing.T) (*arrow.Schema, []arrow.RecordBatch) {
		return everything, slicesOf(batch(t, everything, longRows(), 5), 4999)
	}, Options{groupRows: 40000}, "3b81dd71d097dd8005d6011f34b14e2d66dcee7e5b81523277b5e340d78003ea"},
	{"batches without some columns", someColumns, Options{groupRows: 40003},
		"446276749c36c6e6d29b71c8bdc40d920d438a8e778586c885124c1c4f4d1a07"},
	{"odd columns, one batch", func(t *testing.T) (*arrow.Schema, []arrow.RecordBatch) {
		return oddBatches(t, 40001, 40001)
	}, Options{groupRows: 1 << 20}, "394681c01ffad957fbcb18080d6459c13f08da3134c0563285b5f6dc530ba2ad"},
	{"odd columns, batches with dictionaries of their own", func(t *testing.T) (*arrow.Schema, []arrow.RecordBatch) {
		return oddBatches(t, 40001, 1021)
	}, Options{groupRows: 35000}, "437ca92b468957e0517fd9c406429cbd97d9b77b72bdabaaa54770370974ba64"},
	{"odd columns, slices", func(t *testing.T) (*arrow.Schema, []arrow.RecordBatch) {
		schema, batches := oddBatches(t, 9000, 9000)
		return schema, slicesOf(batches[0], 13)
	}, Options{groupRows: 4001}, "79bc9d01ef9c6bdd54c3e55c8adf085951de159eb2545d2915c63e2f1e96a81f"},
	{"the selected table", func(t *testing.T) (*arrow.Schema, []arrow.RecordBatch) {
		schema, batches, _ := selectedBatches(t, 40000, 6000)
		return schema, batches
	}, Options{}, "a58a8a2083e8e01ec67ba6da929aa85754d377c7a9e34e984812ba21989b5977"},
}

func TestGolden(t *testing.T) {
	for _, g := range golden {
		t.Run(g.name, func(t *testing.T) {
			schema, batches := g.batches(t)
			for _, workers := range []int{1, 3} {
				o := g.options
				o.Workers = workers
				if sum := fmt.Sprintf("%x", sha256.Sum256(fileOf(t, schema, batches, o))); sum != g.sum {
					t.Errorf("%d workers: SHA-256 is %s, want %s", workers, sum, g.sum)
				}
			}
		})
	}
}

// fileOf is the file that writeFile writes.
func fileOf(t testing.TB, schema *arrow.Schema, batches []arrow.RecordBatch, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	writeFile(t, &b, schema, batches, o)
	return b.Bytes()
}

// batchesOf are rows in batches of the given size, each with dictionaries of its own.
func batchesOf(t testing.TB, rows []row, size int) (out []arrow.RecordBatch) {
	t.Helper()
	for at := 0; at < len(rows); at += size {
		out = append(out, batch(t, everything, rows[at:min(at+size, len(rows))], at%3))
	}
	return out
}

// someColumns are rows of which each second batch lacks most columns.
func someColumns(t *testing.T) (*arrow.Schema, []arrow.RecordBatch) {
	few := arrow.NewSchema([]arrow.Field{everything.Field(0), everything.Field(3), everything.Field(10)}, nil)
	rows := randomRows(24, 7000)
	a, b := batch(t, few, rows[:6999], 1), batch(t, everything, rows[:6999], 1)
	var batches []arrow.RecordBatch
	for range 15 {
		batches = append(batches, a, b)
	}
	return everything, batches
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
	arrow.Field{Name: "text", Type: arrow.BinaryTypes.String, Nullable: true},
	arrow.Field{Name: "word", Type: dictionary, Nullable: true},
	arrow.Field{Name: "flag", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
	arrow.Field{Name: "n", Type: arrow.PrimitiveTypes.Int64})

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
		return array.MakeFromData(array.NewDataWithDictionary(d.DataType(), d.Len(), buffers,
			array.UnknownNullCount, 0, words))
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
