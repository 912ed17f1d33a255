package jpeg

import "encoding/binary"

// A bitReader reads the entropy-coded data of a scan. acc holds the next bits at its top, n of them; below those it may
// hold more, which are the right ones too. It never reads across a marker: there it goes on with zeros, and counts
// them, so that whoever used them can tell.
type bitReader struct {
	data []byte
	pos  int // the next byte that is not in acc
	acc  uint64
	n    uint
	fake uint // bits of n, at its end, that are not in the data
}

// refill makes n at least 56.
func (r *bitReader) refill() {
	if r.pos+8 <= len(r.data) {
		w := binary.BigEndian.Uint64(r.data[r.pos:])
		if x := ^w; (x-0x0101010101010101)&^x&0x8080808080808080 == 0 { // no byte is 0xff
			r.acc |= w >> r.n
			k := (63 - r.n) >> 3
			r.pos += int(k)
			r.n += k * 8
			return
		}
	}
	r.refillSlowly()
}

// need makes n at least 32, which is more than a code and its value take.
func (r *bitReader) need() {
	if r.n < 32 {
		r.refill()
	}
}

func (r *bitReader) refillSlowly() {
	for r.n <= 56 {
		b := byte(0)
		switch {
		case r.pos >= len(r.data), r.data[r.pos] == 0xff && (r.pos+1 >= len(r.data) || r.data[r.pos+1] != 0):
			r.fake += 8
		default:
			if b = r.data[r.pos]; b == 0xff {
				r.pos++ // the zero that marks it as data
			}
			r.pos++
		}
		r.acc |= uint64(b) << (56 - r.n)
		r.n += 8
	}
}

// over says whether bits were used that are not in the data.
func (r *bitReader) over() bool { return r.fake > r.n }

// take is the next count bits, at most 16; at least as many are in acc.
func (r *bitReader) take(count uint) uint32 {
	bits := uint32(r.acc >> 1 >> (63 - count))
	r.acc <<= count
	r.n -= count
	return bits
}

// atMarker drops the bits that fill up the last byte, and goes to the place behind the entropy-coded data. It says
// whether whole bytes of data were left over.
func (r *bitReader) atMarker() (leftOver bool) {
	r.need()
	leftOver = r.n-r.fake >= 8
	r.acc, r.n, r.fake = 0, 0, 0
	return leftOver
}
