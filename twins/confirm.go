package twins

import (
	"math"

	"github.com/dermset/dermset/images"
)

// What two squares of the same picture have in common (docs/twins.md has what was measured).
const (
	// alike is the least correlation of their pixels: cheap, and refuses most candidates.
	alike = 0.9

	// alikeInDetail is the least correlation of what a blur leaves of them. Drawn nails, lesions and documents that
	// look alike reach 0.971, real pictures in JPEG of quality 30 are above 0.98 but for few.
	alikeInDetail = 0.975

	// black is below what skin, paper or cloth show. The rim of a dermoscope is black in all of its pictures, so that
	// its edge says nothing: pixels within reach of it do not count, unless hardly any others are there.
	black  = 24
	reach  = 2 // pixels, of the blur too
	hardly = 256
)

const side = len(images.Square{})

// A luma gives the square of a picture.
type luma = func(i int32) (*images.Square, error)

// confirm holds the squares of a pair against each other, in the orientations of the least distance.
func (p pair) confirm(luma luma) (edge Edge, is bool, err error) {
	a, err := luma(p.a)
	if err != nil {
		return Edge{}, false, err
	}
	b, err := luma(p.b)
	if err != nil {
		return Edge{}, false, err
	}
	edge = Edge{A: p.a, B: p.b, Distance: uint8(p.distance), Correlation: -2}
	var best *images.Square
	for o, has := range p.which {
		if !has {
			continue
		}
		laid := b
		if o > 0 {
			laid = b.Turned(o + 1)
		}
		if c := correlation(a, laid); c > edge.Correlation {
			edge.Orientation, edge.Correlation, best = Orientation(o), c, laid
		}
	}
	return edge, edge.Correlation >= alike && detailCorrelation(a, best) >= alikeInDetail, nil
}

// correlation is Pearson's of two squares; that of a square of one brightness is 0.
func correlation(a, b *images.Square) float32 {
	var sa, sb, saa, sbb, sab uint32 // of 1,024 products of bytes: below 2²⁷
	for y := range a {
		rowA, rowB := &a[y], &b[y]
		for x := range rowA {
			va, vb := uint32(rowA[x]), uint32(rowB[x])
			sa, sb, saa, sbb, sab = sa+va, sb+vb, saa+va*va, sbb+vb*vb, sab+va*vb
		}
	}
	return pearson(side*side, int(sa), int(sb), int(saa), int(sbb), int(sab))
}

// detailCorrelation is that of what a blur of 5×5 leaves, where neither is black nearby.
func detailCorrelation(a, b *images.Square) float32 {
	count, n := lit(a, b)
	detailA, detailB := detailed5(a), detailed5(b)
	var sa, sb, saa, sbb, sab int
	for y := range side {
		for x := range side {
			if !count[y][x] && n >= hardly {
				continue
			}
			va, vb := int(detailA[y][x]), int(detailB[y][x])
			sa, sb, saa, sbb, sab = sa+va, sb+vb, saa+va*va, sbb+vb*vb, sab+va*vb
		}
	}
	if n < hardly {
		n = side * side
	}
	return pearson(n, sa, sb, saa, sbb, sab)
}

// pearson is the correlation of n pairs of numbers, from their sums and those of their products.
func pearson(n, sa, sb, saa, sbb, sab int) float32 {
	spread := float64(n*saa-sa*sa) * float64(n*sbb-sb*sb)
	if spread == 0 {
		return 0
	}
	return float32(float64(n*sab-sa*sb) / math.Sqrt(spread))
}

// inside is the coordinate, or beyond the edge that of the edge.
func inside(x int) int { return min(side-1, max(0, x)) }

// detailed5 is 25 times what a blur of 5×5 leaves; beyond the edge is the edge again. Sums move along.
func detailed5(s *images.Square) *[side][side]int32 {
	var rows, detail [side][side]int32
	for y := range s {
		sum := 3*int32(s[y][0]) + int32(s[y][1]) + int32(s[y][2])
		for x := range side {
			rows[y][x] = sum
			sum += int32(s[y][inside(x+reach+1)]) - int32(s[y][inside(x-reach)])
		}
	}
	var sums [side]int32
	for x := range side {
		sums[x] = 3*rows[0][x] + rows[1][x] + rows[2][x]
	}
	for y := range side {
		enters, leaves := &rows[inside(y+reach+1)], &rows[inside(y-reach)]
		for x := range side {
			detail[y][x] = 25*int32(s[y][x]) - sums[x]
			sums[x] += enters[x] - leaves[x]
		}
	}
	return &detail
}

// lit are the pixels within whose reach neither square is black, and how many these are.
func lit(a, b *images.Square) (count [side][side]bool, n int) {
	for y := range count {
		for x := range count[y] {
			count[y][x] = true
		}
	}
	for y := range side {
		for x := range side {
			if a[y][x] >= black && b[y][x] >= black {
				continue
			}
			for cy := max(0, y-reach); cy <= min(side-1, y+reach); cy++ {
				for cx := max(0, x-reach); cx <= min(side-1, x+reach); cx++ {
					count[cy][cx] = false
				}
			}
		}
	}
	for y := range count {
		for x := range count[y] {
			if count[y][x] {
				n++
			}
		}
	}
	return count, n
}
