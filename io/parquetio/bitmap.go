package parquetio

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
)

// A bitmap is a bit per cell, laid out as Arrow's. The zero bitmap has all bits set.
type bitmap struct {
	bits []byte
	skip int // bits before the first cell
}

func (m bitmap) has(i int) bool { return m.bits == nil || bitutil.BitIsSet(m.bits, m.skip+i) }

// count is the number of bits set in cells [from, to).
func (m bitmap) count(from, to int) int {
	if m.bits == nil {
		return to - from
	}
	return bitutil.CountSetBits(m.bits, m.skip+from, to-from)
}

// word is the bits of n cells from cell i on, at most 64.
func (m bitmap) word(i, n int) uint64 {
	at := m.skip + i
	b := m.bits[at/8:]
	if len(b) < 9 {
		var last [9]byte
		copy(last[:], b)
		b = last[:]
	}
	w := binary.LittleEndian.Uint64(b)>>(at%8) | uint64(b[8])<<(64-at%8)
	return w & (^uint64(0) >> (64 - n))
}

// appendSet appends the indices of the cells in [from, to) whose bit is set.
func (m bitmap) appendSet(dst []int32, from, to int) []int32 {
	dst = slices.Grow(dst, to-from)
	n, all := len(dst), dst[:cap(dst)]
	for i := from; i < to; i += 64 {
		for w := m.word(i, min(64, to-i)); w != 0; w &= w - 1 {
			all[n] = int32(i + bits.TrailingZeros64(w))
			n++
		}
	}
	return all[:n]
}

// copyTo sets n cells of dst, from cell at on, to cells from from on.
func (m bitmap) copyTo(dst []byte, at, from, n int) {
	if m.bits == nil {
		bitutil.SetBitsTo(dst, int64(at), int64(n), true)
		return
	}
	bitutil.CopyBitmap(m.bits, m.skip+from, n, dst, at)
}

// validity tells which cells of an array are not null, and how many are null. A dictionary's null entry makes its cells
// null. It counts for itself, because an array's NullN may write its answer into the array, which others read.
func validity(a arrow.Array) (valid bitmap, nulls int) {
	if d, ok := a.(*array.Dictionary); ok {
		if words, none := validity(d.Dictionary()); none > 0 {
			valid = wordsValid(d.Indices().(*array.Int32), words)
			return valid, a.Len() - valid.count(0, a.Len())
		}
	}
	if bits := a.NullBitmapBytes(); len(bits) > 0 {
		m := bitmap{bits: bits, skip: a.Data().Offset()}
		if nulls := a.Len() - m.count(0, a.Len()); nulls > 0 {
			return m, nulls
		}
	}
	return bitmap{}, 0
}

// wordsValid tells which codes stand for a word that is not null.
func wordsValid(codes *array.Int32, words bitmap) bitmap {
	out := make([]byte, bitutil.BytesForBits(int64(codes.Len())))
	valid, _ := validity(codes)
	for i, code := range codes.Int32Values() {
		if valid.has(i) && words.has(int(code)) {
			bitutil.SetBit(out, i)
		}
	}
	return bitmap{bits: out}
}

// zeroBits is a buffer of n bits, none set, in the memory of b where that is enough.
func zeroBits(b []byte, n int) []byte {
	b = slices.Grow(b[:0], (n+7)/8)[:(n+7)/8]
	clear(b)
	return b
}

// clearBits clears the bits at the given places, moved by so many.
func clearBits(b []byte, at []int32, by int) {
	for _, i := range at {
		k := uint(int(i) + by)
		b[k/8] &^= 1 << (k % 8)
	}
}

// appendBitLevels appends n levels of one bit, run-length encoded: the bytes that parquet-go's rle.Encoding gives for a
// byte per level. It looks at eight levels at a time: equal ones are or continue a run, others are packed, which means
// copied, until eight come that are equal to the first of the eight before.
func appendBitLevels(dst, levels []byte, n int) []byte {
	whole := levels[:n/8]
	for i := 0; i < len(whole); {
		j := i + 1
		if eight := whole[i]; eight == 0 || eight == 0xff {
			for j < len(whole) && whole[j] == eight {
				j++
			}
			dst = binary.AppendUvarint(dst, uint64(8*(j-i))<<1)
			dst = append(dst, eight&1)
		} else {
			for j < len(whole) && whole[j] != -(whole[j-1]&1) {
				j++
			}
			dst = binary.AppendUvarint(dst, uint64(j-i)<<1|1)
			dst = append(dst, whole[i:j]...)
		}
		i = j
	}
	for i := n &^ 7; i < n; {
		level := levels[i/8] >> (i % 8) & 1
		j := i + 1
		for j < n && levels[j/8]>>(j%8)&1 == level {
			j++
		}
		dst = binary.AppendUvarint(dst, uint64(j-i)<<1)
		dst = append(dst, level)
		i = j
	}
	return dst
}
