package images

import (
	"image"
	"image/color"
)

// RGB gives the rows of the upright picture as red, green and blue, 0 to 255, of a stored one and its orientation.
// Alpha is left out of account, of 16 bits the upper eight count; chroma that is stored for several pixels is that of
// each. Into has three bytes a pixel. Several goroutines may ask for rows.
func RGB(m image.Image, orientation int) (row func(y int, into []uint8)) {
	at := colours(m)
	width, height := m.Bounds().Dx(), m.Bounds().Dy()
	return func(y int, into []uint8) {
		for x := range len(into) / 3 {
			sx, sy := stored(x, y, width, height, orientation)
			p := into[3*x : 3*x+3 : 3*x+3]
			p[0], p[1], p[2] = at(sx, sy)
		}
	}
}

// colours gives the colours of a picture, whose first pixel is 0, 0.
func colours(m image.Image) func(x, y int) (r, g, b uint8) {
	bytes := func(pix []uint8, stride, pixel, green, blue int) func(x, y int) (r, g, b uint8) {
		return func(x, y int) (r, g, b uint8) {
			p := pix[y*stride+x*pixel:]
			return p[0], p[green], p[blue]
		}
	}
	switch m := m.(type) {
	case *image.YCbCr:
		return func(x, y int) (r, g, b uint8) {
			c := m.COffset(m.Rect.Min.X+x, m.Rect.Min.Y+y)
			return color.YCbCrToRGB(m.Y[y*m.YStride+x], m.Cb[c], m.Cr[c])
		}
	case *image.NYCbCrA:
		return colours(&m.YCbCr)
	case *image.Gray:
		return bytes(m.Pix, m.Stride, 1, 0, 0)
	case *image.Gray16:
		return bytes(m.Pix, m.Stride, 2, 0, 0)
	case *image.RGBA:
		return bytes(m.Pix, m.Stride, 4, 1, 2)
	case *image.NRGBA:
		return bytes(m.Pix, m.Stride, 4, 1, 2)
	case *image.RGBA64:
		return bytes(m.Pix, m.Stride, 8, 2, 4)
	case *image.NRGBA64:
		return bytes(m.Pix, m.Stride, 8, 2, 4)
	case *image.CMYK:
		return func(x, y int) (r, g, b uint8) {
			p := m.Pix[y*m.Stride+4*x:]
			white := 255 - uint32(p[3])
			return uint8(paper(p[0], white)), uint8(paper(p[1], white)), uint8(paper(p[2], white))
		}
	}
	return func(x, y int) (r, g, b uint8) {
		c := straight(m.At(m.Bounds().Min.X+x, m.Bounds().Min.Y+y))
		return c.R, c.G, c.B
	}
}
