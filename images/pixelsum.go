package images

import (
	"crypto/sha256"
	"encoding/binary"
	"image"
	"image/color"
)

// PixelSum is the SHA-256 of the upright picture's pixels, whatever the file's format: of its width and height, and of
// red, green, blue and alpha of each pixel in 16 bits, not premultiplied, rows from the top. Numbers are big-endian; of
// 8 bits the byte stands twice. Pixels that are wholly transparent are all alike.
func PixelSum(m image.Image, orientation int) (sum [32]byte) {
	b := m.Bounds()
	width, height := uprightSize(b.Dx(), b.Dy(), orientation)
	hash := sha256.New()
	row := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(width)), uint32(height))
	for y := range height {
		for x := range width {
			sx, sy := stored(x, y, b.Dx(), b.Dy(), orientation)
			c := deep(m.At(b.Min.X+sx, b.Min.Y+sy))
			if c.A == 0 {
				c = color.NRGBA64{}
			}
			for _, v := range [...]uint16{c.R, c.G, c.B, c.A} {
				row = binary.BigEndian.AppendUint16(row, v)
			}
		}
		hash.Write(row)
		row = row[:0]
	}
	return [32]byte(hash.Sum(nil))
}

// deep is a colour in 16 bits.
func deep(c color.Color) color.NRGBA64 {
	switch c.(type) {
	case color.Gray16, color.RGBA64, color.NRGBA64:
		return color.NRGBA64Model.Convert(c).(color.NRGBA64)
	}
	s := straight(c)
	return color.NRGBA64{R: uint16(s.R) * 257, G: uint16(s.G) * 257, B: uint16(s.B) * 257, A: uint16(s.A) * 257}
}
