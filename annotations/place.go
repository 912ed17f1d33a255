package annotations

import (
	"fmt"
	"math"

	"github.com/dermset/dermset/images"
)

// An extent is a rectangle as a file has it: half-open, and in pixels, or relative to the picture (0 to 1).
type extent struct{ x0, y0, x1, y1 float64 }

// nothing is the extent of no points.
func nothing() extent { return extent{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)} }

// add grows the extent so that it holds a point. One that is no number makes it none.
func (e *extent) add(x, y float64) {
	if math.IsNaN(x) || math.IsNaN(y) {
		e.x0, e.x1 = math.NaN(), math.NaN()
	}
	e.x0, e.y0, e.x1, e.y1 = min(e.x0, x), min(e.y0, y), max(e.x1, x), max(e.y1, y)
}

// turned is the extent of a rectangle that was turned clockwise by so many degrees around a point.
func (e extent) turned(degrees, aroundX, aroundY float64) extent {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	all := nothing()
	for _, corner := range [4][2]float64{{e.x0, e.y0}, {e.x1, e.y0}, {e.x1, e.y1}, {e.x0, e.y1}} {
		x, y := corner[0]-aroundX, corner[1]-aroundY
		all.add(aroundX+x*cos-y*sin, aroundY+x*sin+y*cos)
	}
	return all
}

// ellipse is the extent of an ellipse that was turned by so many radians.
func ellipse(cx, cy, rx, ry, radians float64) extent {
	sin, cos := math.Sincos(radians)
	w, h := math.Hypot(rx*cos, ry*sin), math.Hypot(rx*sin, ry*cos)
	return extent{cx - w, cy - h, cx + w, cy + h}
}

// within says whether all coordinates lie between two.
func (e extent) within(least, most float64) bool {
	return min(e.x0, e.y0, e.x1, e.y1) >= least && max(e.x0, e.y0, e.x1, e.y1) <= most
}

// problem says why an extent can be no box of any picture; "" if it can.
func (e extent) problem(relative bool) string {
	for _, f := range [4]float64{e.x0, e.y0, e.x1, e.y1} {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return "a coordinate is missing or no number"
		}
		if relative && math.Abs(f) > mostRelative {
			return fmt.Sprintf("%s is no relative coordinate, which are from 0 to 1", decimal(f))
		}
	}
	switch {
	case e.x1 < e.x0 || e.y1 < e.y0:
		return fmt.Sprintf("width %s and height %s: want both above 0", decimal(e.x1-e.x0), decimal(e.y1-e.y0))
	case e.x1 == e.x0 || e.y1 == e.y0:
		return fmt.Sprintf("it has no area: width %s and height %s", decimal(e.x1-e.x0), decimal(e.y1-e.y0))
	case !relative && e.within(0, 1): // or it is the first pixel, which is no lesion
		return "its coordinates are all from 0 to 1: they look relative, want pixels"
	}
	return ""
}

const (
	mostRelative = 2       // relative coordinates beyond are pixels, or per cents
	mostSide     = 1 << 20 // pixels of a side that a file may claim
	// snap is how far from a border between pixels a coordinate still lies on it: six decimals of a relative centre and
	// size are 0.0075 pixels off on 10,000.
	snap      = 0.01
	aspectOff = 0.01 // as for masks: what was drawn on a picture of another size is scaled where aspects agree so well
	overhang  = 0.01 // of a side, or one pixel: rounding, and clipped without a word
)

// A frame is what coordinates of a picture refer to.
type frame int8

const (
	untold  frame = iota // annotations.yaml does not say
	upright              // the picture as it is looked at
	stored               // the pixels as they are stored, EXIF's orientation left aside
)

type size struct{ width, height int }

func (s size) turned() size { return size{s.height, s.width} }

// alike says whether a picture of one size may be a copy of one of the other size.
func (s size) alike(other size) bool {
	a, b := float64(s.width)*float64(other.height), float64(s.height)*float64(other.width)
	return math.Abs(a-b) <= aspectOff*max(a, b)
}

// frameOf says what the coordinates of something drawn refer to, and the size that its file gives to that; zero if
// none. Told is false where nothing tells the frame.
//
// What annotations.yaml declares counts. Sizes tell only where the picture is to be turned by a quarter, and is no
// square: the file then has either the upright or the stored size. Browsers, and with them most tools, show pictures
// upright, so that is what is assumed.
func frameOf(d *drawn, p Picture) (f frame, of size, told bool, problem string) {
	is := size{p.Width, p.Height}
	up := is
	if p.Orientation >= 5 {
		up = is.turned()
	}
	says := size{int(d.width), int(d.height)}
	known := says.width > 0 && says.height > 0
	fitsUp, fitsStored := !known || says.alike(up), !known || says.alike(is)
	if known && (says == up) != (says == is) { // nearly a square, and one of the sizes exactly
		fitsUp, fitsStored = says == up, says == is
	}
	switch {
	case !fitsUp && !fitsStored:
		return 0, size{}, true, fmt.Sprintf("it was drawn on a picture of %d×%d pixels, this one has %d×%d",
			says.width, says.height, up.width, up.height)
	case d.frame == upright && !fitsUp, d.frame == stored && !fitsStored:
		says = says.turned() // the file has the size of the other frame: people know better what they drew on
	}
	switch {
	case d.mixed && fitsStored && !fitsUp: // HumanSignal/label-studio, issue 6608
		return 0, size{}, true, "Label Studio's COCO files mix sizes of the stored and of the upright picture: export JSON"
	case d.frame != untold:
		return d.frame, says, true, ""
	case fitsStored && !fitsUp:
		return stored, says, true, ""
	}
	return upright, says, fitsStored != fitsUp || p.Orientation <= 1, ""
}

// A placing is how something drawn lies on a picture.
type placing struct {
	box     images.Box
	note    string // what a person should know; "" for nothing
	dropped bool   // the note says why
	assumed bool
}

// place puts something drawn on a picture: the smallest rectangle of whole pixels that holds it, clipped to the
// picture.
func place(d *drawn, p Picture) placing {
	f, says, told, problem := frameOf(d, p)
	if problem != "" {
		return placing{note: problem, dropped: true}
	}
	of := size{p.Width, p.Height}
	if f == upright && p.Orientation >= 5 {
		of = of.turned()
	}
	scaleX, scaleY := 1.0, 1.0
	switch {
	case d.relative:
		scaleX, scaleY = float64(of.width), float64(of.height)
	case says.width > 0 && says.height > 0 && says != of:
		scaleX, scaleY = float64(of.width)/float64(says.width), float64(of.height)/float64(says.height)
	}
	x0, x1 := pixels(d.x0*scaleX, d.x1*scaleX)
	y0, y1 := pixels(d.y0*scaleY, d.y1*scaleY)
	out := clip(x0, y0, x1, y1, of)
	if f == stored {
		out.box = out.box.Upright(p.Width, p.Height, p.Orientation)
	}
	out.assumed = !told && !out.dropped
	return out
}

// clip keeps what lies inside the picture, if that is at least half.
func clip(x0, y0, x1, y1 int, of size) placing {
	ix0, iy0, ix1, iy1 := max(x0, 0), max(y0, 0), min(x1, of.width), min(y1, of.height)
	drawn := fmt.Sprintf("%d,%d %d×%d", x0, y0, x1-x0, y1-y0)
	if ix0 >= ix1 || iy0 >= iy1 {
		return placing{note: fmt.Sprintf("%s lies outside the picture of %d×%d pixels", drawn, of.width, of.height),
			dropped: true}
	}
	out := placing{box: images.Box{X: ix0, Y: iy0, Width: ix1 - ix0, Height: iy1 - iy0}}
	overX, overY := max(-x0, x1-of.width), max(-y0, y1-of.height)
	if overX <= mayOverhang(of.width) && overY <= mayOverhang(of.height) {
		return out
	}
	inside := float64(ix1-ix0) * float64(iy1-iy0)
	out.note = fmt.Sprintf("%s goes beyond the picture of %d×%d pixels: what is inside counts", drawn, of.width, of.height)
	if 2*inside < float64(x1-x0)*float64(y1-y0) {
		out.dropped = true
		out.note = fmt.Sprintf("%s has more than half outside the picture of %d×%d pixels", drawn, of.width, of.height)
	}
	return out
}

func mayOverhang(side int) int { return max(1, int(overhang*float64(side))) }

// pixels are the borders of the fewest whole pixels, one at least, that hold what lies between two coordinates.
func pixels(from, to float64) (int, int) {
	first, last := math.Floor(from+snap), math.Ceil(to-snap)
	if first >= last {
		first, last = math.Floor(from), max(math.Ceil(to), math.Floor(from)+1)
	}
	return bounded(first), bounded(last)
}

// bounded keeps what is far outside any picture far outside.
func bounded(f float64) int { return int(min(max(f, -1<<40), 1<<40)) }
