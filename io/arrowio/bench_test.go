package arrowio

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/io/csvio"
)

var datasetColumns = []Column{
	{Name: "image_path"}, {Name: "label", Dictionary: true}, {Name: "differentials"}, {Name: "patient_id"},
	{Name: "lesion_id"},
	{Name: "sex", Dictionary: true}, {Name: "age", Dictionary: true}, {Name: "body_site", Dictionary: true},
	{Name: "fitzpatrick", Dictionary: true}, {Name: "image_type", Dictionary: true},
	{Name: "diagnosis_method", Dictionary: true}, {Name: "mask_path"},
}

const benchRows = 200_000

// benchFile is a dataset CSV of the usual shape: about 150 bytes a row, a fifth with differentials.
func benchFile(b *testing.B) (path string, size int64) {
	r := rand.New(rand.NewPCG(1, 2))
	var names []string
	for _, c := range datasetColumns {
		names = append(names, c.Name)
	}
	text := csvio.AppendRecord(nil, names...)
	for i := range benchRows {
		label := fmt.Sprintf("basal cell carcinoma %d", r.IntN(300))
		if r.IntN(5) == 0 {
			label += ", NOS"
		}
		differentials := ""
		if r.IntN(5) == 0 {
			differentials = fmt.Sprintf(`["%s","naevus %d","melanoma in situ %d"]`, label, r.IntN(90), r.IntN(90))
		}
		text = csvio.AppendRecord(text, fmt.Sprintf("images/isic_07/%02x/ISIC_07_%08d.jpg", r.IntN(256), i), label,
			differentials, fmt.Sprintf("isic_07-P%07d", r.IntN(benchRows)), fmt.Sprintf("isic_07-L%07da", r.IntN(benchRows)),
			[]string{"male", "female", ""}[r.IntN(3)], fmt.Sprint(5*r.IntN(18)),
			[]string{"", "head/neck", "anterior torso", "palms/soles"}[r.IntN(4)], "", "clinical", "", "")
	}
	path = filepath.Join(b.TempDir(), "bench.csv")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		b.Fatal(err)
	}
	return path, int64(len(text))
}

func benchBatches(b *testing.B) ([]arrow.RecordBatch, *arrow.Schema, int64) {
	path, size := benchFile(b)
	s, err := ReadCSV(path, datasetColumns, 1<<20)
	if err != nil {
		b.Fatal(err)
	}
	batches, err := collect(s)
	if err != nil {
		b.Fatal(err)
	}
	return batches, s.Schema, size
}

// collect runs a stream on one goroutine.
func collect(s engine.Stream) ([]arrow.RecordBatch, error) {
	var batches []arrow.RecordBatch
	for task, err := range s.Tasks {
		if err != nil {
			return batches, err
		}
		batch, err := task.Run()
		if err != nil {
			return batches, err
		}
		batches = append(batches, batch)
	}
	return batches, nil
}

// feed gives batches to a sink on one goroutine.
func feed(sink engine.Sink, batches ...arrow.RecordBatch) error {
	for _, batch := range batches {
		part, err := sink.Look(batch)
		if err != nil {
			return err
		}
		if err := sink.Take(part); err != nil {
			return err
		}
	}
	return nil
}

func BenchmarkReadCSV(b *testing.B) {
	path, size := benchFile(b)
	b.SetBytes(size)
	for b.Loop() {
		s, err := ReadCSV(path, datasetColumns, 1<<20)
		if err != nil {
			b.Fatal(err)
		}
		for task, err := range s.Tasks {
			if err != nil {
				b.Fatal(err)
			}
			if _, err := task.Run(); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkRowsWriter(b *testing.B) {
	batches, schema, size := benchBatches(b)
	b.SetBytes(size)
	for b.Loop() {
		w := NewRowsWriter(io.Discard, schema)
		if err := feed(w, batches...); err != nil {
			b.Fatal(err)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRows(b *testing.B) {
	batches, schema, size := benchBatches(b)
	path := filepath.Join(b.TempDir(), "bench.arrows")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := NewRowsWriter(f, schema)
	if err := feed(w, batches...); err != nil || w.Close() != nil || f.Close() != nil {
		b.Fatal(err)
	}
	b.SetBytes(size)
	for b.Loop() {
		r, err := OpenRows(path)
		if err != nil {
			b.Fatal(err)
		}
		for task := range r.Stream().Tasks {
			if _, err := task.Run(); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkCSVWriter(b *testing.B) {
	batches, schema, size := benchBatches(b)
	b.SetBytes(size)
	for b.Loop() {
		w, err := NewCSVWriter(io.Discard, schema)
		if err != nil {
			b.Fatal(err)
		}
		if err := feed(w, batches...); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkCSVWriterSoft is the file of soft labels: a JSON object in every row.
func BenchmarkCSVWriterSoft(b *testing.B) {
	element := arrow.StructOf(arrow.Field{Name: "name", Type: arrow.BinaryTypes.String},
		arrow.Field{Name: "p", Type: arrow.PrimitiveTypes.Float32})
	schema := arrow.NewSchema([]arrow.Field{{Name: "image_id", Type: arrow.BinaryTypes.String},
		{Name: "soft_labels", Type: arrow.ListOf(element)}}, nil)
	builder := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	lists := builder.Field(1).(*array.ListBuilder)
	structs := lists.ValueBuilder().(*array.StructBuilder)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 10_000 {
		builder.Field(0).(*array.StringBuilder).Append(fmt.Sprintf("isic_07/images/%08d.jpg", i))
		lists.Append(true)
		n := 1 + 2*(r.IntN(5)/4)
		for k := range n {
			structs.Append(true)
			structs.FieldBuilder(0).(*array.StringBuilder).Append(fmt.Sprintf("basal cell carcinoma %d", r.IntN(300)))
			structs.FieldBuilder(1).(*array.Float32Builder).Append(float32(6) / float32(11*(k+1)))
		}
	}
	batch := builder.NewRecordBatch()
	b.SetBytes(10_000)
	for b.Loop() {
		w, err := NewCSVWriter(io.Discard, schema)
		if err != nil || feed(w, batch) != nil {
			b.Fatal(err)
		}
	}
}
