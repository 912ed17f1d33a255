package images

import "image"

// hashSide is the side of a Square, SquareBytes how many pixels it has.
const (
	hashSide    = 32
	SquareBytes = hashSide * hashSide
)

// A Square is the brightness of an upright picture, reduced to 32×32: rows from the top, each from the left. Near
// duplicates are found by its frequencies, and confirmed on its pixels.
type Square [hashSide][hashSide]uint8

// SquareOf reduces a picture with Pillow's Lanczos filter, in Pillow's whole numbers, as Python's imagehash 4.3 does
// with Pillow up to 11: rows first and then columns. The picture is turned after it is small; where turning makes
// columns of rows, its columns come first.
func SquareOf(m image.Image, orientation int) *Square {
	size := m.Bounds().Size()
	wide, high := filterOf(size.X), filterOf(size.Y)
	rows := byFour(lumaOf(m), size)
	small := new(Square)
	if orientation < 5 {
		narrow := make([]uint8, hashSide*size.Y) // columns, each as high as the picture
		for y := 0; y < size.Y; y += 4 {
			lines := wide.apply(rows(y))
			for k, line := range lines[:min(4, size.Y-y)] {
				for x, v := range line {
					narrow[x*size.Y+y+k] = v
				}
			}
		}
		for x := 0; x < hashSide; x += 4 {
			for k, line := range high.apply(four(narrow[x*size.Y:], size.Y)) {
				for y, v := range line {
					small[y][x+k] = v
				}
			}
		}
	} else {
		tall := high.applyRows(size.X, size.Y, rows)
		for y := 0; y < hashSide; y += 4 {
			lines := wide.apply((*[4][]uint8)(tall[y:]))
			copy(small[y:], lines[:])
		}
	}
	return small.Turned(orientation)
}

// Flat says whether the square is of one brightness, so that nothing can be told by it.
func (s *Square) Flat() bool {
	first := s[0][0]
	for _, row := range s {
		for _, v := range row {
			if v != first {
				return false
			}
		}
	}
	return true
}

// Bytes are the rows, one after another.
func (s *Square) Bytes() []byte {
	all := make([]byte, 0, SquareBytes)
	for _, row := range s {
		all = append(all, row[:]...)
	}
	return all
}

// SquareFrom is the square whose Bytes they are.
func SquareFrom(all []byte) *Square {
	s := new(Square)
	for y := range s {
		copy(s[y][:], all[hashSide*y:])
	}
	return s
}

// Turned is a square that is stored turned, as EXIF's orientation says, brought upright: see stored.
func (s *Square) Turned(orientation int) *Square {
	out := new(Square)
	for y := range hashSide {
		for x := range hashSide {
			sx, sy := stored(x, y, hashSide, hashSide, orientation)
			out[y][x] = s[sy][sx]
		}
	}
	return out
}

// byFour gives the rows of a picture from y on, four at a time; behind the last the last is given again.
// They are valid until the next call.
func byFour(row func(y int) []uint8, size image.Point) func(y int) *[4][]uint8 {
	lines := four(make([]uint8, 4*size.X), size.X)
	return func(y int) *[4][]uint8 {
		for k, line := range lines {
			copy(line, row(min(y+k, size.Y-1)))
		}
		return lines
	}
}

// four are the first four lines of a length.
func four(pix []uint8, length int) *[4][]uint8 {
	return &[4][]uint8{pix[:length], pix[length:][:length], pix[2*length:][:length], pix[3*length:][:length]}
}
