package images

import (
	"image"
	"image/color"
)

// Upright is the picture as it is looked at: turned and mirrored as the EXIF orientation says (1 to 8), with its corner
// at 0,0. It is a view that copies no pixel.
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
