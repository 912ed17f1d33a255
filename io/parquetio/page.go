package parquetio

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"math/bits"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/format"
)

// A page ends with the row that reaches one of these, counted from the start of its row group,
// so that pages do not depend on batches.
const (
	pageRows  = 1 << 15
	pageText  = 1 << 20 // bytes of plain text
	pageSlots = 1 << 18 // list elements, empty and null lists
)

// codec is zstd level 1: the same bytes for the same input. It is safe for many goroutines.
var codec = &zstd.Codec{Level: zstd.SpeedFastest, Concurrency: 1}

// finish makes the page of the cuts.
func (e *encoder) finish() error {
	if e.rows == 0 {
		return nil
	}
	e.raw = e.raw[:0]
	if e.leaf.list {
		e.appendRepetition()
	}
	if e.leaf.max > 0 {
		if err := e.appendDefinition(); err != nil {
			return err
		}
	}
	encoding := format.Plain
	switch e.leaf.kind {
	case kindText:
		e.appendTexts()
	case kindDictionary:
		encoding = format.RLEDictionary
		if err := e.appendCodes(); err != nil {
			return err
		}
	case kindBool:
		e.appendBools()
	default:
		e.appendFixed()
	}
	header := format.PageHeader{Type: format.DataPage}
	header.DataPageHeader.Set(format.DataPageHeader{
		NumValues: int32(e.slots), Encoding: encoding, DefinitionLevelEncoding: format.RLE,
		RepetitionLevelEncoding: format.RLE,
	})
	var err error
	var plain int64
	if e.pages, plain, err = e.appendPage(e.pages, e.raw, &header); err != nil {
		return err
	}
	e.count++
	e.values += int64(e.slots)
	e.plain += plain
	e.left -= e.rows
	e.rows, e.slots, e.missing, e.text = 0, 0, 0, 0
	e.cuts = e.cuts[:0]
	return nil
}

// appendRepetition appends the repetition levels: 0 at the first slot of each row, 1 elsewhere.
func (e *encoder) appendRepetition() {
	e.bits = zeroBits(e.bits, e.slots)
	bitutil.SetBitsTo(e.bits, 0, int64(e.slots), true)
	at := 0
	for _, c := range e.cuts {
		first := c.slot(c.from)
		if c.slots == nil {
			bitutil.SetBitsTo(e.bits, int64(at), int64(c.to-c.from), false)
		} else {
			clearBits(e.bits, c.slots[c.from:c.to], at-int(c.slots[0])-first)
		}
		at += c.slot(c.to) - first
	}
	e.appendLevels(func() { e.raw = appendBitLevels(e.raw, e.bits, e.slots) })
}

// appendLevels appends what encode appends, behind its length.
func (e *encoder) appendLevels(encode func()) {
	e.raw = append(e.raw, 0, 0, 0, 0)
	start := len(e.raw)
	encode()
	binary.LittleEndian.PutUint32(e.raw[start-4:], uint32(len(e.raw)-start))
}

// appendDefinition appends the definition levels; a page without nulls is a single run.
func (e *encoder) appendDefinition() (err error) {
	e.appendLevels(func() {
		switch {
		case e.missing == 0:
			e.raw = append(binary.AppendUvarint(e.raw, uint64(e.slots)<<1), e.leaf.max)
		case !e.leaf.list:
			e.raw = appendBitLevels(e.raw, e.validRows(), e.slots)
		default:
			err = e.appendListDefinition()
		}
	})
	return err
}

// validRows is a bit per row of the page: whether it has a value.
func (e *encoder) validRows() []byte {
	e.bits = zeroBits(e.bits, e.rows)
	at := 0
	for _, c := range e.cuts {
		n := c.to - c.from
		if !c.none {
			c.valid.copyTo(e.bits, at, c.from, n)
		}
		at += n
	}
	return e.bits
}

func (e *encoder) appendListDefinition() (err error) {
	e.def = e.def[:0]
	for _, c := range e.cuts {
		from, to := c.slot(c.from), c.slot(c.to)
		switch {
		case c.none:
			e.def = appendSame(e.def, 0, to-from)
		case c.def == nil:
			e.def = appendSame(e.def, e.leaf.max, to-from)
		default:
			e.def = append(e.def, c.def[from:to]...)
		}
	}
	r := rle.Encoding{BitWidth: bits.Len8(e.leaf.max)}
	e.levels, err = r.EncodeLevels(e.levels, e.def)
	e.raw = append(e.raw, e.levels...)
	return err
}

// appendSame appends v n times.
func appendSame[T any](dst []T, v T, n int) []T {
	at := len(dst)
	dst = slices.Grow(dst, n)[:at+n]
	for i := range dst[at:] {
		dst[at+i] = v
	}
	return dst
}

// where tells the indices of a cut's values: at, or [from, to) when some is false.
func (e *encoder) where(c cut) (from, to int, at []int32, some bool) {
	switch {
	case c.none:
		return 0, 0, nil, false
	case c.piece.at != nil:
		return 0, 0, c.piece.at[c.first:c.last], true
	case e.leaf.list:
		return c.piece.first + c.first, c.piece.first + c.last, nil, false
	case c.valid.bits != nil:
		e.at = c.valid.appendSet(e.at[:0], c.from, c.to)
		return 0, 0, e.at, true
	}
	return c.from, c.to, nil, false
}

// appendTexts appends the texts, each behind its length.
func (e *encoder) appendTexts() {
	raw := slices.Grow(e.raw, e.text)
	for _, c := range e.cuts {
		from, to, at, some := e.where(c)
		if some {
			for _, i := range at {
				v := c.text.value(int(i))
				e.bounds.text(v)
				raw = appendText(raw, v)
			}
		} else if from < to {
			start := c.text.offsets[from]
			for _, end := range c.text.offsets[from+1 : to+1] {
				v := c.text.bytes[start:end]
				e.bounds.text(v)
				raw = appendText(raw, v)
				start = end
			}
		}
	}
	e.raw = raw
}

func appendText(dst, v []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(dst, uint32(len(v))), v...)
}

// appendFixed appends numbers.
func (e *encoder) appendFixed() {
	w := width[e.leaf.kind]
	for _, c := range e.cuts {
		from, to, at, some := e.where(c)
		values := c.fixed[w*from : w*to]
		if some {
			values = e.gather(c.fixed, w, at)
		}
		e.bounds.fixed(values)
		e.raw = append(e.raw, values...)
	}
}

// gather picks numbers of w bytes.
func (e *encoder) gather(all []byte, w int, at []int32) []byte {
	e.fixed = slices.Grow(e.fixed[:0], w*len(at))[:w*len(at)]
	if w == 4 {
		pick(arrow.Uint32Traits.CastFromBytes(e.fixed), arrow.Uint32Traits.CastFromBytes(all), at)
	} else {
		pick(arrow.Uint64Traits.CastFromBytes(e.fixed), arrow.Uint64Traits.CastFromBytes(all), at)
	}
	return e.fixed
}

func pick[T any](dst, all []T, at []int32) {
	for i, j := range at {
		dst[i] = all[j]
	}
}

// appendBools appends a bit per value.
func (e *encoder) appendBools() {
	n := e.slots - e.missing
	e.bits = zeroBits(e.bits, n)
	done := 0
	for _, c := range e.cuts {
		from, to, at, some := e.where(c)
		if some {
			for _, i := range at {
				if c.bools.has(int(i)) {
					bitutil.SetBit(e.bits, done)
				}
				done++
			}
		} else if from < to {
			c.bools.copyTo(e.bits, done, from, to-from)
			done += to - from
		}
	}
	e.bounds.bools(bitmap{bits: e.bits}.count(0, n), n)
	e.raw = append(e.raw, e.bits...)
}

// appendPage compresses a page and appends its header and its bytes. It returns the page's size before
// compression, header included.
func (e *encoder) appendPage(dst, raw []byte, header *format.PageHeader) (out []byte, plain int64, err error) {
	if len(raw) > math.MaxInt32 {
		return dst, 0, fmt.Errorf("a page of %d bytes; at most %d", len(raw), math.MaxInt32)
	}
	if e.packed, err = codec.Encode(e.packed, raw); err != nil {
		return dst, 0, err
	}
	if len(e.packed) > math.MaxInt32 {
		return dst, 0, fmt.Errorf("a page of %d bytes after compression; at most %d", len(e.packed), math.MaxInt32)
	}
	header.UncompressedPageSize = int32(len(raw))
	header.CompressedPageSize = int32(len(e.packed))
	header.CRC = int32(crc32.ChecksumIEEE(e.packed))
	e.head.Reset()
	if err := e.thrift.Encode(header); err != nil {
		return dst, 0, err
	}
	head := e.head.Bytes()
	size := len(head) + len(e.packed)
	if cap(dst)-len(dst) < size {
		dst = moveBlock(dst, len(dst)+size+e.foreseen(size))
	}
	return append(append(dst, head...), e.packed...), int64(len(head) + len(raw)), nil
}

// foreseen is how many bytes the pages behind this one will need, if they are like it.
func (e *encoder) foreseen(size int) int {
	if e.rows == 0 {
		return 0
	}
	return int(float64(size) * float64(e.left-e.rows) / float64(e.rows))
}
