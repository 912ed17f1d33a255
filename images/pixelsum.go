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
// differ in the lower byte alone, as those of numbered regions do, are not the same. Samples of 16 bits that were made
// of 8, by a shift or times 257, count as these.
func PixelSum(m image.Image, orientation int) [sha256.Size]byte {
	s := summers.Get().(*summer)
	s.rows.begin(m, orientation, pixelBytes(m))
	wide := s.rows.width * s.rows.bytes
	atOnce := min(s.rows.height, max(1, hashedAtOnce/max(1, wide)))
	s.room = slices.Grow(s.room[:0], max(sha256.Size, wide*atOnce))
	head := binary.BigEndian.AppendUint32(s.room, uint32(s.rows.width))
	head = append(binary.BigEndian.AppendUint32(head, uint32(s.rows.height)), uint8(s.rows.bytes))
	s.hash.Reset()
	s.hash.Write(head)
	for y := 0; y < s.rows.height; y += atOnce {
		n := min(atOnce, s.rows.height-y)
		for i := range n {
			s.rows.row(y+i, s.room[:wide*n][wide*i:][:wide])
		}
		s.hash.Write(s.room[:wide*n])
	}
	sum := [sha256.Size]byte(s.hash.Sum(s.room))
	if s.rows.of = nil; cap(s.room)+cap(s.rows.room) <= mostKept {
		summers.Put(s)
	}
	return sum
}

// mostKept is the largest room that is kept for pictures to come: of usual ones all is.
const mostKept = 4 << 20

// hashedAtOnce is about how many bytes: few calls, and all of them still near when they are hashed.
const hashedAtOnce = 16 << 10

// A summer hashes one picture after another.
type summer struct {
	hash hash.Hash
	rows uprightRows
	room []uint8
}

var summers = sync.Pool{New: func() any { return &summer{hash: sha256.New()} }}
