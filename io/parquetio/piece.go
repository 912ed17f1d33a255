package parquetio

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
)

// A piece is one leaf of one batch, ready to be cut at any row: levels, and the values that are not null, one after another. It shares
// memory with the batch, which is immutable.
type piece struct {
	def   []uint8 // definition level per slot; nil: every slot is at the leaf's max, and slots are rows
	slots []int32 // in lists: the first slot of each row, and the end; nil: slots are rows
	text  texts   // Text
	fixed []byte  // numbers: little endian; bool: a byte each
	codes []int32 // Dictionary: indices into entries
	// entries of codes; origin tells whether two pieces have the same ones.
	entries entries
	origin  any
}

// Texts are a view of a text array: its values, or those at the given indices.
type texts struct {
	offsets []int32
	bytes   []byte
	at      []int32 // nil: all
}

func (t *texts) value(i int) []byte {
	if t.at != nil {
		i = int(t.at[i])
	}
	return t.bytes[t.offsets[i]:t.offsets[i+1]]
}

// most is at least the bytes of values [from, to) in Parquet's plain encoding: each has its length in 4 bytes before it.
func (t *texts) most(from, to int) int {
	if from == to {
		return 0
	}
	first, last := from, to-1
	if t.at != nil {
		first, last = int(t.at[first]), int(t.at[last])
	}
	return 4*(to-from) + int(t.offsets[last+1]-t.offsets[first])
}

type entries interface {
	Len() int
	Value(i int) string
}

type words []string

func (w words) Len() int           { return len(w) }
func (w words) Value(i int) string { return w[i] }

// newPiece lays out one leaf of a column. A null where the schema has none is an error.
func newPiece(l leaf, column arrow.Array) (*piece, error) {
	if !l.list {
		p := &piece{}
		at, err := p.define(l, column)
		if err != nil {
			return nil, err
		}
		return p, p.fill(l, column, at)
	}
	p := &piece{}
	list := column.(*array.List)
	values := list.ListValues()
	var elements arrow.Array // the structs, when values are fields of structs
	if l.field >= 0 {
		elements = values
		values = elements.(*array.Struct).Field(l.field)
	}
	at, err := p.defineList(l, list, elements, values)
	if err != nil {
		return nil, err
	}
	return p, p.fill(l, values, at)
}

// define sets the levels of a top-level column and returns the rows that have a value; nil: all.
func (p *piece) define(l leaf, column arrow.Array) (at []int32, err error) {
	null := nullsOf(column)
	if null == nil {
		return nil, nil
	}
	n := column.Len()
	if l.max == 0 {
		for i := range n {
			if null(i) {
				return nil, nullError(l, i)
			}
		}
		return nil, nil
	}
	p.def = make([]uint8, n)
	values := p.defineBits(column)
	if values < 0 {
		values = 0
		for i := range n {
			if !null(i) {
				p.def[i] = 1
				values++
			}
		}
	}
	at = make([]int32, values+1) // and one that is written in vain
	next := 0
	for i, def := range p.def {
		at[next] = int32(i)
		next += int(def)
	}
	return at[:values], nil
}

// defineBits sets the levels by the column's validity bitmap alone and counts the values; -1: a dictionary has null entries too.
func (p *piece) defineBits(column arrow.Array) (values int) {
	if d, ok := column.(*array.Dictionary); ok && hasNulls(d.Dictionary()) {
		return -1
	}
	valid, offset := column.NullBitmapBytes(), column.Data().Offset()
	for i := range p.def {
		at := offset + i
		p.def[i] = valid[at>>3] >> (at & 7) & 1
	}
	return bytes.Count(p.def, []byte{1})
}

// defineList sets slots and levels of a list's leaf and returns the indices in its values that are not null.
func (p *piece) defineList(l leaf, list *array.List, elements, values arrow.Array) (at []int32, err error) {
	n := list.Len()
	p.slots = make([]int32, 1, n+1)
	p.def = make([]uint8, 0, values.Len()+n)
	at = make([]int32, 0, values.Len())
	nullElement, nullValue := never, nullsOf(values)
	if elements != nil {
		if is := nullsOf(elements); is != nil {
			nullElement = is
		}
	}
	if nullValue == nil {
		nullValue = never
	}
	for i := range n {
		start, end := list.ValueOffsets(i)
		switch {
		case list.IsNull(i):
			if !l.nullList {
				return nil, nullError(l, i)
			}
			p.def = append(p.def, 0)
		case start == end:
			p.def = append(p.def, l.empty)
		default:
			for j := int(start); j < int(end); j++ {
				def := l.max
				switch {
				case nullElement(j) || l.field < 0 && nullValue(j):
					if !l.elem {
						return nil, nullError(l, i)
					}
					def = l.empty + 1
				case nullValue(j):
					if l.max == l.empty+1+level(l.elem) {
						return nil, nullError(l, i)
					}
					def = l.max - 1
				default:
					at = append(at, int32(j))
				}
				p.def = append(p.def, def)
			}
		}
		p.slots = append(p.slots, int32(len(p.def)))
	}
	return at, nil
}

func never(int) bool { return false }

func nullError(l leaf, row int) error {
	return fmt.Errorf("parquet: column %q: row %d of a batch holds a null, and the schema allows none there", l.name(), row)
}

// nullsOf tells which cells are null; nil: none. A dictionary's null entry makes its cells null.
func nullsOf(a arrow.Array) func(int) bool {
	if d, ok := a.(*array.Dictionary); ok && hasNulls(d.Dictionary()) {
		codes, words := d.Indices().(*array.Int32), d.Dictionary()
		return func(i int) bool { return codes.IsNull(i) || words.IsNull(int(codes.Value(i))) }
	}
	if !hasNulls(a) {
		return nil
	}
	valid, offset := a.NullBitmapBytes(), a.Data().Offset()
	return func(i int) bool { return bitutil.BitIsNotSet(valid, offset+i) }
}

// hasNulls counts for itself, because an array's NullN may write its answer into the array, which others read.
func hasNulls(a arrow.Array) bool {
	valid := a.NullBitmapBytes()
	return len(valid) > 0 && bitutil.CountSetBits(valid, a.Data().Offset(), a.Len()) < a.Len()
}

// fill sets the values: those at the given indices, or all when at is nil.
func (p *piece) fill(l leaf, values arrow.Array, at []int32) error {
	switch a := values.(type) {
	case *array.String:
		if l.kind == Dictionary {
			p.intern(a, at)
		} else {
			p.text = texts{a.ValueOffsets(), textBytes(a), at}
		}
	case *array.Dictionary:
		p.codes = pick(a.Indices().(*array.Int32).Int32Values(), at)
		p.entries = a.Dictionary().(*array.String)
		p.origin = a.Dictionary().Data()
	case *array.Int32:
		p.fixed = arrow.Int32Traits.CastToBytes(pick(a.Int32Values(), at))
	case *array.Int64:
		p.fixed = arrow.Int64Traits.CastToBytes(pick(a.Int64Values(), at))
	case *array.Float32:
		p.fixed = arrow.Float32Traits.CastToBytes(pick(a.Float32Values(), at))
	case *array.Float64:
		p.fixed = arrow.Float64Traits.CastToBytes(pick(a.Float64Values(), at))
	case *array.Boolean:
		p.fixed = boolBytes(a, at)
	default:
		return fmt.Errorf("parquet: column %q: an array of type %s", l.name(), values.DataType())
	}
	return nil
}

func pick[T any](all []T, at []int32) []T {
	if at == nil {
		return all
	}
	some := make([]T, len(at))
	for i, j := range at {
		some[i] = all[j]
	}
	return some
}

func boolBytes(a *array.Boolean, at []int32) []byte {
	n := a.Len()
	if at != nil {
		n = len(at)
	}
	out := make([]byte, n)
	for i := range out {
		j := i
		if at != nil {
			j = int(at[i])
		}
		if a.Value(j) {
			out[i] = 1
		}
	}
	return out
}

// textBytes is the buffer that a text array's offsets count in.
func textBytes(a *array.String) []byte {
	if b := a.Data().Buffers()[2]; b != nil {
		return b.Bytes()
	}
	return nil
}

func appendText(dst []byte, s string) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(s)))
	return append(dst, s...)
}

// intern makes codes of plain text, in the order of first appearance.
func (p *piece) intern(a *array.String, at []int32) {
	n := a.Len()
	if at != nil {
		n = len(at)
	}
	p.codes = make([]int32, n)
	known := map[string]int32{}
	var list words
	for i := range n {
		j := i
		if at != nil {
			j = int(at[i])
		}
		s := a.Value(j)
		code, ok := known[s]
		if !ok {
			s = strings.Clone(s)
			code = int32(len(list))
			known[s] = code
			list = append(list, s)
		}
		p.codes[i] = code
	}
	p.entries = list
	p.origin = p
}
