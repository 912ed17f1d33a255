package images

import (
	"image"
	"image/color"
	"math/rand/v2"
	"testing"
)

// TestRGBOfForms compares the rows of every form of pixels but luma and chroma (TestRGBRow in jpeg), in every
// orientation, with the colour that the form says of each pixel, also where the picture is a part of a larger one.
func TestRGBOfForms(t *testing.T) {
	large, part := image.Rect(0, 0, 16, 12), image.Rect(3, 1, 12, 8)
	random := rand.New(rand.NewPCG(1, 2))
	fill := func(planes ...[]uint8) {
		for _, plane := range planes {
			for i := range plane {
				plane[i] = uint8(random.Uint32())
			}
		}
	}
	opaque := func(pix []uint8, pixel, alpha int) {
		fill(pix)
		for i := 0; i < len(pix); i += pixel {
			for a := range alpha {
				pix[i+pixel-1-a] = 255
			}
		}
	}
	grey, grey16, seen := image.NewGray(large), image.NewGray16(large), image.NewNRGBA(large)
	fill(grey.Pix, grey16.Pix, seen.Pix)
	rgb, rgb16, seen16 := image.NewRGBA(large), image.NewRGBA64(large), image.NewNRGBA64(large)
	opaque(rgb.Pix, 4, 1)
	opaque(rgb16.Pix, 8, 2)
	opaque(seen16.Pix, 8, 2)
	ink, few := image.NewCMYK(large), image.NewPaletted(large, color.Palette{color.NRGBA{9, 8, 7, 6}, color.Gray{200}})
	fill(ink.Pix)
	for i := range few.Pix {
		few.Pix[i] = uint8(i % 2)
	}
	type cut interface {
		image.Image
		SubImage(image.Rectangle) image.Image
	}
	for _, form := range []cut{grey, grey16, seen, rgb, rgb16, seen16, ink, few} {
		for orientation := 1; orientation <= 8; orientation++ {
			m := form.SubImage(part)
			size := part.Size()
			if orientation >= 5 {
				size.X, size.Y = size.Y, size.X
			}
			row, got := RGB(m, orientation), make([]uint8, 3*size.X)
			for y := range size.Y {
				row(y, got)
				for x := range size.X {
					sx, sy := stored(x, y, part.Dx(), part.Dy(), orientation)
					want := straight(m.At(part.Min.X+sx, part.Min.Y+sy))
					for c, v := range []uint8{want.R, want.G, want.B} {
						off := int(got[3*x+c]) - int(v)
						if _, inks := m.(*image.CMYK); off < -1 || off > 1 || off != 0 && !inks { // inks round once more
							t.Fatalf("%T, orientation %d, pixel %d,%d: %v, want %v", m, orientation, x, y, got[3*x:3*x+3], want)
						}
					}
				}
			}
		}
	}
}
