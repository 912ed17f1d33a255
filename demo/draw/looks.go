package draw

// A Look is what a disease looks like, or what else is on skin.
type Look string

// The looks. None is skin alone.
const (
	None        Look = ""
	Naevus      Look = "naevus"
	Melanoma    Look = "melanoma"     // irregular, of several colours
	Nodular     Look = "nodular"      // a black dome
	BasalCell   Look = "basal cell"   // pearly, with vessels
	Squamous    Look = "squamous"     // red, with a yellow crust
	Actinic     Look = "actinic"      // a red patch with rough white scale
	Seborrhoeic Look = "seborrhoeic"  // brown, as if stuck on, with cysts
	Haemangioma Look = "haemangioma"  // red lagoons
	Lentigo     Look = "lentigo"      // flat and brown
	Eczema      Look = "eczema"       // a red patch without a border, scratched
	Psoriasis   Look = "psoriasis"    // sharp red plaques with silver scale
	Pustules    Look = "pustules"     // many of them on red skin
	Greasy      Look = "greasy scale" // pink, with yellow scale
	Ring        Look = "ring"         // red at its border, where it scales
	Target      Look = "target"       // a wide smooth ring around its middle
	Acne        Look = "acne"         // papules, pustules, comedones
	Flush       Look = "flush"        // red skin with vessels
	Papules     Look = "papules"      // domes of the skin's own colour
	Nodule      Look = "nodule"       // blue, below the skin
	Wart        Look = "wart"         // rough and grey, with dots
	Ink         Look = "ink"          // a tattoo
	Scar        Look = "scar"         // pale, with marks of stitches
)

// A lesion is where a look is painted. Lengths are in sixteenths of a pixel.
type lesion struct {
	x, y, radius int
	flat         int  // its shorter axis, as a share of the longer one
	turn         int  // sixteenths of a full turn
	under        bool // it is seen through a dermoscope
}

var painters = map[Look]func(*canvas, lesion){
	Naevus: (*canvas).naevus, Melanoma: (*canvas).melanoma, Nodular: (*canvas).nodular, BasalCell: (*canvas).basalCell,
	Squamous: (*canvas).squamous, Actinic: (*canvas).actinic, Seborrhoeic: (*canvas).seborrhoeic,
	Haemangioma: (*canvas).haemangioma, Lentigo: (*canvas).lentigo, Eczema: (*canvas).eczema,
	Psoriasis: (*canvas).psoriasis, Pustules: (*canvas).pustules, Greasy: (*canvas).greasy, Ring: (*canvas).ring,
	Target: (*canvas).target, Acne: (*canvas).acne, Flush: (*canvas).flush, Papules: (*canvas).papules,
	Nodule: (*canvas).nodule, Wart: (*canvas).wart, Ink: (*canvas).ink, Scar: (*canvas).scar,
}

// sines are those of sixteenths of a turn.
var sines = [16]int{0, 1567, 2896, 3784, 4096, 3784, 2896, 1567, 0, -1567, -2896, -3784, -4096, -3784, -2896, -1567}

// patch calls paint for the pixels of a lesion whose border waves by a share of its radius and is soft wide. It is told
// how far in a pixel lies and how much of the lesion it shows. What shows half or more is the mask.
func (c *canvas) patch(l lesion, waves, soft int, paint func(x, y, in, share int, p *colour)) {
	border, fray := c.clouds(l.x+l.y+60, max(l.radius/c.unit, 4), 2), c.clouds(32, 5, 2)
	cos, sin := sines[(l.turn+4)%16], sines[l.turn]
	c.near(l.x, l.y, l.radius*2, func(i, x, y, _ int, p *colour) {
		dx, dy := x*16+8-l.x, y*16+8-l.y
		along, across := (dx*cos+dy*sin)/one, (dy*cos-dx*sin)/one*one/l.flat
		in := l.radius - root(along*along+across*across)
		in += (border.at(x, y)-one/2)*l.radius/one*waves/100 + (fray.at(x, y)-one/2)*l.radius/one*waves/500
		if share := ramp(in, -soft, soft); share > 0 {
			paint(x, y, in, share, p)
			c.mask[i] = c.mask[i] || share >= one/2
		}
	})
}

// strew calls place for count places within reach of a lesion's middle.
func (c *canvas) strew(l lesion, count, reach int, place func(x, y int)) {
	for range count {
		d, turn := root(c.random.IntN(reach*reach)), c.random.IntN(16)
		x, y := l.x+d*sines[(turn+4)%16]/one, l.y+d*sines[turn]/one
		place(x+c.between(-reach/8, reach/8), y+c.between(-reach/8, reach/8))
	}
}

// vessels are strewn over a lesion, thin and branched.
func (c *canvas) vessels(l lesion, count, reach, share int) {
	red := rgb(168, 40, 44)
	c.strew(l, count, reach, func(x, y int) {
		dx, dy := c.between(-10, 10), c.between(-10, 10)
		c.line(x, y, dx, dy, c.between(12, 26), 160, 6, red, share)
		c.line(x, y, dy, -dx, c.between(8, 16), 200, 4, red, share)
	})
}

// pigment is a brown that the skin shines through.
var pigment = [3]int{56, 42, 34}

func (c *canvas) naevus(l lesion) {
	l.radius, l.flat = l.radius*8/10, max(l.flat, one*85/100)
	tone, web := c.clouds(33, 8, 2), c.cells(34, 3)
	dark := c.between(65, 95)
	c.patch(l, 25, 28, func(x, y, in, share int, p *colour) {
		depth := dark*one/100 - (one-ramp(in, 0, l.radius*8/10))*25/100 + (tone.at(x, y)-one/2)*25/100
		if l.under { // a network of pigment, which fades towards the border
			_, _, border := web.at(x, y)
			depth += (ramp(14-border, 0, 14) - one/2) * 4 / 10 * ramp(l.radius*7/10-in, 0, l.radius/2) / one
		}
		p.tint(pigment, clamp(depth)*share/one)
	})
	if !l.under {
		c.dome(l.x, l.y, l.radius*8/10, one/8)
	}
}

func (c *canvas) melanoma(l lesion) {
	l.flat = min(l.flat, one*8/10)
	tone, black, veil, red := c.clouds(33, 14, 3), c.clouds(35, 22, 2), c.clouds(36, 20, 2), c.clouds(37, 24, 2)
	web := c.cells(34, 3)
	c.patch(l, 105, 14, func(x, y, in, share int, p *colour) {
		was := *p
		p.tint(pigment, clamp(one*7/10+(tone.at(x, y)-one/2)*8/10))
		p.blend(rgb(150, 84, 72), ramp(red.at(x, y), one*58/100, one*75/100)*6/10)
		p.blend(rgb(40, 27, 24), ramp(black.at(x, y), one*46/100, one*70/100)*9/10)
		p.blend(rgb(108, 108, 122), ramp(veil.at(x, y), one*62/100, one*85/100)*6/10)
		if l.under {
			_, _, border := web.at(x, y)
			p.light(-ramp(14-border, 0, 14) * 4 / 10 * ramp(l.radius/2-in, 0, l.radius/2) / one)
		}
		p.blend(was, one-share)
	})
	if l.under { // black dots at the border
		c.strew(l, 14, l.radius*11/10, func(x, y int) { c.disc(x, y, c.between(10, 26), 8, rgb(28, 20, 20), one*8/10) })
	}
}

func (c *canvas) nodular(l lesion) {
	l.radius = l.radius * 8 / 10
	tone := c.clouds(33, 12, 3)
	c.patch(l, 45, 18, func(x, y, in, share int, p *colour) {
		over := rgb(44, 30, 34)
		over.blend(rgb(92, 46, 50), ramp(tone.at(x, y), one/2, one*8/10))
		p.blend(over, share*95/100)
	})
	c.dome(l.x, l.y, l.radius*95/100, one*55/100)
}

func (c *canvas) basalCell(l lesion) {
	l.radius = l.radius * 95 / 100
	tone, pearl := c.clouds(33, 14, 2), rgb(246, 214, 206)
	pearl.blend(c.skin, one*4/10)
	c.patch(l, 35, 24, func(x, y, in, share int, p *colour) {
		p.tint([3]int{99, 76, 75}, share*8/10)
		rim := ramp(in, 0, l.radius/6) * (one - ramp(in, l.radius/6, l.radius*45/100)) / one
		p.blend(pearl, rim*(one/3+tone.at(x, y)/2)/one*share/one)
		p.light(-ramp(in, l.radius*4/10, l.radius*7/10) * 10 / 100)
	})
	c.dome(l.x, l.y, l.radius*95/100, one/5)
	c.vessels(l, 9, l.radius*7/10, one*75/100)
	sore := lesion{x: l.x + l.radius/8, y: l.y + l.radius/10, radius: l.radius * 3 / 10, flat: one * 8 / 10, turn: l.turn}
	rough := c.cells(38, 3)
	c.patch(sore, 90, 14, func(x, y, in, share int, p *colour) {
		over := rgb(120, 46, 36)
		cell, _, _ := rough.at(x, y)
		over.light((cell - one/2) * 4 / 10)
		p.blend(over, share*85/100)
	})
	c.glints(l, 5)
}

// glints are wet spots in the light.
func (c *canvas) glints(l lesion, count int) {
	c.strew(l, count, l.radius*6/10, func(x, y int) { c.disc(x, y, c.between(4, 9), 8, rgb(255, 252, 248), one*7/10) })
}

// scale lays flakes over a lesion: cells of a net, some more and some less, in the places where clouds are thick.
func (c *canvas) scale(l lesion, waves int, flake colour, size, cover int) {
	flakes, thick, rough := c.cells(40, size), c.clouds(41, 14, 4), c.clouds(42, 2, 2)
	c.patch(l, waves, 24, func(x, y, in, share int, p *colour) {
		limit := one - cover*one/100
		much := ramp(thick.at(x, y)+(rough.at(x, y)-one/2)/3, limit-one/8, limit+one/4)
		cell, _, border := flakes.at(x, y)
		each := one/3 + cell/2 + rough.at(x, y)/4
		over := flake
		over.light((rough.at(x, y) - one/2) / 5)
		over.light(-ramp(12-border, 0, 12) * 14 / 100)
		p.blend(over, much*min(each, one)/one*share/one*85/100)
	})
}

func (c *canvas) squamous(l lesion) {
	c.patch(l, 45, 26, func(x, y, in, share int, p *colour) { p.tint([3]int{94, 64, 60}, share*85/100) })
	c.dome(l.x, l.y, l.radius*95/100, one*28/100)
	crust := l
	crust.radius = l.radius * 55 / 100
	c.patch(crust, 70, 16, func(x, y, in, share int, p *colour) { p.blend(rgb(178, 138, 84), share*9/10) })
	c.scale(crust, 70, rgb(224, 194, 136), 3, 70)
	c.disc(crust.x, crust.y, crust.radius/4, crust.radius/5, rgb(96, 44, 32), one*8/10)
}

func (c *canvas) actinic(l lesion) {
	red := c.clouds(33, 12, 3)
	c.patch(l, 80, l.radius/3, func(x, y, in, share int, p *colour) {
		p.tint([3]int{98, 74, 70}, share*(one/2+red.at(x, y)/2)/one)
	})
	c.scale(l, 80, rgb(240, 230, 208), 2, 48)
}

func (c *canvas) seborrhoeic(l lesion) {
	tone, folds := c.clouds(33, 7, 4), c.cells(39, 4)
	c.patch(l, 35, 9, func(x, y, in, share int, p *colour) {
		over := rgb(118, 82, 54)
		over.blend(c.skin, one/5)
		over.light((tone.at(x, y) - one/2) * 6 / 10)
		_, _, border := folds.at(x, y)
		over.light(-ramp(20-border, 0, 20) * tone.at(x, y) / one * 4 / 10)
		over.light((ramp(in, 0, 60) - one) * 3 / 10) // its side
		p.blend(over, share*95/100)
	})
	c.dome(l.x, l.y, l.radius*9/10, one/7)
	c.strew(l, 12, l.radius*8/10, func(x, y int) { c.disc(x, y, c.between(9, 16), 8, rgb(236, 220, 180), one*8/10) })
	c.strew(l, 10, l.radius*8/10, func(x, y int) { c.disc(x, y, c.between(8, 18), 7, rgb(50, 32, 22), one*8/10) })
}

func (c *canvas) haemangioma(l lesion) {
	l.radius = l.radius * 75 / 100
	lagoons, tone := c.cells(34, 7), c.clouds(33, 10, 2)
	c.patch(l, 25, 12, func(x, y, in, share int, p *colour) {
		over := rgb(176, 30, 40)
		cell, _, border := lagoons.at(x, y)
		over.blend(rgb(116, 22, 50), cell)
		over.light((tone.at(x, y) - one/2) / 4)
		over.blend(rgb(190, 62, 66), ramp(30-border, 0, 30)*6/10)
		p.blend(over, share*95/100)
	})
	c.dome(l.x, l.y, l.radius*95/100, one*3/10)
	c.glints(l, 4)
}

func (c *canvas) lentigo(l lesion) {
	tone := c.clouds(33, 9, 3)
	depth := c.between(42, 60)
	c.patch(l, 90, 9, func(x, y, in, share int, p *colour) {
		p.tint(pigment, clamp(depth*one/100+(tone.at(x, y)-one/2)/3)*share/one)
	})
}

func (c *canvas) eczema(l lesion) {
	l.radius = l.radius * 13 / 10
	red := c.clouds(33, 11, 4)
	c.patch(l, 110, l.radius/2, func(x, y, in, share int, p *colour) {
		p.tint([3]int{96, 68, 64}, share*ramp(red.at(x, y), one/8, one*7/10)/one)
	})
	c.strew(l, 40, l.radius, func(x, y int) {
		c.near(x, y, 40, func(_, _, _, d int, p *colour) { p.tint([3]int{92, 62, 58}, ramp(40-d, 0, 40)/2) })
		c.dome(x, y, 26, one/6)
	})
	c.scale(l, 110, rgb(232, 214, 196), 2, 36)
	dark := rgb(118, 38, 34)
	c.strew(l, 7, l.radius*7/10, func(x, y int) {
		c.line(x, y, 12, c.between(4, 9), c.between(8, 16), 60, 7, dark, one*6/10)
	})
}

func (c *canvas) psoriasis(l lesion) {
	red := c.clouds(33, 12, 2)
	for n := range 4 {
		part := l
		if n > 0 {
			part.radius = l.radius * c.between(20, 40) / 100
			part.x += c.between(12, 19) * l.radius / 10 * (2*(n%2) - 1)
			part.y += c.between(-12, 12) * l.radius / 10
		}
		c.patch(part, 60, 10, func(x, y, in, share int, p *colour) {
			p.tint([3]int{92, 62, 58}, share*(one*7/10+red.at(x, y)*3/10)/one)
			p.light(ramp(in, 0, 60) / 20)
		})
		part.radius = part.radius * 9 / 10
		c.scale(part, 60, rgb(236, 230, 224), 3, 66)
	}
}

func (c *canvas) pustules(l lesion) {
	l.radius = l.radius * 19 / 10
	red := c.clouds(33, 26, 4)
	c.patch(l, 120, l.radius/3, func(x, y, in, share int, p *colour) {
		p.tint([3]int{95, 54, 50}, share*ramp(red.at(x, y), one/5, one*6/10)/one)
	})
	c.strew(l, c.between(55, 80), l.radius, func(x, y int) {
		radius := c.between(16, 44)
		c.disc(x, y, radius, 10, rgb(240, 226, 172), one*9/10)
		c.dome(x, y, radius, one/4)
	})
}

func (c *canvas) greasy(l lesion) {
	l.radius = l.radius * 13 / 10
	red := c.clouds(33, 14, 3)
	c.patch(l, 100, l.radius/3, func(x, y, in, share int, p *colour) {
		p.tint([3]int{99, 74, 66}, share*(one/2+red.at(x, y)/2)/one)
	})
	c.scale(l, 100, rgb(234, 210, 158), 3, 46)
}

func (c *canvas) ring(l lesion) {
	l.radius, l.flat = l.radius*13/10, max(l.flat, one*85/100)
	red, flakes := c.clouds(33, 8, 3), c.clouds(40, 3, 2)
	c.patch(l, 35, 20, func(x, y, in, share int, p *colour) {
		wall := one - ramp(in, l.radius/10, l.radius*45/100)
		p.tint([3]int{95, 60, 54}, share*(wall*8/10+one/7)/one*(one/2+red.at(x, y)/2)/one)
		rim := one - ramp(max(in-l.radius/7, l.radius/7-in), 0, l.radius/7)
		p.blend(rgb(236, 222, 206), rim*ramp(flakes.at(x, y), one*4/10, one*7/10)/one*7/10*share/one)
	})
}

func (c *canvas) target(l lesion) {
	l.radius, l.flat = l.radius*16/10, max(l.flat, one*85/100)
	c.patch(l, 20, l.radius/8, func(x, y, in, share int, p *colour) {
		wall := one - ramp(in, l.radius/6, l.radius*5/10)
		middle := ramp(in, l.radius*72/100, l.radius*9/10)
		p.tint([3]int{97, 62, 58}, share*clamp(wall*8/10+middle*7/10+one/12)/one)
	})
	c.disc(l.x, l.y, 18, 8, rgb(110, 36, 32), one*8/10)
}

func (c *canvas) acne(l lesion) {
	l.radius = l.radius * 19 / 10
	red := c.clouds(33, 22, 3)
	c.patch(l, 60, l.radius/2, func(x, y, in, share int, p *colour) {
		p.tint([3]int{98, 82, 80}, share*red.at(x, y)/one)
	})
	c.strew(l, c.between(16, 24), l.radius, func(x, y int) { c.papule(x, y, c.between(40, 85)) })
	dark := rgb(40, 30, 26)
	c.strew(l, c.between(10, 18), l.radius, func(x, y int) { c.disc(x, y, c.between(8, 14), 8, dark, one*8/10) })
}

// papule is a red bump; some have a yellow head.
func (c *canvas) papule(x, y, radius int) {
	c.near(x, y, radius*2, func(_, _, _, d int, p *colour) {
		p.tint([3]int{92, 54, 52}, ramp(radius*2-d, 0, radius*2)*8/10)
	})
	c.dome(x, y, radius, one/4)
	if c.random.IntN(3) == 0 {
		c.disc(x, y, radius*4/10, radius/4, rgb(242, 228, 176), one*9/10)
	}
}

func (c *canvas) flush(l lesion) {
	l.radius = l.radius * 2
	red := c.clouds(33, 30, 4)
	c.patch(l, 80, l.radius/2, func(x, y, in, share int, p *colour) {
		p.tint([3]int{96, 62, 60}, share*ramp(red.at(x, y), one/10, one*8/10)/one)
	})
	c.vessels(l, 26, l.radius*8/10, one*45/100)
	c.strew(l, 9, l.radius*7/10, func(x, y int) { c.papule(x, y, c.between(30, 55)) })
}

func (c *canvas) papules(l lesion) {
	c.strew(l, c.between(5, 9), l.radius*15/10, func(x, y int) {
		part := lesion{x: x, y: y, radius: c.between(50, 110), flat: one}
		c.patch(part, 10, 16, func(_, _, _, share int, p *colour) { p.tint([3]int{100, 92, 90}, share) })
		c.dome(x, y, part.radius, one/3)
	})
}

func (c *canvas) nodule(l lesion) {
	l.radius = l.radius * 8 / 10
	c.patch(l, 15, l.radius/3, func(x, y, in, share int, p *colour) { p.tint([3]int{78, 80, 92}, share*8/10) })
	c.dome(l.x, l.y, l.radius, one/3)
}

func (c *canvas) wart(l lesion) {
	l.radius = l.radius * 7 / 10
	c.patch(l, 35, 12, func(x, y, in, share int, p *colour) { p.blend(rgb(176, 158, 136), share*7/10) })
	c.scale(l, 35, rgb(216, 204, 186), 4, 85)
	c.dome(l.x, l.y, l.radius, one/4)
	c.strew(l, 12, l.radius*7/10, func(x, y int) { c.disc(x, y, c.between(6, 12), 6, rgb(44, 26, 24), one*8/10) })
}

func (c *canvas) ink(l lesion) {
	c.patch(lesion{x: l.x, y: l.y, radius: l.radius * 11 / 10, flat: one}, 0, 8, func(x, y, in, share int, p *colour) {
		line := in < l.radius/5 || in > l.radius*35/100 && in < l.radius*45/100
		dx, dy := x*16-l.x, y*16-l.y
		if near := min(max(dx, -dx), max(dy, -dy)); line || near < l.radius/12 {
			p.blend(rgb(44, 58, 72), share*75/100)
		}
	})
}

func (c *canvas) scar(l lesion) {
	cos, sin := sines[(l.turn+4)%16], sines[l.turn]
	seam := lesion{x: l.x, y: l.y, radius: l.radius * 14 / 10, flat: one / 14, turn: l.turn}
	c.patch(seam, 12, 20, func(_, _, _, share int, p *colour) { p.blend(rgb(230, 188, 178), share*65/100) })
	for n := -4; n <= 4; n++ {
		x, y := l.x+n*cos*l.radius/one/4, l.y+n*sin*l.radius/one/4
		c.line(x-sin/50, y+cos/50, sin*8/one, -cos*8/one, 20, 0, 7, rgb(190, 116, 106), one*4/10)
	}
}
