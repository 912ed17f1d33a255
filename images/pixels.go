package images

import (
	"encoding/binary"
	"image"
	"image/color"

	"github.com/dermset/dermset/images/jpeg"
)

// Pixels are those of a stored picture, as red, green and blue, with alpha where they have 4 or 8 bytes, and of 16
// bits, the high byte first, where they have 6 or 8. The first is 0, 0.
type pixels struct {
	of      image.Image
	bytes   int
	palette [256]color.NRGBA
}

func (p *pixels) begin(m image.Image, bytes int) {
	p.of, p.bytes = m, bytes
	if m, ok := m.(*image.Paletted); ok {
		clear(p.palette[:])
		for i, c := range m.Palette[:min(len(m.Palette), len(p.palette))] {
			p.palette[i] = straight(c)
		}
	}
}

// pixelBytes is how many bytes say all of a pixel.
func pixelBytes(m image.Image) int {
	bytes := 3
	if !isOpaque(m) {
		bytes = 4
	}
	if isDeep(m) {
		bytes *= 2
	}
	return bytes
}

func isOpaque(m image.Image) bool {
	if m, known := m.(interface{ Opaque() bool }); known {
		return m.Opaque()
	}
	b := m.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if _, _, _, a := m.At(x, y).RGBA(); a != 0xffff {
				return false
			}
		}
	}
	return true
}

// isDeep says whether samples have 16 bits that are other than 8 make them.
func isDeep(m image.Image) bool {
	var pix []uint8
	var stride, pixel int
	switch m := m.(type) {
	case *image.Gray16:
		pix, stride, pixel = m.Pix, m.Stride, 2
	case *image.RGBA64:
		pix, stride, pixel = m.Pix, m.Stride, 8
	case *image.NRGBA64:
		pix, stride, pixel = m.Pix, m.Stride, 8
	default:
		return false
	}
	size := m.Bounds().Size()
	var lower, other [2]uint8 // of colours and alpha: what the lower bytes have, and where they differ from the upper
	for y := range size.Y {
		row := pix[y*stride:][:size.X*pixel]
		for i := 0; i < len(row); i += 2 {
			alpha := 0
			if i%pixel == 6 {
				alpha = 1
			}
			lower[alpha] |= row[i+1]
			other[alpha] |= row[i] ^ row[i+1]
		}
	}
	return lower[0] != 0 && other[0] != 0 || lower[1] != 0 && other[1] != 0
}

// row gives the pixels of row y from one column to before another.
func (p *pixels) row(y, from, to int, into []uint8) {
	switch p.bytes {
	case 3:
		p.rgb(y, from, to, into)
	case 4:
		p.rgba(y, from, to, into)
	default:
		p.wide(y, from, to, into)
	}
}

func (p *pixels) rgb(y, from, to int, into []uint8) {
	switch m := p.of.(type) {
	case *image.YCbCr:
		jpeg.RGBRow(m, y, from, to, into)
	case *image.Gray:
		thrice(into, m.Pix[y*m.Stride+from:][:to-from])
	case *image.Gray16:
		picked(into, m.Pix[y*m.Stride+2*from:], 2, 0, 0)
	case *image.RGBA:
		withoutFourth(into, m.Pix[y*m.Stride+4*from:][:4*(to-from)])
	case *image.NRGBA:
		withoutFourth(into, m.Pix[y*m.Stride+4*from:][:4*(to-from)])
	case *image.RGBA64:
		picked(into, m.Pix[y*m.Stride+8*from:], 8, 2, 4)
	case *image.NRGBA64:
		picked(into, m.Pix[y*m.Stride+8*from:], 8, 2, 4)
	case *image.CMYK:
		for x := range to - from {
			ink := m.Pix[y*m.Stride+4*(from+x):][:4]
			white := 255 - uint32(ink[3])
			for i := range 3 {
				into[3*x+i] = uint8(paper(ink[i], white))
			}
		}
	default:
		for x := range to - from {
			c := p.at(from+x, y)
			into[3*x], into[3*x+1], into[3*x+2] = c.R, c.G, c.B
		}
	}
}

// thrice makes red, green and blue of grey. But for the last, four bytes are written at once, and one of them again.
func thrice(into, grey []uint8) {
	last := len(grey) - 1
	for _, v := range grey[:max(last, 0)] {
		binary.LittleEndian.PutUint32(into, uint32(v)*0x01010101)
		into = into[3:]
	}
	if last >= 0 {
		into[0], into[1], into[2] = grey[last], grey[last], grey[last]
	}
}

// withoutFourth leaves out every fourth byte. But for the last pixels, eight bytes are written, and two of them again.
func withoutFourth(into, pix []uint8) {
	for len(pix) >= 12 {
		two := binary.LittleEndian.Uint64(pix)
		binary.LittleEndian.PutUint64(into, two&0xffffff|two>>8&0xffffff000000)
		into, pix = into[6:], pix[8:]
	}
	picked(into, pix, 4, 1, 2)
}

// picked makes red, green and blue of pixels that have these bytes among others.
func picked(into, pix []uint8, pixel, green, blue int) {
	for ; len(into) >= 3; into = into[3:] {
		into[0], into[1], into[2] = pix[0], pix[green], pix[blue]
		pix = pix[min(pixel, len(pix)):]
	}
}

func (p *pixels) rgba(y, from, to int, into []uint8) {
	switch m := p.of.(type) {
	case *image.NRGBA:
		copy(into, m.Pix[y*m.Stride+4*from:][:4*(to-from)])
		return
	case *image.NRGBA64: // colours that are out of sight would not come through color.Color
		for x, row := 0, m.Pix[y*m.Stride+8*from:]; x < to-from; x++ {
			for i := range 4 {
				into[4*x+i] = row[8*x+2*i]
			}
		}
		return
	}
	for x := range to - from {
		c := p.at(from+x, y)
		into[4*x], into[4*x+1], into[4*x+2], into[4*x+3] = c.R, c.G, c.B, c.A
	}
}

// at is the colour of a pixel, also of one that is out of sight.
func (p *pixels) at(x, y int) color.NRGBA {
	if m, ok := p.of.(*image.Paletted); ok {
		return p.palette[m.Pix[y*m.Stride+x]]
	}
	b := p.of.Bounds()
	return straight(p.of.At(b.Min.X+x, b.Min.Y+y))
}

func (p *pixels) wide(y, from, to int, into []uint8) {
	b := p.of.Bounds()
	for x := range to - from {
		c := color.NRGBA64Model.Convert(p.of.At(b.Min.X+from+x, b.Min.Y+y)).(color.NRGBA64)
		pixel := into[p.bytes*x:]
		binary.BigEndian.PutUint16(pixel, c.R)
		binary.BigEndian.PutUint16(pixel[2:], c.G)
		binary.BigEndian.PutUint16(pixel[4:], c.B)
		if p.bytes == 8 {
			binary.BigEndian.PutUint16(pixel[6:], c.A)
		}
	}
}
