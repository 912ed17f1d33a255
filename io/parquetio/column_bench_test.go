package parquetio

import (
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// columnRows are the rows of one row group, which each operation of BenchmarkColumns writes from
// batches of columnBatch rows.
const (
	columnRows  = rowsInGroup
	columnBatch = 1 << 14
)

// A benchColumn makes the cells of a column: nil for null.
type benchColumn struct {
	arrow.Field
	cell func(r *rand.Rand, k int) any
}

var shares = arrow.ListOf(arrow.StructOf(arrow.Field{Name: "class_id", Type: arrow.PrimitiveTypes.Int32},
	arrow.Field{Name: "p", Type: arrow.PrimitiveTypes.Float32}))

func benchText(name string, cell func(r *rand.Rand, k int) any) benchColumn {
	return benchColumn{arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: true}, cell}
}

func benchFloat(name string, cell func(r *rand.Rand, k int) any) benchColumn {
	return benchColumn{arrow.Field{Name: name, Type: arrow.PrimitiveTypes.Float32}, cell}
}

// benchWords is a dictionary column of so many words, with a null in so many cells; 0: no nulls.
func benchWords(name string, words, nulls int) benchColumn {
	return benchColumn{arrow.Field{Name: name, Type: dictionary, Nullable: true}, func(r *rand.Rand, _ int) any {
		if nulls > 0 && r.IntN(nulls) == 0 {
			return nil
		}
		return fmt.Sprintf("some category %d", r.IntN(words))
	}}
}

func benchCodes(name string) benchColumn {
	return benchColumn{arrow.Field{Name: name, Type: arrow.ListOf(arrow.BinaryTypes.String), Nullable: true},
		func(r *rand.Rand, _ int) any {
			class := r.IntN(350)
			list := make([]any, 1+class%3)
			for j := range list {
				list[j] = fmt.Sprintf("EA%02d.%d", class%100, j)
			}
			return list
		}}
}

func benchShares(name string) benchColumn {
	return benchColumn{arrow.Field{Name: name, Type: shares, Nullable: true}, func(r *rand.Rand, _ int) any {
		list := make([]any, 1+max(0, r.IntN(6)-3))
		for j := range list {
			list[j] = pair{ID: r.Int32N(350), P: 1 / float32(1+j+r.IntN(4))}
		}
		return list
	}}
}

func null(*rand.Rand, int) any { return nil }

func path(r *rand.Rand, k int) any {
	return fmt.Sprintf("HAM10000/images_part_%02d/derm/ISIC_%07d.jpeg", k/9000, k)
}

func id(prefix string) func(*rand.Rand, int) any {
	return func(r *rand.Rand, k int) any { return fmt.Sprintf("%s_%011d", prefix, r.IntN(columnRows/3)) }
}

func someID(r *rand.Rand, k int) any {
	if r.IntN(4) == 0 {
		return nil
	}
	return id("lesi")(r, k)
}

func group16(r *rand.Rand, _ int) any { return fmt.Sprintf("%016x", r.Uint64()) }

// benchTable has the shape of a published table: most dictionary columns are one word or nothing.
func benchTable() []benchColumn {
	columns := []benchColumn{
		benchText("image_id", path), benchText("source_path", path), benchText("patient_id", id("pati")),
		benchText("lesion_id", someID), benchText("group_id", group16), benchText("sha256", null),
		benchCodes("icd11_codes"), benchShares("soft_labels"),
		{arrow.Field{Name: "age", Type: arrow.PrimitiveTypes.Float32, Nullable: true}, func(r *rand.Rand, _ int) any {
			if r.IntN(5) == 0 {
				return nil
			}
			return float32(5 * r.IntN(18))
		}},
		{arrow.Field{Name: "class_id", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
			func(r *rand.Rand, _ int) any { return r.Int32N(350) }},
	}
	for i, words := range []int{1, 350, 350, 3, 1, 1, 0, 0, 20, 1, 1, 0} {
		name := fmt.Sprint("word_", i)
		if words == 0 {
			columns = append(columns, benchColumn{arrow.Field{Name: name, Type: dictionary, Nullable: true}, null})
		} else {
			columns = append(columns, benchWords(name, words, i%3*4))
		}
	}
	return columns
}

// benchBatches makes the rows, and counts the bytes of their values.
func benchBatches(b *testing.B, columns []benchColumn) (*arrow.Schema, []arrow.RecordBatch, int64) {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = c.Field
	}
	schema := arrow.NewSchema(fields, nil)
	r := rand.New(rand.NewPCG(7, 7))
	var batches []arrow.RecordBatch
	var size int64
	for at := 0; at < columnRows; at += columnBatch {
		rb := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		for i, c := range columns {
			for k := at; k < at+columnBatch; k++ {
				v := c.cell(r, k)
				size += benchSize(v)
				add(b, rb.Field(i), v)
			}
		}
		batches = append(batches, rb.NewRecordBatch())
	}
	return schema, batches, size
}

func benchSize(v any) (n int64) {
	switch v := v.(type) {
	case nil:
		return 0
	case string:
		return int64(len(v))
	case []any:
		for _, e := range v {
			n += benchSize(e)
		}
		return n
	case pair:
		return 8
	}
	return 4
}

// BenchmarkColumns writes one row group of one kind of column, and of a whole table.
func BenchmarkColumns(b *testing.B) {
	for _, c := range []struct {
		name    string
		columns []benchColumn
	}{
		{"text", []benchColumn{benchText("c", path)}},
		{"text-nulls", []benchColumn{benchText("c", someID)}},
		{"dictionary", []benchColumn{benchWords("c", 350, 0)}},
		{"dictionary-nulls", []benchColumn{benchWords("c", 350, 4)}},
		{"constant", []benchColumn{benchWords("c", 1, 0)}},
		{"null", []benchColumn{{arrow.Field{Name: "c", Type: dictionary, Nullable: true}, null}}},
		{"float", []benchColumn{benchFloat("c", func(r *rand.Rand, _ int) any { return r.Float32() })}},
		{"float-zeros",
			[]benchColumn{benchFloat("c", func(r *rand.Rand, _ int) any { return float32(max(0, r.IntN(300)-298)) })}},
		{"list-text", []benchColumn{benchCodes("c")}},
		{"list-struct", []benchColumn{benchShares("c")}},
		{"table", benchTable()},
	} {
		b.Run(c.name, func(b *testing.B) {
			schema, batches, size := benchBatches(b, c.columns)
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				writeFile(b, io.Discard, schema, batches, Options{Workers: 1})
			}
			b.ReportMetric(columnRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
