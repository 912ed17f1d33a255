package stages

import (
	"context"
	"iter"
	"maps"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"go.uber.org/goleak"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/engine/enginetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type row = enginetest.Row

// rawSchema is the schema of a dataset CSV with further columns.
func rawSchema(more ...string) *arrow.Schema {
	fields := slices.Clone(rawFields)
	for _, name := range more {
		fields = append(fields, nullable(ExtraPrefix+name, typeText))
	}
	return arrow.NewSchema(fields, nil)
}

// rawRow is a row of rawSchema(); cells that are not given are empty.
func rawRow(cells map[string]string) row {
	r := row{}
	for _, f := range rawFields {
		r[f.Name] = cells[f.Name]
	}
	return r
}

// drain runs one pass on 2 workers.
func drain(t testing.TB, in engine.Stream, into ...engine.Sink) {
	t.Helper()
	if err := tryDrain(in, into...); err != nil {
		t.Fatal(err)
	}
}

func tryDrain(in engine.Stream, into ...engine.Sink) error {
	var passes iter.Seq2[engine.Pass, error] = func(yield func(engine.Pass, error) bool) {
		yield(engine.Pass{Name: "test", In: in, Into: into}, nil)
	}
	return engine.Drain(context.Background(), engine.Settings{Workers: 2, BatchBytes: 1 << 20, MemoryBytes: 1 << 30}, passes)
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// keep keeps the batches of a pass.
func keep(into *[]arrow.RecordBatch) engine.Sink {
	return engine.Survey[arrow.RecordBatch]{Name: "keep", OnLook: itself, OnTake: func(b arrow.RecordBatch) error {
		*into = append(*into, b)
		return nil
	}}
}

// A world is everything the rules get: sources with raw rows, a mapping, settings. Sources are sorted by name.
type world struct {
	names   []string
	final   []int32
	sources []worldSource
	options DecideOptions // without Names, Final and Split.Locked
	patient bool          // group_by
	lesion  bool
	locked  map[string]Split // by image_id

	pictures  map[string]Picture // by image_id; nil: none are asked about
	overrides map[string]bool    // by image_id
	duplicate bool               // group_by
}

type worldSource struct {
	group GroupSource
	norm  Normalise
	join  Join // without Names and Final
	rows  []map[string]string
}

// An outcome is everything the rules answer.
type outcome struct {
	ledger   *Ledger
	findings []Finding
	labels   []map[string]int64
	bad      [][]BadValue
	joined   [][]row
	pairs    [][]string
	decision *Decision
	err      error
	final    [][]row // after SoftLabel
}

// run takes a world through all rules.
func (w *world) run(t testing.TB, batchRows int) *outcome {
	t.Helper()
	o := &outcome{}
	groups := NewGroups(GroupOptions{Patient: w.patient, Lesion: w.lesion, Names: w.names})
	kept := make([][]arrow.RecordBatch, len(w.sources))
	joined := must(Joined(rawSchema()))
	for i, s := range w.sources {
		var raw []row
		for _, cells := range s.rows {
			raw = append(raw, rawRow(cells))
		}
		in := enginetest.Stream(t, rawSchema(), raw, batchRows)
		j := s.join
		j.Names, j.Final = w.names, w.final
		labels, bad := NewLabels(), NewBadValues()
		var keepSink = keep(&kept[i])
		normal, _, err := s.norm.Bind(in.Schema)
		if err != nil {
			t.Fatal(err)
		}
		_, through, err := engine.Through(normal, []engine.Stage{j}, keepSink, must(groups.Sink(s.group, joined)), must(bad.Sink(joined)))
		if err != nil {
			t.Fatal(err)
		}
		_, all, err := engine.Through(in.Schema, []engine.Stage{s.norm}, must(labels.Sink(normal)), through)
		if err != nil {
			t.Fatal(err)
		}
		drain(t, in, all)
		o.labels, o.bad = append(o.labels, labels.Counts()), append(o.bad, bad.Values())
		var rows []row
		for _, b := range kept[i] {
			rows = append(rows, enginetest.Rows(b)...)
		}
		o.joined = append(o.joined, rows)
	}
	o.ledger, o.findings = groups.Ledger()
	for i := range w.sources {
		drain(t, enginetest.Of(joined, kept[i]...), must(o.ledger.Identify(i, joined)))
	}
	if w.pictures != nil {
		w.depict(t, o, joined, kept)
	}
	o.findings = append(o.findings, o.ledger.GiantGroups()...)
	w.decide(t, o, kept)
	return o
}

// depict teaches the ledger the world's pictures.
func (w *world) depict(t testing.TB, o *outcome, joined *arrow.Schema, kept [][]arrow.RecordBatch) {
	t.Helper()
	pictures := NewPictures(o.ledger, w.duplicate, 0)
	for i, s := range w.sources {
		overrides := map[string]struct{}{}
		for _, cells := range s.rows {
			if w.overrides[s.group.Name+"/"+cells["image_path"]] {
				overrides[cells["image_path"]] = struct{}{}
			}
		}
		of := func(path string) (Picture, bool) { p, known := w.pictures[s.group.Name+"/"+path]; return p, known }
		depicted := must(engine.Map(enginetest.Of(joined, kept[i]...), Depict{Of: of, Kept: overrides}))
		drain(t, depicted, must(pictures.Sink(i, depicted.Schema)))
	}
	if must(pictures.End()) {
		for i := range w.sources {
			drain(t, enginetest.Of(joined, kept[i]...), must(o.ledger.Identify(i, joined)))
		}
	}
}

func (w *world) decide(t testing.TB, o *outcome, kept [][]arrow.RecordBatch) {
	t.Helper()
	options := w.options
	options.Names, options.Final = w.names, w.final
	if w.locked != nil {
		for _, s := range w.sources {
			for _, cells := range s.rows {
				to, has := w.locked[s.group.Name+"/"+cells["image_path"]]
				if !has {
					to = NoSplit
				}
				options.Split.Locked = append(options.Split.Locked, to)
			}
		}
	}
	if o.decision, o.err = Decide(o.ledger, options); o.err != nil {
		return
	}
	if o.decision.HasEquals() {
		joined := must(Joined(rawSchema()))
		for i := range w.sources {
			drain(t, enginetest.Of(joined, kept[i]...), must(o.decision.NameEquals(i, joined)))
		}
		o.pairs = slices.Collect(o.decision.Duplicates())
		o.findings = append(o.findings, o.decision.Conflicts(w.names, 0)...)
	}
	for i, s := range w.sources {
		var pieces []int64
		for _, b := range kept[i] {
			pieces = append(pieces, b.NumRows())
		}
		zipped := must(engine.Zip(enginetest.Of(must(Joined(rawSchema())), kept[i]...), o.decision.Stream(i, pieces)))
		soft := must(engine.Map(zipped, SoftLabel{Given: s.join.Given, ClassID: o.decision.ClassID}))
		o.final = append(o.final, enginetest.Collect(t, soft))
	}
}

// with is a copy of a row with some cells changed.
func with(r row, changes row) row {
	r = maps.Clone(r)
	maps.Copy(r, changes)
	return r
}

// inTurn are stages one behind another as one.
type inTurn []engine.Stage

func (inTurn) Name() string { return "in turn" }

func (s inTurn) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	out, steps := in, []apply{}
	for _, stage := range s {
		next, step, err := stage.Bind(out)
		if err != nil {
			return nil, nil, err
		}
		out, steps = next, append(steps, step)
	}
	return out, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		for _, step := range steps {
			if batch.NumRows() == 0 {
				return array.NewRecordBuilder(memory.DefaultAllocator, out).NewRecordBatch(), nil
			}
			var err error
			if batch, err = step(batch); err != nil {
				return nil, err
			}
		}
		return batch, nil
	}, nil
}
