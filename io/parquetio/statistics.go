package parquetio

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/parquet-go/parquet-go/format"
)

// longestBound is the longest text that stands in statistics as a whole, in bytes. Longer ones are left out: readers that would skip by
// them read instead.
const longestBound = 256

// bounds keeps the smallest and largest value of a chunk.
type bounds struct {
	kind     Kind
	any, nan bool
	min, max []byte // text
	lo, hi   float64
	low, top int64
}

func (b *bounds) text(v []byte) {
	if !b.any {
		b.any, b.min, b.max = true, v, v
		return
	}
	if bytes.Compare(v, b.min) < 0 {
		b.min = v
	} else if bytes.Compare(v, b.max) > 0 {
		b.max = v
	}
}

func (b *bounds) fixed(values []byte) {
	if len(values) == 0 {
		return
	}
	switch b.kind {
	case Int32:
		for _, v := range arrow.Int32Traits.CastFromBytes(values) {
			b.integer(int64(v))
		}
	case Int64:
		for _, v := range arrow.Int64Traits.CastFromBytes(values) {
			b.integer(v)
		}
	case Bool:
		for _, v := range values {
			b.integer(int64(v))
		}
	case Float32:
		for _, v := range arrow.Float32Traits.CastFromBytes(values) {
			b.float(float64(v))
		}
	case Float64:
		for _, v := range arrow.Float64Traits.CastFromBytes(values) {
			b.float(v)
		}
	}
}

func (b *bounds) integer(v int64) {
	if !b.any {
		b.any, b.low, b.top = true, v, v
		return
	}
	b.low, b.top = min(b.low, v), max(b.top, v)
}

func (b *bounds) float(v float64) {
	if v != v {
		b.nan = true
		return
	}
	if !b.any {
		b.any, b.lo, b.hi = true, v, v
		return
	}
	b.lo, b.hi = min(b.lo, v), max(b.hi, v)
}

// statistics of a chunk. Bounds of a chunk that holds a NaN, and texts longer than longestBound, are left out; a zero bound of floats
// is -0 below and +0 above, as parquet.thrift asks for.
func (b *bounds) statistics(nulls int64) format.Statistics {
	s := format.Statistics{NullCount: nulls}
	if !b.any || b.nan {
		return s
	}
	le := binary.LittleEndian
	switch b.kind {
	case Text, Dictionary:
		if len(b.min) <= longestBound && len(b.max) <= longestBound {
			s.MinValue, s.MaxValue = append([]byte{}, b.min...), append([]byte{}, b.max...)
		}
	case Int32:
		s.MinValue, s.MaxValue = le.AppendUint32(nil, uint32(b.low)), le.AppendUint32(nil, uint32(b.top))
	case Int64:
		s.MinValue, s.MaxValue = le.AppendUint64(nil, uint64(b.low)), le.AppendUint64(nil, uint64(b.top))
	case Bool:
		s.MinValue, s.MaxValue = []byte{byte(b.low)}, []byte{byte(b.top)}
	case Float32:
		lo, hi := signedZeros(b.lo, b.hi)
		s.MinValue, s.MaxValue = le.AppendUint32(nil, math.Float32bits(float32(lo))), le.AppendUint32(nil, math.Float32bits(float32(hi)))
	case Float64:
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
