package images

import (
	"image"
	"math"
	"slices"
)

// hashSide is the side of the square that a picture is reduced to before its frequencies are looked at.
const hashSide = 32

// pHash is the perceptual hash of the upright picture: that of Python's imagehash 4.3 (phash, 8×8) with Pillow up
// to 11. The picture's brightness is reduced to 32×32 with Pillow's Lanczos filter, in Pillow's whole numbers; of its
// cosine transform the 64 lowest frequencies count, each a bit: above their median or not. The first frequency is the
// highest bit, as imagehash writes it in hex.
//
// Of pictures stored without loss it equals imagehash's. Of a JPEG or lossy WebP a bit near the median may differ,
// since another decoder rounds otherwise.
func pHash(m image.Image, orientation int) uint64 {
	small := reduce(m, orientation)
	low := lowFrequencies(&small)
	sorted := low
	slices.Sort(sorted[:])
	median := (sorted[31] + sorted[32]) / 2
	var hash uint64
	for _, v := range low {
		hash <<= 1
		if v > median {
			hash |= 1
		}
	}
	return hash
}

type square [hashSide][hashSide]uint8 // rows of brightness

// cosines[k][n] = 2 cos(πk(2n+1)/64), of the cosine transform of type II without scaling.
var cosines = func() (c [8][hashSide]float64) {
	for k := range c {
		for n := range c[k] {
			c[k][n] = 2 * math.Cos(math.Pi*float64(k)*float64(2*n+1)/(2*hashSide))
		}
	}
	return c
}()

// noise is more than rounding makes of a frequency that is not there, as in a picture that is flat or symmetric, and
// less than one that is there can be. Without it such bits would be up to the order of additions.
const noise = 1e-6

// lowFrequencies are the 8×8 lowest frequencies, vertical ones slow, horizontal ones fast.
func lowFrequencies(small *square) (low [64]float64) {
	var columns [8][hashSide]float64
	for k := range columns {
		for x := range hashSide {
			for y := range hashSide {
				columns[k][x] += cosines[k][y] * float64(small[y][x])
			}
		}
	}
	for k := range columns {
		for l := range 8 {
			for x := range hashSide {
				low[8*k+l] += cosines[l][x] * columns[k][x]
			}
			if math.Abs(low[8*k+l]) < noise {
				low[8*k+l] = 0
			}
		}
	}
	return low
}

// reduce brings the upright picture to 32×32, rows first and then columns, as Pillow does. The picture is turned after
// it is small; where turning makes columns of rows, its columns come first.
func reduce(m image.Image, orientation int) square {
	size := m.Bounds().Size()
	wide, high := filterOf(size.X), filterOf(size.Y)
	rows := byFour(lumaOf(m), size)
	var small square
	if orientation < 5 {
		narrow := make([]uint8, hashSide*size.Y) // columns, each as high as the picture
		for y := 0; y < size.Y; y += 4 {
			lines := wide.apply(rows(y))
			for k, line := range lines[:min(4, size.Y-y)] {
				for x, v := range line {
					narrow[x*size.Y+y+k] = v
				}
			}
		}
		for x := 0; x < hashSide; x += 4 {
			for k, line := range high.apply(four(narrow[x*size.Y:], size.Y)) {
				for y, v := range line {
					small[y][x+k] = v
				}
			}
		}
	} else {
		tall := high.applyRows(size.X, size.Y, rows)
		for y := 0; y < hashSide; y += 4 {
			lines := wide.apply((*[4][]uint8)(tall[y:]))
			copy(small[y:], lines[:])
		}
	}
	return turned(&small, orientation)
}

// byFour gives the rows of a picture from y on, four at a time; behind the last the last is given again.
// They are valid until the next call.
func byFour(row func(y int) []uint8, size image.Point) func(y int) *[4][]uint8 {
	lines := four(make([]uint8, 4*size.X), size.X)
	return func(y int) *[4][]uint8 {
		for k, line := range lines {
			copy(line, row(min(y+k, size.Y-1)))
		}
		return lines
	}
}

// four are the first four lines of a length.
func four(pix []uint8, length int) *[4][]uint8 {
	return &[4][]uint8{pix[:length], pix[length:][:length], pix[2*length:][:length], pix[3*length:][:length]}
}

// turned brings a stored square upright: see stored.
func turned(small *square, orientation int) (out square) {
	for y := range hashSide {
		for x := range hashSide {
			sx, sy := stored(x, y, hashSide, hashSide, orientation)
			out[y][x] = small[sy][sx]
		}
	}
	return out
}
