package images

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"image"
	"slices"
	"sync"
)

// PixelSum is the SHA-256 of the upright picture's pixels, of a stored one and its orientation: files that common
// decoders show alike, pixel by pixel, have the same, however they are stored. Hashed are width, height, how many bytes
// a pixel has, and the pixels row by row, as red, green and blue, and alpha if not all of them are opaque. What is out
// of sight behind an alpha of 0 counts too: who leaves alpha out of account sees it.
//
// Samples have 8 bits; 16, the high byte first, where the picture has them and they say more than 8: pictures that
// differ in the lower byte alone, as shades of X-rays and numbers of regions do, are not the same. Samples of 16 bits
// that were made of 8, by a shift or by 257, count as these.
func PixelSum(m image.Image, orientation int) [sha256.Size]byte {
	size := m.Bounds().Size()
	width, height := uprightSize(size.X, size.Y, orientation)
	s := summers.Get().(*summer)
	defer summers.Put(s)
	s.pixels = pixelsOf(m)
	s.hash.Reset()
	head := binary.BigEndian.AppendUint32(s.room[:0], uint32(width))
	head = binary.BigEndian.AppendUint32(head, uint32(height))
	s.room = append(head, uint8(s.pixels.bytes))
	s.hash.Write(s.room)
	if orientation < 5 {
		s.addRows(size, orientation)
	} else {
		s.addColumns(size, orientation)
	}
	s.pixels.Image = nil
	return [sha256.Size]byte(s.hash.Sum(s.room[:0]))
}

// A summer hashes one picture after another.
type summer struct {
	hash   hash.Hash
	pixels pixels
	room   []uint8
}

var summers = sync.Pool{New: func() any { return &summer{hash: sha256.New()} }}

// At once so many bytes are hashed, about, and of a picture that lies on its side so many columns are turned.
const (
	hashedAtOnce = 16 << 10
	turnedAtOnce = 64
)

// addRows hashes a picture that is not turned to its side.
func (s *summer) addRows(size image.Point, orientation int) {
	wide := size.X * s.pixels.bytes
	room := s.sized(wide * max(1, min(size.Y, hashedAtOnce/max(1, wide))))
	for y := 0; y < size.Y; {
		n := 0
		for ; n < len(room) && y < size.Y; n, y = n+wide, y+1 {
			_, sy := stored(0, y, size.X, size.Y, orientation)
			s.pixels.row(sy, 0, size.X, room[n:n+wide])
			if orientation == 2 || orientation == 3 {
				mirror(room[n:n+wide], s.pixels.bytes)
			}
		}
		s.hash.Write(room[:n])
	}
}

// mirror brings the pixels of a row into the opposite order.
func mirror(row []uint8, pixel int) {
	slices.Reverse(row)
	for ; len(row) > 0; row = row[pixel:] {
		slices.Reverse(row[:pixel])
	}
}

// addColumns hashes a picture that is turned to its side: its columns are the rows.
func (s *summer) addColumns(size image.Point, orientation int) {
	pixel := s.pixels.bytes
	strip := min(turnedAtOnce, size.X) * pixel
	room := s.sized((strip + pixel) * size.Y)
	line := room[:pixel*size.Y]
	room = room[len(line):]
	for first := 0; first < size.X; first += turnedAtOnce {
		n := min(turnedAtOnce, size.X-first)
		from := first // the strip's first stored column
		if orientation >= 7 {
			from = size.X - first - n
		}
		for y := range size.Y {
			s.pixels.row(y, from, from+n, room[y*strip:][:n*pixel])
		}
		for i := range n {
			for x := range size.Y {
				sx, sy := stored(x, first+i, size.X, size.Y, orientation)
				copy(line[x*pixel:][:pixel], room[sy*strip+(sx-from)*pixel:])
			}
			s.hash.Write(line)
		}
	}
}

// sized is room for so many bytes.
func (s *summer) sized(n int) []uint8 {
	s.room = slices.Grow(s.room[:0], n)
	return s.room[:n]
}
