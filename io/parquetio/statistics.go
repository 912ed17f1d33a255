package parquetio

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/parquet-go/parquet-go/format"
)

// longestBound is the longest text that stands in statistics as a whole, in bytes. Longer ones are left out: readers
// that would skip by them read instead.
const longestBound = 256

// bounds keeps the smallest and largest value of a chunk.
type bounds struct {
	kind     valueKind
	any, nan bool
	lo, hi   float64
	low, top int64

	// Text. Both bounds, and so all values, begin with the same shared bytes; lowKey and topKey are the eight bytes that
	// come next. There are eight, unless shared is 0.
	min, max       []byte
	shared         int
	lowKey, topKey uint64
}

// text takes in one value. The key tells most of them from the bounds. While all begin alike,
// a new bound leaves shared as it is.
func (b *bounds) text(v []byte) {
	if !b.any || len(v) < b.shared+8 || string(v[:b.shared]) != string(b.min[:b.shared]) {
		b.widen(v)
		return
	}
	key := binary.BigEndian.Uint64(v[b.shared:])
	if key > b.lowKey && key < b.topKey {
		return
	}
	if key > b.topKey || key == b.topKey && bytes.Compare(v, b.max) > 0 {
		b.max, b.topKey = v, key
	}
	if key < b.lowKey || key == b.lowKey && bytes.Compare(v, b.min) < 0 {
		b.min, b.lowKey = v, key
	}
}

// widen takes in a value that does not begin like the others, or is too short to tell.
func (b *bounds) widen(v []byte) {
	switch {
	case !b.any:
		b.any, b.min, b.max = true, v, v
	case bytes.Compare(v, b.max) > 0:
		b.max = v
	case bytes.Compare(v, b.min) < 0:
		b.min = v
	default:
		return
	}
	b.shared = max(0, min(sharedBytes(b.min, b.max), len(b.min)-8, len(b.max)-8))
	b.lowKey, b.topKey = keyOf(b.min[b.shared:]), keyOf(b.max[b.shared:])
}

// sharedBytes is how many bytes two texts begin with alike.
func sharedBytes(v, w []byte) int {
	n := min(len(v), len(w))
	for i := range n {
		if v[i] != w[i] {
			return i
		}
	}
	return n
}

// keyOf are the first eight bytes of a text in the order of texts, zeros behind its end.
// A key above another is a text above the other.
func keyOf(v []byte) uint64 {
	var b [8]byte
	copy(b[:], v)
	return binary.BigEndian.Uint64(b[:])
}

// fixed takes in numbers. Many columns are one number for long: a stretch of bytes that comes again changes no bound.
func (b *bounds) fixed(values []byte) {
	const stretch = 128 // a multiple of every width
	var last []byte
	for len(values) > 0 {
		next := values[:min(stretch, len(values))]
		if !bytes.Equal(next, last) {
			b.numbers(next)
			last = next
		}
		values = values[len(next):]
	}
}

func (b *bounds) numbers(values []byte) {
	switch b.kind {
	case kindInt32:
		integers(b, arrow.Int32Traits.CastFromBytes(values))
	case kindInt64:
		integers(b, arrow.Int64Traits.CastFromBytes(values))
	case kindFloat32:
		floats(b, arrow.Float32Traits.CastFromBytes(values))
	case kindFloat64:
		floats(b, arrow.Float64Traits.CastFromBytes(values))
	}
}

// bools takes in n values, of which some are true.
func (b *bounds) bools(some, n int) {
	if some < n {
		integers(b, []int32{0})
	}
	if some > 0 {
		integers(b, []int32{1})
	}
}

func integers[T int32 | int64](b *bounds, values []T) {
	if len(values) == 0 {
		return
	}
	low, top := values[0], values[0]
	for _, v := range values {
		low, top = min(low, v), max(top, v)
	}
	if !b.any {
		b.any, b.low, b.top = true, int64(low), int64(top)
	}
	b.low, b.top = min(b.low, int64(low)), max(b.top, int64(top))
}

// floats takes in values. It may take -0 for +0, which statistics does not tell apart.
func floats[T float32 | float64](b *bounds, values []T) {
	lo, hi := T(math.Inf(1)), T(math.Inf(-1))
	for _, v := range values {
		if v < lo {
			lo = v
		}
		if v > hi {
			hi = v
		}
		if v != v {
			b.nan = true
			return
		}
	}
	if len(values) == 0 {
		return
	}
	if !b.any {
		b.any, b.lo, b.hi = true, float64(lo), float64(hi)
	}
	b.lo, b.hi = min(b.lo, float64(lo)), max(b.hi, float64(hi))
}

// statistics of a chunk. Bounds of a chunk that holds a NaN, and texts longer than longestBound, are left out; a zero
// bound of floats is -0 below and +0 above, as parquet.thrift asks for.
func (b *bounds) statistics(nulls int64) format.Statistics {
	s := format.Statistics{NullCount: nulls}
	if !b.any || b.nan {
		return s
	}
	le := binary.LittleEndian
	switch b.kind {
	case kindText, kindDictionary:
		if len(b.min) <= longestBound && len(b.max) <= longestBound {
			s.MinValue, s.MaxValue = append([]byte{}, b.min...), append([]byte{}, b.max...)
		}
	case kindInt32:
		s.MinValue, s.MaxValue = le.AppendUint32(nil, uint32(b.low)), le.AppendUint32(nil, uint32(b.top))
	case kindInt64:
		s.MinValue, s.MaxValue = le.AppendUint64(nil, uint64(b.low)), le.AppendUint64(nil, uint64(b.top))
	case kindBool:
		s.MinValue, s.MaxValue = []byte{byte(b.low)}, []byte{byte(b.top)}
	case kindFloat32:
		lo, hi := signedZeros(b.lo, b.hi)
		s.MinValue, s.MaxValue = le.AppendUint32(nil, math.Float32bits(float32(lo))),
			le.AppendUint32(nil, math.Float32bits(float32(hi)))
	case kindFloat64:
		lo, hi := signedZeros(b.lo, b.hi)
		s.MinValue, s.MaxValue = le.AppendUint64(nil, math.Float64bits(lo)), le.AppendUint64(nil, math.Float64bits(hi))
	}
	return s
}

func signedZeros(lo, hi float64) (float64, float64) {
	if lo == 0 {
		lo = math.Copysign(0, -1)
	}
	if hi == 0 {
		hi = 0
	}
	return lo, hi
}
