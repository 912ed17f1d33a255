package images

import (
	"image"
	"image/color"
)

// Upright is the picture as it is looked at: turned and mirrored as the EXIF orientation says (1 to 8), with its corner at 0,0. It is a view
// that copies no pixel.
func Upright(m image.Image, orientation int) image.Image {
	b := m.Bounds()
	if orientation <= 1 && b.Min == (image.Point{}) {
		return m
	}
	return upright{m, b.Min, b.Dx(), b.Dy(), orientation}
}

type upright struct {
	stored        image.Image
	corner        image.Point
	width, height int // stored
	orientation   int
}

func (u upright) ColorModel() color.Model { return u.stored.ColorModel() }

func (u upright) Bounds() image.Rectangle {
	if u.orientation >= 5 {
		return image.Rect(0, 0, u.height, u.width)
	}
	return image.Rect(0, 0, u.width, u.height)
}

func (u upright) At(x, y int) color.Color {
	sx, sy := stored(x, y, u.width, u.height, u.orientation)
	return u.stored.At(u.corner.X+sx, u.corner.Y+sy)
}

// stored is where the upright pixel x, y is stored in a picture of the stored width and height (EXIF 2.32, 4.6.5, tag Orientation).
func stored(x, y, width, height, orientation int) (sx, sy int) {
	switch orientation {
	case 2: // mirrored
		return width - 1 - x, y
	case 3: // upside down
		return width - 1 - x, height - 1 - y
	case 4:
		return x, height - 1 - y
	case 5:
		return y, x
	case 6: // to be turned clockwise
		return y, height - 1 - x
	case 7:
		return width - 1 - y, height - 1 - x
	case 8: // to be turned counter-clockwise
		return width - 1 - y, x
	}
	return x, y
}
