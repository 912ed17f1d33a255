package images

import "math"

// A filter reduces a line of any length to hashSide samples as Pillow's resize does with LANCZOS: each sample is a weighted mean of the
// samples around its place, in whole numbers.
//
// The weights of two neighbouring samples are packed into one number, low and high half: a sum of bytes times weights stays within 32 bits
// either way, so that one multiplication does the work of two, exactly.
type filter struct {
	pairs [hashSide / 2]weights
}

// weights are those of two neighbouring samples, on the input from first on.
type weights struct {
	first  int
	packed []int64
}

const (
	filterBits  = 32 - 8 - 2 // of a weight, Pillow's PRECISION_BITS
	lanczosSide = 3
)

// lanczos is the filter's curve.
func lanczos(x float64) float64 {
	if x < -lanczosSide || x >= lanczosSide {
		return 0
	}
	return sinc(x) * sinc(x/lanczosSide)
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	x *= math.Pi
	return math.Sin(x) / x
}

func newFilter(length int) *filter {
	f := &filter{}
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

// apply reduces a line.
func (f *filter) apply(line []uint8) (out [hashSide]uint8) {
	for i := range f.pairs {
		w := &f.pairs[i]
		sum := dot(line[w.first:w.first+len(w.packed)], w.packed)
		out[2*i], out[2*i+1] = samples(sum)
	}
	return out
}

// dot is the sum of products, in four sums at once.
func dot(line []uint8, packed []int64) int64 {
	var a, b, c, d int64
	for len(line) >= 4 && len(packed) >= 4 {
		a += int64(line[0]) * packed[0]
		b += int64(line[1]) * packed[1]
		c += int64(line[2]) * packed[2]
		d += int64(line[3]) * packed[3]
		line, packed = line[4:], packed[4:]
	}
	for i, v := range line {
		a += int64(v) * packed[i]
	}
	return a + b + c + d
}

// samples parts a packed sum and rounds its halves.
func samples(sum int64) (low, high uint8) {
	first := int64(int32(sum))
	return sample(first), sample((sum - first) >> 32)
}

func sample(sum int64) uint8 {
	return uint8(min(255, max(0, (sum+1<<(filterBits-1))>>filterBits)))
}

// applyRows reduces columns: row gives the rows from the top down, each of the width, valid until the next call.
func (f *filter) applyRows(width int, row func(y int) []uint8) (out [hashSide][]uint8) {
	sums := make([][]int64, len(f.pairs))
	for i := range sums {
		sums[i] = make([]int64, width)
	}
	last := len(f.pairs) - 1
	for y := range f.pairs[last].first + len(f.pairs[last].packed) {
		line := row(y)
		for i, w := range f.pairs {
			if at := y - w.first; at >= 0 && at < len(w.packed) {
				weight, into := w.packed[at], sums[i][:len(line)]
				for x, v := range line {
					into[x] += int64(v) * weight
				}
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
