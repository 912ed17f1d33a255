package images

import (
	"math"
	"sync/atomic"
)

// A filter reduces a line of any length to hashSide samples as Pillow's resize does with LANCZOS: each sample is a
// weighted mean of the samples around its place, in whole numbers.
//
// The weights of two neighbouring samples are packed into one number, low and high half: a sum of bytes times weights
// stays within 32 bits either way, so that one multiplication does the work of two, exactly.
type filter struct {
	length int
	pairs  [hashSide / 2]weights
}

// weights are those of two neighbouring samples, on the input from first on.
type weights struct {
	first   int
	packed  []int64
	vectors // the same for the processor's vectors, if it has them
}

const (
	filterBits  = 32 - 8 - 2 // of a weight, Pillow's PRECISION_BITS
	lanczosSide = 3
)

// lanczos is the filter's curve: sinc(x) sinc(x/3) with sinc(x) = sin(πx)/πx, and sin(3a) = sin(a) (3 - 4 sin²(a))
// to spare one of two sines.
func lanczos(x float64) float64 {
	if x < -lanczosSide || x >= lanczosSide {
		return 0
	}
	if x == 0 {
		return 1
	}
	third := math.Pi * x / lanczosSide
	sin := math.Sin(third)
	return sin * (3 - 4*sin*sin) / (lanczosSide * third) * (sin / third)
}

// keptFilters are the last ones, for the pictures of a source are mostly of one size: to make a filter takes as long as
// to reduce a hundred rows. Long ones are not kept, so that all of them stay within a few megabytes.
var keptFilters [16]atomic.Pointer[filter]

const longestKept = 8192

func filterOf(length int) *filter {
	kept := &keptFilters[length%len(keptFilters)]
	if f := kept.Load(); f != nil && f.length == length {
		return f
	}
	f := newFilter(length)
	if length <= longestKept {
		kept.Store(f)
	}
	return f
}

func newFilter(length int) *filter {
	f := &filter{length: length}
	for i := range f.pairs {
		low, lowFirst := sampleWeights(length, 2*i)
		high, highFirst := sampleWeights(length, 2*i+1)
		pair := &f.pairs[i]
		pair.first = min(lowFirst, highFirst)
		pair.packed = make([]int64, max(lowFirst+len(low), highFirst+len(high))-pair.first)
		for j, w := range low {
			pair.packed[lowFirst-pair.first+j] += w
		}
		for j, w := range high {
			pair.packed[highFirst-pair.first+j] += w << 32
		}
		pair.vectors = vectorsOf(pair, length)
	}
	return f
}

// sampleWeights are the weights of one sample, times 2^filterBits, on the input from first on.
func sampleWeights(length, sample int) (rounded []int64, first int) {
	scale := float64(length) / hashSide
	stretch := max(scale, 1)
	support := lanczosSide * stretch
	centre := (float64(sample) + 0.5) * scale
	first = max(0, int(centre-support+0.5))
	last := min(length, int(centre+support+0.5))
	exact, sum := make([]float64, last-first), 0.0
	for i := range exact {
		exact[i] = lanczos((float64(i+first) - centre + 0.5) * (1 / stretch))
		sum += exact[i]
	}
	rounded = make([]int64, len(exact))
	for i, w := range exact {
		if sum != 0 {
			w /= sum
		}
		rounded[i] = int64(math.Copysign(0.5, w) + w*(1<<filterBits))
	}
	return rounded, first
}

// apply reduces lines that are equally long, four at a time: each weight is loaded once for all of them.
func (f *filter) apply(lines *[4][]uint8) (out [4][hashSide]uint8) {
	for i := range f.pairs {
		w := &f.pairs[i]
		for k, sum := range dots(lines, w) {
			out[k][2*i], out[k][2*i+1] = samples(sum)
		}
	}
	return out
}

// dotsGo are the sums of products of each line.
func dotsGo(lines *[4][]uint8, w *weights) [4]int64 {
	packed := w.packed
	l0, l1, l2, l3 := lines[0][w.first:][:len(packed)], lines[1][w.first:][:len(packed)],
		lines[2][w.first:][:len(packed)], lines[3][w.first:][:len(packed)]
	var a, b, c, d int64
	for i, weight := range packed {
		a += int64(l0[i]) * weight
		b += int64(l1[i]) * weight
		c += int64(l2[i]) * weight
		d += int64(l3[i]) * weight
	}
	return [4]int64{a, b, c, d}
}

// samples parts a packed sum and rounds its halves.
func samples(sum int64) (low, high uint8) {
	first := int64(int32(sum))
	return sample(first), sample((sum - first) >> 32)
}

func sample(sum int64) uint8 {
	return uint8(min(255, max(0, (sum+1<<(filterBits-1))>>filterBits)))
}

// applyRows reduces columns: rows gives four rows from y on, each of the width, valid until the next call.
func (f *filter) applyRows(width, height int, rows func(y int) *[4][]uint8) (out [hashSide][]uint8) {
	sums := make([][]int64, len(f.pairs))
	for i := range sums {
		sums[i] = make([]int64, width)
	}
	for y := 0; y < height; y += 4 {
		lines := rows(y)
		for i := range f.pairs {
			if w := &f.pairs[i]; y+4 > w.first && y < w.first+len(w.packed) {
				addRows(sums[i], lines, w, y-w.first)
			}
		}
	}
	for i, of := range sums {
		out[2*i], out[2*i+1] = make([]uint8, width), make([]uint8, width)
		for x, sum := range of {
			out[2*i][x], out[2*i+1][x] = samples(sum)
		}
	}
	return out
}

// addRows adds lines, the first of which has the weight at, to the sums.
func addRows(sums []int64, lines *[4][]uint8, w *weights, at int) {
	var of [4]int64
	for k := range of {
		if at+k >= 0 && at+k < len(w.packed) {
			of[k] = w.packed[at+k]
		}
	}
	l0, l1, l2, l3 := lines[0][:len(sums)], lines[1][:len(sums)], lines[2][:len(sums)], lines[3][:len(sums)]
	for x := range sums {
		sums[x] += int64(l0[x])*of[0] + int64(l1[x])*of[1] + int64(l2[x])*of[2] + int64(l3[x])*of[3]
	}
}
