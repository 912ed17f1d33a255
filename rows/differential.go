package rows

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// The type of ColDifferential: entries in file order. Label and reader are numbers local to the row, by first
// appearance; class is the final class as an index in stages.Join.Names, null when the label is unmapped, "-" or of an
// excluded category; a null weight is none.
var (
	TypeEntry = arrow.StructOf(
		arrow.Field{Name: "label", Type: TypeInt32}, Nullable("class", TypeInt32),
		arrow.Field{Name: "reader", Type: TypeInt32}, Nullable("weight", TypeFloat64),
	)
	TypeEntries = arrow.ListOfField(arrow.Field{Name: "item", Type: TypeEntry})
)

// Entries reads ColDifferential: the entries of a batch one behind another.
type Entries struct {
	Labels, Readers []int32 // by entry

	list    *array.List
	offsets []int32
	classes *array.Int32
	weights *array.Float64
}

// EntriesOf reads a column of TypeEntries.
func EntriesOf(column arrow.Array) *Entries {
	list := column.(*array.List)
	s := list.ListValues().(*array.Struct)
	return &Entries{
		Labels: Int32sOf(s.Field(0)), Readers: Int32sOf(s.Field(2)),
		list: list, offsets: list.Offsets(), classes: s.Field(1).(*array.Int32), weights: s.Field(3).(*array.Float64),
	}
}

// Of is the range of a row's entries; it is empty for a null.
func (e *Entries) Of(row int) (from, to int) {
	if e.list.IsNull(row) {
		return 0, 0
	}
	at := row + e.list.Data().Offset()
	return int(e.offsets[at]), int(e.offsets[at+1])
}

// Weight is the weight of an entry, if it has one.
func (e *Entries) Weight(i int) (weight float64, given bool) {
	if e.weights.IsNull(i) {
		return 0, false
	}
	return e.weights.Value(i), true
}

// Weights are the weights by entry. Those of entries without one mean nothing.
func (e *Entries) Weights() []float64 { return e.weights.Float64Values() }

// Class is the final class of an entry, or -1.
func (e *Entries) Class(i int) int32 {
	if e.classes.IsNull(i) {
		return -1
	}
	return e.classes.Value(i)
}
