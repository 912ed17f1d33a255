package arrowio

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"

	"github.com/dermset/dermset/io/csvio"
)

// A format is how a column is written, as far as its type does not say.
type format struct {
	name     string
	decimals int // -1: as many as it takes
	hex      bool
	last     *atomic.Pointer[escaped]
}

// Escaped is a dictionary made ready to be written. Batches often share one, so the last is kept.
type escaped struct {
	values  *array.String
	entries entries // each with its separator
	longest int
}

func formatOf(f arrow.Field) (format, error) {
	o := format{name: f.Name, decimals: -1, last: new(atomic.Pointer[escaped])}
	switch t := f.Type.(type) {
	case *arrow.StringType, *arrow.BooleanType, *arrow.Int32Type, *arrow.Int64Type, *arrow.Uint8Type, *arrow.Float64Type:
		return o, nil
	case *arrow.DictionaryType:
		if isText(t) {
			return o, nil
		}
	case *arrow.Uint64Type:
		hex, _ := f.Metadata.GetValue("hex")
		o.hex = hex == "true"
		return o, nil
	case *arrow.Float32Type:
		text, ok := f.Metadata.GetValue("decimals")
		if !ok {
			return o, nil
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > 9 {
			return o, fmt.Errorf("csv column %q: metadata decimals is %q, want 0 to 9", f.Name, text)
		}
		o.decimals = n
		return o, nil
	case *arrow.ListType:
		s, ok := t.Elem().(*arrow.StructType)
		if isText(t.Elem()) || ok && s.NumFields() == 2 && isText(s.Field(0).Type) && s.Field(1).Type.ID() == arrow.FLOAT32 {
			return o, nil
		}
	}
	return o, fmt.Errorf("csv column %q: no text form for %v", f.Name, f.Type)
}

func isText(t arrow.DataType) bool {
	d, ok := t.(*arrow.DictionaryType)
	if !ok {
		return t.ID() == arrow.STRING
	}
	return d.IndexType.ID() == arrow.INT32 && d.ValueType.ID() == arrow.STRING
}

// Cells are a column of a batch, ready to be written row by row. One of text, codes, constant and other is set.
type cells struct {
	comma bool // a separator comes before the cell
	nulls validity

	text    []byte // values of a utf8 column
	offsets []int32
	plain   bool // no value needs quotes

	codes    []int32
	*escaped // by code

	constant []byte // every cell, with its separator; of several columns, if they are neighbours

	other func(dst []byte, row int) []byte
}

// validity says which rows are null; the zero value: none.
type validity struct {
	bits   []byte
	offset int
}

func validityOf(a arrow.Array) validity {
	if a.NullN() == 0 {
		return validity{}
	}
	return validity{a.NullBitmapBytes(), a.Data().Offset()}
}

func (v validity) null(row int) bool { return v.bits != nil && !bitutil.BitIsSet(v.bits, v.offset+row) }

// Entries are byte strings one after another.
type entries struct {
	ends []uint32 // entry i ends at ends[i+1]
	data []byte   // with at least pad bytes after the last
}

const pad = 16

func entriesOf(values *array.String, appendEntry func(dst []byte, value string) []byte) entries {
	e := entries{ends: make([]uint32, 1, values.Len()+1)}
	for i := range values.Len() {
		value := ""
		if values.IsValid(i) {
			value = values.Value(i)
		}
		e.data = appendEntry(e.data, value)
		e.ends = append(e.ends, uint32(len(e.data)))
	}
	e.data = append(e.data, make([]byte, pad)...)
	return e
}

// newCells prepares a column. Memory is where the floats of all columns and batches are remembered.
func newCells(o format, a arrow.Array, comma bool, memory *shortest) (cells, error) {
	c := cells{comma: comma, nulls: validityOf(a)}
	var err error
	switch a := a.(type) {
	case *array.String:
		c.setText(a)
	case *array.Dictionary:
		c.setCodes(a, o.last)
	case *array.Boolean:
		c.other = func(dst []byte, row int) []byte { return strconv.AppendBool(dst, a.Value(row)) }
	case *array.Uint8:
		c.other = integers(a.Uint8Values())
	case *array.Int32:
		c.other = integers(a.Int32Values())
	case *array.Int64:
		c.other = integers(a.Int64Values())
	case *array.Uint64:
		c.other = unsigned(a.Uint64Values(), o.hex)
	case *array.Float32:
		c.other, err = floats(a, o.decimals, memory)
	case *array.Float64:
		c.other, err = wideFloats(a)
	case *array.List:
		c.other, err = lists(a, memory)
	default:
		err = fmt.Errorf("no text form for %v", a.DataType())
	}
	if a.NullN() == a.Len() {
		c = cells{constant: separated(comma, "")}
	}
	if err != nil {
		err = fmt.Errorf("csv column %q: %w", o.name, err)
	}
	return c, err
}

func separated(comma bool, value string) []byte {
	if comma {
		return csvio.AppendField([]byte{','}, value)
	}
	return csvio.AppendField([]byte{}, value)
}

func (c *cells) setText(a *array.String) {
	c.offsets = a.ValueOffsets()
	if buffer := a.Data().Buffers()[2]; buffer != nil {
		c.text = buffer.Bytes()
	}
	used := a.ValueBytes()
	if len(used) == 0 {
		*c = cells{constant: separated(c.comma, "")}
		return
	}
	c.plain = true
	for _, special := range []byte(",\"\n\r") {
		c.plain = c.plain && bytes.IndexByte(used, special) < 0
	}
}

// setCodes escapes each value of the dictionary once.
func (c *cells) setCodes(a *array.Dictionary, last *atomic.Pointer[escaped]) {
	codes := a.Indices().(*array.Int32).Int32Values()
	values := a.Dictionary().(*array.String)
	if c.nulls.bits == nil && same(codes) {
		*c = cells{constant: separated(c.comma, values.Value(int(codes[0])))}
		return
	}
	c.codes = codes
	if c.escaped = last.Load(); c.escaped != nil && sameValues(c.values, values) {
		return
	}
	c.escaped = &escaped{values: values}
	c.entries = entriesOf(values, func(dst []byte, value string) []byte {
		from := len(dst)
		if c.comma {
			dst = append(dst, ',')
		}
		dst = csvio.AppendField(dst, value)
		c.longest = max(c.longest, len(dst)-from)
		return dst
	})
	last.Store(c.escaped)
}

// sameValues reports whether two dictionaries are the same memory: batches are immutable,
// so then they hold the same values.
func sameValues(a, b *array.String) bool {
	x, y := a.Data(), b.Data()
	return x == y || x.Len() == y.Len() && x.Offset() == y.Offset() && slices.Equal(x.Buffers(), y.Buffers())
}

func same(codes []int32) bool {
	for _, code := range codes {
		if code != codes[0] {
			return false
		}
	}
	return len(codes) > 0
}

func integers[T uint8 | int32 | int64](values []T) func([]byte, int) []byte {
	return func(dst []byte, row int) []byte { return strconv.AppendInt(dst, int64(values[row]), 10) }
}

func unsigned(values []uint64, hex bool) func([]byte, int) []byte {
	if !hex {
		return func(dst []byte, row int) []byte { return strconv.AppendUint(dst, values[row], 10) }
	}
	return func(dst []byte, row int) []byte {
		const digits = "0123456789abcdef"
		for shift := 60; shift >= 0; shift -= 4 {
			dst = append(dst, digits[values[row]>>shift&15])
		}
		return dst
	}
}

func floats(a *array.Float32, decimals int, memory *shortest) (func([]byte, int) []byte, error) {
	values := a.Float32Values()
	err := finite(a, values, 0, len(values))
	if decimals < 0 {
		return func(dst []byte, row int) []byte { return memory.append(dst, values[row]) }, err
	}
	return func(dst []byte, row int) []byte { return appendDecimals(dst, values[row], decimals) }, err
}

func wideFloats(a *array.Float64) (func([]byte, int) []byte, error) {
	values := a.Float64Values()
	err := finite(a, values, 0, len(values))
	return func(dst []byte, row int) []byte { return strconv.AppendFloat(dst, values[row], 'f', -1, 64) }, err
}

// finite is an error if one of the numbers values[from:to] is infinite or not a number, unless it is null.
func finite[T float32 | float64](a arrow.Array, values []T, from, to int) error {
	for i := from; i < to; i++ {
		if v := values[i]; v-v != 0 && a.IsValid(i) {
			return fmt.Errorf("%v among the numbers: want finite ones", v)
		}
	}
	return nil
}

func lists(a *array.List, memory *shortest) (func([]byte, int) []byte, error) {
	offsets := a.Offsets()[a.Data().Offset():]
	s, ok := a.ListValues().(*array.Struct)
	if !ok {
		names := newTexts(a.ListValues())
		return func(dst []byte, row int) []byte {
			return names.appendArray(dst, int(offsets[row]), int(offsets[row+1]))
		}, nil
	}
	names, p := newTexts(s.Field(0)), s.Field(1).(*array.Float32)
	if s.NullN() > 0 || s.Field(0).NullN() > 0 {
		return nil, errors.New("a null among the names: want a text")
	}
	o := objects{texts: names, p: p.Float32Values(), nulls: validityOf(p), memory: memory}
	err := finite(p, o.p, int(offsets[0]), int(offsets[a.Len()]))
	return func(dst []byte, row int) []byte { return o.append(dst, int(offsets[row]), int(offsets[row+1])) }, err
}

// appendDecimals appends f with n decimals, exact halves away from zero. f·10ⁿ has no rounding error: it takes the 24
// bits of f and the 21 of 5⁹ at most.
func appendDecimals(dst []byte, f float32, n int) []byte {
	scaled := math.Round(float64(f) * math.Pow10(n))
	if math.Abs(scaled) >= 1<<53 {
		return strconv.AppendFloat(dst, float64(f), 'f', n, 64) // a whole number: nothing to round
	}
	if scaled < 0 {
		dst = append(dst, '-')
	}
	whole, part := uint64(math.Abs(scaled)), uint64(1)
	for range n {
		part *= 10
	}
	dst = strconv.AppendUint(dst, whole/part, 10)
	if n > 0 {
		at := len(dst)
		dst = strconv.AppendUint(dst, part+whole%part, 10) // a one before the digits keeps their zeros
		dst[at] = '.'
	}
	return dst
}
