package images

// stored is where the upright pixel x, y is stored in a picture of the stored width and height (EXIF 2.32, 4.6.5,
// tag Orientation).
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

// StoredAt is where the upright pixel x, y is stored in a picture of the stored width and height, whose orientation is
// EXIF's, 1 to 8.
func StoredAt(x, y, width, height, orientation int) (sx, sy int) {
	return stored(x, y, width, height, orientation)
}

// uprightOf is where the stored pixel x, y stands in the upright picture.
func uprightOf(x, y, width, height, orientation int) (ux, uy int) {
	switch orientation {
	case 6:
		orientation = 8
	case 8:
		orientation = 6
	}
	width, height = uprightSize(width, height, orientation)
	return stored(x, y, width, height, orientation)
}

// uprightSize is the size of the upright picture.
func uprightSize(width, height, orientation int) (int, int) {
	if orientation >= 5 {
		return height, width
	}
	return width, height
}
