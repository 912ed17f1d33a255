package images

// A Box is a rectangle of pixels of the upright picture.
type Box struct{ X, Y, Width, Height int }
