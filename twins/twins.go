package twins

import (
	"context"

	"github.com/dermset/dermset/images"
)

// A Method is how two pictures were found to show the same.
type Method uint8

// From the strictest to the weakest.
const (
	Bytes  Method = iota // the same file
	Pixels               // other bytes, the same upright pixels
	Near                 // hashes within the radius, confirmed on squares
)

// String is what tables say.
func (m Method) String() string { return [...]string{"bytes", "pixels", "near"}[m] }

// An Orientation is how the second picture of an edge must be turned to look like the first. 0 is as it is; the others
// turn as EXIF's Orientation of one more does: 1 mirrors left to right, 2 by a half, 3 mirrors top to bottom,
// 4 transposes, 5 turns clockwise, 6 transposes across the other diagonal, 7 turns counter-clockwise.
type Orientation uint8

// An Edge joins two pictures, A < B, by their numbers.
type Edge struct {
	A, B        int32
	Distance    uint8 // bits in which their hashes differ
	Orientation Orientation
	Correlation float32 // of their squares
}

// A Report says what a search did and left.
type Report struct {
	Candidates int64 // pairs within the radius
	Refused    int64 // of them, those whose squares differ
}

// Search finds the pairs of pictures whose hashes are within a radius in any orientation and whose squares show the
// same. The four prints of a picture are those of images.Square.Hashes. An edge has the orientation of the least
// distance; among equals that of the best correlation, then the lowest. Edges come by A, then B.
//
// Squares are asked for of candidates alone, by as many goroutines as there are workers; an error of luma, or the end
// of the context, ends the search.
func Search(ctx context.Context, prints [][4]uint64, radius, workers int,
	luma func(i int32) (*images.Square, error)) ([]Edge, Report, error) {
	var edges []Edge
	var report Report
	for a := range prints {
		if err := ctx.Err(); err != nil {
			return nil, Report{}, err
		}
		for b := a + 1; b < len(prints); b++ {
			least, which := nearest(&prints[a], &prints[b])
			if least > radius {
				continue
			}
			report.Candidates++
			edge, err := confirm(int32(a), int32(b), least, which, luma)
			if err != nil {
				return nil, Report{}, err
			}
			if edge.Correlation < alike {
				report.Refused++
				continue
			}
			edges = append(edges, edge)
		}
	}
	return edges, report, nil
}

// confirm holds the squares of two pictures against each other, in the orientations of the least distance.
func confirm(a, b int32, least int, which [8]bool, luma func(i int32) (*images.Square, error)) (Edge, error) {
	first, err := luma(a)
	if err != nil {
		return Edge{}, err
	}
	second, err := luma(b)
	if err != nil {
		return Edge{}, err
	}
	edge := Edge{A: a, B: b, Distance: uint8(least), Correlation: -2}
	for o := range Orientation(8) {
		if which[o] {
			if c := correlation(first, second, o); c > edge.Correlation {
				edge.Orientation, edge.Correlation = o, c
			}
		}
	}
	return edge, nil
}
