package images

import (
	"image"
	"slices"
)

// RGB gives the rows of the upright picture as red, green and blue, 0 to 255, of a stored one and its orientation, as
// Pillow gives them. Alpha is left out of account, of 16 bits the upper eight count. Into has three bytes a pixel. One
// goroutine asks for rows; in their order they are cheapest.
func RGB(m image.Image, orientation int) (row func(y int, into []uint8)) {
	rows := new(uprightRows)
	rows.begin(m, orientation, 3)
	return rows.row
}

// uprightRows are the rows of a picture as it is looked at.
type uprightRows struct {
	pixels
	size          image.Point // as stored
	orientation   int
	width, height int
	// Where pixels are turned they are at hand here as they are stored: a row or, where rows are columns, the columns of
	// the rows from first on, of which the leftmost is left.
	room                       []uint8
	stride, left, first, until int
}

// turnedAtOnce is how many columns are at hand.
const turnedAtOnce = 64

func (u *uprightRows) begin(m image.Image, orientation, bytes int) {
	u.pixels.begin(m, bytes)
	u.size, u.orientation = m.Bounds().Size(), orientation
	u.width, u.height = uprightSize(u.size.X, u.size.Y, orientation)
	u.first, u.until = 0, 0
}

func (u *uprightRows) row(y int, into []uint8) {
	x, sy := stored(0, y, u.size.X, u.size.Y, u.orientation)
	switch u.orientation {
	case 2, 3:
		u.resize(u.size.X, 1)
		u.pixels.row(sy, 0, u.size.X, u.room)
		u.gather(into, x*u.bytes, -u.bytes)
	case 5, 6, 7, 8:
		if y < u.first || y >= u.until {
			u.turn(y)
		}
		step := u.stride
		if sy > 0 {
			step = -step
		}
		u.gather(into, sy*u.stride+(x-u.left)*u.bytes, step)
	default:
		u.pixels.row(sy, 0, u.size.X, into)
	}
}

// turn brings the columns to hand among which is that of row y.
func (u *uprightRows) turn(y int) {
	u.first = y - y%turnedAtOnce
	u.until = min(u.first+turnedAtOnce, u.height)
	x, _ := stored(0, u.first, u.size.X, u.size.Y, u.orientation)
	last, _ := stored(0, u.until-1, u.size.X, u.size.Y, u.orientation)
	u.left = min(x, last)
	u.resize(u.until-u.first, u.size.Y)
	for sy := range u.size.Y {
		u.pixels.row(sy, u.left, u.left+u.until-u.first, u.room[sy*u.stride:][:u.stride])
	}
}

func (u *uprightRows) resize(width, height int) {
	u.stride = width * u.bytes
	u.room = slices.Grow(u.room[:0], u.stride*height)[:u.stride*height]
}

// gather brings pixels together of which each is a step behind the one before.
func (u *uprightRows) gather(into []uint8, from, step int) {
	if u.bytes != 3 {
		for ; len(into) > 0; into = into[u.bytes:] {
			copy(into[:u.bytes], u.room[from:])
			from += step
		}
		return
	}
	for ; len(into) >= 3; into = into[3:] {
		p := u.room[from : from+3 : from+3]
		into[0], into[1], into[2] = p[0], p[1], p[2]
		from += step
	}
}
