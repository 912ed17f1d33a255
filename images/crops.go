package images

import (
	"cmp"
	"math"
	"slices"
)

// around is the least box that holds both.
func around(a, b Box) Box {
	x, y := min(a.X, b.X), min(a.Y, b.Y)
	return Box{x, y, max(a.X+a.Width, b.X+b.Width) - x, max(a.Y+a.Height, b.Y+b.Height) - y}
}

// share says whether two boxes have a pixel in common.
func share(a, b Box) bool {
	return a.X < b.X+b.Width && b.X < a.X+a.Width && a.Y < b.Y+b.Height && b.Y < a.Y+a.Height
}

// A CropRule makes crops of the components of a mask. Its parts are taken as decimals, to the ninth place, so that what
// is to be rounded half up is, whatever halves are in binary.
type CropRule struct {
	Margin  float64 // how far a box grows on every side: this part of its own longer side
	MinArea float64 // this part of the picture's pixels; a component with fewer does not count
	Most    int     // so many of the largest components count
}

// Boxes are the crops of a picture of a size, by y, then x. The components that count each grow by the margin, rounded
// half up, as far as the picture goes; boxes that share a pixel become the box around them, until none do.
func (r CropRule) Boxes(components []Component, width, height int) []Box {
	least := billionths(r.MinArea) * int64(width) * int64(height)
	count := slices.DeleteFunc(slices.Clone(components), func(c Component) bool {
		return int64(c.Pixels)*billion < least
	})
	slices.SortStableFunc(count, bySize)
	var boxes []Box
	for _, c := range count[:min(len(count), r.Most)] {
		boxes = append(boxes, r.grown(c.Box, width, height))
	}
	boxes = apart(boxes)
	slices.SortFunc(boxes, func(a, b Box) int { return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X)) })
	return boxes
}

const billion = 1_000_000_000

func billionths(part float64) int64 { return int64(math.Round(part * billion)) }

func (r CropRule) grown(b Box, width, height int) Box {
	by := int((billionths(r.Margin)*int64(max(b.Width, b.Height)) + billion/2) / billion)
	x, y := max(0, b.X-by), max(0, b.Y-by)
	return Box{x, y, min(width, b.X+b.Width+by) - x, min(height, b.Y+b.Height+by) - y}
}

// apart joins boxes that share a pixel until none do. In which order they are joined does not matter.
func apart(boxes []Box) (kept []Box) {
	for len(boxes) > 0 {
		b := boxes[0]
		boxes = boxes[1:]
		other := slices.IndexFunc(kept, func(k Box) bool { return share(b, k) })
		if other < 0 {
			kept = append(kept, b)
			continue
		}
		boxes = append(boxes, around(b, kept[other])) // larger, it may reach others
		kept = slices.Delete(kept, other, other+1)
	}
	return kept
}
