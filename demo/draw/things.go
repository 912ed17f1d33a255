package draw

import "math"

// A stroke is a thick line between two points: a finger, or the palm.
type stroke struct{ x1, y1, x2, y2, radius int }

// in is how far inside a stroke a place lies.
func (s stroke) in(x, y int) int {
	dx, dy := s.x2-s.x1, s.y2-s.y1
	t := 0
	if length := dx*dx + dy*dy; length > 0 {
		t = clamp(((x-s.x1)*dx + (y-s.y1)*dy) / max(length/one, 1))
	}
	dx, dy = x-s.x1-dx*t/one, y-s.y1-dy*t/one
	return s.radius - root(dx*dx+dy*dy)
}

// hand leaves skin in the form of a hand, its fingers spread, from the lower side.
func (c *canvas) hand() {
	at := func(x, y int) (int, int) { return c.width*8 + c.long(x*13/10), c.height*16 - c.long(y*13/10) }
	var parts []stroke
	add := func(x1, y1, x2, y2, radius int) {
		a, b := at(x1, y1)
		d, e := at(x2, y2)
		parts = append(parts, stroke{a, b, d, e, c.long(radius * 13 / 10)})
	}
	add(-2, -10, 0, 20, 15) // wrist
	add(-8, 30, 8, 30, 15)  // palm
	add(-6, 24, 9, 22, 15)  //
	add(16, 22, 33, 44, 5)  // thumb
	for n, end := range [...][2]int{{-30, 66}, {-13, 80}, {4, 84}, {18, 76}} {
		add(-17+n*11, 40, end[0]+c.between(-2, 2), end[1]+c.between(-3, 3), 5)
	}
	cloth := c.cloth()
	c.all(func(i, x, y int, p *colour) {
		in, half := math.MinInt, 0
		for _, part := range parts {
			if d := part.in(x*16+8, y*16+8); d > in {
				in, half = d, part.radius
			}
		}
		c.mask[i] = in > 0
		c.round(i, x, y, p, in, min(half, c.long(8)), cloth)
	})
	for _, part := range parts[3:] { // nails
		c.plate(part.x2, part.y2, part.x2-part.x1, part.y2-part.y1, c.long(4))
	}
}

// plate is a nail at the end of a finger that points along (dx, dy).
func (c *canvas) plate(x, y, dx, dy, radius int) {
	length := max(root(dx*dx+dy*dy), 1)
	part := stroke{x - dx*radius/length, y - dy*radius/length, x + dx*radius/length/3, y + dy*radius/length/3, radius}
	c.near(x, y, radius*3, func(_, px, py, _ int, p *colour) {
		in := part.in(px*16+8, py*16+8)
		p.light(-(one - ramp(max(in, -in), 0, radius/3)) * 16 / 100) // the fold around it
		over := c.skin
		over.blend(rgb(240, 200, 194), one*55/100)
		p.blend(over, ramp(in, 0, radius/4)*7/10)
	})
}

// nail is a fingertip from near, on a cloth.
func (c *canvas) nail() {
	middle, cloth := c.width*8, c.cloth()
	finger := stroke{middle, c.height * 20, middle, c.long(44), c.long(36)}
	plate := stroke{middle, c.height*16 - c.long(34), middle, c.long(38), c.long(23)}
	ridges := c.clouds(24, 3, 2)
	c.all(func(i, x, y int, p *colour) {
		in := plate.in(x*16+8, y*16+8)
		p.light(-(one - ramp(max(in, -in), 0, c.long(4))) * 28 / 100)
		over := c.skin
		over.blend(rgb(240, 188, 182), one*6/10)
		over.light((ridges.at(x, c.height/2) - one/2) / 8)
		moonX, moonY := x*16+8-middle, y*16+8-(c.height*16-c.long(22))
		over.blend(rgb(246, 228, 222), ramp(c.long(17)-root(moonX*moonX+moonY*moonY), 0, c.long(4))*6/10) // the lunula
		over.blend(rgb(244, 236, 226), ramp(c.long(22)-y*16, 0, c.long(2))*9/10)                          // its free edge
		off := (x*16 + 8 - middle) * one / c.long(23)
		over.light(one/12 - off*off/one/5)
		p.blend(over, ramp(in, -4, 20))
		c.mask[i] = true
		c.round(i, x, y, p, finger.in(x*16+8, y*16+8), finger.radius, cloth)
	})
	c.line(middle-c.long(10), c.long(30), 0, 16, c.height/3, 6, c.long(1), rgb(255, 250, 248), one/6)
}

// document is a page of lines, a title and a table, as it is found among pictures.
func (c *canvas) document() {
	paper := c.clouds(50, 60, 2)
	c.all(func(_, x, y int, p *colour) {
		*p = rgb(243, 242, 238)
		p.light((paper.at(x, y) - one/2) / 40)
	})
	ink, left, line := rgb(52, 54, 62), c.width/10, max(c.height/26, 6)
	c.bar(left, line*2, c.width/2, line*5/4, ink)
	for y := line * 5; y < c.height-line*9; y += line * 3 / 2 {
		for x := left; x < c.width*8/10; {
			word := c.between(line/2, line*3)
			c.bar(x, y, word, line/2, ink)
			x += word + line/2
		}
	}
	top := c.height - line*8
	for n := range 5 {
		c.bar(left, top+n*line*3/2, c.width*8/10, 1, ink)
		c.bar(left+n*c.width/5, top, 1, line*6, ink)
	}
}

// bar is a filled rectangle, as far as it is in the picture.
func (c *canvas) bar(left, top, width, height int, over colour) {
	for y := max(top, 0); y < min(top+height, c.height); y++ {
		for x := max(left, 0); x < min(left+width, c.width); x++ {
			c.pixels[y*c.width+x] = over
		}
	}
}

// landscape is a sky, two rows of hills and a lake.
func (c *canvas) landscape() {
	far, close, sky, grass := c.clouds(51, 40, 4), c.clouds(52, 60, 4), c.clouds(53, 50, 4), c.clouds(54, 6, 3)
	c.all(func(_, x, y int, p *colour) {
		*p = rgb(96, 150, 212)
		p.blend(rgb(214, 226, 238), y*one/c.height)
		p.blend(rgb(252, 252, 252), ramp(sky.at(x, y), one*55/100, one*8/10))
		if y > c.height*45/100-far.at(x, 0)*c.height/one/4 {
			*p = rgb(98, 122, 146)
			p.light((grass.at(x, y) - one/2) / 6)
		}
		if y > c.height*62/100-close.at(x, 0)*c.height/one/5 {
			*p = rgb(70, 112, 58)
			p.light((grass.at(x, y) - one/2) * 7 / 10)
		}
		if y > c.height*74/100 {
			*p = rgb(58, 108, 148)
			p.light((grass.at(x*3/10, y) - one/2) / 3)
		}
	})
}
