package rows

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// The Arrow types of columns.go.
var (
	TypeText    = arrow.BinaryTypes.String
	TypeDict    = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
	TypeUint8   = arrow.PrimitiveTypes.Uint8
	TypeInt32   = arrow.PrimitiveTypes.Int32
	TypeUint64  = arrow.PrimitiveTypes.Uint64
	TypeFloat32 = arrow.PrimitiveTypes.Float32
	TypeFloat64 = arrow.PrimitiveTypes.Float64
	TypeBool    = arrow.FixedWidthTypes.Boolean
)

// PictureFields are the columns of what is known of pictures, in order.
var PictureFields = []arrow.Field{
	Nullable(ColVerdict, TypeDict), Nullable(ColFlaw, TypeDict), Nullable(ColSHA256, TypeText),
	Nullable(ColWidth, TypeInt32), Nullable(ColHeight, TypeInt32), Nullable(ColPixels, TypeText),
}

// ShownFields are the columns of what pictures show, in order.
var ShownFields = []arrow.Field{
	Nullable(ColITA, TypeFloat32), Nullable(ColTone, TypeDict), Nullable(ColToneAbstains, TypeDict),
	Nullable(ColKind, TypeDict), Nullable(ColKindConfidence, TypeFloat32), Nullable(ColPart, TypeDict),
}

// TypeCrops is the type of ColCrops: rectangles in pixels of the upright picture, and where they come from.
var (
	TypeCrop = arrow.StructOf(
		arrow.Field{Name: "x", Type: TypeInt32}, arrow.Field{Name: "y", Type: TypeInt32},
		arrow.Field{Name: "width", Type: TypeInt32}, arrow.Field{Name: "height", Type: TypeInt32},
		arrow.Field{Name: "origin", Type: TypeDict}, Nullable("annotator", TypeDict))
	TypeCrops = arrow.ListOfField(arrow.Field{Name: "item", Type: TypeCrop})
)

// CropFields are the columns of crops, in order.
var CropFields = []arrow.Field{
	Nullable(ColCropState, TypeDict), Nullable(ColCrops, TypeCrops), Nullable(ColCropFlaws, TypeText),
}

// Nullable is a column that may hold nulls.
func Nullable(name string, t arrow.DataType) arrow.Field {
	return arrow.Field{Name: name, Type: t, Nullable: true}
}

// ColumnsOf finds columns by name and checks their types. Every missing or mistyped column is named in the error.
func ColumnsOf(in *arrow.Schema, want ...arrow.Field) ([]int, error) {
	at := make([]int, len(want))
	var errs []error
	for i, w := range want {
		found := in.FieldIndices(w.Name)
		switch {
		case len(found) != 1:
			errs = append(errs, fmt.Errorf("column %q stands %d times, want it once", w.Name, len(found)))
		case !arrow.TypeEqual(in.Field(found[0]).Type, w.Type):
			errs = append(errs, fmt.Errorf("column %q is %v, want %v", w.Name, in.Field(found[0]).Type, w.Type))
		default:
			at[i] = found[0]
		}
	}
	return at, errors.Join(errs...)
}

// Nulls is the validity of a column being made: all rows are valid until said otherwise.
// nil means that none ever is null.
type Nulls struct {
	rows, skip int    // skip: bits before row 0, for buffers that are shared with a sliced column
	bits       []byte // nil: no null yet
	count      int
}

// NewNulls is the validity of a column of its own.
func NewNulls(rows int) *Nulls { return &Nulls{rows: rows} }

// NullsOver is the validity of a column that is to share the values of another, for WithNulls.
func NullsOver(column arrow.Array) *Nulls {
	return &Nulls{rows: column.Len(), skip: column.Data().Offset()}
}

// Set makes row i null. It is called at most once a row.
func (n *Nulls) Set(i int) {
	if n.bits == nil {
		n.bits = make([]byte, bitutil.BytesForBits(int64(n.rows+n.skip)))
		bitutil.SetBitsTo(n.bits, 0, int64(n.rows+n.skip), true)
	}
	bitutil.ClearBit(n.bits, n.skip+i)
	n.count++
}

// Buffer is the column's first buffer; nil without nulls.
func (n *Nulls) Buffer() *memory.Buffer {
	if n == nil || n.bits == nil {
		return nil
	}
	return memory.NewBufferBytes(n.bits)
}

// Count is how many nulls there are.
func (n *Nulls) Count() int {
	if n == nil {
		return 0
	}
	return n.count
}

// FixedData is a column of numbers that takes over values.
func FixedData[T arrow.FixedWidthType](t arrow.DataType, values []T, n *Nulls) *array.Data {
	buffers := []*memory.Buffer{n.Buffer(), memory.NewBufferBytes(arrow.GetBytes(values))}
	return array.NewData(t, len(values), buffers, nil, n.Count(), 0)
}

// Fixed is FixedData as an array.
func Fixed[T arrow.FixedWidthType](t arrow.DataType, values []T, n *Nulls) arrow.Array {
	return array.MakeFromData(FixedData(t, values, n))
}

// DictColumn is a text column of codes into dictionary, which is shared. A negative code is a null; codes is taken over
// and its negative codes become 0.
func DictColumn(codes []int32, dictionary arrow.Array) arrow.Array {
	n := NewNulls(len(codes))
	for i, c := range codes {
		if c < 0 {
			n.Set(i)
			codes[i] = 0
		}
	}
	return array.NewDictionaryArray(TypeDict, Fixed(TypeInt32, codes, n), dictionary)
}

// A TextColumn is a column of texts made one after another.
type TextColumn struct {
	Bytes   []byte // of all texts; whoever appends to it calls End
	offsets []int32
	nulls   *Nulls
}

// NewText has no texts yet, and room for so many rows and bytes.
func NewText(rows, bytes int) *TextColumn {
	return &TextColumn{offsets: append(make([]int32, 0, rows+1), 0), Bytes: make([]byte, 0, bytes), nulls: NewNulls(rows)}
}

// End ends a text whose parts have been appended to Bytes.
func (t *TextColumn) End() {
	if len(t.Bytes) > math.MaxInt32 {
		panic("a text column of one batch holds more than 2 GiB")
	}
	t.offsets = append(t.offsets, int32(len(t.Bytes)))
}

// Add adds a text made of parts.
func (t *TextColumn) Add(parts ...string) {
	for _, p := range parts {
		t.Bytes = append(t.Bytes, p...)
	}
	t.End()
}

// AddNull adds a null.
func (t *TextColumn) AddNull() {
	t.nulls.Set(len(t.offsets) - 1)
	t.End()
}

// Array is the column; nothing may be added afterwards.
func (t *TextColumn) Array() arrow.Array {
	offsets, texts := memory.NewBufferBytes(arrow.GetBytes(t.offsets)), memory.NewBufferBytes(t.Bytes)
	buffers := []*memory.Buffer{t.nulls.Buffer(), offsets, texts}
	return array.MakeFromData(array.NewData(TypeText, len(t.offsets)-1, buffers, nil, t.nulls.Count(), 0))
}

// Texts is a short text column of values.
func Texts(values []string) arrow.Array {
	t := NewText(len(values), 0)
	for _, v := range values {
		t.Add(v)
	}
	return t.Array()
}

// WithNulls is the column with the further nulls of n, which NullsOver has made of it. Values are shared.
func WithNulls(column arrow.Array, n *Nulls) arrow.Array {
	if n.count == 0 {
		return column
	}
	data := column.Data().(*array.Data).Copy()
	buffers := append([]*memory.Buffer{n.Buffer()}, data.Buffers()[1:]...)
	if d, ok := column.(*array.Dictionary); ok {
		values := d.Dictionary().Data().(*array.Data)
		return array.MakeFromData(array.NewDataWithDictionary(data.DataType(), data.Len(),
			buffers, n.count, data.Offset(), values))
	}
	return array.MakeFromData(array.NewData(data.DataType(), data.Len(), buffers, data.Children(), n.count, data.Offset()))
}

// CodesOf are the codes of a dictionary column and its texts. Codes at nulls mean nothing.
func CodesOf(column arrow.Array) (codes []int32, dictionary *array.String) {
	d := column.(*array.Dictionary)
	return d.Indices().(*array.Int32).Int32Values(), d.Dictionary().(*array.String)
}

// Int32sOf are the values of an int32 column. Those at nulls mean nothing.
func Int32sOf(column arrow.Array) []int32 { return column.(*array.Int32).Int32Values() }

// OrMinusOne are the values of an int32 column, with -1 for null.
func OrMinusOne(column arrow.Array) []int32 {
	values := Int32sOf(column)
	if column.NullN() == 0 {
		return values
	}
	values = slices.Clone(values)
	for i := range values {
		if column.IsNull(i) {
			values[i] = -1
		}
	}
	return values
}
