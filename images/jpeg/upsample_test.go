package jpeg_test

import (
	"image"
	"math/rand/v2"
	"testing"

	"github.com/dermset/dermset/images/jpeg"
)

var samplings = []image.YCbCrSubsampleRatio{
	image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420,
	image.YCbCrSubsampleRatio440, image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410,
}

// TestRGBRow compares with a filter that is written down pixel by pixel, for all samplings and for odd sizes, also of a
// part of a picture, whose first pixels may be the last of their chroma sample.
func TestRGBRow(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		m := image.NewYCbCr(image.Rect(0, 0, 1+r.IntN(80), 1+r.IntN(9)), samplings[r.IntN(len(samplings))])
		for _, pix := range [][]uint8{m.Y, m.Cb, m.Cr} {
			for i := range pix {
				pix[i] = uint8(r.Uint32()) | uint8(-r.IntN(2)) // half of them the brightest
			}
		}
		at := image.Pt(r.IntN(m.Rect.Dx()), r.IntN(m.Rect.Dy()))
		if r.IntN(2) == 0 {
			at = image.Point{}
		}
		m = m.SubImage(image.Rectangle{at, m.Rect.Max}).(*image.YCbCr)
		from := r.IntN(m.Rect.Dx())
		to := from + r.IntN(m.Rect.Dx()-from+1)
		for y := range m.Rect.Dy() {
			into := make([]uint8, 3*(to-from)+1)
			into[len(into)-1] = 77
			jpeg.RGBRow(m, y, from, to, into[:len(into)-1])
			for x := from; x < to; x++ {
				if got, want := [3]uint8(into[3*(x-from):]), colourAt(m, x, y); got != want {
					t.Fatalf("%v of %v, pixel %d,%d in %d to %d: %v, want %v", m.SubsampleRatio, m.Rect, x, y, from, to, got, want)
				}
			}
			if into[len(into)-1] != 77 {
				t.Fatalf("%v, %d to %d: written behind its end", m.Rect, from, to)
			}
		}
	}
}

// colourAt is a pixel of a picture, by jdsample.c and jdcolor.c.
func colourAt(m *image.YCbCr, x, y int) [3]uint8 {
	share := jpeg.Sharing(m.SubsampleRatio)
	x0, y0 := m.Rect.Min.X%share.X, m.Rect.Min.Y%share.Y
	width, height := (x0+m.Rect.Dx()+share.X-1)/share.X, (y0+m.Rect.Dy()+share.Y-1)/share.Y
	x0, y0 = x0+x, y0+y
	chroma := func(pix []uint8) int {
		at := func(x, y int) int { return int(pix[min(max(y, 0), height-1)*m.CStride+min(max(x, 0), width-1)]) }
		cx, cy := x0/share.X, y0/share.Y
		left, up := cx-1+x0%2*2, cy-1+y0%2*2
		switch {
		case share == image.Pt(2, 1) && width > 2:
			return (3*at(cx, cy) + at(left, cy) + 1 + x0%2) >> 2
		case share == image.Pt(2, 2) && width > 2:
			return (9*at(cx, cy) + 3*at(left, cy) + 3*at(cx, up) + at(left, up) + 8 - x0%2) >> 4
		case share == image.Pt(1, 2):
			return (3*at(cx, cy) + at(cx, up) + 1 + y0%2) >> 2
		}
		return at(cx, cy)
	}
	luma, cb, cr := int(m.Y[y*m.YStride+x]), chroma(m.Cb)-128, chroma(m.Cr)-128
	scaled := [3]int{91881 * cr, -22554*cb - 46802*cr, 116130 * cb}
	var rgb [3]uint8
	for i, v := range scaled {
		rgb[i] = uint8(min(255, max(0, luma+(v+1<<15)>>16)))
	}
	return rgb
}

func BenchmarkRGBRow(b *testing.B) {
	for _, ratio := range samplings {
		m := image.NewYCbCr(image.Rect(0, 0, 600, 450), ratio)
		into := make([]uint8, 3*600)
		b.Run(ratio.String(), func(b *testing.B) {
			for b.Loop() {
				for y := range 450 {
					jpeg.RGBRow(m, y, 0, 600, into)
				}
			}
		})
	}
}
