package images

import "image"

// lumaOf gives the rows of a picture as brightness, 0 to 255. A row is valid until the next is asked for. Alpha is left
// out of account, as Pillow's convert("RGB").convert("L") does; of a JPEG the rows are the Y plane itself.
func lumaOf(m image.Image) (row func(y int) []uint8) {
	b := m.Bounds()
	width := b.Dx()
	into := make([]uint8, width)
	each := func(pix []uint8, stride, pixel int, shade func(into, row []uint8)) func(int) []uint8 {
		return func(y int) []uint8 {
			shade(into, pix[y*stride:][:pixel*width])
			return into
		}
	}
	view := func(pix []uint8, stride int) func(int) []uint8 {
		return func(y int) []uint8 { return pix[y*stride:][:width] }
	}
	switch m := m.(type) {
	case *image.YCbCr:
		return view(m.Y, m.YStride)
	case *image.Gray:
		return view(m.Pix, m.Stride)
	case *image.Gray16:
		return each(m.Pix, m.Stride, 2, lumaGray16)
	case *image.RGBA:
		return each(m.Pix, m.Stride, 4, luma8)
	case *image.NRGBA:
		return each(m.Pix, m.Stride, 4, luma8)
	case *image.RGBA64:
		return each(m.Pix, m.Stride, 8, luma16)
	case *image.NRGBA64:
		return each(m.Pix, m.Stride, 8, luma16)
	case *image.CMYK:
		return each(m.Pix, m.Stride, 4, lumaInk)
	case *image.Paletted:
		shades := paletteLuma(m)
		return each(m.Pix, m.Stride, 1, func(into, row []uint8) {
			for x, index := range row {
				into[x] = shades[index]
			}
		})
	}
	return func(y int) []uint8 {
		for x := range into {
			r, g, b, _ := m.At(b.Min.X+x, b.Min.Y+y).RGBA()
			into[x] = weigh(r>>8, g>>8, b>>8)
		}
		return into
	}
}

// weigh is the brightness of a colour by ITU-R 601, with Pillow's rounding.
func weigh(r, g, b uint32) uint8 { return uint8((r*19595 + g*38470 + b*7471 + 1<<15) >> 16) }

// paper is what a layer of ink leaves of the white, both of 255.
func paper(ink uint8, white uint32) uint32 {
	product := uint32(ink)*white + 128
	return white - (product>>8+product)>>8
}

func luma8(into, pix []uint8) {
	for x := range into {
		p := pix[4*x : 4*x+4 : 4*x+4]
		into[x] = weigh(uint32(p[0]), uint32(p[1]), uint32(p[2]))
	}
}

func lumaGray16(into, pix []uint8) {
	for x := range into {
		into[x] = pix[2*x] // the high byte
	}
}

func lumaInk(into, pix []uint8) {
	for x := range into {
		p := pix[4*x : 4*x+4 : 4*x+4]
		white := 255 - uint32(p[3])
		into[x] = weigh(paper(p[0], white), paper(p[1], white), paper(p[2], white))
	}
}

func luma16(into, pix []uint8) {
	for x := range into {
		p := pix[8*x : 8*x+8 : 8*x+8]
		into[x] = weigh(uint32(p[0]), uint32(p[2]), uint32(p[4]))
	}
}

func paletteLuma(m *image.Paletted) (shades [256]uint8) {
	for i, c := range m.Palette {
		p := straight(c)
		shades[i] = weigh(uint32(p.R), uint32(p.G), uint32(p.B))
	}
	return shades
}
