package stages

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/rows"
)

// A BadValue is a value that a column of a source may not hold (finding bad_value, spec 4).
type BadValue struct {
	Column string
	Value  string // at most 256 bytes of it; empty if More
	Row    int64  // the first row that holds it, from 0 in the dataset CSV
	Rows   int64  // how many do
	More   bool   // stands for all values of the column beyond the first MaxBadValues distinct ones
}

// MaxBadValues is how many distinct bad values of a column are told apart.
const MaxBadValues = 1000

// BadValues collects the bad values of one source from ColBad.
type BadValues struct {
	rows   int64
	values []BadValue
	index  map[badKey]int
	sizes  map[string]int // distinct values per column
}

type badKey struct {
	column, value string
	more          bool
}

// NewBadValues has none yet.
func NewBadValues() *BadValues { return &BadValues{index: map[badKey]int{}, sizes: map[string]int{}} }

// Values are the bad values by first appearance: by row, then by column of the row.
func (b *BadValues) Values() []BadValue { return slices.Clone(b.values) }

type badPart struct {
	rows  int64
	cells badCells
}

// Sink takes the batches of the source behind Join.
func (b *BadValues) Sink(joined *arrow.Schema) (engine.Sink, error) {
	at, err := rows.ColumnsOf(joined, rows.Nullable(rows.ColBad, rows.TypeText))
	if err != nil {
		return nil, err
	}
	return engine.Survey[badPart]{
		Name: "bad values",
		OnLook: func(batch arrow.RecordBatch) (badPart, error) {
			part := badPart{rows: batch.NumRows()}
			bad := batch.Column(at[0]).(*array.String)
			if bad.NullN() == bad.Len() {
				return part, nil
			}
			for i := range bad.Len() {
				if bad.IsValid(i) {
					part.cells.readBad(i, bad.Value(i))
				}
			}
			return part, nil
		},
		OnTake: func(part badPart) error {
			for i, row := range part.cells.rows {
				column, value, _ := strings.Cut(part.cells.cells[i], "=")
				b.add(column, value, b.rows+int64(row))
			}
			b.rows += part.rows
			return nil
		},
	}, nil
}

func (b *BadValues) add(column, value string, row int64) {
	key := badKey{column: column, value: value}
	at, known := b.index[key]
	if !known && b.sizes[column] >= MaxBadValues {
		key = badKey{column: column, more: true}
		at, known = b.index[key]
	}
	if !known {
		at = len(b.values)
		b.index[key] = at
		b.sizes[column]++
		b.values = append(b.values, BadValue{Column: column, Value: key.value, Row: row, More: key.more})
	}
	b.values[at].Rows++
}

// A BadWeight is an entry of differentials whose given weight cannot be used (finding bad_weight, spec 8.7).
type BadWeight struct {
	Row    int64  // from 0 in the dataset CSV
	Entry  int    // from 0 in the cell
	Weight string // as a decimal, -Inf or +Inf; empty: the entry has none
}

// BadWeights collects the bad weights of one source whose differentials.weights is given: missing, not finite or not
// above 0. SoftLabel drops exactly these entries. The zero value has none yet.
type BadWeights struct {
	Entries int64       // how many there are
	Rows    int64       // rows that have one
	First   []BadWeight // the first MaxBadValues of them, in file order

	row int64
}

// Sink takes the batches of the source behind Join.
func (b *BadWeights) Sink(joined *arrow.Schema) (engine.Sink, error) {
	at, err := rows.ColumnsOf(joined, rows.Nullable(rows.ColDifferential, rows.TypeEntries))
	if err != nil {
		return nil, err
	}
	type part struct {
		rows int64
		bad  []BadWeight
	}
	return engine.Survey[part]{
		Name: "bad weights",
		OnLook: func(batch arrow.RecordBatch) (part, error) {
			p := part{rows: batch.NumRows()}
			d := rows.EntriesOf(batch.Column(at[0]))
			for row := range int(p.rows) {
				from, to := d.Of(row)
				for e := from; e < to; e++ {
					if w, given := d.Weight(e); !given || !isWeight(w) {
						p.bad = append(p.bad, BadWeight{Row: int64(row), Entry: e - from, Weight: weightText(w, given)})
					}
				}
			}
			return p, nil
		},
		OnTake: func(p part) error {
			last := int64(-1)
			for _, w := range p.bad {
				if w.Row != last {
					b.Rows++
					last = w.Row
				}
				w.Row += b.row
				if len(b.First) < MaxBadValues {
					b.First = append(b.First, w)
				}
			}
			b.Entries += int64(len(p.bad))
			b.row += p.rows
			return nil
		},
	}, nil
}

// isWeight says whether a given weight can be used.
func isWeight(w float64) bool { return w > 0 && !math.IsInf(w, 0) }

func weightText(weight float64, given bool) string {
	if !given {
		return ""
	}
	return strconv.FormatFloat(weight, 'g', -1, 64)
}
