package stages

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// apply is what a stage's Bind returns: batch in, batch out.
type apply = func(arrow.RecordBatch) (arrow.RecordBatch, error)

// The Arrow types of columns.go.
var (
	typeText    = arrow.BinaryTypes.String
	typeDict    = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
	typeUint8   = arrow.PrimitiveTypes.Uint8
	typeInt32   = arrow.PrimitiveTypes.Int32
	typeUint64  = arrow.PrimitiveTypes.Uint64
	typeFloat32 = arrow.PrimitiveTypes.Float32
	typeFloat64 = arrow.PrimitiveTypes.Float64
	typeBool    = arrow.FixedWidthTypes.Boolean
)

// nullable is a column that may hold nulls.
func nullable(name string, t arrow.DataType) arrow.Field {
	return arrow.Field{Name: name, Type: t, Nullable: true}
}

// columnsOf finds columns by name and checks their types. Every missing or mistyped column is named in the error.
func columnsOf(in *arrow.Schema, want ...arrow.Field) ([]int, error) {
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

// extras are the columns that only pass through, in the order of the schema.
func extras(in *arrow.Schema) (fields []arrow.Field, at []int, err error) {
	for i, f := range in.Fields() {
		if !strings.HasPrefix(f.Name, ExtraPrefix) {
			continue
		}
		if !arrow.TypeEqual(f.Type, typeText) {
			return nil, nil, fmt.Errorf("column %q is %v, want %v", f.Name, f.Type, typeText)
		}
		fields, at = append(fields, nullable(f.Name, typeText)), append(at, i)
	}
	return fields, at, nil
}

// nulls is the validity of a column being made: all rows are valid until said otherwise. The zero value holds no rows.
type nulls struct {
	rows, skip int    // skip: bits before row 0, for buffers that are shared with a sliced column
	bits       []byte // nil: no null yet
	count      int
}

func newNulls(rows int) *nulls { return &nulls{rows: rows} }

// set makes row i null. It is called at most once a row.
func (n *nulls) set(i int) {
	if n.bits == nil {
		n.bits = make([]byte, bitutil.BytesForBits(int64(n.rows+n.skip)))
		bitutil.SetBitsTo(n.bits, 0, int64(n.rows+n.skip), true)
	}
	bitutil.ClearBit(n.bits, n.skip+i)
	n.count++
}

func (n *nulls) buffer() *memory.Buffer {
	if n == nil || n.bits == nil {
		return nil
	}
	return memory.NewBufferBytes(n.bits)
}

func (n *nulls) nulls() int {
	if n == nil {
		return 0
	}
	return n.count
}

// fixedData is a column of numbers that takes over values.
func fixedData[T arrow.FixedWidthType](t arrow.DataType, values []T, n *nulls) *array.Data {
	buffers := []*memory.Buffer{n.buffer(), memory.NewBufferBytes(arrow.GetBytes(values))}
	return array.NewData(t, len(values), buffers, nil, n.nulls(), 0)
}

func fixed[T arrow.FixedWidthType](t arrow.DataType, values []T, n *nulls) arrow.Array {
	return array.MakeFromData(fixedData(t, values, n))
}

// boolColumn is a column of bits, bit i of which is row i.
func boolColumn(bits []byte, rows int, n *nulls) arrow.Array {
	return array.MakeFromData(array.NewData(typeBool, rows, []*memory.Buffer{n.buffer(), memory.NewBufferBytes(bits)}, nil, n.nulls(), 0))
}

// dictColumn is a text column of codes into dictionary, which is shared. A negative code is a null; codes is taken over and its negative
// codes become 0.
func dictColumn(codes []int32, dictionary arrow.Array) arrow.Array {
	n := newNulls(len(codes))
	for i, c := range codes {
		if c < 0 {
			n.set(i)
			codes[i] = 0
		}
	}
	return array.NewDictionaryArray(typeDict, fixed(typeInt32, codes, n), dictionary)
}

// textColumn is a column of texts made one after another.
type textColumn struct {
	offsets []int32
	bytes   []byte
	nulls   *nulls
}

func newText(rows, bytes int) *textColumn {
	return &textColumn{offsets: append(make([]int32, 0, rows+1), 0), bytes: make([]byte, 0, bytes), nulls: newNulls(rows)}
}

// end ends a text whose parts have been appended to bytes.
func (t *textColumn) end() {
	if len(t.bytes) > math.MaxInt32 {
		panic("a text column of one batch holds more than 2 GiB")
	}
	t.offsets = append(t.offsets, int32(len(t.bytes)))
}

func (t *textColumn) add(parts ...string) {
	for _, p := range parts {
		t.bytes = append(t.bytes, p...)
	}
	t.end()
}

func (t *textColumn) addNull() {
	t.nulls.set(len(t.offsets) - 1)
	t.end()
}

func (t *textColumn) array() arrow.Array {
	buffers := []*memory.Buffer{t.nulls.buffer(), memory.NewBufferBytes(arrow.GetBytes(t.offsets)), memory.NewBufferBytes(t.bytes)}
	return array.MakeFromData(array.NewData(typeText, len(t.offsets)-1, buffers, nil, t.nulls.nulls(), 0))
}

// texts is a short text column of values.
func texts(values []string) arrow.Array {
	t := newText(len(values), 0)
	for _, v := range values {
		t.add(v)
	}
	return t.array()
}

// constant is a column of one text; the empty one makes a column of nulls.
func constant(value string, rows int) arrow.Array {
	codes := make([]int32, rows)
	if value == "" {
		for i := range codes {
			codes[i] = -1
		}
	}
	return dictColumn(codes, texts([]string{value}))
}

// allNull is a column without any value.
func allNull(t arrow.DataType, rows int) arrow.Array {
	if arrow.TypeEqual(t, typeDict) {
		return constant("", rows)
	}
	return array.MakeArrayOfNull(memory.DefaultAllocator, t, rows)
}

// withNulls is the column with the further nulls of n, whose skip is the column's offset. Values are shared.
func withNulls(column arrow.Array, n *nulls) arrow.Array {
	if n.count == 0 {
		return column
	}
	data := column.Data().(*array.Data).Copy()
	buffers := append([]*memory.Buffer{n.buffer()}, data.Buffers()[1:]...)
	if d, ok := column.(*array.Dictionary); ok {
		values := d.Dictionary().Data().(*array.Data)
		return array.MakeFromData(array.NewDataWithDictionary(data.DataType(), data.Len(), buffers, n.count, data.Offset(), values))
	}
	return array.MakeFromData(array.NewData(data.DataType(), data.Len(), buffers, data.Children(), n.count, data.Offset()))
}

// codesOf are the codes of a dictionary column and its texts. Codes at nulls mean nothing.
func codesOf(column arrow.Array) (codes []int32, dictionary *array.String) {
	d := column.(*array.Dictionary)
	return d.Indices().(*array.Int32).Int32Values(), d.Dictionary().(*array.String)
}

func int32sOf(column arrow.Array) []int32 { return column.(*array.Int32).Int32Values() }

// lists is a list column of rows whose ends are offsets[1:] in element.
func lists(t *arrow.ListType, offsets []int32, element arrow.ArrayData, n *nulls) arrow.Array {
	buffers := []*memory.Buffer{n.buffer(), memory.NewBufferBytes(arrow.GetBytes(offsets))}
	return array.MakeFromData(array.NewData(t, len(offsets)-1, buffers, []arrow.ArrayData{element}, n.nulls(), 0))
}

// structData is a struct column without nulls of its own.
func structData(t *arrow.StructType, rows int, fields ...arrow.ArrayData) *array.Data {
	return array.NewData(t, rows, []*memory.Buffer{nil}, fields, 0, 0)
}
