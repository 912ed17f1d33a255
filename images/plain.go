package images

import (
	"image"
	"image/color"
)

// Plain is the upright picture of a stored one, in a form of its own that shares no memory: of 8 or 16 bits as before,
// grey where it was grey, with its palette, and with the alpha it has, not multiplied. Other colours are red, green and
// blue as RGB gives them.
func Plain(m image.Image, orientation int) image.Image {
	b := m.Bounds()
	width, height := uprightSize(b.Dx(), b.Dy(), orientation)
	box := image.Rect(0, 0, width, height)
	each := func(set func(x, y int, c color.Color)) {
		for y := range height {
			for x := range width {
				sx, sy := stored(x, y, b.Dx(), b.Dy(), orientation)
				set(x, y, m.At(b.Min.X+sx, b.Min.Y+sy))
			}
		}
	}
	switch m := m.(type) {
	case *image.Gray:
		out := image.NewGray(box)
		each(out.Set)
		return out
	case *image.Gray16:
		out := image.NewGray16(box)
		each(out.Set)
		return out
	case *image.RGBA64, *image.NRGBA64:
		out := image.NewNRGBA64(box)
		each(out.Set)
		return out
	case *image.Paletted:
		out := image.NewPaletted(box, m.Palette)
		for y := range height {
			for x := range width {
				sx, sy := stored(x, y, b.Dx(), b.Dy(), orientation)
				out.SetColorIndex(x, y, m.ColorIndexAt(b.Min.X+sx, b.Min.Y+sy))
			}
		}
		return out
	}
	if o, is := m.(interface{ Opaque() bool }); is && o.Opaque() {
		return Cut(m, orientation, Box{Width: width, Height: height})
	}
	out := image.NewNRGBA(box)
	each(func(x, y int, c color.Color) { out.SetNRGBA(x, y, straight(c)) })
	return out
}

// Cut is a part of the upright picture of a stored one, its pixels as they are, without alpha. The box lies within it.
func Cut(m image.Image, orientation int, box Box) *image.RGBA {
	width, _ := uprightSize(m.Bounds().Dx(), m.Bounds().Dy(), orientation)
	out, row, line := image.NewRGBA(image.Rect(0, 0, box.Width, box.Height)), RGB(m, orientation), make([]uint8, 3*width)
	for y := range box.Height {
		row(box.Y+y, line)
		for x := range box.Width {
			from, to := line[3*(box.X+x):], out.Pix[y*out.Stride+4*x:]
			to[0], to[1], to[2], to[3] = from[0], from[1], from[2], 255
		}
	}
	return out
}

// TIFFProfile is the ICC profile of the first picture of a TIFF file; nil if there is none.
func TIFFProfile(data []byte) []byte {
	t, err := openTIFF(data)
	if err != nil {
		return nil
	}
	first, err := t.directory(t.first)
	if err != nil {
		return nil
	}
	const tagProfile = 34675
	return first.tags[tagProfile].bytes
}
