package images

import (
	"image"
	"image/color"
)

// A reading gives the values of a mask's pixels, row by row: as bytes, for each of which a table has the value, or as
// values. A row is valid until the next is asked for.
type reading struct {
	bytes func(y int) []uint8
	table *[256]uint16
	wide  func(y int) []uint16
}

// readings are the ways to read a mask: brightness over black first; then what may tell pixels apart that look alike.
func readings(m image.Image) []func() reading {
	if m, ok := m.(*image.Paletted); ok {
		return []func() reading{
			func() reading { return paletted(m, brightness) },
			func() reading { return paletted(m, opacity) },
			func() reading { return bytesOf(m.Pix, m.Stride, m.Rect.Dx()) },
		}
	}
	all := []func() reading{func() reading { return bright(m) }}
	if m, ok := m.(interface{ Opaque() bool }); ok && !m.Opaque() {
		all = append(all, func() reading { return coloured(m.(image.Image), opacity) })
	}
	return all
}

// bright is the brightness of the usual forms, and by it of all.
func bright(m image.Image) reading {
	switch m := m.(type) {
	case *image.Gray:
		return bytesOf(m.Pix, m.Stride, m.Rect.Dx())
	case *image.YCbCr:
		return bytesOf(m.Y, m.YStride, m.Rect.Dx())
	case *image.RGBA:
		into := make([]uint16, m.Rect.Dx())
		return reading{wide: func(y int) []uint16 {
			pix := m.Pix[y*m.Stride:][:4*len(into)]
			for x := range into {
				p := pix[4*x : 4*x+4 : 4*x+4]
				into[x] = brightness(257*uint32(p[0]), 257*uint32(p[1]), 257*uint32(p[2]), 0)
			}
			return into
		}}
	}
	return coloured(m, brightness)
}

// bytesOf reads a plane, whose values stay in order.
func bytesOf(pix []uint8, stride, width int) reading {
	var table [256]uint16
	for i := range table {
		table[i] = uint16(257 * i)
	}
	return reading{bytes: func(y int) []uint8 { return pix[y*stride:][:width] }, table: &table}
}

func paletted(m *image.Paletted, value func(r, g, b, a uint32) uint16) reading {
	r := bytesOf(m.Pix, m.Stride, m.Rect.Dx())
	for i, c := range m.Palette {
		r.table[i] = value(c.RGBA())
	}
	return r
}

func coloured(m image.Image, value func(r, g, b, a uint32) uint16) reading {
	corner, into := m.Bounds().Min, make([]uint16, m.Bounds().Dx())
	at := func(x, y int) color.Color { return m.At(x, y) }
	if m, ok := m.(image.RGBA64Image); ok {
		at = func(x, y int) color.Color { return m.RGBA64At(x, y) }
	}
	return reading{wide: func(y int) []uint16 {
		for x := range into {
			into[x] = value(at(corner.X+x, corner.Y+y).RGBA())
		}
		return into
	}}
}

// brightness is that of weigh, of samples of 16 bits that alpha has been applied to.
func brightness(r, g, b, _ uint32) uint16 { return uint16((r*19595 + g*38470 + b*7471) >> 16) }

func opacity(_, _, _, a uint32) uint16 { return uint16(a) }
