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

// selected has the shape of the selected table: ids and paths as text, ten dictionary columns, numbers,
// a list of codes.
func selected() *arrow.Schema {
	fields := []arrow.Field{
		{Name: "image_id", Type: arrow.BinaryTypes.String},
		{Name: "source_path", Type: arrow.BinaryTypes.String},
		{Name: "patient_id", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "group_id", Type: arrow.BinaryTypes.String},
		{Name: "age", Type: arrow.PrimitiveTypes.Float32, Nullable: true},
		{Name: "class_id", Type: arrow.PrimitiveTypes.Int32},
		{Name: "icd11_codes", Type: arrow.ListOf(dictionary), Nullable: true},
	}
	for i := range 10 {
		fields = append(fields, arrow.Field{Name: fmt.Sprint("text_", i), Type: dictionary, Nullable: i%2 > 0})
	}
	return arrow.NewSchema(fields, nil)
}

// selectedBatches makes rows of that shape: dictionaries of 3 to 6,000 entries.
func selectedBatches(b testing.TB, rows, size int) (*arrow.Schema, []arrow.RecordBatch, int64) {
	schema := selected()
	r := rand.New(rand.NewPCG(1, 1))
	sizes := []int{3, 2, 6, 51, 350, 6000, 350, 4, 20, 3}
	var words [10][]string
	for i, n := range sizes {
		for j := range n {
			words[i] = append(words[i], fmt.Sprintf("some category %d of %d", j, i))
		}
	}
	var out []arrow.RecordBatch
	var bytes int64
	for at := 0; at < rows; at += size {
		rb := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		text := func(i int, s string) {
			rb.Field(i).(*array.StringBuilder).Append(s)
			bytes += int64(len(s))
		}
		for k := at; k < min(at+size, rows); k++ {
			path := fmt.Sprintf("images/part_%02d/ISIC_%07d.jpg", r.IntN(20), k)
			text(0, fmt.Sprintf("source_%02d/%s", k*51/rows, path))
			text(1, path)
			if r.IntN(5) == 0 {
				rb.Field(2).AppendNull()
			} else {
				text(2, fmt.Sprintf("P%06d", r.IntN(rows/4)))
			}
			text(3, fmt.Sprintf("%016x", r.Uint64()))
			if r.IntN(4) == 0 {
				rb.Field(4).AppendNull()
			} else {
				rb.Field(4).(*array.Float32Builder).Append(float32(r.IntN(90)))
			}
			class := r.IntN(350)
			rb.Field(5).(*array.Int32Builder).Append(int32(class))
			list := rb.Field(6).(*array.ListBuilder)
			list.Append(true)
			for j := range 1 + class%3 {
				if err := list.ValueBuilder().(*array.BinaryDictionaryBuilder).AppendString(fmt.Sprintf("EA%02d.%d",
					class%100, j)); err != nil {
					b.Fatal(err)
				}
			}
			for i, w := range words {
				d := rb.Field(7 + i).(*array.BinaryDictionaryBuilder)
				if i%2 > 0 && r.IntN(3) == 0 {
					d.AppendNull()
				} else if err := d.AppendString(w[r.IntN(len(w))]); err != nil {
					b.Fatal(err)
				}
			}
		}
		out = append(out, rb.NewRecordBatch())
	}
	return schema, out, bytes
}

const benchRows = 1 << 20

func BenchmarkWrite(b *testing.B) {
	schema, batches, bytes := selectedBatches(b, benchRows, 20000)
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprint("workers=", workers), func(b *testing.B) {
			b.SetBytes(bytes)
			b.ReportAllocs()
			for b.Loop() {
				writeFile(b, io.Discard, schema, batches, Options{Workers: workers})
			}
			b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
