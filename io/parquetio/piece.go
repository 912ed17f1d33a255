package parquetio

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// A piece is one leaf of one batch, ready to be cut at any row: levels, and where the values are. It shares the batch's
// buffers, which nobody writes to, until its row group is encoded.
type piece struct {
	none  bool   // no row has a value: each is a slot of level 0
	valid bitmap // top level: the rows that have a value

	// Lists. A slot is an element, a null list or an empty one.
	slots []int32 // the first slot of each row and the end, counted from slots[0]; nil: slots are rows
	def   []uint8 // definition level per slot; nil: every slot has a value, the first one at index first
	first int
	at    []int32 // with def: the indices of the values, in the order of slots

	// Values by index; those of nulls mean nothing.
	text  texts   // kindText, and kindDictionary when codes is nil
	fixed []byte  // numbers: little endian
	bools bitmap  // kindBool
	codes []int32 // kindDictionary: indices into words
	words texts
	long  bool // one of words is longer than longWord
}

// texts are the bytes of an Arrow text array and where each text in them begins; the last number is the end.
type texts struct {
	offsets []int32
	bytes   []byte
}

func (t texts) value(i int) []byte { return t.bytes[t.offsets[i]:t.offsets[i+1]] }

// len is the number of texts.
func (t texts) len() int { return max(0, len(t.offsets)-1) }

// absent is a piece of nulls, of any number of rows.
var absent = &piece{none: true}

// layOut makes an empty piece one leaf of a column. A null where the schema has none is an error.
func (p *piece) layOut(l leaf, column arrow.Array) (err error) {
	values := column
	if l.list {
		values, err = p.defineList(l, column.(*array.List))
	} else {
		err = p.define(l, column)
	}
	if err != nil || p.none {
		return err
	}
	return p.fill(l, values)
}

// define sets the levels of a top-level column.
func (p *piece) define(l leaf, column arrow.Array) error {
	valid, nulls := validity(column)
	switch {
	case nulls == 0:
	case l.max == 0:
		for i := range column.Len() {
			if !valid.has(i) {
				return nullError(l, i)
			}
		}
	case nulls == column.Len():
		p.none = true
	default:
		p.valid = valid
	}
	return nil
}

// defineList sets slots and levels of a list's leaf, and returns the array of its values.
func (p *piece) defineList(l leaf, list *array.List) (arrow.Array, error) {
	n := list.Len()
	valid, nulls := validity(list)
	if n == 0 || nulls == n && l.nullList {
		p.none = true
		return nil, nil
	}
	offsets := list.Offsets()[list.Data().Offset():][:n+1]
	values := list.ListValues()
	base := offsets[0]
	if int(offsets[n]-base) < values.Len() { // a slice: look at no more than its own values
		values = array.NewSlice(values, int64(base), int64(offsets[n]))
	} else {
		base = 0
	}
	var element bitmap
	if l.field >= 0 {
		var nullElements int
		element, nullElements = validity(values)
		nulls += nullElements
		values = values.(*array.Struct).Field(l.field)
	}
	value, nullValues := validity(values)
	if nulls+nullValues == 0 && increasing(offsets) {
		p.slots, p.first = offsets, int(offsets[0]-base)
		return values, nil
	}
	return values, p.defineSlots(l, offsets, base, [3]bitmap{valid, element, value})
}

// increasing: no list is empty.
func increasing(offsets []int32) bool {
	for i, end := range offsets[1:] {
		if offsets[i] == end {
			return false
		}
	}
	return true
}

// defineSlots sets slots, levels and values one by one. base is the offset of the first value;
// valid is of lists, elements and values.
func (p *piece) defineSlots(l leaf, offsets []int32, base int32, valid [3]bitmap) error {
	n := len(offsets) - 1
	elements := int(offsets[n] - offsets[0])
	p.slots = make([]int32, 1, n+1)
	p.def = make([]uint8, 0, elements+n)
	p.at = make([]int32, 0, elements)
	for i := range n {
		start, end := offsets[i]-base, offsets[i+1]-base
		switch {
		case !valid[0].has(i):
			if !l.nullList {
				return nullError(l, i)
			}
			p.def = append(p.def, 0)
		case start == end:
			p.def = append(p.def, l.empty)
		default:
			for j := start; j < end; j++ {
				def, ok := l.level(valid[1].has(int(j)), valid[2].has(int(j)))
				if !ok {
					return nullError(l, i)
				}
				if def == l.max {
					p.at = append(p.at, j)
				}
				p.def = append(p.def, def)
			}
		}
		p.slots = append(p.slots, int32(len(p.def)))
	}
	return nil
}

// level is the definition level of a list's element, and whether the schema allows it.
func (l leaf) level(element, value bool) (def uint8, ok bool) {
	switch {
	case element && value:
		return l.max, true
	case !element || l.field < 0:
		return l.empty + 1, l.elem
	default:
		return l.max - 1, l.max > l.empty+1+level(l.elem)
	}
}

func nullError(l leaf, row int) error {
	return fmt.Errorf("parquet: column %q: row %d of a batch holds a null, and the schema allows none there",
		l.name(), row)
}

// fill sets the values.
func (p *piece) fill(l leaf, values arrow.Array) error {
	switch a := values.(type) {
	case *array.String:
		p.text = textsOf(a)
		p.text.tidy(p.valid)
	case *array.Dictionary:
		p.codes = a.Indices().(*array.Int32).Int32Values()
		p.words = textsOf(a.Dictionary().(*array.String))
		if !l.list {
			p.tidyWords()
		}
	case *array.Int32:
		p.fixed = arrow.Int32Traits.CastToBytes(a.Int32Values())
	case *array.Int64:
		p.fixed = arrow.Int64Traits.CastToBytes(a.Int64Values())
	case *array.Float32:
		p.fixed = arrow.Float32Traits.CastToBytes(a.Float32Values())
	case *array.Float64:
		p.fixed = arrow.Float64Traits.CastToBytes(a.Float64Values())
	case *array.Boolean:
		p.bools = bitmap{skip: a.Data().Offset()}
		if bits := a.Data().Buffers()[1]; bits != nil {
			p.bools.bits = bits.Bytes()
		}
	default:
		return fmt.Errorf("parquet: column %q: an array of type %s", l.name(), values.DataType())
	}
	return nil
}

func textsOf(a *array.String) texts {
	if a.Len() == 0 {
		return texts{}
	}
	t := texts{offsets: a.ValueOffsets()}
	if b := a.Data().Buffers()[2]; b != nil {
		t.bytes = b.Bytes()
	}
	return t
}

// muchMore is how many bytes a text array may keep in memory beyond twice its own before it is copied: a few rows that
// were sliced from a large batch must not keep the batch.
const muchMore = 1 << 16

// tidy copies the texts if they keep much more memory than their own, or if a null has bytes, so that the texts of any
// rows are as long as their offsets tell.
func (t *texts) tidy(valid bitmap) {
	if t.len() == 0 {
		return
	}
	own := int(t.offsets[t.len()] - t.offsets[0])
	if cap(t.bytes) <= 2*own+muchMore && !t.hidden(valid) {
		return
	}
	out := texts{offsets: make([]int32, 1, len(t.offsets)), bytes: make([]byte, 0, own)}
	for i := range t.len() {
		if valid.has(i) {
			out.bytes = append(out.bytes, t.value(i)...)
		}
		out.offsets = append(out.offsets, int32(len(out.bytes)))
	}
	*t = out
}

// longWord is the longest word that counts as its code alone: a batch has each of its words once, and most columns have
// few. Were all words of two columns of a row group that long and different, they would take 34 MB.
const longWord = 128

// tidyWords copies the words that the codes stand for if all words take much more: of a batch of which a few rows were
// taken, the words of the others must not stay in memory.
func (p *piece) tidyWords() {
	n := p.words.len()
	if n == 0 {
		return
	}
	if all := int(p.words.offsets[n]-p.words.offsets[0]) + 4*n; all > muchMore+longWord*len(p.codes) {
		p.keepUsed(all)
	}
	for i, end := range p.words.offsets[1:] {
		p.long = p.long || end-p.words.offsets[i] > longWord
	}
}

// keepUsed copies the words that are used, if they are less than half of all.
func (p *piece) keepUsed(all int) {
	used, bytes := map[int32]int32{}, 0
	var order []int32
	codes := make([]int32, len(p.codes)) // those of nulls mean nothing
	for i, code := range p.codes {
		if !p.valid.has(i) {
			continue
		}
		number, known := used[code]
		if !known {
			number = int32(len(order))
			used[code], order = number, append(order, code)
			bytes += 4 + len(p.words.value(int(code)))
		}
		codes[i] = number
	}
	if 2*bytes > all {
		return
	}
	words := texts{offsets: make([]int32, 1, len(order)+1), bytes: make([]byte, 0, bytes)}
	for _, code := range order {
		words.bytes = append(words.bytes, p.words.value(int(code))...)
		words.offsets = append(words.offsets, int32(len(words.bytes)))
	}
	p.codes, p.words = codes, words
}

// size is what rows [from, to) keep in memory beside 4 bytes a cell.
func (p *piece) size(l leaf, from, to int) (bytes int) {
	switch {
	case p.none:
	case l.list:
		first := p.valuesIn(l, 0, from)
		values := p.valuesIn(l, from, to)
		if p.text.offsets != nil {
			bytes = p.textIn(l, from, to, first, first+values)
		}
		bytes += 4 * values
	case p.text.offsets != nil:
		bytes = int(p.text.offsets[to] - p.text.offsets[from])
	case p.long:
		for i, code := range p.codes[from:to] {
			if !p.valid.has(from + i) {
				continue
			}
			if size := len(p.words.value(int(code))); size > longWord {
				bytes += size
			}
		}
	}
	return bytes
}

// spelled is rows [from, to) of a piece of codes with the words themselves.
func (p *piece) spelled(from, to int) *piece {
	if p == nil || p.none {
		return absent
	}
	out := &piece{valid: bitmap{bits: p.valid.bits, skip: p.valid.skip + from}}
	out.text.offsets = make([]int32, 1, to-from+1)
	for i, code := range p.codes[from:to] {
		if p.valid.has(from + i) {
			out.text.bytes = append(out.text.bytes, p.words.value(int(code))...)
		}
		out.text.offsets = append(out.text.offsets, int32(len(out.text.bytes)))
	}
	return out
}

// hidden tells whether a null has bytes.
func (t *texts) hidden(valid bitmap) bool {
	if valid.bits == nil {
		return false
	}
	for i, end := range t.offsets[1:] {
		if t.offsets[i] != end && !valid.has(i) {
			return true
		}
	}
	return false
}
