package draw

import (
	"image"
	"math/rand/v2"
)

// A colour has red, green and blue of 0 to 255, in 256ths.
type colour [3]int

func rgb(red, green, blue int) colour { return colour{red << 8, green << 8, blue << 8} }

// blend lays another colour over c, with the given share.
func (c *colour) blend(over colour, share int) {
	for i := range c {
		c[i] += (over[i] - c[i]) * share / one
	}
}

// tint multiplies c by what per cent of each channel passes, as a layer of pigment or blood does: on dark skin it is
// dark, on light skin it is red or brown.
func (c *colour) tint(passes [3]int, share int) {
	for i := range c {
		c[i] -= c[i] * (100 - passes[i]) / 100 * share / one
	}
}

// light makes c lighter or darker by a share.
func (c *colour) light(share int) {
	for i := range c {
		c[i] += c[i] * share / one
	}
}

// A canvas is a picture while it is painted, and what of it is lesion or hand.
type canvas struct {
	width, height int
	pixels        []colour
	mask          []bool
	random        *rand.Rand
	seed          uint64
	skin          colour
	unit          int // a hundredth of the shorter side, in sixteenths of a pixel
}

func newCanvas(width, height int, seed uint64) *canvas {
	return &canvas{
		width: width, height: height, seed: seed, unit: min(width, height) * 16 / 100,
		pixels: make([]colour, width*height), mask: make([]bool, width*height),
		random: rand.New(rand.NewPCG(seed, 8)),
	}
}

// clouds and cells are noise of this picture: another number is another noise. Sizes are in hundredths of its shorter
// side.
func (c *canvas) clouds(number, size, octaves int) field {
	return clouds(hash(c.seed, number, 1), c.width, c.height, max(c.long(size)/16, 1), octaves)
}

func (c *canvas) cells(number, size int) *net {
	return &net{seed: hash(c.seed, number, 2), size: max(c.long(size)/16, 2)}
}

// long is a length in hundredths of the shorter side, in sixteenths of a pixel.
func (c *canvas) long(hundredths int) int { return hundredths * c.unit }

// between is a number drawn from low to high.
func (c *canvas) between(low, high int) int { return low + c.random.IntN(high-low+1) }

// all calls paint for every pixel.
func (c *canvas) all(paint func(i, x, y int, p *colour)) {
	for y := range c.height {
		for x := range c.width {
			i := y*c.width + x
			paint(i, x, y, &c.pixels[i])
		}
	}
}

// near calls paint for the pixels not farther from (x, y) than reach; these three and the distance that it is given are
// in sixteenths of a pixel.
func (c *canvas) near(x, y, reach int, paint func(i, px, py, distance int, p *colour)) {
	for py := max((y-reach)/16, 0); py <= min((y+reach)/16, c.height-1); py++ {
		for px := max((x-reach)/16, 0); px <= min((x+reach)/16, c.width-1); px++ {
			dx, dy := px*16+8-x, py*16+8-y
			if d := root(dx*dx + dy*dy); d <= reach {
				i := py*c.width + px
				paint(i, px, py, d, &c.pixels[i])
			}
		}
	}
}

// disc is a spot of one colour with an edge of soft.
func (c *canvas) disc(x, y, radius, soft int, over colour, share int) {
	c.near(x, y, radius+soft, func(_, _, _, d int, p *colour) { p.blend(over, ramp(radius+soft-d, 0, 2*soft)*share/one) })
}

// dome is a bump in the light from the upper left.
func (c *canvas) dome(x, y, radius, strength int) {
	c.near(x, y, radius, func(_, px, py, d int, p *colour) {
		lit := (x - px*16 + y - py*16) * one / (2 * radius) // -one to one from the lower right to the upper left
		p.light(lit * strength / one * ramp(radius-d, 0, radius/2) / one)
	})
	c.disc(x-radius*3/10, y-radius*3/10, radius/7, radius/7, rgb(255, 250, 245), strength*2/3)
}

// line is a stroke that bends on its way: a hair or a vessel.
func (c *canvas) line(x, y, dx, dy, steps, bend, radius int, over colour, share int) {
	turn := c.between(-bend, bend)
	for range steps {
		c.disc(x, y, radius, 10, over, share)
		x, y = x+dx, y+dy
		dx, dy = dx-dy*turn/one, dy+dx*turn/one
	}
}

// picture is the canvas with the grain of a sensor.
func (c *canvas) picture(grain int) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, c.width, c.height))
	seed := hash(c.seed, 0, 3)
	c.all(func(i, x, y int, p *colour) {
		h := hash(seed, x, y)
		noise := (int(h&255) + int(h>>8&255) - 255) * grain
		for k, v := range p {
			own := (int(h>>(16+8*k)&255) - 128) * grain / 2
			out.Pix[4*i+k] = uint8(min(max((v+noise+own)>>8, 0), 255))
		}
		out.Pix[4*i+3] = 255
	})
	return out
}

func (c *canvas) maskPicture() *image.Gray {
	out := image.NewGray(image.Rect(0, 0, c.width, c.height))
	for i, in := range c.mask {
		if in {
			out.Pix[i] = 255
		}
	}
	return out
}
