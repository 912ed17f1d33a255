package jpeg

import "errors"

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
// makes the same samples. It takes more than half of Decode's time. It is nil where it cannot say so: of damage, and of all that is not the usual
// kind of JPEG (sequential, one scan, grey or YCbCr, an end marker).
//
// It is there because libjpeg does not tell of all damage: it stores what comes behind the 63rd coefficient of a block in the 63rd, and its
// fast path reads bits that are no code as a zero.
func Proven(data []byte) *Form {
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
	if !s.usual() {
		return errUnproven
	}
	proofs := make([]proof, len(s.parts))
	for i, p := range s.parts {
		proofs[i] = proof{dc: p.dc, ac: p.ac, steps: p.ac.steps(), quant: p.quant, blocks: p.h * p.v}
		for _, divisor := range p.quant[1:] {
			proofs[i].largest = max(proofs[i].largest, int64(divisor))
		}
	}
	ok := s.intervals(func(plain []byte, mcus int) bool {
		for i := range proofs {
			proofs[i].last = 0
		}
		return proveMCUs(proofs, plain, mcus)
	})
	if !ok {
		return errUnproven
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

// maxSum is what the values of a block times their divisors may add up to, all taken as positive; of a photograph it is seldom half of that.
// After the first half of the transform the samples of a row add up to at most 4√2 times as much, which is within 16 bits: decoders with vector
// instructions compute with so many, others with 32, and both make the same samples.
const maxSum = 5700

// proveMCUs says whether plain holds just so many MCUs.
func proveMCUs(proofs []proof, plain []byte, mcus int) bool {
	bits, at := 8*(len(plain)-farthest), 0
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

// block goes over the block at a bit of plain, and returns where the next begins.
func (p *proof) block(plain []byte, at int) int {
	e, begin := p.dc.codeAt(plain, at, false), at
	if e == 0 {
		return nowhere
	}
	p.last += int64(e >> 16)
	end, sum := p.coefficients(plain, at+int(e&0xff))
	if end == nowhere {
		return nowhere
	}
	if dc := max(p.last, -p.last) * int64(p.quant[0]); dc+int64(sum)*p.largest > maxSum && dc+p.sum(plain, begin) > maxSum {
		return nowhere
	}
	return end
}

// coefficients goes over those behind the first. sum is that of their values, all taken as positive.
func (p *proof) coefficients(plain []byte, at int) (end int, sum uint32) {
	for k := uint32(1); k < 64; {
		acc := bitsAt(plain, at)
		for range 57 / stepBits {
			step := p.steps[acc>>(64-stepBits)]
			next := k + step>>8&0xff
			if step == 0 || next > 63 {
				e := p.ac.codeAt(plain, at, true)
				run := uint32(e >> 8 & 0xff)
				if k += run + 1; e == 0 || k > 64 && run != endOfBlock {
					return nowhere, 0
				}
				at += int(e & 0xff)
				sum += uint32(max(e>>16, -(e >> 16)))
				break
			}
			acc <<= step & 0x1f
			at += int(step & 0x1f)
			sum += step >> 16
			if k = next; step&lastStep != 0 {
				return at, sum
			}
		}
	}
	return at, sum
}

// sum is that of the AC values of a block that was gone over, times their divisors.
func (p *proof) sum(plain []byte, at int) (sum int64) {
	code := p.dc
	for k := 0; k < 64; k++ {
		e := code.codeAt(plain, at, code == p.ac)
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

// makeSteps finds, for all stepBits bits, the AC codes that are whole within them: bits 0–4 how many bits they take, 8–15 how many coefficients, 16–31
// the sum of their values, all taken as positive; 0 if there is none.
func (h *huffman) makeSteps() *[1 << stepBits]uint32 {
	steps := new([1 << stepBits]uint32)
	for bits := range steps {
		acc, used, step := uint64(bits)<<(64-stepBits), uint32(0), uint32(0)
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
	return steps
}
