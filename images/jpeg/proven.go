package jpeg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
)

// A Form is a picture whose samples another decoder makes: its size, and the planes that they go into, one of luma and, if there are three,
// two of chroma. A plane has room for all of its blocks, those that fill up the last MCU among them.
type Form struct {
	Width, Height int
	H, V          int // how many luma samples share one of chroma, across and down; 1 and 1 of grey
	Planes        [][]byte
	Strides       []int

	decoder *decoder
}

// Proven says of data that Decode makes a whole picture of them, and that every decoder that computes libjpeg's integer transform (islow)
// makes the same samples. It takes a quarter of Decode's time. It is nil where it cannot say so: of damage, and of all that is not the usual
// kind of JPEG (sequential, one scan, grey or YCbCr, an end marker).
//
// It is there because libjpeg does not tell of all damage: it stores what comes behind the 63rd coefficient of a block in the 63rd, and its
// fast path reads bits that are no code as a zero.
func Proven(data []byte) *Form {
	if len(data) > math.MaxInt/16 { // places of bits are counted
		return nil
	}
	d := &decoder{data: data, proving: true}
	if d.until(func(marker byte) bool { return marker == eoi }) != nil || d.scans == 0 {
		return nil
	}
	f := &Form{Width: d.width, Height: d.height, H: d.hMax, V: d.vMax, decoder: d}
	d.allocate()
	for i := range d.components {
		f.Planes = append(f.Planes, d.components[i].plane)
		f.Strides = append(f.Strides, 8*d.components[i].stride)
	}
	return f
}

// Picture is the picture, once its planes are filled.
func (f *Form) Picture() Picture {
	return Picture{Image: f.decoder.picture(), planes: f.decoder.planes}
}

// errUnproven ends a proof. Why does not matter: Decode says it.
var errUnproven = errors.New("is not proven")

// A proof is what the blocks of one component are read with.
type proof struct {
	dc, ac  *huffman
	steps   *[1 << stepBits]uint32
	quant   *[64]uint16
	largest int64 // of the divisors of AC values
	blocks  int   // in an MCU
	last    int64 // the DC value before
}

// prove is scan and run in one, of the only scan. It makes no samples.
func (s *scanner) prove() error {
	d := s.decoder
	if !s.usual() {
		return errUnproven
	}
	proofs := make([]proof, len(s.parts))
	for i, p := range s.parts {
		proofs[i] = proof{dc: p.dc, ac: p.ac, quant: p.quant, blocks: p.h * p.v}
		if i > 0 && p.ac == proofs[i-1].ac {
			proofs[i].steps = proofs[i-1].steps
		} else {
			proofs[i].steps = p.ac.steps()
		}
		for _, divisor := range p.quant[1:] {
			proofs[i].largest = max(proofs[i].largest, int64(divisor))
		}
	}
	left := d.mcusX * d.mcusY
	if len(s.parts) == 1 {
		left = s.parts[0].wide * s.parts[0].high
	}
	plain := make([]byte, 0, min(len(d.data)-d.pos, 64*64*6*left)+farthest)
	for number := byte(0); left > 0; number++ {
		var marker byte
		plain, marker = d.untilMarker(plain[:0])
		mcus := left
		if d.interval > 0 {
			mcus = min(left, d.interval)
		}
		left -= mcus
		if left > 0 && marker != rst0+number&7 || left == 0 && marker>>3 == rst0>>3 || !proveMCUs(proofs, plain, mcus) {
			return errUnproven
		}
		for i := range proofs {
			proofs[i].last = 0
		}
		if left == 0 {
			d.pos -= 2
		}
	}
	return nil
}

// usual says whether the scan is the only one of a picture of the usual kind.
func (s *scanner) usual() bool {
	d := s.decoder
	if d.progressive || d.scans > 1 || len(s.parts) != len(d.components) || d.isRGB() {
		return false
	}
	for i := range s.parts {
		if c := &d.components[i]; s.parts[i].component != c || i > 0 && c.h*c.v != 1 {
			return false
		}
	}
	_, known := ratios[[2]int{d.hMax, d.vMax}]
	return len(d.components) == 1 && !d.oddSampling || len(d.components) == 3 && known && d.hMax*d.vMax <= 4
}

// untilMarker appends the entropy-coded data up to the next marker, without the zeros behind 0xff, and goes behind it. It is 0 if there
// is none.
func (d *decoder) untilMarker(plain []byte) ([]byte, byte) {
	for {
		rest := d.data[d.pos:]
		at := bytes.IndexByte(rest, 0xff)
		if at < 0 || at+1 == len(rest) {
			return plain, 0
		}
		d.pos += at + 2
		if rest[at+1] != 0 {
			return append(plain, rest[:at]...), rest[at+1]
		}
		plain = append(plain, rest[:at+1]...)
	}
}

// maxSum is what the values of a block times their divisors may add up to, all taken as positive; of a photograph it is seldom half of that.
// After the first half of the transform the samples of a row add up to at most 4√2 times as much, which is within 16 bits: decoders with vector
// instructions compute with so many, others with 32, and both make the same samples.
const maxSum = 5700

// farthest is more bytes than a block can take: 64 codes of 16 bits with values of 15.
const farthest = 256 + 8

// proveMCUs says whether plain holds just so many MCUs.
func proveMCUs(proofs []proof, plain []byte, mcus int) bool {
	bits := 8 * len(plain)
	plain = append(plain, make([]byte, farthest)...)
	at := 0
	for range mcus {
		for i := range proofs {
			p := &proofs[i]
			for range p.blocks {
				if at = p.block(plain, at); at > bits {
					return false
				}
			}
		}
	}
	return bits-at < 8
}

// unproven is behind the end of all data.
const unproven = math.MaxInt

// block goes over the block at a bit of plain, and returns where the next begins.
func (p *proof) block(plain []byte, at int) int {
	acc, begin := bitsAt(plain, at), at
	e := p.dc.fast[acc>>(64-fastBits)]
	if e == 0 {
		if e = p.dc.long(acc, false); e == 0 {
			return unproven
		}
	}
	acc <<= e & 0x3f
	at += 57         // where acc ends
	n := 57 - e&0x3f // bits of acc
	p.last += int64(e >> 16)
	sum := uint32(0)
	for k := uint32(1); k < 64; {
		if n < 32 {
			at -= int(n)
			acc, at, n = bitsAt(plain, at), at+57, 57
		}
		step := p.steps[acc>>(64-stepBits)]
		if after := k + step>>8&0xff; step != 0 && after < 64 {
			acc <<= step & 0x1f
			n -= int32(step & 0x1f)
			sum += step >> 16
			if step&lastStep != 0 {
				break
			}
			k = after
			continue
		}
		if e = p.ac.fast[acc>>(64-fastBits)]; e == 0 {
			if e = p.ac.long(acc, true); e == 0 {
				return unproven
			}
		}
		acc <<= e & 0x3f
		n -= e & 0x3f
		run := uint32(e >> 8 & 0xff)
		if run == endOfBlock {
			break
		}
		if k += run + 1; k > 64 {
			return unproven
		}
		sum += uint32(max(e>>16, -(e >> 16)))
	}
	if dc := max(p.last, -p.last) * int64(p.quant[0]); dc+int64(sum)*p.largest > maxSum && dc+p.sum(plain, begin) > maxSum {
		return unproven
	}
	return at - int(n)
}

// bitsAt is at least 57 bits.
func bitsAt(plain []byte, at int) uint64 { return binary.BigEndian.Uint64(plain[at>>3:]) << (at & 7) }

// sum is that of the AC values of a block that was gone over, times their divisors.
func (p *proof) sum(plain []byte, at int) (sum int64) {
	code := p.dc
	for k := 0; k < 64; k++ {
		acc := bitsAt(plain, at)
		e := code.fast[acc>>(64-fastBits)]
		if e == 0 {
			e = code.long(acc, code == p.ac)
		}
		at += int(e & 0xff)
		if code == p.ac {
			if k += int(e >> 8 & 0xff); k < 64 {
				sum += int64(max(e>>16, -(e>>16))) * int64(p.quant[k])
			}
		}
		code = p.ac
	}
	return sum
}

// stepBits is how many bits of the data a step is looked up with.
const stepBits = 11

// lastStep marks a step whose last code is the end of the block.
const lastStep = 1 << 7

// steps is, for all stepBits bits, the AC codes that are whole within them: bits 0–4 how many bits they take, 8–15 how many coefficients, 16–31
// the sum of their values, all taken as positive; 0 if there is none.
func (h *huffman) steps() *[1 << stepBits]uint32 {
	var steps [1 << stepBits]uint32
	for bits := range uint64(1) << stepBits {
		acc, used, step := bits<<(64-stepBits), uint32(0), uint32(0)
		for step&lastStep == 0 {
			e := h.fast[acc>>(64-fastBits)]
			taken := uint32(e & 0xff)
			if e == 0 || used+taken > stepBits {
				break
			}
			acc <<= taken
			used += taken
			if run := uint32(e >> 8 & 0xff); run == endOfBlock {
				step |= lastStep
			} else {
				step += (run+1)<<8 + uint32(max(e>>16, -(e>>16)))<<16
			}
		}
		if used > 0 {
			steps[bits] = step | used
		}
	}
	return &steps
}
