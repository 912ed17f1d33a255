package twins

import (
	"math"

	"github.com/dermset/dermset/images"
)

// alike is the least correlation of two squares that show the same.
const alike = 0.9

const side = len(images.Square{})

// correlation is Pearson's, of a square with another that is turned.
func correlation(a, b *images.Square, o Orientation) float32 {
	var sa, sb, saa, sbb, sab int64
	for y := range side {
		for x := range side {
			va, vb := int64(a[y][x]), int64(at(b, x, y, o))
			sa, sb, saa, sbb, sab = sa+va, sb+vb, saa+va*va, sbb+vb*vb, sab+va*vb
		}
	}
	n := int64(side * side)
	varA, varB := n*saa-sa*sa, n*sbb-sb*sb
	if varA == 0 || varB == 0 {
		return 0
	}
	return float32(float64(n*sab-sa*sb) / math.Sqrt(float64(varA)*float64(varB)))
}

// at is a pixel of the turned square.
func at(s *images.Square, x, y int, o Orientation) uint8 {
	const last = side - 1
	switch o {
	case 1:
		return s[y][last-x]
	case 2:
		return s[last-y][last-x]
	case 3:
		return s[last-y][x]
	case 4:
		return s[x][y]
	case 5:
		return s[last-x][y]
	case 6:
		return s[last-x][last-y]
	case 7:
		return s[x][last-y]
	}
	return s[y][x]
}
