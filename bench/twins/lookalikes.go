package main

import (
	"image"
	"math"
	"math/rand/v2"

	"github.com/dermset/dermset/images"
)

// drawn is the side of a drawn picture.
const drawn = 256

// kinds draw pictures that look alike and show different things.
var kinds = []struct {
	name string
	draw func(r *rand.Rand) *image.Gray
}{
	{"lesion in the middle", func(r *rand.Rand) *image.Gray { return canvas(skin(r)) }},
	{"blank nail", func(r *rand.Rand) *image.Gray { return canvas(nail(r)) }},
	{"dermoscope", func(r *rand.Rand) *image.Gray { return canvas(rimmed(r)) }},
	{"document", func(r *rand.Rand) *image.Gray { return canvas(document(r)) }},
}

// lookalikes are 500 squares of each kind.
func lookalikes() (all []*images.Square) {
	for k, kind := range kinds {
		for i := range 500 {
			all = append(all, images.SquareOf(kind.draw(rand.New(rand.NewPCG(uint64(k), uint64(i)))), 1))
		}
	}
	return all
}

// A shade is how bright a place is, from −1 to 1 across and down.
type shade func(x, y float64) float64

func canvas(of shade) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, drawn, drawn))
	for y := range drawn {
		for x := range drawn {
			v := of(2*(float64(x)+.5)/drawn-1, 2*(float64(y)+.5)/drawn-1)
			m.Pix[y*m.Stride+x] = uint8(max(0, min(255, v+.5)))
		}
	}
	return m
}

func between(r *rand.Rand, low, high float64) float64 { return low + (high-low)*r.Float64() }

// step goes from 0 to 1 around 0, within a width.
func step(x, width float64) float64 { return 1 / (1 + math.Exp(-4*x/width)) }

// waves are a smooth pattern of so many waves, up to so many across.
func waves(r *rand.Rand, n int, most float64) shade {
	type wave struct{ kx, ky, phase float64 }
	all := make([]wave, n)
	for i := range all {
		all[i] = wave{between(r, -most, most) * math.Pi, between(r, -most, most) * math.Pi, between(r, 0, 2*math.Pi)}
	}
	return func(x, y float64) (v float64) {
		for _, w := range all {
			v += math.Sin(w.kx*x + w.ky*y + w.phase)
		}
		return v / math.Sqrt(float64(n)/2)
	}
}

// skin is a lesion about the middle of smooth skin, light from one side.
func skin(r *rand.Rand) shade {
	tone, dark, size := between(r, 130, 200), between(r, 30, 90), between(r, .25, .5)
	cx, cy, long, lean := between(r, -.06, .06), between(r, -.06, .06), between(r, .8, 1.25), between(r, 0, math.Pi)
	lightX, lightY, soft := between(r, -8, 8), between(r, -8, 8), between(r, .05, .15)
	texture, inside := waves(r, 12, 4), waves(r, 8, 3)
	rough, spots := between(r, 1, 4), between(r, 2, 12)
	var bumps [5][2]float64
	for i := range bumps {
		bumps[i] = [2]float64{between(r, 0, .1), between(r, 0, 2*math.Pi)}
	}
	return func(x, y float64) float64 {
		dx, dy := x-cx, y-cy
		u, v := dx*math.Cos(lean)+dy*math.Sin(lean), dy*math.Cos(lean)-dx*math.Sin(lean)
		angle, edge := math.Atan2(v, u), size
		for i, b := range bumps {
			edge *= 1 + b[0]*math.Sin(float64(i+2)*angle+b[1])
		}
		lesion := step(edge-math.Hypot(u/long, v*long), soft)
		return tone + lightX*x + lightY*y + rough*texture(x, y) - lesion*(dark+spots*inside(x, y))
	}
}

// nail is a healthy nail of a finger on white paper: all that differs are a little the place, the light, and creases.
func nail(r *rand.Rand) shade {
	white, finger, plate := between(r, 240, 252), between(r, 170, 200), between(r, 190, 215)
	wide, high, moon := between(r, .26, .34), between(r, .4, .5), between(r, .2, .4)
	cx, cy, lean := between(r, -.04, .04), between(r, -.04, .04), between(r, -.06, .06)
	creases, ridges, lightX, lightY := waves(r, 16, 6), waves(r, 8, 5), between(r, -8, 8), between(r, -8, 8)
	return func(x, y float64) float64 {
		x, y = x-cx-lean*y, y-cy+lean*x
		corner := func(w, h float64) float64 { return step(1-math.Pow(math.Abs(x/w), 4)-math.Pow(math.Abs(y/h), 4), .3) }
		tip := step(1-math.Pow(math.Abs(x/(wide*1.7)), 4)-math.Pow(math.Max(0, -(y)/(high*1.5)), 4), .3)
		v := white + (finger+4*creases(x, y)+lightX*x+lightY*y-white)*tip
		v += (plate + 2*ridges(x, y) - v) * corner(wide, high) * .9
		return v + 12*step(y-high*(1-moon), .1)*corner(wide*.7, high)
	}
}

// rimmed is skin behind the black rim of a dermoscope.
func rimmed(r *rand.Rand) shade {
	inside, radius := skin(r), .94
	return func(x, y float64) float64 {
		d := math.Hypot(x, y)
		return 6 + (inside(x, y)*(1-.25*d*d)-6)*step(radius-d, .03)
	}
}

// document is a page of one form: head, box, and lines of words that differ.
func document(r *rand.Rand) shade {
	const lines = 22
	var words [lines][40]bool // whether there is ink
	for i := range words {
		last := between(r, .5, 1)
		for at := 0; at < 40; {
			n := 1 + r.IntN(5)
			for k := at; k < min(40, at+n); k++ {
				words[i][k] = float64(k) < last*40
			}
			at += n + 1
		}
	}
	return func(x, y float64) float64 {
		switch {
		case math.Abs(x) > .85 || math.Abs(y) > .92:
			return 250
		case y < -.75:
			if x < -.5 {
				return 60
			}
			return 250
		}
		line := (y + .75) / 1.67 * lines
		if i := int(line); i < lines && line-float64(i) < .5 && words[i][int((x+.85)/1.7*39.99)] {
			return 90
		}
		return 250
	}
}
