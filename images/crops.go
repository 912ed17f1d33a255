package images

import (
	"cmp"
	"slices"
)

// A CropRule makes crops of a mask's components.
type CropRule struct {
	Margin  float64 // how far a box grows on every side, in parts of its own longer side
	MinArea float64 // of the picture's pixels; what has fewer is no lesion
	Most    int     // so many of the largest components count
}

// Boxes are the crops of a picture of a size, by y, then x. Those components that are large enough, the largest first,
// each grow by the margin, rounded half up, within the picture; boxes that share a pixel become the box around them,
// until none do.
func (r CropRule) Boxes(components []Component, width, height int) []Box {
	var boxes []Box
	for _, c := range components {
		boxes = append(boxes, c.Box)
	}
	slices.SortFunc(boxes, func(a, b Box) int { return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X)) })
	return boxes
}
