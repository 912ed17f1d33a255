package png

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// Entries of a table of codes (RFC 1951), looked up with the next bits of the data:
//
//	bits 0–7   how many bits the code takes
//	bits 8–15  what it is: a literal, the end, a link to a further table, or how many bits are to be added to its value
//	bits 16–31 the value: a byte, the least length or distance, or where the further table is
//
// 0 is no code.
const (
	isLiteral = 0x40 << 8
	isEnd     = 0x20 << 8
	isLink    = 0x80 << 8
)

const (
	lengthBits   = 10 // of the first table of literals and lengths
	distanceBits = 8
	maxCode      = 15 // bits of the longest code
)

type table struct {
	bits    uint
	entries []uint32
}

// An inflater unpacks one deflate stream into memory of the right size.
type inflater struct {
	src    []byte
	pos    int
	acc    uint64 // the next bits, lowest first
	n      int    // how many of them are known; below 0 where more were used than there are
	dst    []byte
	filled int

	lengths, distances table
}

// inflate fills dst with what src holds, and says whether src is a whole deflate stream that fills it exactly. A block
// of a few bits can cost as much as making its tables: so every block asks whether it is too late for one more.
func inflate(dst, src []byte, late func() bool) bool {
	f := &inflater{src: src, dst: dst}
	for last := false; !last; {
		if late() {
			return false
		}
		f.refill()
		last = f.take(1) == 1
		whole := false
		switch f.take(2) {
		case 0:
			whole = f.stored()
		case 1:
			whole = f.fixed() && f.block()
		case 2:
			whole = f.dynamic() && f.block()
		}
		if !whole || f.n < 0 {
			return false
		}
	}
	return f.filled == len(dst) && f.pos-f.n/8 == len(src)
}

// refill makes n at least 56, or as many as are left.
func (f *inflater) refill() {
	if f.n >= 0 && f.pos+8 <= len(f.src) {
		f.acc |= binary.LittleEndian.Uint64(f.src[f.pos:]) << f.n
		f.pos += (63 - f.n) >> 3
		f.n |= 56
		return
	}
	for f.n >= 0 && f.n <= 56 && f.pos < len(f.src) {
		f.acc |= uint64(f.src[f.pos]) << f.n
		f.pos++
		f.n += 8
	}
}

func (f *inflater) take(count uint) uint {
	v := uint(f.acc & (1<<count - 1))
	f.acc >>= count
	f.n -= int(count)
	return v
}

// stored copies a block that is not packed.
func (f *inflater) stored() bool {
	if f.n < 0 {
		return false
	}
	f.pos -= f.n / 8 // whole bytes that were taken too early
	f.acc, f.n = 0, 0
	if f.pos+4 > len(f.src) {
		return false
	}
	length := int(binary.LittleEndian.Uint16(f.src[f.pos:]))
	if length != int(^binary.LittleEndian.Uint16(f.src[f.pos+2:])) ||
		f.pos+4+length > len(f.src) || f.filled+length > len(f.dst) {
		return false
	}
	f.filled += copy(f.dst[f.filled:], f.src[f.pos+4:][:length])
	f.pos += 4 + length
	return true
}

// Least values and further bits of length and distance codes (RFC 1951, 3.2.5).
var (
	lengthEntries   = valueEntries(3, 29, func(i int) int { return max(0, i/4-1) })
	distanceEntries = valueEntries(1, 30, func(i int) int { return max(0, i/2-1) })
)

func valueEntries(least, codes int, extra func(int) int) []uint32 {
	entries := make([]uint32, codes)
	for i := range entries {
		entries[i] = uint32(least)<<16 | uint32(extra(i))<<8
		least += 1 << extra(i)
	}
	return entries
}

func init() { lengthEntries[28] = 258 << 16 } // the one that breaks the rule

// meaning is the entry of a symbol, without its code's length; 0 for symbols that stand for nothing.
func lengthMeaning(symbol int) uint32 {
	switch {
	case symbol < 256:
		return uint32(symbol)<<16 | isLiteral
	case symbol == 256:
		return isEnd
	case symbol-257 < len(lengthEntries):
		return lengthEntries[symbol-257]
	}
	return 0
}

func distanceMeaning(symbol int) uint32 {
	if symbol < len(distanceEntries) {
		return distanceEntries[symbol]
	}
	return 0
}

// Sizes of the codes that the standard gives (RFC 1951, 3.2.6).
var (
	fixedSizes = slices.Concat(slices.Repeat([]uint8{8}, 144), slices.Repeat([]uint8{9}, 112),
		slices.Repeat([]uint8{7}, 24), slices.Repeat([]uint8{8}, 8))
	fixedDistances = slices.Repeat([]uint8{5}, 32)
)

// fixed makes the tables that the standard gives.
func (f *inflater) fixed() bool {
	return f.lengths.make(fixedSizes, lengthBits, lengthMeaning) &&
		f.distances.make(fixedDistances, distanceBits, distanceMeaning)
}

// codeOrder is the order in which the sizes of the code of code sizes stand.
var codeOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// dynamic reads the tables of a block.
func (f *inflater) dynamic() bool {
	f.refill()
	literals, distances, codes := int(f.take(5))+257, int(f.take(5))+1, int(f.take(4))+4
	if literals > 286 || distances > 30 {
		return false
	}
	var codeSizes [19]uint8
	for _, at := range codeOrder[:codes] {
		f.refill()
		codeSizes[at] = uint8(f.take(3))
	}
	var t table
	if !t.make(codeSizes[:], 7, func(symbol int) uint32 { return uint32(symbol)<<16 | isLiteral }) {
		return false
	}
	var sizes [286 + 30]uint8
	for i := 0; i < literals+distances; {
		f.refill()
		e := t.entries[f.acc&127]
		if e == 0 || f.n < 0 {
			return false
		}
		f.take(uint(e & 0xff))
		symbol := e >> 16
		if symbol < 16 {
			sizes[i] = uint8(symbol)
			i++
			continue
		}
		again, size := 0, uint8(0)
		switch symbol {
		case 16:
			if i == 0 {
				return false
			}
			again, size = 3+int(f.take(2)), sizes[i-1]
		case 17:
			again = 3 + int(f.take(3))
		case 18:
			again = 11 + int(f.take(7))
		}
		if i+again > literals+distances {
			return false
		}
		for range again {
			sizes[i] = size
			i++
		}
	}
	return f.lengths.make(sizes[:literals], lengthBits, lengthMeaning) &&
		f.distances.make(sizes[literals:literals+distances], distanceBits, distanceMeaning)
}

// make fills a table for codes of the given sizes; 0 is a symbol without a code. ok is false for sizes that make no
// complete code, except the two that the standard library takes too: a single code of one bit, and none at all.
func (t *table) make(sizes []uint8, first uint, meaning func(symbol int) uint32) (ok bool) {
	var counts, next [maxCode + 2]int
	most := uint(0)
	for _, size := range sizes {
		if size > 0 {
			counts[size]++
			most = max(most, uint(size))
		}
	}
	code := 0
	for size := 1; size <= maxCode; size++ {
		next[size] = code
		code = (code + counts[size]) << 1
	}
	single := most == 1 && counts[1] == 1
	if most > 0 && code != 1<<(maxCode+1) && !single {
		return false
	}
	t.bits = first
	t.entries = append(t.entries[:0], make([]uint32, 1<<first)...)
	// Codes longer than the first table's bits share a further table with all that begin alike;
	// as many bits as the longest code needs.
	for symbol, size := range sizes {
		if size == 0 {
			continue
		}
		reversed := uint(bits.Reverse16(uint16(next[size])) >> (16 - size))
		next[size]++
		entry, from, step := meaning(symbol), uint(0), uint(1)<<size
		if entry == 0 {
			continue
		}
		table, consumed := t.entries[:1<<first], uint(size)
		if uint(size) > first {
			further := most - first
			link := &t.entries[reversed&(1<<first-1)]
			if *link == 0 {
				*link = uint32(len(t.entries))<<16 | isLink | uint32(first)
				t.entries = append(t.entries, make([]uint32, 1<<further)...)
			}
			from = uint(t.entries[reversed&(1<<first-1)] >> 16)
			table, consumed = t.entries[from:][:1<<further], uint(size)-first
			reversed >>= first
			step >>= first
		}
		for at := reversed; at < uint(len(table)); at += step {
			table[at] = entry | uint32(consumed)
		}
	}
	t.further(most)
	return true
}

// further notes how many bits further tables are looked up with.
func (t *table) further(most uint) {
	if most <= t.bits {
		return
	}
	for i, e := range t.entries[:1<<t.bits] {
		if e&isLink != 0 {
			t.entries[i] = e | uint32(most-t.bits)<<8
		}
	}
}

// block unpacks a block whose tables are made.
func (f *inflater) block() bool {
	dst, filled := f.dst, f.filled
	lengths, distances := f.lengths.entries, f.distances.entries
	for {
		f.refill()
		acc, n := f.acc, f.n
		e := lengths[acc&(1<<lengthBits-1)]
		if e&isLink != 0 {
			acc, n = acc>>lengthBits, n-lengthBits
			e = lengths[uint64(e>>16)+acc&(1<<(e>>8&0x0f)-1)]
		}
		acc, n = acc>>(e&0x3f), n-int(e&0xff)
		if e&isLiteral != 0 {
			if filled >= len(dst) || n < 0 {
				return false
			}
			dst[filled] = byte(e >> 16)
			filled++
			// Two more literals fit into what is known.
			for range 2 {
				e = lengths[acc&(1<<lengthBits-1)]
				if e&isLiteral == 0 || int(e&0xff) > n || filled >= len(dst) {
					break
				}
				acc, n = acc>>(e&0x3f), n-int(e&0xff)
				dst[filled] = byte(e >> 16)
				filled++
			}
			f.acc, f.n = acc, n
			continue
		}
		if e&isEnd != 0 || e == 0 {
			f.acc, f.n, f.filled = acc, n, filled
			return e != 0
		}
		extra := e >> 8 & 0x0f
		length := int(e>>16) + int(acc&(1<<extra-1))
		acc, n = acc>>extra, n-int(extra)

		e = distances[acc&(1<<distanceBits-1)]
		if e&isLink != 0 {
			acc, n = acc>>distanceBits, n-distanceBits
			e = distances[uint64(e>>16)+acc&(1<<(e>>8&0x0f)-1)]
		}
		if e == 0 {
			return false
		}
		acc, n = acc>>(e&0x3f), n-int(e&0xff)
		extra = e >> 8 & 0x0f
		distance := int(e>>16) + int(acc&(1<<extra-1))
		acc, n = acc>>extra, n-int(extra)
		if n < 0 || distance > filled || filled+length > len(dst) {
			return false
		}
		f.acc, f.n = acc, n
		repeat(dst, filled, distance, length)
		filled += length
	}
}

// repeat fills length bytes from filled on with what stands distance before them, which may be what it fills.
func repeat(dst []byte, filled, distance, length int) {
	if distance >= 8 && filled+length+8 <= len(dst) {
		for at := filled; at < filled+length; at += 8 { // what is written too far is written again
			binary.LittleEndian.PutUint64(dst[at:], binary.LittleEndian.Uint64(dst[at-distance:]))
		}
		return
	}
	to, from := dst[filled:filled+length], dst[filled-distance:]
	for len(to) > distance {
		n := copy(to, from[:distance])
		to, distance = to[n:], 2*distance
	}
	copy(to, from[:len(to)])
}
