package models

import (
	"image"
	"math"
)

// A filter weighs pixels by how far they are from the place where a new pixel is looked for.
type filter struct {
	support float64 // beyond it the weight is 0
	weight  func(x float64) float64
}

var filters = map[string]filter{
	"bilinear": {1, func(x float64) float64 { return max(0, 1-math.Abs(x)) }},
	"bicubic":  {2, bicubic},
}

// bicubic is Keys' kernel with a = −0.5 ("Cubic convolution interpolation for digital image processing", IEEE
// Transactions on Acoustics, Speech and Signal Processing 29, 1981, p. 1154).
func bicubic(x float64) float64 {
	const a = -0.5
	switch x = math.Abs(x); {
	case x < 1:
		return float64(float64(float64((a+2)*x)-(a+3))*x*x) + 1
	case x < 2:
		return float64((float64((float64(float64(x-5)*x)+8)*x) - 4) * a)
	}
	return 0
}

// weightBits are the bits behind the point of a weight: with them a sum of 8-bit pixels fits into 32 bits.
const weightBits = 32 - 8 - 2

// weights are those of the pixels that one new pixel is made of, the first of which is from.
type weights struct {
	from int
	of   []int32
}

// weigh is how the new pixels from, …, to−1 of a side are made, that has news pixels and had olds. The filter grows
// with what one new pixel stands for, so that none is passed over. It is Pillow's own sum (src/libImaging/Resample.c,
// precompute_coeffs and normalize_coeffs_8bpc), for models are mostly trained on pictures that were resized by it.
func (f filter) weigh(olds, news, from, to int) []weights {
	step := float64(olds) / float64(news)
	wide := max(step, 1)
	support := f.support * wide
	all := make([]weights, 0, to-from)
	var exact []float64
	for n := from; n < to; n++ {
		center := (float64(n) + 0.5) * step
		first := max(0, int(float64(center-support)+0.5))
		last := min(olds, int(float64(center+support)+0.5))
		exact = exact[:0]
		sum := 0.0
		for old := first; old < last; old++ {
			w := f.weight((float64(old) - center + 0.5) * (1 / wide))
			exact = append(exact, w)
			sum += w
		}
		w := weights{first, make([]int32, len(exact))}
		for i, e := range exact {
			if sum != 0 {
				e /= sum
			}
			w.of[i] = int32(math.Copysign(0.5, e) + float64(e*(1<<weightBits)))
		}
		all = append(all, w)
	}
	return all
}

// resample is the part cut of an upright picture that is resized from a size to another, as red, green and blue: first
// along the rows, then along the columns, each rounded to 8 bits. Only one of its rows is in memory at its full length.
func resample(row func(y int, into []uint8), from, to image.Point, cut image.Rectangle, f filter) []uint8 {
	across := f.weigh(from.X, to.X, cut.Min.X, cut.Max.X)
	down := f.weigh(from.Y, to.Y, cut.Min.Y, cut.Max.Y)
	last := down[len(down)-1]
	top, bottom := down[0].from, last.from+len(last.of)
	stride := 3 * cut.Dx()
	narrow := make([]uint8, stride*(bottom-top)) // the rows that count, resized along
	full := make([]uint8, 3*from.X)
	for y := top; y < bottom; y++ {
		row(y, full)
		into := narrow[stride*(y-top):][:stride]
		for x, w := range across {
			r, g, b := half, half, half
			for i, weight := range w.of {
				p := full[3*(w.from+i):][:3]
				r, g, b = r+weight*int32(p[0]), g+weight*int32(p[1]), b+weight*int32(p[2])
			}
			into[3*x], into[3*x+1], into[3*x+2] = rounded(r), rounded(g), rounded(b)
		}
	}
	pixels, sums := make([]uint8, stride*cut.Dy()), make([]int32, stride)
	for y, w := range down {
		for i := range sums {
			sums[i] = half
		}
		for i, weight := range w.of {
			for x, value := range narrow[stride*(w.from-top+i):][:stride] {
				sums[x] += weight * int32(value)
			}
		}
		for x, sum := range sums {
			pixels[stride*y+x] = rounded(sum)
		}
	}
	return pixels
}

// half is what a sum begins with, so that it is rounded and not cut.
const half = int32(1 << (weightBits - 1))

// rounded is a sum of pixels in 8 bits.
func rounded(sum int32) uint8 { return uint8(min(max(sum>>weightBits, 0), 255)) }
