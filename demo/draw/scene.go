package draw

import "image"

// A Place is where the camera looks, and from where.
type Place uint8

// The places. What is no skin has no look and no tone.
const (
	Close      Place = iota // skin fills the picture
	Limb                    // an arm or a leg on a cloth
	Dermoscope              // skin in the round field of a dermoscope
	Hand                    // a hand on a cloth; the mask is its skin
	Nail                    // a finger's nail from near; the mask is its skin, nail and all
	Document                // a page of text: no skin
	Landscape               // hills and a lake: no skin
)

// A Scene is what one picture shows.
type Scene struct {
	Seed          uint64 // another seed is another picture of the same
	Width, Height int
	Place         Place
	Look          Look // what is on the skin
	Tone          int  // Fitzpatrick type of the skin, 1 to 6
	Ruler, Hairs  bool
	Gel           bool // bubbles in the gel under a dermoscope
}

// skins are colours of skin by Fitzpatrick type. Their angles (ITA) are about 62°, 46°, 31°, 21°, 1° and -38°. What is
// painted on them, light and shade take 5 to 15° off, so that the pictures' angles lie in what Groh and others (CVPR
// Workshops 2021) call the types.
var skins = [...]colour{
	rgb(222, 186, 166), rgb(203, 161, 136), rgb(187, 143, 114), rgb(175, 131, 103), rgb(155, 111, 83),
	rgb(112, 77, 56),
}

// Draw paints a scene. The mask is white where the lesion, the hand's skin or the nail is.
func (s Scene) Draw() (*image.RGBA, *image.Gray) {
	c := newCanvas(s.Width, s.Height, s.Seed)
	switch s.Place {
	case Document:
		c.document()
		return c.picture(3), c.maskPicture()
	case Landscape:
		c.landscape()
		return c.picture(4), c.maskPicture()
	}
	c.skin = skins[min(max(s.Tone, 1), len(skins))-1]
	c.paintSkin(s.Place == Dermoscope)
	c.lesions(s)
	if s.Hairs {
		c.hairs(s.Tone)
	}
	switch s.Place {
	case Limb:
		c.limb()
	case Hand:
		c.hand()
	case Nail:
		c.nail()
	case Dermoscope:
		c.dermoscope(s.Gel)
	}
	if s.Ruler {
		c.ruler()
	}
	if s.Place != Dermoscope {
		c.daylight()
	}
	return c.picture(5), c.maskPicture()
}

// lesions paints the look, from near or from afar.
func (c *canvas) lesions(s Scene) {
	size, painter := c.between(21, 27), painters[s.Look]
	switch s.Place {
	case Dermoscope:
		size = c.between(24, 31)
	case Limb:
		size = c.between(13, 17)
	}
	if painter == nil {
		return
	}
	painter(c, lesion{
		x: c.width*8 + c.long(c.between(-6, 6)), y: c.height*8 + c.long(c.between(-5, 5)), radius: c.long(size),
		flat: c.between(one*7/10, one), turn: c.random.IntN(16), under: s.Place == Dermoscope,
	})
}

// paintSkin paints skin with its blotches and furrows. Under a dermoscope's gel it has no furrows.
func (c *canvas) paintSkin(gel bool) {
	blotches, shade, fine := c.clouds(1, 30, 3), c.clouds(2, 60, 2), c.clouds(3, 5, 3)
	furrows, deep := c.cells(4, 2), 5
	if gel {
		deep = 1
	}
	c.all(func(i, x, y int, p *colour) {
		*p = c.skin
		p.tint([3]int{100, 88, 86}, ramp(blotches.at(x, y), one*4/10, one)*6/10)
		p.light((shade.at(x, y)-one/2)/16 + (fine.at(x, y)-one/2)/14)
		cell, middle, border := furrows.at(x, y)
		p.light(-ramp(12-border, 0, 12) * deep / 120 * (one/2 + fine.at(x, y)) / one)
		p.light(ramp(20-middle, 0, 14) * max(cell-one/2, 0) / one * deep / 14) // it glistens
	})
}

// hairs are long and bent. Those of dark skin are black.
func (c *canvas) hairs(tone int) {
	over := rgb(74, 52, 38)
	if tone > 3 {
		over = rgb(26, 20, 18)
	}
	for range c.between(6, 11) {
		x, y := c.random.IntN(c.width*16), c.random.IntN(c.height*16)
		c.line(x, y, c.between(-9, 9), c.between(8, 14), c.between(90, 200), 40, 7, over, one*8/10)
	}
}

// limb leaves a band of skin, round in the light, and lays it on a cloth.
func (c *canvas) limb() {
	bend, half := c.clouds(20, 120, 1), c.long(c.between(38, 42))
	slope, cloth := c.between(-one/8, one/8), c.cloth()
	c.all(func(i, x, y int, p *colour) {
		middle := c.height*8 + (x*16-c.width*8)*slope/one + (bend.at(x, c.height/2)-one/2)*c.long(20)/one
		off := y*16 + 8 - middle
		c.round(i, x, y, p, half-max(off, -off), half, cloth)
	})
}

// round shades skin towards the border of a limb or a finger, from which it is in, and lays the cloth beyond it.
func (c *canvas) round(i, x, y int, p *colour, in, half int, cloth func(x, y int) colour) {
	away := clamp((half - in) * one / half)
	p.light(-away * away / one * away / one * 40 / 100)
	beyond := cloth(x, y)
	beyond.light(-ramp(in+c.long(7), 0, c.long(7)) * 45 / 100) // the shadow that skin casts
	p.blend(beyond, one-ramp(in, -8, 16))
	c.mask[i] = c.mask[i] && in > 0
}

// cloth is green or blue, woven.
func (c *canvas) cloth() func(x, y int) colour {
	dye := [...]colour{rgb(62, 112, 118), rgb(70, 98, 140), rgb(86, 122, 104), rgb(120, 128, 136)}[c.random.IntN(4)]
	folds := c.clouds(21, 45, 3)
	return func(x, y int) colour {
		p := dye
		p.light((folds.at(x, y)-one/2)*5/10 + ((x^y)&1)*one/24 + (x%3-1)*one/40)
		return p
	}
}

// daylight falls from one side, and a lens darkens the corners.
func (c *canvas) daylight() {
	turn := c.random.IntN(16)
	dx, dy := sines[(turn+4)%16]*10/one, sines[turn]*10/one
	c.all(func(_, x, y int, p *colour) {
		u, v := (2*x-c.width)*one/c.width, (2*y-c.height)*one/c.height
		p.light((u*dx+v*dy)/100 - (u*u+v*v)/one*5/100)
	})
}

// dermoscope is the lit field within a black tube, polarised light and gel.
func (c *canvas) dermoscope(gel bool) {
	radius := c.long(c.between(49, 58))
	if gel {
		for range c.between(5, 9) {
			c.bubble(c.random.IntN(c.width*16), c.random.IntN(c.height*16), c.long(c.between(2, 5)))
		}
	}
	c.all(func(i, x, y int, p *colour) {
		dx, dy := x*16+8-c.width*8, y*16+8-c.height*8
		d := root(dx*dx + dy*dy)
		p.light(one/10 - d*one/radius*d/radius*22/100)
		p.blend(rgb(9, 8, 9), ramp(d, radius-c.long(1), radius+c.long(2)))
		c.mask[i] = c.mask[i] && d < radius
	})
}

// bubble is a ring that is dark outside and bright inside.
func (c *canvas) bubble(x, y, radius int) {
	c.near(x, y, radius, func(_, _, _, d int, p *colour) {
		p.light(ramp(d, radius*6/10, radius*9/10) * 16 / 100)
		p.light(-ramp(d, radius*85/100, radius) * 34 / 100)
	})
	c.disc(x-radius/3, y-radius/3, radius/6, radius/6, rgb(255, 255, 255), one*8/10)
}

// ruler is a strip of paper with a mark a millimetre, along the lower side.
func (c *canvas) ruler() {
	top := c.height - c.long(13)/16
	for y := top; y < c.height; y++ {
		for x := range c.width {
			p := &c.pixels[y*c.width+x]
			*p = rgb(236, 234, 226)
			mark := x * 1600 / c.unit / 4 % 100 // of a millimetre, a twenty-fifth of the shorter side
			number := x * 16 / c.unit / 4
			deep := [...]int{8, 4, 4, 4, 4, 6, 4, 4, 4, 4}[number%10]
			if mark < 22 && (y-top)*16 < c.long(deep) {
				*p = rgb(34, 34, 38)
			}
			c.mask[y*c.width+x] = false
		}
	}
}
