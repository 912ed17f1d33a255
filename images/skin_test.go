package images

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// srgb is a colour of CIELAB, D65, in sRGB.
func srgb(l, a, b float64) color.RGBA {
	f := func(t float64) float64 {
		if t > 6.0/29 {
			return t * t * t
		}
		return (t - 4.0/29) * 3 * 6 / 29 * 6 / 29
	}
	y := (l + 16) / 116
	x, z := 0.95047*f(y+a/500), 1.08883*f(y-b/200)
	y = f(y)
	sample := func(v float64) uint8 {
		if v > 0.0031308 {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		} else {
			v *= 12.92
		}
		return uint8(math.Round(255 * min(max(v, 0), 1)))
	}
	return color.RGBA{sample(3.240479*x - 1.537150*y - 0.498535*z), sample(-0.969256*x + 1.875992*y + 0.041556*z),
		sample(0.055648*x - 0.204043*y + 1.057311*z), 255}
}

// TestSkinOfAllTypes wants skin to be taken for skin, from very light (L* 78) to dark (L* 20), pale or ruddy.
func TestSkinOfAllTypes(t *testing.T) {
	taken, all := 0, 0
	for l := 20.0; l < 78; l++ {
		for a := 6.0; a <= 18; a++ {
			for b := 8.0; b <= 24; b++ {
				c := srgb(l, a, b)
				all++
				if isSkin(color.RGBToYCbCr(c.R, c.G, c.B)) {
					taken++
				} else if l > 30 {
					t.Fatalf("L* %v a* %v b* %v is no skin", l, a, b)
				}
			}
		}
	}
	if share := float64(taken) / float64(all); share < 0.99 {
		t.Errorf("%.3f of all colours of skin are taken", share)
	}
}

func TestSkinRule(t *testing.T) {
	for y := range 256 {
		for cb := range 256 {
			for cr := range 256 {
				// Chai and Ngan's map in the range of H.261, which is that of the chroma less than JPEG's.
				cb601, cr601 := 128+float64(cb-128)*224/255, 128+float64(cr-128)*224/255
				want := cb601 >= 77 && cb601 <= 127 && cr601 >= 133 && cr601 <= 173 && y >= 40 && y <= 230
				if got := isSkin(uint8(y), uint8(cb), uint8(cr)); got != want {
					t.Fatalf("luma %d, chroma %d %d: skin %t", y, cb, cr, got)
				}
			}
		}
	}
}

// skinColoured is a picture all of which is of a colour of skin.
func skinColoured(width, height int) *image.YCbCr {
	m := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio444)
	for i := range m.Y {
		m.Y[i], m.Cb[i], m.Cr[i] = 150, 110, 150
	}
	return m
}

// TestWhereSkinIsLookedFor compares with a look at every pixel of every block, for all orientations and sizes that do
// not divide.
func TestWhereSkinIsLookedFor(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 42))
	for range 300 {
		width, height, orientation := 1+r.IntN(150), 1+r.IntN(150), 1+r.IntN(8)
		reduced := Reduce(skinColoured(width, height), orientation, 5+r.IntN(70))
		where := Where{Inside: r.IntN(3) == 0}
		if r.IntN(4) > 0 {
			where.Mask = scattered(r, reduced.FullWidth, reduced.FullHeight)
			for y := range where.Mask.Height { // little of it, or all is left out
				if !where.Inside && r.IntN(20) > 0 {
					clear(where.Mask.row(y))
				}
			}
		}
		for range r.IntN(3) {
			where.Boxes = append(where.Boxes, Box{r.IntN(150) - 20, r.IntN(150) - 20, r.IntN(30), r.IntN(30)})
		}
		got := SkinOf(reduced, where)
		for y := range reduced.Height {
			for x := range reduced.Width {
				if want := lookedFor(reduced, where, x, y); got.Foreground(x, y) != want {
					t.Fatalf("%d×%d by %d, orientation %d, %+v: pixel %d,%d is %t", width, height, reduced.Factor,
						orientation, where, x, y, !want)
				}
			}
		}
	}
}

func lookedFor(r *Reduced, where Where, x, y int) bool {
	block := func(x, y int) image.Rectangle {
		k := r.Factor
		return image.Rect(k*x-r.left, k*y-r.top, k*(x+1)-r.left, k*(y+1)-r.top).
			Intersect(image.Rect(0, 0, r.FullWidth, r.FullHeight))
	}
	touched := func(x, y int, fore bool) bool {
		b := block(x, y)
		for fy := b.Min.Y; fy < b.Max.Y; fy++ {
			for fx := b.Min.X; fx < b.Max.X; fx++ {
				if where.Mask.Foreground(fx, fy) == fore {
					return true
				}
			}
		}
		return false
	}
	for _, b := range where.Boxes {
		if block(x, y).Overlaps(image.Rect(b.X, b.Y, b.X+b.Width, b.Y+b.Height)) {
			return false
		}
	}
	switch {
	case where.Mask == nil:
		return true
	case where.Inside:
		return !touched(x, y, false)
	}
	by := int(math.Ceil(0.02 * float64(max(r.Width, r.Height))))
	for ny := max(0, y-by); ny <= min(r.Height-1, y+by); ny++ {
		for nx := max(0, x-by); nx <= min(r.Width-1, x+by); nx++ {
			if touched(nx, ny, true) {
				return false
			}
		}
	}
	return true
}

func TestGrow(t *testing.T) {
	r := rand.New(rand.NewPCG(43, 44))
	for range 100 {
		m := newMask(1+r.IntN(200), 1+r.IntN(60))
		var points []image.Point
		for range r.IntN(4) {
			p := image.Pt(r.IntN(m.Width), r.IntN(m.Height))
			points = append(points, p)
			fill(m.row(p.Y), p.X, p.X+1)
		}
		by := r.IntN(90)
		m.grow(by)
		for i := range m.Width * m.Height {
			x, y := i%m.Width, i/m.Width
			near := slices.ContainsFunc(points, func(p image.Point) bool {
				return max(p.X-x, x-p.X, p.Y-y, y-p.Y) <= by
			})
			if m.Foreground(x, y) != near {
				t.Fatalf("%v grown by %d in %d×%d: pixel %d,%d is %t", points, by, m.Width, m.Height, x, y, !near)
			}
		}
	}
}

// TestSkinSurvivesOrientations stores one upright picture, mask and box in all eight ways.
func TestSkinSurvivesOrientations(t *testing.T) {
	r := rand.New(rand.NewPCG(45, 46))
	up := image.NewGray(image.Rect(0, 0, 120, 80)) // noise that becomes shades of skin
	lesion := image.NewGray(up.Rect)
	for i := range up.Pix {
		up.Pix[i] = uint8(80 + r.IntN(100))
		if x, y := i%120, i/120; x > 30 && x < 50 && y < 20 {
			lesion.Pix[i] = 255
		}
	}
	var first string
	for orientation := 1; orientation <= 8; orientation++ {
		luma := storedAs(up, orientation)
		m := skinColoured(luma.Rect.Dx(), luma.Rect.Dy())
		m.Y = luma.Pix
		reduced := Reduce(m, orientation, 60)
		where := Where{Mask: MaskOf(storedAs(lesion, orientation), orientation, false), Boxes: []Box{{90, 60, 20, 10}}}
		got := fmt.Sprint(reduced.Y, reduced.Cb, reduced.Cr, SkinOf(reduced, where).words, ToneOf(reduced, where))
		if first == "" {
			first = got
		}
		if got != first {
			t.Errorf("orientation %d: another tone", orientation)
		}
	}
}
