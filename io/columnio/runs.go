package columnio

import (
	"encoding/binary"
	"errors"
)

var errShort = errors.New("a page is damaged: it ends early")

// runs reads whole numbers of up to 32 bits in the hybrid of run lengths and bit packing, which levels, dictionary
// codes and booleans are written in.
type runs struct {
	data   []byte
	width  int
	count  int // values left of the run
	same   uint32
	packed []byte // values of the run, if they are packed
	bit    int    // where the next one is
}

func (r *runs) next() (uint32, error) {
	for r.count == 0 {
		if err := r.run(); err != nil {
			return 0, err
		}
	}
	r.count--
	if r.packed == nil {
		return r.same, nil
	}
	bits, ok := unpack(r.packed, r.bit, r.width)
	if !ok {
		return 0, errShort
	}
	r.bit += r.width
	return uint32(bits), nil
}

// run begins the next run.
func (r *runs) run() error {
	head, size := binary.Uvarint(r.data)
	if size <= 0 || head>>1 > 1<<31 {
		return errShort
	}
	r.data = r.data[size:]
	r.count, r.packed, r.bit = int(head>>1), nil, 0
	length := (r.width + 7) / 8
	if head&1 != 0 { // groups of eight; writers leave out the end of the last one
		length = min(r.count*r.width, len(r.data))
		r.count, r.packed = r.count*8, r.data[:length:length]
	}
	if length > len(r.data) {
		return errShort
	}
	if r.packed == nil {
		r.same = 0
		for i, b := range r.data[:length] {
			r.same |= uint32(b) << (8 * i)
		}
	}
	r.data = r.data[length:]
	return nil
}

// unpack reads the width bits at a bit, the lowest first; ok is false if they are not all there.
func unpack(data []byte, bit, width int) (bits uint64, ok bool) {
	if bit+width > 8*len(data) {
		return 0, false
	}
	if width == 0 {
		return 0, true
	}
	at, shift := bit>>3, bit&7
	if len(data)-at >= 8 {
		bits = binary.LittleEndian.Uint64(data[at:]) >> shift
		if width+shift > 64 {
			bits |= uint64(data[at+8]) << (64 - shift)
		}
	} else {
		for i, b := range data[at:] {
			bits |= uint64(b) << (8 * i)
		}
		bits >>= shift
	}
	return bits & (1<<width - 1), true
}
