package images

import (
	"encoding/binary"
	"image"
	"image/color"

	"github.com/dermset/dermset/images/jpeg"
)

// RGB gives the rows of the upright picture as red, green and blue, 0 to 255, of a stored one and its orientation, as
// Pillow gives them. Alpha is left out of account, of 16 bits the upper eight count. Into has three bytes a pixel.
// Several goroutines may ask for rows.
func RGB(m image.Image, orientation int) (row func(y int, into []uint8)) {
	of := pixels{Image: m, bytes: 3}
	of.readPalette()
	width, height := m.Bounds().Dx(), m.Bounds().Dy()
	return func(y int, into []uint8) {
		if orientation < 5 {
			_, sy := stored(0, y, width, height, orientation)
			of.row(sy, 0, width, into)
			if orientation == 2 || orientation == 3 {
				mirror(into, 3)
			}
			return
		}
		for x := range height {
			sx, sy := stored(x, y, width, height, orientation)
			of.row(sy, sx, sx+1, into[3*x:3*x+3])
		}
	}
}

// Pixels are those of a stored picture, in one form: red, green and blue, with alpha where they have 4 or 8 bytes, and
// of 16 bits where they have 6 or 8.
type pixels struct {
	image.Image
	bytes   int
	palette [256]color.NRGBA
}

// pixelsOf are the pixels in the least form that says all of them.
func pixelsOf(m image.Image) pixels {
	p := pixels{Image: m, bytes: 3}
	if !isOpaque(m) {
		p.bytes = 4
	}
	if p.deep() {
		p.bytes *= 2
	}
	p.readPalette()
	return p
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

func (p *pixels) readPalette() {
	if m, ok := p.Image.(*image.Paletted); ok {
		for i, c := range m.Palette[:min(len(m.Palette), 256)] {
			p.palette[i] = straight(c)
		}
	}
}

// deep says whether samples of 16 bits are other than 8 bits make them.
func (p *pixels) deep() bool {
	var pix []uint8
	var stride, pixel int
	switch m := p.Image.(type) {
	case *image.Gray16:
		pix, stride, pixel = m.Pix, m.Stride, 2
	case *image.RGBA64:
		pix, stride, pixel = m.Pix, m.Stride, 8
	case *image.NRGBA64:
		pix, stride, pixel = m.Pix, m.Stride, 8
	default:
		return false
	}
	size := p.Bounds().Size()
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

// row gives the stored pixels of row y from one column to before another. The first pixel is 0, 0.
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
	switch m := p.Image.(type) {
	case *image.YCbCr:
		jpeg.RGBRow(m, y, from, to, into)
	case *image.NYCbCrA:
		jpeg.RGBRow(&m.YCbCr, y, from, to, into)
	case *image.Gray:
		for x, v := range m.Pix[y*m.Stride+from:][:to-from] {
			into[3*x], into[3*x+1], into[3*x+2] = v, v, v
		}
	case *image.Gray16:
		picked(into, m.Pix[y*m.Stride+2*from:], 2, 0, 0)
	case *image.RGBA:
		picked(into, m.Pix[y*m.Stride+4*from:], 4, 1, 2)
	case *image.NRGBA:
		picked(into, m.Pix[y*m.Stride+4*from:], 4, 1, 2)
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

// picked makes red, green and blue of pixels that have these bytes among others.
func picked(into, pix []uint8, pixel, green, blue int) {
	for ; len(into) >= 3; into = into[3:] {
		into[0], into[1], into[2] = pix[0], pix[green], pix[blue]
		pix = pix[min(pixel, len(pix)):]
	}
}

func (p *pixels) rgba(y, from, to int, into []uint8) {
	switch m := p.Image.(type) {
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
	case *image.NYCbCrA:
		n := to - from
		p.rgb(y, from, to, into[n:])
		for x, a := range m.A[y*m.AStride+from:][:n] {
			copy(into[4*x:4*x+3], into[n+3*x:])
			into[4*x+3] = a
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
	if m, ok := p.Image.(*image.Paletted); ok {
		return p.palette[m.Pix[y*m.Stride+x]]
	}
	b := p.Bounds()
	return straight(p.Image.At(b.Min.X+x, b.Min.Y+y))
}

func (p *pixels) wide(y, from, to int, into []uint8) {
	b := p.Bounds()
	for x := range to - from {
		c := color.NRGBA64Model.Convert(p.Image.At(b.Min.X+from+x, b.Min.Y+y)).(color.NRGBA64)
		pixel := into[p.bytes*x:]
		binary.BigEndian.PutUint16(pixel, c.R)
		binary.BigEndian.PutUint16(pixel[2:], c.G)
		binary.BigEndian.PutUint16(pixel[4:], c.B)
		if p.bytes == 8 {
			binary.BigEndian.PutUint16(pixel[6:], c.A)
		}
	}
}
