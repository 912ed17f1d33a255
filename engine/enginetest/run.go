package enginetest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"iter"
	"math/rand/v2"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"go.uber.org/goleak"

	"github.com/dermset/dermset/engine"
)

// Collect drains a stream on 3 workers and returns its rows. An error fails the test.
func Collect(t TB, in engine.Stream) []Row {
	t.Helper()
	rows, err := drain(in, 3)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return rows
}

// Batches drains a stream and returns its batches as they are. An error fails the test.
func Batches(t TB, in engine.Stream) []arrow.RecordBatch {
	t.Helper()
	var all []arrow.RecordBatch
	itself := func(batch arrow.RecordBatch) (arrow.RecordBatch, error) { return batch, nil }
	keep := func(batch arrow.RecordBatch) error {
		all = append(all, batch)
		return nil
	}
	if err := Drain(in, engine.Survey[arrow.RecordBatch]{Name: "batches", OnLook: itself, OnTake: keep}); err != nil {
		t.Fatalf("%v", err)
	}
	return all
}

// Drain runs a pass of one stream into sinks on 2 workers.
func Drain(in engine.Stream, into ...engine.Sink) error {
	settings := engine.Settings{Workers: 2, BatchBytes: 1 << 20, MemoryBytes: 1 << 30}
	return engine.Drain(context.Background(), settings, func(yield func(engine.Pass, error) bool) {
		yield(engine.Pass{Name: "test", In: in, Into: into}, nil)
	})
}

// Check drains a stream and fails the test unless its rows are want, in order, however it is cut into batches.
func Check(t TB, in engine.Stream, want []Row) {
	t.Helper()
	if diff := Diff(t, in.Schema, want, Collect(t, in)); diff != "" {
		t.Fatalf("rows differ (-want +got):\n%s", diff)
	}
}

// Run checks that the stage turns the rows in, of the given schema, into the rows want, in order, for batches of 1, 2,
// 7 and all rows, on 1 and 3 workers, with batches that are slices of one and batches that stand alone, each with
// dictionaries of its own.
//
// It then does the same with nulls put at random into the nullable columns, over values that stay in the buffers, and
// at last into all of them: the stage may answer with an error but must not panic, its rows must be the same for all
// batch sizes and workers, and as many as went in if that is so for want.
//
// Throughout, the stage must leave the bytes of its input alone, put no null into a column without nulls and leave no
// goroutine behind. Other goroutines must not come up meanwhile: no t.Parallel.
func Run(t TB, stage engine.Stage, schema *arrow.Schema, in, want []Row) {
	t.Helper()
	running := goleak.IgnoreCurrent()
	out, _, err := stage.Bind(schema)
	if err != nil {
		t.Fatalf("%s: bind: %v", stage.Name(), err)
	}
	whole := Batch(t, schema, in)
	for c := range cases(len(in)) {
		got, err := c.run(t, stage, whole)
		if err != nil {
			t.Fatalf("%s: %v: %v", stage.Name(), c, err)
		}
		if diff := Diff(t, out, want, got); diff != "" {
			t.Fatalf("%s: %v: rows differ (-want +got):\n%s", stage.Name(), c, diff)
		}
	}
	for seed, share := range []float64{0.1, 0.3, 0.6, 1} {
		rows := len(in)
		if len(want) != rows {
			rows = -1
		}
		runNulls(t, stage, out, inject(whole, share, uint64(seed)), rows)
	}
	if err := goleak.Find(running); err != nil {
		t.Fatalf("%s: a goroutine is left: %v", stage.Name(), err)
	}
}

// runNulls is the second half of Run for one batch with nulls; rows is how many must come out, or -1.
func runNulls(t TB, stage engine.Stage, out *arrow.Schema, whole arrow.RecordBatch, rows int) {
	t.Helper()
	var want []Row
	var refused, first = false, true
	for c := range cases(int(whole.NumRows())) {
		got, err := c.run(t, stage, whole)
		var bug *engine.Panic
		switch {
		case errors.As(err, &bug) || errors.Is(err, errNulls):
			t.Fatalf("%s: with nulls, %v: %v\ninput: %v", stage.Name(), c, err, Rows(whole))
		case first:
			want, refused, first = got, err != nil, false
		case refused != (err != nil):
			t.Fatalf("%s: with nulls, %v: error %v, unlike for other batches\ninput: %v", stage.Name(), c, err, Rows(whole))
		}
		if refused {
			continue
		}
		if rows >= 0 && len(got) != rows {
			t.Fatalf("%s: with nulls, %v: %d rows out, %d in\ninput: %v", stage.Name(), c, len(got), rows, Rows(whole))
		}
		if diff := Diff(t, out, want, got); diff != "" {
			t.Fatalf("%s: with nulls, %v: rows depend on batches or workers:\n%s\ninput: %v", stage.Name(), c, diff, Rows(whole))
		}
	}
}

// A trial is one way to run a stage.
type trial struct {
	batchRows int
	workers   int
	alone     bool // batches stand alone; otherwise they are slices of one
}

func (c trial) String() string {
	return fmt.Sprintf("batches of %d rows (standing alone: %t), %d workers", c.batchRows, c.alone, c.workers)
}

// cases are all trials of a table of so many rows.
func cases(rows int) iter.Seq[trial] {
	return func(yield func(trial) bool) {
		for _, batchRows := range []int{max(rows, 1), 1, 2, 7} {
			for _, workers := range []int{1, 3} {
				for _, alone := range []bool{false, true} {
					if !yield(trial{batchRows, workers, alone}) {
						return
					}
				}
			}
		}
	}
}

// run cuts the batch, sends the pieces through the stage and returns the rows that come out.
func (c trial) run(t TB, stage engine.Stage, whole arrow.RecordBatch) ([]Row, error) {
	t.Helper()
	var batches []arrow.RecordBatch
	if c.alone {
		for piece := range slices.Chunk(Rows(whole), c.batchRows) {
			batches = append(batches, Batch(t, whole.Schema(), piece))
		}
	} else {
		for i := int64(0); i < whole.NumRows(); i += int64(c.batchRows) {
			batches = append(batches, whole.NewSlice(i, min(i+int64(c.batchRows), whole.NumRows())))
		}
	}
	before := digest(batches)
	mapped, err := engine.Map(Of(whole.Schema(), batches...), stage)
	if err != nil {
		t.Fatalf("%v", err)
	}
	rows, err := drain(mapped, c.workers)
	if digest(batches) != before {
		t.Fatalf("%s: %v: the stage writes to its input", stage.Name(), c)
	}
	return rows, err
}

// errNulls is a broken promise of a schema.
var errNulls = errors.New("nulls in a column without nulls")

// drain returns the rows of a stream.
func drain(in engine.Stream, workers int) ([]Row, error) {
	var all []Row
	collect := engine.Survey[[]Row]{
		Name: "collect",
		OnLook: func(batch arrow.RecordBatch) ([]Row, error) {
			for i, field := range batch.Schema().Fields() {
				if !field.Nullable && batch.Column(i).NullN() > 0 {
					return nil, fmt.Errorf("column %q: %w", field.Name, errNulls)
				}
			}
			return Rows(batch), nil
		},
		OnTake: func(part []Row) error {
			all = append(all, part...)
			return nil
		},
	}
	passes := func(yield func(engine.Pass, error) bool) {
		yield(engine.Pass{In: in, Into: []engine.Sink{collect}}, nil)
	}
	err := engine.Drain(context.Background(), engine.Settings{Workers: workers, MemoryBytes: 1 << 30}, passes)
	return all, err
}

// inject makes that share of the cells of nullable columns null, by the validity bitmap alone: the values stay below.
func inject(batch arrow.RecordBatch, share float64, seed uint64) arrow.RecordBatch {
	random := rand.New(rand.NewPCG(seed, 0))
	columns := slices.Clone(batch.Columns())
	for i, field := range batch.Schema().Fields() {
		if !field.Nullable {
			continue
		}
		bitmap := make([]byte, bitutil.BytesForBits(batch.NumRows()))
		for j := range columns[i].Len() {
			bitutil.SetBitTo(bitmap, j, columns[i].IsValid(j) && random.Float64() >= share)
		}
		data := columns[i].Data()
		buffers := slices.Clone(data.Buffers())
		buffers[0] = memory.NewBufferBytes(bitmap)
		with := array.NewData(data.DataType(), data.Len(), buffers, data.Children(), array.UnknownNullCount, data.Offset())
		if dictionary, ok := data.Dictionary().(*array.Data); ok && dictionary != nil {
			with.SetDictionary(dictionary)
		}
		columns[i] = array.MakeFromData(with)
	}
	return array.NewRecordBatch(batch.Schema(), columns, batch.NumRows())
}

// digest is a hash of all bytes the batches hold.
func digest(batches []arrow.RecordBatch) [sha256.Size]byte {
	h := sha256.New()
	for _, batch := range batches {
		for _, column := range batch.Columns() {
			digestData(h, column.Data())
		}
	}
	return [sha256.Size]byte(h.Sum(nil))
}

func digestData(h hash.Hash, data arrow.ArrayData) {
	for _, buffer := range data.Buffers() {
		if buffer != nil {
			h.Write(binary.LittleEndian.AppendUint64(nil, uint64(buffer.Len())))
			h.Write(buffer.Bytes())
		}
	}
	for _, child := range data.Children() {
		digestData(h, child)
	}
	if dictionary, ok := data.Dictionary().(*array.Data); ok && dictionary != nil {
		digestData(h, dictionary)
	}
}
