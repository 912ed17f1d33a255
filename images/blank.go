package images

import (
	"bytes"
	"image"
)

// isBlank says whether all pixels are equal, or all wholly transparent.
func isBlank(m image.Image) bool {
	switch m := m.(type) {
	case *image.Gray:
		return flat(m.Pix, m.Stride, 1, m.Rect)
	case *image.Gray16:
		return flat(m.Pix, m.Stride, 2, m.Rect)
	case *image.RGBA:
		return flat(m.Pix, m.Stride, 4, m.Rect)
	case *image.RGBA64:
		return flat(m.Pix, m.Stride, 8, m.Rect)
	case *image.CMYK:
		return flat(m.Pix, m.Stride, 4, m.Rect)
	case *image.NRGBA:
		return flat(m.Pix, m.Stride, 4, m.Rect) || unseen(m.Pix, m.Stride, 4, 1, m.Rect)
	case *image.NRGBA64:
		return flat(m.Pix, m.Stride, 8, m.Rect) || unseen(m.Pix, m.Stride, 8, 2, m.Rect)
	case *image.YCbCr:
		return flatPlanes(m)
	}
	return flatColours(m)
}

// flat compares the pixels of one plane: a row is flat if it equals itself one pixel on,
// and the plane if all rows equal the first.
func flat(pix []byte, stride, pixel int, of image.Rectangle) bool {
	width := of.Dx() * pixel
	first := pix[:width]
	if !bytes.Equal(first[pixel:], first[:width-pixel]) {
		return false
	}
	for y := 1; y < of.Dy(); y++ {
		if !bytes.Equal(pix[y*stride:y*stride+width], first) {
			return false
		}
	}
	return true
}

func flatPlanes(m *image.YCbCr) bool {
	if !flat(m.Y, m.YStride, 1, m.Rect) {
		return false
	}
	// The first samples stand for the whole plane; what pads a plane beyond the picture is not looked at.
	last := m.COffset(m.Rect.Max.X-1, m.Rect.Max.Y-1)
	chroma := image.Rect(0, 0, last%m.CStride+1, last/m.CStride+1)
	return flat(m.Cb, m.CStride, 1, chroma) && flat(m.Cr, m.CStride, 1, chroma)
}

// unseen says whether the alpha samples, the last bytes of each pixel, are all zero.
func unseen(pix []byte, stride, pixel, alpha int, of image.Rectangle) bool {
	for y := range of.Dy() {
		row := pix[y*stride : y*stride+of.Dx()*pixel]
		for at := pixel - alpha; at < len(row); at += pixel {
			if row[at] != 0 || row[at+alpha-1] != 0 {
				return false
			}
		}
	}
	return true
}

// flatColours compares pixels one by one: of palettes, whose entries may repeat a colour.
func flatColours(m image.Image) bool {
	b := m.Bounds()
	if p, ok := m.(*image.Paletted); ok && flat(p.Pix, p.Stride, 1, b) {
		return true
	}
	r0, g0, b0, a0 := m.At(b.Min.X, b.Min.Y).RGBA()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if r, g, b, a := m.At(x, y).RGBA(); r != r0 || g != g0 || b != b0 || a != a0 {
				return false
			}
		}
	}
	return true
}
