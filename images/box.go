package images

// A Box is a rectangle of pixels of the upright picture.
type Box struct{ X, Y, Width, Height int }

// Upright is where a box of stored pixels lies in the upright picture. Width and height are those of the stored pixels.
func (b Box) Upright(width, height, orientation int) Box {
	right, below := width-b.X-b.Width, height-b.Y-b.Height // what is left of the picture beside it
	switch orientation {
	case 2:
		b.X = right
	case 3:
		b.X, b.Y = right, below
	case 4:
		b.Y = below
	case 5:
		b.X, b.Y = b.Y, b.X
	case 6:
		b.X, b.Y = below, b.X
	case 7:
		b.X, b.Y = below, right
	case 8:
		b.X, b.Y = b.Y, right
	}
	if orientation >= 5 && orientation <= 8 {
		b.Width, b.Height = b.Height, b.Width
	}
	return b
}
