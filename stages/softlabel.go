package stages

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/rows"
)

// SoftLabel gives every selected row its probability distribution over stage-3 classes (spec 8.7).
//
// By rank, every reader gives each class a score: the best of its entries by inverse rank (dataset.Ranking), weighted
// if every entry of the reader has a weight. If none of the entries is of the row's own class, that class stands before
// them at place 1. With Given, a class scores the sum of its entries' weights; entries whose weight is missing, not
// finite or not above 0 are dropped (BadWeights tells them).
//
// Scores of all readers are added, in float64: readers by their first entry, entries in file order. Entries of no
// stage-3 class are dropped. p is a class's score divided by the sum of scores, rounded to float32. The sum is added up
// in the order in which classes first come up: by reader, then in file order,
// an own class put in before its reader's entries.
//
// Classes stand by descending p, among equal p the own class first, then by name; a p that rounds to 0 is left out. A
// row without differentials, or with none left, has p = 1 for its own class.
type SoftLabel struct {
	Given   bool    // differentials.weights of the source is given
	ClassID []int32 // name → class_id, or -1 (ledger.Decision.ClassID)
}

// Name is the stage's name in errors.
func (SoftLabel) Name() string { return "soft" }

var (
	typeShare = arrow.StructOf(arrow.Field{Name: rows.ColClassID, Type: rows.TypeInt32},
		arrow.Field{Name: "p", Type: rows.TypeFloat32})
	typeShares = arrow.ListOfField(arrow.Field{Name: "item", Type: typeShare})
	softFields = []arrow.Field{rows.Nullable(rows.ColReaders, rows.TypeInt32),
		rows.Nullable(rows.ColTiedTop, rows.TypeBool), rows.Nullable(rows.ColSoftLabels, typeShares)}
)

// Bind checks the columns.
func (s SoftLabel) Bind(in *arrow.Schema) (*arrow.Schema, apply, error) {
	at, err := rows.ColumnsOf(in, rows.Nullable(rows.ColDifferential, rows.TypeEntries),
		rows.Nullable(rows.ColFate, rows.TypeUint8), rows.Nullable(rows.ColClassID, rows.TypeInt32))
	classes := 0
	for name, id := range s.ClassID {
		if id < -1 || int(id) >= len(s.ClassID) {
			err = errors.Join(err, fmt.Errorf("class_id of name %d is %d, want -1 to %d", name, id, len(s.ClassID)-1))
		}
		classes = max(classes, int(id)+1)
	}
	if err != nil {
		return nil, nil, err
	}
	out := arrow.NewSchema(slices.Concat(in.Fields(), softFields), nil)
	return out, func(batch arrow.RecordBatch) (arrow.RecordBatch, error) {
		fates := batch.Column(at[1]).(*array.Uint8)
		ids := batch.Column(at[2]).(*array.Int32)
		t := newSoftTable(s, classes, rows.EntriesOf(batch.Column(at[0])), fates.Len())
		for row := range fates.Len() {
			if rows.Reason(fates.Value(row)) != rows.Alive || fates.IsNull(row) || ids.IsNull(row) {
				t.none(row)
				continue
			}
			own := ids.Value(row)
			if own < 0 || int(own) >= classes {
				return nil, fmt.Errorf("row %d of a batch has class_id %d, want 0 to %d", row, own, classes-1)
			}
			t.add(row, own)
		}
		columns := make([]arrow.Array, 0, out.NumFields())
		for i := range in.NumFields() {
			columns = append(columns, batch.Column(i))
		}
		return array.NewRecordBatch(out, append(columns, t.columns()...), batch.NumRows()), nil
	}, nil
}

// A softTable makes the columns of SoftLabel for one batch, row by row.
type softTable struct {
	rule    SoftLabel
	entries *rows.Entries
	ranking dataset.Ranking

	// The answer.
	readers []int32
	tied    []byte
	offsets []int32
	ids     []int32
	ps      []float32
	nulls   *rows.Nulls

	// Of the row at work. A slot is the place of a class in shares; slotOf is 0 or 1 + the slot.
	slotOf []int32 // by class_id
	shares []softShare
	order  []int32 // entries by reader, in the order of file
}

type softShare struct {
	class int32
	score float64
	best  float64 // of the reader at work
	p     float32
}

func newSoftTable(rule SoftLabel, classes int, e *rows.Entries, n int) *softTable {
	return &softTable{
		rule: rule, entries: e, readers: make([]int32, n), tied: make([]byte, bitutil.BytesForBits(int64(n))),
		offsets: append(make([]int32, 0, n+1), 0), ids: make([]int32, 0, n), ps: make([]float32, 0, n),
		nulls: rows.NewNulls(n), slotOf: make([]int32, classes),
	}
}

func (t *softTable) none(row int) {
	t.nulls.Set(row)
	t.offsets = append(t.offsets, int32(len(t.ids)))
}

// add makes a row of the given own class.
func (t *softTable) add(row int, own int32) {
	from, to := t.entries.Of(row)
	if from < to {
		if t.rule.Given {
			t.given(from, to)
		} else {
			t.rank(from, to, own)
		}
		t.readers[row] = t.countReaders(from, to)
	}
	if t.spread(own) {
		bitutil.SetBit(t.tied, row)
	}
	for _, s := range t.shares {
		t.slotOf[s.class] = 0
	}
	t.shares = t.shares[:0]
	t.offsets = append(t.offsets, int32(len(t.ids)))
}

// countReaders relies on readers being numbered from 0 by first appearance.
func (t *softTable) countReaders(from, to int) int32 {
	return slices.Max(t.entries.Readers[from:to]) + 1
}

// slot is the share of a class of the row at work; it is good until the next call.
func (t *softTable) slot(class int32) *softShare {
	if t.slotOf[class] == 0 {
		t.shares = append(t.shares, softShare{class: class})
		t.slotOf[class] = int32(len(t.shares))
	}
	return &t.shares[t.slotOf[class]-1]
}

// classID is the stage-3 class of an entry, or -1.
func (t *softTable) classID(entry int) int32 {
	if class := t.entries.Class(entry); class >= 0 {
		return t.rule.ClassID[class]
	}
	return -1
}

// given adds up the weights of entries.
func (t *softTable) given(from, to int) {
	var sum float64
	for e := from; e < to; e++ {
		if w, given := t.entries.Weight(e); given && isWeight(w) && t.classID(e) >= 0 {
			sum += w
		}
	}
	scale := 1.0
	if math.IsInf(sum, 0) {
		scale = 0x1p-64 // a power of two changes no share, and no cell holds enough entries to overflow now
	}
	for e := from; e < to; e++ {
		if w, given := t.entries.Weight(e); given && isWeight(w) && t.classID(e) >= 0 {
			t.slot(t.classID(e)).score += w * scale
		}
	}
}

// rank adds up the readers' scores.
func (t *softTable) rank(from, to int, own int32) {
	readers := t.entries.Readers
	t.order = t.order[:0]
	sorted := true
	for e := from; e < to; e++ {
		t.order = append(t.order, int32(e))
		sorted = sorted && (e == from || readers[e-1] <= readers[e])
	}
	if !sorted {
		slices.SortStableFunc(t.order, func(a, b int32) int { return cmp.Compare(readers[a], readers[b]) })
	}
	for order := t.order; len(order) > 0; {
		n := 1
		for n < len(order) && readers[order[n]] == readers[order[0]] {
			n++
		}
		t.reader(order[:n], own)
		order = order[n:]
	}
}

// reader adds the scores of one reader, whose entries are given in file order.
func (t *softTable) reader(order []int32, own int32) {
	weighted, hasOwn := true, false
	for _, e := range order {
		_, given := t.entries.Weight(int(e))
		weighted = weighted && given
		hasOwn = hasOwn || t.classID(int(e)) == own
	}
	before := 0 // places taken by an own class put in
	if !hasOwn {
		before = 1
		t.slot(own).best = 1
	}
	for _, e := range order {
		if id := t.classID(int(e)); id >= 0 {
			t.slot(id) // classes come up in file order
		}
	}
	places, scores := t.ranking.Reader(order, t.entries.Labels, t.entries.Weights(), weighted, before)
	for i, e := range places {
		if id := t.classID(int(e)); id >= 0 {
			s := t.slot(id)
			s.best = max(s.best, scores[i])
		}
	}
	if !hasOwn {
		t.slot(own).take()
	}
	for _, e := range order {
		if id := t.classID(int(e)); id >= 0 {
			t.slot(id).take()
		}
	}
}

// take adds the best score of the reader at work, once.
func (s *softShare) take() {
	s.score += s.best
	s.best = 0
}

// spread turns the scores of the row at work into its soft labels, and says whether its top is tied.
func (t *softTable) spread(own int32) (tied bool) {
	if len(t.shares) == 0 {
		t.slot(own).score = 1
	}
	var sum float64
	for _, s := range t.shares {
		sum += s.score
	}
	for i := range t.shares {
		t.shares[i].p = float32(t.shares[i].score / sum)
	}
	slices.SortFunc(t.shares, func(a, b softShare) int {
		switch {
		case a.p != b.p:
			return cmp.Compare(b.p, a.p)
		case a.class == own:
			return -1
		case b.class == own:
			return 1
		}
		return cmp.Compare(a.class, b.class) // class_id is in order of name
	})
	for _, s := range t.shares {
		if s.p > 0 {
			t.ids, t.ps = append(t.ids, s.class), append(t.ps, s.p)
		}
	}
	return len(t.shares) > 1 && t.shares[0].p == t.shares[1].p
}

func (t *softTable) columns() []arrow.Array {
	shares := structData(typeShare, len(t.ids), rows.FixedData(rows.TypeInt32, t.ids, nil),
		rows.FixedData(rows.TypeFloat32, t.ps, nil))
	return []arrow.Array{
		rows.Fixed(rows.TypeInt32, t.readers, t.nulls), boolColumn(t.tied, len(t.readers), t.nulls),
		lists(typeShares, t.offsets, shares, t.nulls),
	}
}
