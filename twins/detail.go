package twins

import (
	"math"
	"math/bits"

	"github.com/dermset/dermset/images"
)

// fine is how many frequencies each way are looked at; the hash has the first eight.
const fine = 12

// cosines[k][n] = cos(πk(2n+1)/64), of the cosine transform of type II.
var cosines = func() (c [fine][side]float32) {
	for k := range c {
		for n := range c[k] {
			c[k][n] = float32(math.Cos(math.Pi * float64(k) * float64(2*n+1) / float64(2*side)))
		}
	}
	return c
}()

// signsOf are what the hash leaves out: the signs of the 64 frequencies of which one way is among the first eight and
// the other among the next four. The high half has the vertical ones, the low half the horizontal ones, alike.
// Pictures of one layout have the low frequencies in common, not these.
func signsOf(s *images.Square) (signs uint64) {
	var columns [fine][side]float32
	for k := range columns {
		for y := range side {
			c := cosines[k][y]
			for x, v := range s[y] {
				columns[k][x] += c * float32(v)
			}
		}
	}
	sign := func(k, l int) uint64 {
		var sum float32
		for x, v := range columns[k] {
			sum += cosines[l][x] * v
		}
		return uint64(^math.Float32bits(sum) >> 31)
	}
	for k := 8; k < fine; k++ {
		for l := range 8 {
			at := 8*(k-8) + l
			signs |= sign(k, l)<<(32+at) | sign(l, k)<<at
		}
	}
	return signs
}

// odd has the bits whose frequency changes sign in a mirror: left to right, and top to bottom.
var oddAcross, oddDown = func() (across, down uint64) {
	for k := 8; k < fine; k++ {
		for l := range 8 {
			at := 8*(k-8) + l
			across |= uint64(l&1)<<(32+at) | uint64(k&1)<<at
			down |= uint64(k&1)<<(32+at) | uint64(l&1)<<at
		}
	}
	return across, down
}()

// turnedSigns are the signs of the turned square.
func turnedSigns(d uint64, o Orientation) uint64 {
	switch o {
	case 1:
		return d ^ oddAcross
	case 2:
		return d ^ oddAcross ^ oddDown
	case 3:
		return d ^ oddDown
	case 4:
		return bits.RotateLeft64(d, 32)
	case 5:
		return bits.RotateLeft64(d^oddDown, 32)
	case 6:
		return bits.RotateLeft64(d^oddAcross^oddDown, 32)
	case 7:
		return bits.RotateLeft64(d^oddAcross, 32)
	}
	return d
}
