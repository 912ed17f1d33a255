package jpeg

import "encoding/binary"

// Constants of the transform: fractions times 2^13.
const (
	constBits = 13
	passBits  = 2

	firstShift  = constBits - passBits
	secondShift = constBits + passBits + 3

	f0298 = 2446
	f0390 = 3196
	f0541 = 4433
	f0765 = 6270
	f0899 = 7373
	f1175 = 9633
	f1501 = 12299
	f1847 = 15137
	f1961 = 16069
	f2053 = 16819
	f2562 = 20995
	f3072 = 25172
)

// A block is 64 coefficients, multiplied by their divisors, in rows.
type block [64]int32

// samples turns a block into 8×8 samples at dst, rows stride apart. any says whether it has more than its first
// coefficient.
func (b *block) samples(any bool, dst []byte, stride int) {
	if any {
		idct(b, dst, stride)
	} else {
		flatBlock(b[0], dst, stride)
	}
}

// idctGo turns a block into 8×8 samples at dst, rows stride apart, and leaves anything in the block. It is the
// Loeffler, Ligtenberg and Moschytz transform with the scaling and the rounding of libjpeg's jidctint.c, whose results
// it equals. Of coefficients that no encoder makes the sums overflow, everywhere alike.
func idctGo(b *block, dst []byte, stride int) {
	for x := range 8 {
		if b[8+x]|b[16+x]|b[24+x]|b[32+x]|b[40+x]|b[48+x]|b[56+x] == 0 {
			dc := b[x] << constBits >> firstShift // what the sums below would be
			b[x], b[8+x], b[16+x], b[24+x], b[32+x], b[40+x], b[48+x], b[56+x] = dc, dc, dc, dc, dc, dc, dc, dc
			continue
		}
		const half, shift = 1 << (firstShift - 1), firstShift
		z1 := (b[16+x] + b[48+x]) * f0541
		t2, t3 := z1-b[48+x]*f1847, z1+b[16+x]*f0765
		t0, t1 := (b[x]+b[32+x])<<constBits+half, (b[x]-b[32+x])<<constBits+half
		e0, e3, e1, e2 := t0+t3, t0-t3, t1+t2, t1-t2

		t0, t1, t2, t3 = b[56+x], b[40+x], b[24+x], b[8+x]
		z1 = (t0 + t3) * -f0899
		z2 := (t1 + t2) * -f2562
		z5 := (t0 + t1 + t2 + t3) * f1175
		z3, z4 := (t0+t2)*-f1961+z5, (t1+t3)*-f0390+z5
		t0, t1, t2, t3 = t0*f0298+z1+z3, t1*f2053+z2+z4, t2*f3072+z2+z3, t3*f1501+z1+z4

		b[x], b[56+x] = (e0+t3)>>shift, (e0-t3)>>shift
		b[8+x], b[48+x] = (e1+t2)>>shift, (e1-t2)>>shift
		b[16+x], b[40+x] = (e2+t1)>>shift, (e2-t1)>>shift
		b[24+x], b[32+x] = (e3+t0)>>shift, (e3-t0)>>shift
	}
	for y := range 8 {
		const shift = secondShift
		const half = 1<<(shift-1) + 128<<shift // samples are around 128
		r, out := b[8*y:8*y+8:8*y+8], dst[y*stride:][:8:8]
		z1 := (r[2] + r[6]) * f0541
		t2, t3 := z1-r[6]*f1847, z1+r[2]*f0765
		t0, t1 := (r[0]+r[4])<<constBits+half, (r[0]-r[4])<<constBits+half
		e0, e3, e1, e2 := t0+t3, t0-t3, t1+t2, t1-t2

		t0, t1, t2, t3 = r[7], r[5], r[3], r[1]
		z1 = (t0 + t3) * -f0899
		z2 := (t1 + t2) * -f2562
		z5 := (t0 + t1 + t2 + t3) * f1175
		z3, z4 := (t0+t2)*-f1961+z5, (t1+t3)*-f0390+z5
		t0, t1, t2, t3 = t0*f0298+z1+z3, t1*f2053+z2+z4, t2*f3072+z2+z3, t3*f1501+z1+z4

		out[0], out[7] = clamp((e0+t3)>>shift), clamp((e0-t3)>>shift)
		out[1], out[6] = clamp((e1+t2)>>shift), clamp((e1-t2)>>shift)
		out[2], out[5] = clamp((e2+t1)>>shift), clamp((e2-t1)>>shift)
		out[3], out[4] = clamp((e3+t0)>>shift), clamp((e3-t0)>>shift)
	}
}

// flatBlock is the samples of a block that has its first coefficient only.
func flatBlock(dc int32, dst []byte, stride int) {
	v := uint64(clamp((dc+4)>>3+128)) * 0x0101010101010101
	for y := range 8 {
		binary.LittleEndian.PutUint64(dst[y*stride:], v)
	}
}

func clamp(v int32) byte {
	if uint32(v) > 255 {
		v = ^v >> 31 // 0 below, all ones above
	}
	return byte(v)
}
