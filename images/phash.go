package images

import (
	"math"
	"slices"
)

// Hashes are the perceptual hashes of the square, of its mirror left to right, of its mirror top to bottom, and of its
// half turn. Each equals that of the square so turned, bit by bit: mirroring changes the sign of every second
// frequency and nothing else. TurnedHash has those of the quarter turns.
//
// A hash is that of imagehash (phash, 8×8): of the square's cosine transform the 64 lowest frequencies count, each a
// bit: above their median or not. The first frequency is the highest bit, as imagehash writes it in hex. Of pictures
// stored without loss it equals imagehash's. Of a JPEG or lossy WebP a bit near the median may differ, since another
// decoder rounds otherwise.
func (s *Square) Hashes() (hashes [4]uint64) {
	low := s.lowFrequencies()
	for i := range hashes {
		turned := low
		for k := range 8 {
			for l := range 8 {
				if k&(i>>1)&1 != l&i&1 { // odd down in a mirror top to bottom, or odd across in one left to right
					turned[8*k+l] = -turned[8*k+l]
				}
			}
		}
		hashes[i] = aboveMedian(&turned)
	}
	return hashes
}

// noise is more than rounding makes of a frequency, and far less than what two of a photograph are apart. Without it,
// bits of a picture that is flat or symmetric, many of whose frequencies are nothing or equal, would be up to the order
// of additions.
const noise = 1e-6

func aboveMedian(low *[64]float64) (hash uint64) {
	sorted := *low
	slices.Sort(sorted[:])
	above := (sorted[31]+sorted[32])/2 + noise
	for _, v := range low {
		hash <<= 1
		if v > above {
			hash |= 1
		}
	}
	return hash
}

// TurnedHash is the hash of a square turned as EXIF's orientation, 1 to 8, says: see Square.Turned. Of the square it
// takes the Hashes. Where turning makes columns of rows, frequencies across become those down: bits change places, and
// the median is what it was.
func TurnedHash(hashes [4]uint64, orientation int) uint64 {
	switch orientation {
	case 2:
		return hashes[1]
	case 3:
		return hashes[3]
	case 4:
		return hashes[2]
	case 5:
		return transposed(hashes[0])
	case 6:
		return transposed(hashes[2])
	case 7:
		return transposed(hashes[3])
	case 8:
		return transposed(hashes[1])
	}
	return hashes[0]
}

// transposed makes columns of the rows of 8×8 bits: in squares of 2, then of 4, then of 8 (Warren, Hacker's Delight,
// 2nd ed., 7-3).
func transposed(x uint64) uint64 {
	for _, swap := range [...]struct {
		mask uint64
		by   int
	}{{0x00aa00aa00aa00aa, 7}, {0x0000cccc0000cccc, 14}, {0x00000000f0f0f0f0, 28}} {
		t := (x ^ x>>swap.by) & swap.mask
		x ^= t ^ t<<swap.by
	}
	return x
}

// cosines[k][n] = 2 cos(πk(2n+1)/64), of the cosine transform of type II without scaling.
var cosines = func() (c [8][hashSide / 2]float64) {
	for k := range c {
		for n := range c[k] {
			c[k][n] = 2 * math.Cos(math.Pi*float64(k)*float64(2*n+1)/(2*hashSide))
		}
	}
	return c
}()

// lowFrequencies are the 8×8 lowest frequencies, vertical ones slow, horizontal ones fast. The cosines of one line are
// the same from either end, but that each second has the other sign: pixels that mirror each other are added up, or
// taken from each other, first.
func (s *Square) lowFrequencies() (low [64]float64) {
	var columns [8][hashSide]float64
	for y := range hashSide / 2 {
		var pairs [2][hashSide]float64
		for x := range hashSide {
			a, b := float64(s[y][x]), float64(s[hashSide-1-y][x])
			pairs[0][x], pairs[1][x] = a+b, a-b
		}
		for k := range columns {
			sums, cosine := &columns[k], cosines[k][y]
			for x, pair := range &pairs[k%2] {
				sums[x] += cosine * pair
			}
		}
	}
	for k := range columns {
		for x := range hashSide / 2 {
			a, b := columns[k][x], columns[k][hashSide-1-x]
			pairs := [2]float64{a + b, a - b}
			for l := range 8 {
				low[8*k+l] += cosines[l][x] * pairs[l%2]
			}
		}
	}
	return low
}
