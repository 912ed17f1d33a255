package images

import (
	"cmp"
	"fmt"
	"image"
	"math/bits"
	"slices"
)

// A Box is a rectangle of pixels of the upright picture.
type Box struct{ X, Y, Width, Height int }

// A Mask says of every pixel of an upright picture whether it is foreground.
type Mask struct {
	Width, Height int
	stride        int      // words a row
	words         []uint64 // a bit a pixel, the leftmost lowest; no bit is set beyond a row's end
	flaws         []string
}

func newMask(width, height int) *Mask {
	stride := (width + 63) / 64
	return &Mask{Width: width, Height: height, stride: stride, words: make([]uint64, stride*height)}
}

func (m *Mask) row(y int) []uint64 { return m.words[y*m.stride:][:m.stride] }

// Foreground says whether a pixel is.
func (m *Mask) Foreground(x, y int) bool { return m.row(y)[x/64]>>(x%64)&1 == 1 }

// What is odd about a mask that is read all the same.
const (
	MaskEmpty      = "empty"       // no pixel is foreground
	MaskWhole      = "whole"       // all pixels are foreground
	MaskManyValued = "many_valued" // values between the two ends are more than an edge: labels, probabilities, a photograph
	MaskNoisy      = "noisy"       // more than two values, nearly all of them near the two ends: lossy, or smooth edges
	MaskFaint      = "faint"       // noisy, and the two ends are hardly apart: an empty mask after JPEG looks so
)

// MaskOf reads a mask and turns it upright. Foreground is what is above the middle between the smallest and the largest
// value, and all of a mask of one value unless that is 0; inverted, it is what else would be background.
func MaskOf(stored image.Image, orientation int, inverted bool) *Mask {
	values, least, most := maskValues(stored)
	b := stored.Bounds()
	m := newMask(uprightSize(b.Dx(), b.Dy(), orientation))
	for y := range b.Dy() {
		for x, v := range values(y) {
			above := 2*uint64(v) > uint64(least)+uint64(most) || least == most && v > 0
			if above != inverted {
				ux, uy := stored2upright(x, y, b.Dx(), b.Dy(), orientation)
				m.row(uy)[ux/64] |= 1 << (ux % 64)
			}
		}
	}
	return m
}

func uprightSize(width, height, orientation int) (int, int) {
	if orientation >= 5 {
		return height, width
	}
	return width, height
}

func stored2upright(sx, sy, width, height, orientation int) (x, y int) {
	inverse := [9]int{1, 1, 2, 3, 4, 5, 8, 7, 6}
	w, h := uprightSize(width, height, orientation)
	return stored(sx, sy, w, h, inverse[orientation])
}

func maskValues(m image.Image) (row func(y int) []uint32, least, most uint32) {
	b := m.Bounds()
	into := make([]uint32, b.Dx())
	row = func(y int) []uint32 {
		for x := range into {
			r, g, b, _ := m.At(b.Min.X+x, b.Min.Y+y).RGBA()
			into[x] = (r*19595 + g*38470 + b*7471) >> 1
		}
		return into
	}
	least = 1<<32 - 1
	for y := range b.Dy() {
		for _, v := range row(y) {
			least, most = min(least, v), max(most, v)
		}
	}
	return row, least, most
}

// Flaws are what is odd about the mask, of the words above; none is the usual.
func (m *Mask) Flaws() []string { return m.flaws }

// For is the mask for a picture of a size: itself, or scaled (the nearest pixel counts) where their aspects differ by at
// most 1 %.
func (m *Mask) For(width, height int) (*Mask, error) {
	if m.Width == width && m.Height == height {
		return m, nil
	}
	if off := m.Width*height - width*m.Height; 100*max(off, -off) > width*m.Height {
		return nil, fmt.Errorf("mask of %d×%d for a picture of %d×%d: their aspects differ by more than 1 %%",
			m.Width, m.Height, width, height)
	}
	scaled := newMask(width, height)
	scaled.flaws = m.flaws
	for y := range height {
		sy := (2*y + 1) * m.Height / (2 * height)
		for x := range width {
			if m.Foreground((2*x+1)*m.Width/(2*width), sy) {
				scaled.row(y)[x/64] |= 1 << (x % 64)
			}
		}
	}
	return scaled, nil
}

// A Component is a set of foreground pixels that touch by 8 neighbours.
type Component struct {
	Box    // around them
	Pixels int
}

// larger orders components by pixels, the most first; among equals by the top of their boxes, then the left.
func larger(a, b Component) int {
	return cmp.Or(cmp.Compare(b.Pixels, a.Pixels), cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X))
}

// Components are the mask's: the largest, most at the most, and how many there are in all.
func (m *Mask) Components(most int) (largest []Component, all int) {
	_ = bits.Len
	slices.SortFunc(largest, larger)
	return largest, all
}
