package images

import (
	"encoding/binary"
	"image"
	"slices"
)

// What is odd about a mask that is read all the same, and should be a finding. A mask has one of them at most.
const (
	MaskEmpty      = "empty"       // no pixel is foreground
	MaskWhole      = "whole"       // every pixel is
	MaskManyValued = "many_valued" // has more between black and white than edges: labels, probabilities, a photograph
	MaskFaint      = "faint"       // has values that are hardly apart, as an empty mask has after JPEG
	MaskNoisy      = "noisy"       // has other values than two at its edges: JPEG, or smoothed
)

// MaskOf reads a mask and turns it upright. Foreground is what lies above the middle between the smallest and the
// largest value; all of a mask of one value, unless that is black; and what else would be background, if inverted.
//
// The value of a pixel is its brightness over black: what is transparent is background. Where that is one for all
// pixels, it is their alpha, or their index in a palette, if that tells pixels apart. 16 bits are looked at, so that 0
// and 1 of 65,535 are two values.
func MaskOf(stored image.Image, orientation int, inverted bool) *Mask {
	b := stored.Bounds()
	seen, reading := readMask(stored)
	m := newMask(uprightSize(b.Dx(), b.Dy(), orientation))
	m.flaws = seen.flaws(inverted)
	foreground := reading.above(seen.level(), inverted)
	if orientation <= 1 {
		for y := range b.Dy() {
			foreground(m.row(y), y)
		}
		return m
	}
	row := make([]uint64, (b.Dx()+63)/64)
	for y := range b.Dy() {
		foreground(row, y)
		m.turnInto(row, y, b.Dx(), b.Dy(), orientation)
	}
	return m
}

// turnInto brings a row of the stored picture to its place and clears it.
func (m *Mask) turnInto(row []uint64, y, width, height, orientation int) {
	runs(row, func(from, to int) {
		for x := from; x < to; x++ {
			ux, uy := uprightOf(x, y, width, height, orientation)
			m.row(uy)[ux/64] |= 1 << (ux % 64)
		}
	})
	clear(row)
}

// A shade is a value that pixels of a mask have, and how many have it.
type shade struct {
	value  uint16
	pixels int64
}

// shades are all values of a mask, the darkest first.
type shades []shade

// level is the value above which is foreground.
func (s shades) level() uint16 {
	if len(s) == 1 {
		return 0
	}
	return uint16((int(s[0].value) + int(s[len(s)-1].value)) / 2)
}

const (
	farFromEnds = 8        // a value is no edge's that is farther from both ends than this part of their distance
	fewFar      = 50       // part of all pixels that such values have at most in a mask with soft edges
	faintBelow  = 32 * 257 // distance of the ends, of 65,535: JPEG makes less of nothing, and a drawn mask has more
)

// flaws are what is odd about the values.
func (s shades) flaws(inverted bool) []string {
	least, most := int(s[0].value), int(s[len(s)-1].value)
	var all, far int64
	for _, shade := range s {
		all += shade.pixels
		if v := int(shade.value); min(v-least, most-v)*farFromEnds > most-least {
			far += shade.pixels
		}
	}
	switch {
	case len(s) == 1 && (most > 0) != inverted:
		return []string{MaskWhole}
	case len(s) == 1:
		return []string{MaskEmpty}
	case len(s) == 2:
		return nil
	case far*fewFar > all:
		return []string{MaskManyValued}
	case most-least < faintBelow:
		return []string{MaskFaint}
	}
	return []string{MaskNoisy}
}

// readMask finds the reading that tells pixels apart, and the values that they then have.
func readMask(m image.Image) (seen shades, r reading) {
	for i, other := range readings(m) {
		if values := other().survey(m.Bounds().Dy()); i == 0 || len(values) > 1 {
			seen, r = values, other()
		}
		if len(seen) > 1 {
			break
		}
	}
	return seen, r
}

// survey counts the values of all rows.
func (r reading) survey(height int) (seen shades) {
	if r.bytes == nil {
		counts := make([]int64, 1<<16)
		for y := range height {
			for _, v := range r.wide(y) {
				counts[v]++
			}
		}
		for v, n := range counts {
			if n > 0 {
				seen = append(seen, shade{uint16(v), n})
			}
		}
		return seen
	}
	var counts [256]int64
	for y := range height {
		countBytes(&counts, r.bytes(y))
	}
	byValue := map[uint16]int64{}
	for v, n := range counts {
		if n > 0 {
			byValue[r.table[v]] += n
		}
	}
	for v, n := range byValue {
		seen = append(seen, shade{v, n})
	}
	slices.SortFunc(seen, func(a, b shade) int { return int(a.value) - int(b.value) })
	return seen
}

// everyByte is 1 in each byte of a word.
const everyByte = 0x0101010101010101

// countBytes counts eight bytes at once where they are equal, as nearly all of a mask's are.
func countBytes(counts *[256]int64, row []uint8) {
	for ; len(row) >= 8; row = row[8:] {
		if word := binary.LittleEndian.Uint64(row); word == everyByte*uint64(row[0]) {
			counts[row[0]] += 8
			continue
		}
		for _, v := range row[:8] {
			counts[v]++
		}
	}
	for _, v := range row {
		counts[v]++
	}
}

// above sets the bits of what is above a level in a row that is clear; or of what is not, if inverted.
func (r reading) above(level uint16, inverted bool) func(into []uint64, y int) {
	bit := func(v uint16) uint64 {
		if (v > level) != inverted {
			return 1
		}
		return 0
	}
	if r.bytes == nil {
		return func(into []uint64, y int) {
			for x, v := range r.wide(y) {
				into[x/64] |= bit(v) << (x % 64)
			}
		}
	}
	var of [256]uint64
	for i, v := range r.table {
		of[i] = bit(v)
	}
	return func(into []uint64, y int) {
		row := r.bytes(y)
		x := 0
		for ; x+8 <= len(row); x += 8 {
			pixels := row[x:][:8:8]
			if binary.LittleEndian.Uint64(pixels) == everyByte*uint64(pixels[0]) {
				into[x/64] |= of[pixels[0]] * 0xff << (x % 64)
				continue
			}
			for i, v := range pixels {
				into[x/64] |= of[v] << (x%64 + i)
			}
		}
		for ; x < len(row); x++ {
			into[x/64] |= of[row[x]] << (x % 64)
		}
	}
}
