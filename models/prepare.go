package models

import (
	"image"

	"github.com/dermset/dermset/images"
)

// preparing names how pictures are prepared. It changes whenever the same picture may come out otherwise.
const preparing = "2"

// Prepare is a picture as the model takes it: upright, of the input's size, channels and layout. Several goroutines may
// ask. Stored is as images.Decode gives it.
func (c *Card) Prepare(stored image.Image, orientation int) []float32 {
	size := stored.Bounds().Size()
	if orientation >= 5 {
		size.X, size.Y = size.Y, size.X
	}
	p := c.Resize.plan(size, image.Pt(c.Input.Size[0], c.Input.Size[1]))
	pixels := resample(images.RGB(stored, orientation), size, p.size, p.cut, filters[c.Resize.Filter])
	return c.Input.tensor(pixels, p, c.Resize.Pad)
}

// A plan says how a picture comes to the input's size: it is resized to size, of which cut is taken and put at the
// place at.
type plan struct {
	size image.Point
	cut  image.Rectangle
	at   image.Point
}

// plan is exactly what torchvision's Resize and CenterCrop (cover) and Pillow's ImageOps.pad (contain) do, in whole
// numbers.
func (r *Resize) plan(from, to image.Point) plan {
	size := to
	switch wide := from.X*to.Y - from.Y*to.X; { // above 0: the picture is wider than the input
	case r.Mode == "contain" && wide > 0:
		size.Y = max(1, halfEven(from.Y*to.X, from.X))
	case r.Mode == "contain" && wide < 0:
		size.X = max(1, halfEven(from.X*to.Y, from.Y))
	case r.Mode == "cover" && r.Shorter > 0 && from.X <= from.Y:
		size = image.Pt(r.Shorter, r.Shorter*from.Y/from.X)
	case r.Mode == "cover" && r.Shorter > 0:
		size = image.Pt(r.Shorter*from.X/from.Y, r.Shorter)
	case r.Mode == "cover" && wide > 0:
		size.X = from.X * to.Y / from.Y
	case r.Mode == "cover" && wide < 0:
		size.Y = from.Y * to.X / from.X
	}
	p := plan{size: size, cut: image.Rectangle{Max: image.Pt(min(size.X, to.X), min(size.Y, to.Y))}}
	p.cut = p.cut.Add(image.Pt(halfEven(size.X-p.cut.Dx(), 2), halfEven(size.Y-p.cut.Dy(), 2)))
	p.at = image.Pt(halfEven(to.X-p.cut.Dx(), 2), halfEven(to.Y-p.cut.Dy(), 2))
	return p
}

// halfEven is a/b, rounded to the nearest whole number, and halves to the even one.
func halfEven(a, b int) int {
	whole, twice := a/b, 2*(a%b)
	if twice > b || twice == b && whole%2 == 1 {
		whole++
	}
	return whole
}

// tensor puts resized pixels into the form that the model takes.
func (in *Input) tensor(pixels []uint8, p plan, pad []int) []float32 {
	width, height := in.Size[0], in.Size[1]
	pixel, channel := 1, width*height // what the next one is away in the tensor
	if in.Layout == "nhwc" {
		pixel, channel = 3, 1
	}
	of := [3]int{0, 1, 2} // the channels of the input in ours
	if in.Channels == "bgr" {
		of = [3]int{2, 1, 0}
	}
	tensor := make([]float32, 3*width*height)
	for c, ours := range of {
		var values [256]float32
		for v := range values { // each step rounded to float32, as those do who train in it
			values[v] = float32(float32(float32(v)/float32(in.Scale))-float32(in.Mean[c])) / float32(in.Deviation[c])
		}
		for i := range width * height {
			x, y := i%width-p.at.X, i/width-p.at.Y
			value := values[pad[ours]]
			if x >= 0 && y >= 0 && x < p.cut.Dx() && y < p.cut.Dy() {
				value = values[pixels[3*(y*p.cut.Dx()+x)+ours]]
			}
			tensor[i*pixel+c*channel] = value
		}
	}
	return tensor
}
