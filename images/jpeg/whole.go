package jpeg

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
)

// whole is run for a sequential scan of which nothing is wrong, as of nearly all pictures: of data that are put
// together before, so that the loop over codes looks at nothing but codes. It says false where it cannot go on, and has
// then changed nothing but samples; run says why.
func (s *scanner) whole() bool {
	parts := slices.Clone(s.parts)
	across := s.mcusX
	for i := range parts {
		p := &parts[i]
		p.pairs, p.targets = p.ac.pairs(), targetsOf(p.quant)
		p.across, p.down = p.h, p.v
	}
	if len(parts) == 1 {
		across, parts[0].across, parts[0].down = parts[0].wide, 1, 1
	}
	begin, x, y := s.pos, 0, 0
	ok := s.intervals(func(plain []byte, mcus int) bool {
		bits, at := 8*(len(plain)-farthest), 0
		for i := range parts {
			parts[i].last = 0
		}
		for range mcus {
			for i := range parts {
				if at = parts[i].mcu(plain, at, bits, x, y); at > bits {
					return false
				}
			}
			if x++; x == across {
				x, y = 0, y+1
			}
		}
		return bits-at < 8 // bytes left over say something of an end that is missing
	})
	if !ok {
		s.pos = begin
	}
	return ok
}

// intervals gives the entropy-coded data between the restart markers of a scan, without the zeros behind 0xff and with
// farthest zeros at their end, and how many MCUs they should hold. It goes behind them. It says false where a marker is
// not the one that is due, or yield does.
func (s *scanner) intervals(yield func(plain []byte, mcus int) bool) bool {
	left := s.mcusX * s.mcusY
	if len(s.parts) == 1 {
		left = s.parts[0].wide * s.parts[0].high
	}
	if len(s.data) > math.MaxInt/16 { // places of bits are counted
		return false
	}
	room := min(int64(len(s.data)-s.pos), mostBlocks*farthest*int64(left))
	plain := make([]byte, 0, room+farthest)
	for number := byte(0); left > 0; number++ {
		var marker byte
		plain, marker = s.untilMarker(plain[:0])
		mcus := left
		if s.interval > 0 {
			mcus = min(left, s.interval)
		}
		left -= mcus
		due := marker == rst0+number&7
		if left == 0 {
			// behind fill there may be no marker: run looks what was skipped
			due = marker != 0 && marker != 0xff && marker>>3 != rst0>>3
		}
		if plain = append(plain, make([]byte, farthest)...); !due || !yield(plain, mcus) {
			return false
		}
	}
	s.pos -= 2
	return true
}

// untilMarker appends the entropy-coded data up to the next marker, without the zeros behind 0xff, and goes behind it.
// It is 0 if there is none, or more data than there is room for.
func (d *decoder) untilMarker(plain []byte) ([]byte, byte) {
	for {
		rest := d.data[d.pos:]
		at := bytes.IndexByte(rest, 0xff)
		if at < 0 || at+1 == len(rest) || len(plain)+at >= cap(plain)-farthest {
			return plain, 0
		}
		d.pos += at + 2
		if rest[at+1] != 0 {
			return append(plain, rest[:at]...), rest[at+1]
		}
		plain = append(plain, rest[:at+1]...)
	}
}

// farthest is more bytes than a block can take: 64 codes of 16 bits with values of 15.
const farthest = 256 + 8

// mostBlocks is how many an MCU can have (ITU T.81, B.2.3), if it is of several components.
const mostBlocks = 10

// nowhere is where a block ends that is damaged: behind all data.
const nowhere = math.MaxInt

// bitsAt is at least 57 bits.
func bitsAt(plain []byte, at int) uint64 { return binary.BigEndian.Uint64(plain[at>>3:]) << (at & 7) }

// mcu reads the blocks of a component in an MCU, which begin at a bit, and returns where they end.
func (p *part) mcu(plain []byte, at, bits, x, y int) int {
	for v := range p.down {
		row := p.plane[(y*p.down+v)*p.stride*64:]
		for h := range p.across {
			if at = p.wholeBlock(plain, at, row[(x*p.across+h)*8:]); at > bits {
				return at
			}
		}
	}
	return at
}

// wholeBlock reads a block, makes its samples and returns where it ends.
func (p *part) wholeBlock(plain []byte, at int, dst []byte) int {
	e := p.dc.codeAt(plain, at, false)
	if e == 0 {
		return nowhere
	}
	p.last += e >> 16
	var b block
	at, any := p.coefficients(plain, at+int(e&0xff), &b)
	b[0] = p.last * int32(p.quant[0])
	b.samples(any, dst, p.stride*8)
	return at
}

// coefficients reads those behind the first. any says whether there are some.
func (p *part) coefficients(plain []byte, at int, b *block) (end int, any bool) {
	pairs, targets := p.pairs, &p.targets
	k := uint(1)
	for {
		acc := bitsAt(plain, at)
		for range 57 / pairBits {
			e := pairs[acc>>(64-pairBits)]
			next := k + uint(e>>8&0xff)
			if e == 0 || next > 63 {
				more := false
				if at, k, more = p.coefficient(plain, at, k, b); !more {
					return at, k > 1
				}
				break
			}
			acc <<= e & 0x1f
			at += int(e & 0x1f)
			targets[(k+uint(e>>16&0x0f))&63].set(b, int16(e>>32))
			targets[(k+uint(e>>24&0x1f))&63].set(b, int16(e>>48))
			k = next
			if e&lastPair != 0 {
				return at, k > 1
			}
		}
	}
}

// coefficient reads the next code alone. more says whether another is due behind it.
func (p *part) coefficient(plain []byte, at int, k uint, b *block) (end int, next uint, more bool) {
	e := p.ac.codeAt(plain, at, true)
	if e == 0 {
		return nowhere, k, false
	}
	run := uint(e >> 8 & 0xff)
	if run == endOfBlock {
		return at + int(e&0xff), k, false
	}
	if k += run; k > 63 {
		return nowhere, k, false
	}
	p.targets[k].set(b, int16(e>>16))
	return at + int(e&0xff), k + 1, k < 63
}

// A target is the place of a coefficient in its block, and 256 times its divisor.
type target int32

func targetsOf(quant *[64]uint16) (targets [64]target) {
	for k, divisor := range quant {
		targets[k] = target(divisor)<<8 | target(zigzag[k])
	}
	return targets
}

func (t target) set(b *block, value int16) { b[t&63] = int32(value) * int32(t>>8) }
