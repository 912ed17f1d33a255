package images

import (
	"image"
	"image/color"
)

// Reduced is a small copy of an upright picture: each pixel is the mean of Factor × Factor stored pixels.
type Reduced struct {
	Width, Height         int     // of the reduced picture
	Pix                   []uint8 // Y, Cb, Cr as in JPEG (JFIF, full range), 3 bytes a pixel, rows from the top
	Factor                int
	FullWidth, FullHeight int  // of the upright picture
	Grey                  bool // it has no colour
}

// Reduce reduces a picture by the least whole factor with which its longer side has at most so many pixels.
func Reduce(m image.Image, orientation, most int) *Reduced {
	b := m.Bounds()
	fw, fh := uprightSize(b.Dx(), b.Dy(), orientation)
	k := (max(fw, fh) + most - 1) / most
	r := &Reduced{Width: (fw + k - 1) / k, Height: (fh + k - 1) / k, Factor: k,
		FullWidth: fw, FullHeight: fh, Grey: true}
	for y := range r.Height {
		for x := range r.Width {
			sx, sy := stored(x*k, y*k, b.Dx(), b.Dy(), orientation)
			p := color.YCbCrModel.Convert(m.At(b.Min.X+sx, b.Min.Y+sy)).(color.YCbCr)
			r.Pix = append(r.Pix, p.Y, p.Cb, p.Cr)
			r.Grey = r.Grey && p.Cb == 128 && p.Cr == 128
		}
	}
	return r
}
