package images

import (
	"fmt"
	"math/bits"
)

// A Mask says of every pixel of an upright picture whether it is foreground. It takes a bit a pixel.
type Mask struct {
	Width, Height int
	stride        int      // words a row
	words         []uint64 // the leftmost pixel is the lowest bit; none is set beyond the end of a row
	flaws         []string
}

func newMask(width, height int) *Mask {
	stride := (width + 63) / 64
	return &Mask{Width: width, Height: height, stride: stride, words: make([]uint64, stride*height)}
}

func (m *Mask) row(y int) []uint64 { return m.words[y*m.stride:][:m.stride] }

// Foreground says whether a pixel is.
func (m *Mask) Foreground(x, y int) bool { return m.row(y)[x/64]>>(x%64)&1 == 1 }

// Flaws are what is odd about the mask as it was read, of the words MaskEmpty and so on. Most masks have none.
func (m *Mask) Flaws() []string { return m.flaws }

// fill makes the pixels of a row from one up to another foreground.
func fill(row []uint64, from, to int) {
	if from >= to {
		return
	}
	first, last := from/64, (to-1)/64
	head, tail := ^uint64(0)<<(from%64), ^uint64(0)>>(63-(to-1)%64)
	if first == last {
		row[first] |= head & tail
		return
	}
	row[first] |= head
	for i := first + 1; i < last; i++ {
		row[i] = ^uint64(0)
	}
	row[last] |= tail
}

// runs gives the runs of foreground of a row, from the left: from one pixel up to another.
func runs(row []uint64, yield func(from, to int)) {
	from := -1 // where the run that is open began
	for i, word := range row {
		if word == 0 && from < 0 || word == ^uint64(0) && from >= 0 {
			continue
		}
		for at := 0; at < 64; {
			if from < 0 {
				at += bits.TrailingZeros64(word >> at)
				if at < 64 {
					from = 64*i + at
				}
			} else {
				at += bits.TrailingZeros64(^(word >> at))
				if at < 64 {
					yield(from, 64*i+at)
					from = -1
				}
			}
		}
	}
	if from >= 0 {
		yield(from, 64*len(row))
	}
}

// For is the mask for a picture of a size: itself; or, where their aspects differ by at most 1 %, scaled, so that each
// pixel is as what lies at its middle.
func (m *Mask) For(width, height int) (*Mask, error) {
	if m.Width == width && m.Height == height {
		return m, nil
	}
	ours, theirs := int64(m.Width)*int64(height), int64(width)*int64(m.Height)
	if larger := max(ours, theirs); 100*(larger-min(ours, theirs)) > larger {
		return nil, fmt.Errorf("is %d×%d, and the picture is %d×%d: not the same rectangle in another size",
			m.Width, m.Height, width, height)
	}
	scaled := newMask(width, height)
	scaled.flaws = m.flaws
	last := -1 // row of m that the row before was made of
	for y := range height {
		sy := middle(y, height, m.Height)
		if sy == last {
			copy(scaled.row(y), scaled.row(y-1))
			continue
		}
		last = sy
		runs(m.row(sy), func(from, to int) {
			fill(scaled.row(y), firstIn(from, width, m.Width), firstIn(to, width, m.Width))
		})
	}
	return scaled, nil
}

// middle is where, of so many pixels, the middle of pixel i of n lies.
func middle(i, n, of int) int { return (2*i + 1) * of / (2 * n) }

// firstIn is the first pixel of n whose middle lies at or behind the start of a pixel of so many.
func firstIn(start, n, of int) int { return (2*start*n + of - 1) / of / 2 }
