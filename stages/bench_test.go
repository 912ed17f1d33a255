package stages

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/engine/enginetest"
)

// benchRows is the rows of a batch, about what a reader cuts.
const benchRows = 8192

func rowsPerSecond(b *testing.B, rows int) {
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// benchRaw is a batch whose shape is that of archive data: 300 labels, 3 images a patient, differentials in every fifth row.
func benchRaw(b *testing.B, rows int) arrow.RecordBatch {
	rng := rand.New(rand.NewPCG(1, 1))
	var list []row
	for i := range rows {
		label := func() string { return fmt.Sprintf("Label number %d", int(300*rng.Float64()*rng.Float64())) }
		cells := map[string]string{
			"image_path": fmt.Sprintf("images/part_%02d/IMG_%07d.jpg", i%16, i), "label": label(), "patient_id": fmt.Sprintf("PAT_%06d", i/3),
			"lesion_id": fmt.Sprintf("LES_%06d", i/2), "sex": []string{"male", "f", ""}[i%3], "age": fmt.Sprint(20 + i%60), "body_site": "trunk",
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

func BenchmarkGroups(b *testing.B) {
	const batches = 64
	schema, f := chain(b, rawSchema(), Normalise{}, benchJoin())
	batch := must(f(benchRaw(b, benchRows*batches)))
	b.ResetTimer()
	for b.Loop() {
		g := NewGroups(GroupOptions{Patient: true, Lesion: true, Names: benchJoin().Names})
		sink := must(g.Sink(GroupSource{Name: "a", Space: "a"}, schema))
		for i := range int64(batches) {
			if err := sink.Take(must(sink.Look(batch.NewSlice(i*benchRows, (i+1)*benchRows)))); err != nil {
				b.Fatal(err)
			}
		}
		l, _ := g.Ledger()
		ids := must(l.Identify(0, schema))
		for i := range int64(batches) {
			if err := ids.Take(must(ids.Look(batch.NewSlice(i*benchRows, (i+1)*benchRows)))); err != nil {
				b.Fatal(err)
			}
		}
	}
	rowsPerSecond(b, benchRows*batches)
}

// benchLedger has rows in groups of 1 to 5 rows, of 350 classes whose sizes fall like 1/n; one group in ten holds a second class.
func benchLedger(rows int) (*Ledger, DecideOptions) {
	rng := rand.New(rand.NewPCG(2, 2))
	zipf := rand.NewZipf(rng, 1.2, 10, 349)
	l := NewLedger([]LedgerSource{{"a", int64(rows)}})
	for l.rows() < rows {
		class := int32(zipf.Uint64())
		n := min(1+rng.IntN(5), rows-l.rows())
		for i := range n {
			if i == 1 && rng.IntN(10) == 0 {
				class = int32(zipf.Uint64())
			}
			l.reason.add(uint8(Alive))
			l.mapped.add(class)
			l.patient.add(int32(l.groups))
			l.group.add(int32(l.groups))
		}
		l.ids.add(rng.Uint64())
		l.groups++
	}
	l.patients = l.groups
	o := options(350, SplitOptions{Ratios: [3]int{70, 15, 15}, Seed: 1})
	o.MinImages, o.MinGroups = 20, 3
	return l, o
}

func BenchmarkDecide(b *testing.B) {
	for _, rows := range []int{100_000, 1_000_000, 10_000_000} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			l, o := benchLedger(rows)
			b.ReportAllocs()
			for b.Loop() {
				must(Decide(l, o))
			}
			rowsPerSecond(b, rows)
		})
	}
}

// benchDecided is a batch behind Keep and SoftLabel.
func benchDecided(b *testing.B) (*arrow.Schema, arrow.RecordBatch, Join) {
	j := benchJoin()
	schema, f := chain(b, rawSchema(), Normalise{}, j)
	batch := must(f(benchRaw(b, benchRows)))
	l := NewLedger([]LedgerSource{{"a", benchRows}})
	for i, name := range orMinusOne(batch.Column(batch.Schema().FieldIndices(ColMapped)[0])) {
		l.reason.add(0)
		l.mapped.add(name)
		l.patient.add(-1)
		l.group.add(int32(i))
		l.ids.add(uint64(i))
	}
	l.groups = benchRows
	d := must(Decide(l, DecideOptions{Names: j.Names, Final: j.Final, Split: SplitOptions{Ratios: [3]int{70, 15, 15}}}))
	zipped := must(engine.Zip(enginetest.Of(schema, batch), d.Stream(0, []int64{benchRows})))
	var kept []arrow.RecordBatch
	drain(b, must(engine.Map(zipped, Keep{Source: "a"}, SoftLabel{ClassID: d.ClassID})), keep(&kept))
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
