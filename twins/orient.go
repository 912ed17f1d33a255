package twins

import "math/bits"

// turned are the hashes of a picture in the eight orientations. Turned by a quarter, rows become columns: the hash of
// one of the four others, transposed.
func turned(p *[4]uint64) [8]uint64 {
	upright, mirror, flip, half := p[0], p[1], p[2], p[3]
	return [8]uint64{upright, mirror, half, flip, transpose(upright), transpose(flip), transpose(half), transpose(mirror)}
}

// inverse turns back. All but the quarter turns undo themselves.
var inverse = [8]Orientation{0, 1, 2, 3, 4, 7, 6, 5}

// transpose swaps rows and columns of 8×8 bits (Warren, Hacker's Delight, 2nd edition, 7–3).
func transpose(x uint64) uint64 {
	t := (x ^ x>>7) & 0x00aa00aa00aa00aa
	x ^= t ^ t<<7
	t = (x ^ x>>14) & 0x0000cccc0000cccc
	x ^= t ^ t<<14
	t = (x ^ x>>28) & 0x00000000f0f0f0f0
	return x ^ t ^ t<<28
}

// nearest is the least distance of two pictures, and the orientations of the second that have it. Hashes of turned
// pictures are not hashes with bits moved, so that it matters which of the two is turned: both are, and the less
// distance counts.
func nearest(a, b *[4]uint64) (least int, which [8]bool) {
	turnedA, turnedB := turned(a), turned(b)
	least = 65
	for o := range turnedB {
		d := min(bits.OnesCount64(a[0]^turnedB[o]), bits.OnesCount64(b[0]^turnedA[inverse[o]]))
		if d < least {
			least, which = d, [8]bool{}
		}
		which[o] = which[o] || d == least
	}
	return least, which
}
