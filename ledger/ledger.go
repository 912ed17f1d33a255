package ledger

import (
	"errors"
	"fmt"
	"sort"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/rows"
)

// A Ledger is all that Decide must know of the rows: for each, its reason and mapped name after Join, its patient and
// its group. The final class follows from the mapped name. It takes 13 bytes a row and 8 a group. Rows have numbers:
// the sources one behind another.
type Ledger struct {
	Sources []Source // bytewise by name

	starts      []int64 // number of each source's first row; one more behind the last
	reason      vector[uint8]
	mapped      vector[int32] // -1: none
	patient     vector[int32] // number of (space, patient_id), -1: none
	group       vector[int32] // number of the group
	picture     vector[int32] // number of the picture, -1: none; empty unless hasPictures
	groups      int
	patients    int
	pictures    int
	hasPictures bool           // Pictures has seen the rows
	ids         vector[uint64] // of groups
	naming      *naming        // while Identify is under way

	maxFindings int // GroupOptions.MaxFindings
}

// A Source is a source and its number of rows.
type Source struct {
	Name string
	Rows int64
}

func (l *Ledger) rows() int { return l.group.n }

// startTo notes that the rows of all sources before the given one are in.
func (l *Ledger) startTo(source int) {
	for len(l.starts) <= source {
		l.starts = append(l.starts, int64(l.rows()))
	}
}

// Row is the number of a row of a source.
func (l *Ledger) Row(source int, row int64) int64 { return l.starts[source] + row }

// Rows is how many rows there are.
func (l *Ledger) Rows() int64 { return int64(l.rows()) }

// Place is the source and its row for a row number; the opposite of Row.
func (l *Ledger) Place(number int64) (source int, row int64) {
	source = sort.Search(len(l.Sources), func(i int) bool { return l.starts[i+1] > number })
	return source, number - l.starts[source]
}

var (
	ledgerRows = arrow.NewSchema([]arrow.Field{
		{Name: rows.ColReason, Type: rows.TypeUint8}, {Name: rows.ColMapped, Type: rows.TypeInt32},
		{Name: "patient", Type: rows.TypeInt32}, {Name: "group", Type: rows.TypeInt32},
	}, nil)
	ledgerPicture      = arrow.Field{Name: "picture", Type: rows.TypeInt32}
	ledgerWithPictures = arrow.NewSchema(append(ledgerRows.Fields(), ledgerPicture), nil)
	ledgerGroups       = arrow.NewSchema([]arrow.Field{{Name: rows.ColGroup, Type: rows.TypeUint64}}, nil)
)

// RowStream is the rows, to be stored; its batches share memory with the ledger. -1 stands for none.
func (l *Ledger) RowStream() engine.Stream {
	schema := ledgerRows
	if l.hasPictures {
		schema = ledgerWithPictures
	}
	return chunkStream(schema, len(l.reason.chunks), func(i int) []arrow.Array {
		columns := []arrow.Array{
			chunkColumn(rows.TypeUint8, &l.reason, i), chunkColumn(rows.TypeInt32, &l.mapped, i),
			chunkColumn(rows.TypeInt32, &l.patient, i), chunkColumn(rows.TypeInt32, &l.group, i),
		}
		if l.hasPictures {
			columns = append(columns, chunkColumn(rows.TypeInt32, &l.picture, i))
		}
		return columns
	})
}

// GroupStream is the group ids, to be stored; its batches share memory with the ledger.
func (l *Ledger) GroupStream() engine.Stream {
	return chunkStream(ledgerGroups, len(l.ids.chunks),
		func(i int) []arrow.Array { return []arrow.Array{chunkColumn(rows.TypeUint64, &l.ids, i)} })
}

func chunkStream(schema *arrow.Schema, chunks int, columns func(i int) []arrow.Array) engine.Stream {
	return engine.Stream{Schema: schema, Tasks: func(yield func(engine.Task, error) bool) {
		for i := range chunks {
			run := func() (arrow.RecordBatch, error) { return array.NewRecordBatch(schema, columns(i), -1), nil }
			if !yield(engine.Task{Bytes: 1, Run: run}, nil) {
				return
			}
		}
	}}
}

// New is a ledger whose rows and groups are to be loaded. Check says whether all came.
func New(sources []Source) *Ledger {
	l := &Ledger{Sources: sources, starts: []int64{0}}
	for i, s := range sources {
		l.starts = append(l.starts, l.starts[i]+s.Rows)
	}
	return l
}

// LoadRows takes what RowStream made.
func (l *Ledger) LoadRows(in *arrow.Schema) (engine.Sink, error) {
	want := ledgerRows
	if l.hasPictures = in.HasField(ledgerPicture.Name); l.hasPictures {
		want = ledgerWithPictures
	}
	at, err := rows.ColumnsOf(in, want.Fields()...)
	if err != nil {
		return nil, err
	}
	take := func(batch arrow.RecordBatch) error {
		column := func(i int) []int32 { return rows.Int32sOf(batch.Column(at[i])) }
		addAll(&l.reason, batch.Column(at[0]).(*array.Uint8).Uint8Values())
		addAll(&l.mapped, column(1))
		addAll(&l.patient, column(2))
		addAll(&l.group, column(3))
		for _, p := range column(2) {
			l.patients = max(l.patients, int(p)+1)
		}
		for _, g := range column(3) {
			l.groups = max(l.groups, int(g)+1)
		}
		if l.hasPictures {
			addAll(&l.picture, column(4))
			for _, p := range column(4) {
				l.pictures = max(l.pictures, int(p)+1)
			}
		}
		return nil
	}
	return engine.Survey[arrow.RecordBatch]{Name: "ledger", OnLook: itself, OnTake: take}, nil
}

// LoadGroups takes what GroupStream made.
func (l *Ledger) LoadGroups(in *arrow.Schema) (engine.Sink, error) {
	at, err := rows.ColumnsOf(in, ledgerGroups.Fields()...)
	if err != nil {
		return nil, err
	}
	take := func(batch arrow.RecordBatch) error {
		addAll(&l.ids, batch.Column(at[0]).(*array.Uint64).Uint64Values())
		return nil
	}
	return engine.Survey[arrow.RecordBatch]{Name: "ledger groups", OnLook: itself, OnTake: take}, nil
}

func itself(batch arrow.RecordBatch) (arrow.RecordBatch, error) { return batch, nil }

// Check says what a ledger lacks before Decide can use it, such as the ids of groups or rows of a file cut short.
func (l *Ledger) Check() error {
	var want int64
	for _, s := range l.Sources {
		want += s.Rows
	}
	switch {
	case int64(l.rows()) != want:
		return fmt.Errorf("ledger: %d rows, its sources have %d", l.rows(), want)
	case l.naming != nil && l.naming.left > 0:
		return fmt.Errorf("ledger: %d rows have not been seen by Identify", l.naming.left)
	case l.ids.n != l.groups:
		return fmt.Errorf("ledger: %d group ids for %d groups", l.ids.n, l.groups)
	case l.hasPictures && l.picture.n != l.rows():
		return fmt.Errorf("ledger: %d rows with pictures of %d", l.picture.n, l.rows())
	case len(l.starts) != len(l.Sources)+1:
		return errors.New("ledger: Groups.Ledger has not been called")
	}
	return nil
}

// Reasons is ColReason for the rows of a source, one batch for each of pieces, as in Decision.Stream.
// It is what it is when a batch is made.
func (l *Ledger) Reasons(source int, pieces []int64) engine.Stream {
	return l.stream(source, pieces, reasonSchema, 1, func(from, n int) arrow.RecordBatch {
		reasons := make([]uint8, n)
		for at := 0; at < n; {
			c, first := (from+at)>>chunkBits, (from+at)&(chunkSize-1)
			at += copy(reasons[at:], l.reason.chunks[c][first:])
		}
		return array.NewRecordBatch(reasonSchema, []arrow.Array{rows.Fixed(rows.TypeUint8, reasons, nil)}, int64(n))
	})
}

var reasonSchema = arrow.NewSchema([]arrow.Field{{Name: rows.ColReason, Type: rows.TypeUint8}}, nil)

// stream makes a batch for each of pieces of a source's rows, from what is known of them;
// rowBytes is about what a row takes.
func (l *Ledger) stream(source int, pieces []int64, schema *arrow.Schema, rowBytes int64,
	batch func(from, n int) arrow.RecordBatch) engine.Stream {
	return engine.Stream{Schema: schema, Tasks: func(yield func(engine.Task, error) bool) {
		row, end := l.starts[source], l.starts[source+1]
		var sum int64
		for _, n := range pieces {
			sum += n
		}
		if sum != end-row {
			yield(engine.Task{}, fmt.Errorf("pieces of source %q have %d rows, want %d", l.Sources[source].Name, sum, end-row))
			return
		}
		for _, n := range pieces {
			from := int(row)
			run := func() (arrow.RecordBatch, error) { return batch(from, int(n)), nil }
			if !yield(engine.Task{Bytes: rowBytes * n, Run: run}, nil) {
				return
			}
			row += n
		}
	}}
}

// Alive says whether a row was not rejected before images are looked at: at stage map.
func (l *Ledger) Alive(number int64) bool { return l.Reason(number) == rows.Alive }

// Reason is why a row was rejected, as far as is decided.
func (l *Ledger) Reason(number int64) rows.Reason { return rows.Reason(l.reason.get(int(number))) }

// regroup numbers groups anew, by their first row as before, after a forest over the groups there are.
func (l *Ledger) regroup(forest *vector[int32]) {
	l.groups = numberTrees(forest)
	for c := range l.group.chunks {
		chunk := l.group.chunk(c)
		for i, group := range chunk {
			chunk[i] = forest.get(int(group))
		}
	}
	l.ids, l.naming = vector[uint64]{}, nil
}
