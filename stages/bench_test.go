package stages

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/engine/enginetest"
	"github.com/dermset/dermset/rows"
)

// benchRows is the rows of a batch, about what a reader cuts.
const benchRows = 8192

func rowsPerSecond(b *testing.B, n int) {
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// benchRaw is a batch whose shape is that of archive data: 300 labels, 3 images a patient,
// differentials in every fifth row.
func benchRaw(b *testing.B, n int) arrow.RecordBatch {
	rng := rand.New(rand.NewPCG(1, 1))
	var list []row
	for i := range n {
		label := func() string { return fmt.Sprintf("Label number %d", int(300*rng.Float64()*rng.Float64())) }
		cells := map[string]string{
			"image_path": fmt.Sprintf("images/part_%02d/IMG_%07d.jpg", i%16, i), "label": label(),
			"patient_id": fmt.Sprintf("PAT_%06d", i/3), "lesion_id": fmt.Sprintf("LES_%06d", i/2),
			"sex": []string{"male", "f", ""}[i%3], "age": fmt.Sprint(20 + i%60), "body_site": "trunk",
		}
		if i%5 == 0 {
			cells["differentials"] = fmt.Sprintf(`[{"label":%q,"weight":3,"reader":"r1"},{"label":%q,"weight":1,"reader":"r1"},{"label":%q,"weight":1,"reader":"r2"}]`,
				cells["label"], label(), label())
		}
		list = append(list, rawRow(cells))
	}
	return enginetest.Batch(b, rawSchema(), list)
}

// benchJoin maps 300 labels to 100 names, all final classes.
func benchJoin() Join {
	j := Join{Labels: map[string]int32{}}
	for i := range int32(100) {
		j.Names, j.Final = append(j.Names, fmt.Sprintf("name %03d", i)), append(j.Final, i)
	}
	for i := range int32(300) {
		j.Labels[fmt.Sprintf("Label number %d", i)] = i % 100
	}
	return j
}

// chain binds stages and returns their functions in a row.
func chain(b *testing.B, in *arrow.Schema, stages ...engine.Stage) (*arrow.Schema, apply) {
	var all []apply
	for _, s := range stages {
		out, f, err := s.Bind(in)
		if err != nil {
			b.Fatal(err)
		}
		in, all = out, append(all, f)
	}
	return in, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		for _, f := range all {
			var err error
			if batch, err = f(batch); err != nil {
				return nil, err
			}
		}
		return batch, nil
	}
}

func benchApply(b *testing.B, batch arrow.RecordBatch, f apply) {
	b.ReportAllocs()
	for b.Loop() {
		must(f(batch))
	}
	rowsPerSecond(b, int(batch.NumRows()))
}

func BenchmarkNormalise(b *testing.B) {
	_, f := chain(b, rawSchema(), Normalise{})
	benchApply(b, benchRaw(b, benchRows), f)
}

func BenchmarkJoin(b *testing.B) {
	schema, normalise := chain(b, rawSchema(), Normalise{})
	_, f := chain(b, schema, benchJoin())
	benchApply(b, must(normalise(benchRaw(b, benchRows))), f)
}

// benchDecided is a batch behind Keep and SoftLabel, all of whose rows are selected.
func benchDecided(b *testing.B) (*arrow.Schema, arrow.RecordBatch, Join) {
	j := benchJoin()
	schema, f := chain(b, rawSchema(), Normalise{}, j)
	batch := must(f(benchRaw(b, benchRows)))
	mapped := batch.Column(schema.FieldIndices(rows.ColMapped)[0])
	decisions := arrow.NewSchema(decidedFields, nil)
	decided := array.NewRecordBatch(decisions, []arrow.Array{
		rows.Fixed(rows.TypeUint8, make([]uint8, benchRows), nil), mapped,
		mapped, rows.Fixed(rows.TypeUint8, make([]uint8, benchRows), nil),
		rows.Fixed(rows.TypeUint64, make([]uint64, benchRows), nil),
	}, benchRows)
	zipped := must(engine.Zip(enginetest.Of(schema, batch), enginetest.Of(decisions, decided)))
	ids := make([]int32, len(j.Names))
	for i := range ids {
		ids[i] = int32(i)
	}
	kept := enginetest.Batches(b, must(engine.Map(zipped, Keep{Source: "a"}, SoftLabel{ClassID: ids})))
	return kept[0].Schema(), kept[0], j
}

func BenchmarkSoftLabel(b *testing.B) {
	schema, batch, j := benchDecided(b)
	n := schema.NumFields() - len(softFields)
	fields, columns := schema.Fields()[:n], batch.Columns()[:n]
	in := arrow.NewSchema(fields, nil)
	ids := make([]int32, len(j.Names))
	for i := range ids {
		ids[i] = int32(i)
	}
	_, f := chain(b, in, SoftLabel{ClassID: ids})
	benchApply(b, array.NewRecordBatch(in, columns, batch.NumRows()), f)
}

func BenchmarkPresent(b *testing.B) {
	schema, batch, j := benchDecided(b)
	codes := make([][]string, len(j.Names))
	for i := range codes {
		codes[i] = []string{"EA80", "EK00"}
	}
	ids := make([]int32, len(j.Names))
	for i := range ids {
		ids[i] = int32(i)
	}
	b.Run("selected", func(b *testing.B) {
		_, f := chain(b, schema, Selected{Source: "a", Licence: "CC0", Names: j.Names, Codes: codes})
		benchApply(b, batch, f)
	})
	b.Run("soft", func(b *testing.B) {
		_, f := chain(b, schema, Soft{Names: j.Names, Classes: ids})
		benchApply(b, batch, f)
	})
}
