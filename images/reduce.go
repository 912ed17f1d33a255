package images

import (
	"image"
	"image/color"
)

// Reduced is the upright picture reduced by box averages of k × k stored pixels.
type Reduced struct {
	Width, Height         int
	Pix                   []uint8 // Y, Cb, Cr, 3 bytes a pixel, rows from the top
	Factor                int     // k
	FullWidth, FullHeight int     // of the upright picture
	Grey                  bool    // the stored picture has no colour
}

// Reduce reduces a stored picture until its longer side is at most `most`.
func Reduce(m image.Image, orientation, most int) *Reduced {
	b := m.Bounds()
	sw, sh := b.Dx(), b.Dy()
	w, h := sw, sh
	if orientation >= 5 {
		w, h = sh, sw
	}
	k := (max(w, h) + most - 1) / most
	r := &Reduced{Width: (w + k - 1) / k, Height: (h + k - 1) / k, Factor: k, FullWidth: w, FullHeight: h, Grey: true}
	r.Pix = make([]uint8, 3*r.Width*r.Height)
	for y := range r.Height {
		for x := range r.Width {
			var sum [3]int
			n := 0
			for v := y * k; v < min((y+1)*k, h); v++ {
				for u := x * k; u < min((x+1)*k, w); u++ {
					sx, sy := stored(u, v, sw, sh, orientation)
					c := color.YCbCrModel.Convert(m.At(b.Min.X+sx, b.Min.Y+sy)).(color.YCbCr)
					sum[0] += int(c.Y)
					sum[1] += int(c.Cb)
					sum[2] += int(c.Cr)
					r.Grey = r.Grey && c.Cb == 128 && c.Cr == 128
					n++
				}
			}
			for i := range sum {
				r.Pix[3*(y*r.Width+x)+i] = uint8((sum[i] + n/2) / n)
			}
		}
	}
	return r
}
