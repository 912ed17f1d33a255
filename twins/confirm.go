package twins

import (
	"math"

	"github.com/dermset/dermset/images"
)

// alike is the least correlation of two squares that show the same.
const alike = 0.98

const side = len(images.Square{})

// A Luma gives the square of a picture.
type luma = func(i int32) (*images.Square, error)

// confirm holds the squares of a pair against each other, in the orientations of the least distance.
func (p pair) confirm(luma luma) (Edge, bool, error) {
	first, err := luma(p.a)
	if err != nil {
		return Edge{}, false, err
	}
	second, err := luma(p.b)
	if err != nil {
		return Edge{}, false, err
	}
	edge := Edge{A: p.a, B: p.b, Distance: uint8(p.distance), Correlation: -1}
	for o, has := range p.which {
		if !has {
			continue
		}
		if c := correlation(first, second.Turned(o+1)); c > edge.Correlation {
			edge.Orientation, edge.Correlation = Orientation(o), c
		}
	}
	return edge, edge.Correlation >= alike, nil
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
	of := func(sxy, sx, sy uint32) float64 { return float64(side*side*int(sxy) - int(sx)*int(sy)) }
	spread := of(saa, sa, sa) * of(sbb, sb, sb)
	if spread == 0 {
		return 0
	}
	return float32(of(sab, sa, sb) / math.Sqrt(spread))
}
