package images

import (
	"image"
	"image/color"
	"math/rand/v2"
	"slices"
	"testing"
)

// blot is a drawn lesion: where it is foreground.
func blot(x, y int) bool { return (x-9)*(x-9)+(y-6)*(y-6) < 20 || x >= 16 && y == 11 }

const blotWidth, blotHeight = 20, 13

// drawMask draws the blot in two colours.
func drawMask[M interface {
	Set(x, y int, c color.Color)
}](m M, background, foreground color.Color) M {
	for y := range blotHeight {
		for x := range blotWidth {
			if blot(x, y) {
				m.Set(x, y, foreground)
			} else {
				m.Set(x, y, background)
			}
		}
	}
	return m
}

// TestMaskForms reads one blot in all the forms that masks come in.
func TestMaskForms(t *testing.T) {
	box := image.Rect(0, 0, blotWidth, blotHeight)
	grey := func(v uint8) color.Gray { return color.Gray{v} }
	palette := func(colours ...color.Color) *image.Paletted { return image.NewPaletted(box, colours) }
	indexed := func(m *image.Paletted, background, foreground uint8) *image.Paletted {
		for i := range m.Pix {
			m.Pix[i] = background
			if blot(i%blotWidth, i/blotWidth) {
				m.Pix[i] = foreground
			}
		}
		return m
	}
	red, white, clear, black := color.NRGBA{200, 0, 0, 255}, color.NRGBA{255, 255, 255, 255}, color.NRGBA{},
		color.NRGBA{0, 0, 0, 255}
	for name, m := range map[string]image.Image{
		"0 and 255":                  drawMask(image.NewGray(box), grey(0), grey(255)),
		"0 and 1":                    drawMask(image.NewGray(box), grey(0), grey(1)),
		"100 and 101":                drawMask(image.NewGray(box), grey(100), grey(101)),
		"16 bits":                    drawMask(image.NewGray16(box), color.Gray16{0}, color.Gray16{65535}),
		"16 bits, 0 and 1":           drawMask(image.NewGray16(box), color.Gray16{0}, color.Gray16{1}),
		"16 bits, 0 and 255":         drawMask(image.NewGray16(box), color.Gray16{0}, color.Gray16{255}),
		"three channels":             drawMask(image.NewRGBA(box), black, white),
		"three channels, 0 and 1":    drawMask(image.NewRGBA(box), black, color.RGBA{1, 1, 1, 255}),
		"the least blue":             drawMask(image.NewRGBA(box), black, color.RGBA{0, 0, 1, 255}),
		"red on black":               drawMask(image.NewRGBA(box), black, red),
		"red on clear":               drawMask(image.NewNRGBA(box), clear, red),
		"red on clear white":         drawMask(image.NewNRGBA(box), color.NRGBA{255, 255, 255, 0}, red),
		"black on clear":             drawMask(image.NewNRGBA(box), clear, black),
		"black on clear, 16 bits":    drawMask(image.NewNRGBA64(box), clear, black),
		"half black on clear":        drawMask(image.NewNRGBA(box), clear, color.NRGBA{0, 0, 0, 128}),
		"palette":                    drawMask(palette(black, white), black, white),
		"palette, white first":       drawMask(palette(white, black), black, white),
		"palette, white background":  indexed(palette(black, white, red), 0, 2),
		"palette of one colour":      indexed(palette(white, white, white), 0, 2),
		"palette of clear and black": indexed(palette(clear, black), 0, 1),
		"cut out": drawMask(image.NewGray(image.Rect(0, 0, 90, 90)), grey(0), grey(255)).
			SubImage(box),
		"at another place": moved{drawMask(image.NewGray(box), grey(0), grey(255)), image.Pt(7, -3)},
	} {
		for _, inverted := range []bool{false, true} {
			got := MaskOf(m, 1, inverted)
			if len(got.Flaws()) > 0 {
				t.Errorf("%s: %v", name, got.Flaws())
			}
			for y := range blotHeight {
				for x := range blotWidth {
					if got.Foreground(x, y) != (blot(x, y) != inverted) {
						t.Fatalf("%s, inverted %t: pixel %d,%d is %t", name, inverted, x, y, got.Foreground(x, y))
					}
				}
			}
		}
	}
}

func TestMaskFlaws(t *testing.T) {
	of := func(values ...uint8) *image.Gray { // each on as many pixels as the others
		m := image.NewGray(image.Rect(0, 0, 100, 20))
		for i := range m.Pix {
			m.Pix[i] = values[i%len(values)]
		}
		return m
	}
	with := func(m *image.Gray, few ...uint8) *image.Gray {
		copy(m.Pix, few)
		return m
	}
	for name, c := range map[string]struct {
		m        image.Image
		inverted bool
		want     string
	}{
		"black":                            {of(0), false, MaskEmpty},
		"white":                            {of(255), false, MaskWhole},
		"of ones":                          {of(1), false, MaskWhole},
		"white, inverted":                  {of(255), true, MaskEmpty},
		"black, inverted":                  {of(0), true, MaskWhole},
		"clear":                            {image.NewNRGBA(image.Rect(0, 0, 5, 5)), false, MaskEmpty},
		"labels":                           {of(0, 1, 2), false, MaskManyValued},
		"a ramp":                           {of(0, 40, 80, 120, 160, 200, 240), false, MaskManyValued},
		"JPEG of a mask":                   {of(0, 3, 7, 250, 255), false, MaskNoisy},
		"smooth edges":                     {with(of(0, 255), 64, 128, 192), false, MaskNoisy},
		"JPEG of black":                    {with(of(0), 1, 2, 3), false, MaskFaint},
		"two values that are hardly apart": {of(7, 8), false, ""},
	} {
		m := MaskOf(c.m, 1, c.inverted)
		got := m.Flaws()
		if empty, whole := c.want == MaskEmpty, c.want == MaskWhole; (empty || whole) && m.Foreground(3, 3) != whole {
			t.Errorf("%s: foreground %t", name, empty)
		}
		if c.want == "" && len(got) > 0 || c.want != "" && !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s: %v, want %q", name, got, c.want)
		}
	}
}

// TestMaskAgreesWithTheRule reads random masks of all forms and orientations, and holds each pixel against the middle.
func TestMaskAgreesWithTheRule(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	for i := range 400 {
		form := forms[i%len(forms)]
		m := sampled(r, form, 2+r.IntN(150), 2+r.IntN(40))
		orientation, inverted := 1+r.IntN(8), r.IntN(2) == 1
		got, up := MaskOf(m, orientation, inverted), Upright(m, orientation)
		if got.Width != up.Bounds().Dx() || got.Height != up.Bounds().Dy() {
			t.Fatalf("%s: %d×%d, want %v", form, got.Width, got.Height, up.Bounds())
		}
		var values []int
		for y := range got.Height {
			for x := range got.Width {
				values = append(values, brightnessAt(up, x, y))
			}
		}
		ends := slices.Min(values) + slices.Max(values)
		for i, v := range values {
			want := (2*v > ends) != inverted
			if x, y := i%got.Width, i/got.Width; got.Foreground(x, y) != want {
				t.Fatalf("%s, orientation %d, inverted %t: pixel %d,%d of value %d is %t",
					form, orientation, inverted, x, y, v, !want)
			}
		}
	}
}

// brightnessAt is the brightness over black of a pixel, in 16 bits; of luma and chroma it is luma.
func brightnessAt(m image.Image, x, y int) int {
	if c, ok := m.At(x, y).(color.YCbCr); ok {
		return 257 * int(c.Y)
	}
	r, g, b, _ := m.At(x, y).RGBA()
	return int((19595*uint64(r) + 38470*uint64(g) + 7471*uint64(b)) / 65536)
}

// scattered is a random mask: of specks, or of patches of them.
func scattered(r *rand.Rand, width, height int) *Mask {
	m := newMask(width, height)
	share, grain := r.Float64(), 1+r.IntN(4)
	var across []bool
	for y := range height {
		if y%grain == 0 {
			across = nil
			for range (width + grain - 1) / grain {
				across = append(across, r.Float64() < share)
			}
		}
		for x := range width {
			if across[x/grain] {
				fill(m.row(y), x, x+1)
			}
		}
	}
	return m
}

func TestRuns(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 24))
	for range 300 {
		m := scattered(r, 1+r.IntN(300), 1)
		again, last := newMask(m.Width, 1), -1
		runs(m.row(0), func(from, to int) {
			if from <= last || to <= from {
				t.Fatalf("a run from %d to %d after one to %d", from, to, last)
			}
			fill(again.row(0), from, to)
			last = to
		})
		if !slices.Equal(m.words, again.words) {
			t.Fatalf("runs of %x make %x", m.words, again.words)
		}
	}
}

func TestMaskFor(t *testing.T) {
	r := rand.New(rand.NewPCG(25, 26))
	for range 200 {
		m := scattered(r, 20+r.IntN(100), 20+r.IntN(100))
		by := r.Float64()*3 + 0.3
		width, height := int(float64(m.Width)*by), int(float64(m.Height)*by)
		got, err := m.For(width, height)
		ours, theirs := float64(m.Width)/float64(m.Height), float64(width)/float64(height)
		if (min(ours, theirs)/max(ours, theirs) < 0.99) != (err != nil) {
			t.Fatalf("%d×%d for %d×%d: %v", m.Width, m.Height, width, height, err)
		}
		for y := 0; err == nil && y < height; y++ {
			for x := range width {
				sx := int((float64(x) + 0.5) * float64(m.Width) / float64(width))
				sy := int((float64(y) + 0.5) * float64(m.Height) / float64(height))
				if got.Foreground(x, y) != m.Foreground(sx, sy) {
					t.Fatalf("%d×%d for %d×%d: pixel %d,%d is not that at %d,%d",
						m.Width, m.Height, width, height, x, y, sx, sy)
				}
			}
		}
	}
	for _, c := range []struct {
		width, height int
		fits          bool
	}{{200, 100, true}, {100, 50, true}, {202, 100, true}, {203, 100, false}, {198, 100, true}, {100, 200, false}} {
		if _, err := newMask(200, 100).For(c.width, c.height); (err == nil) != c.fits {
			t.Errorf("200×100 for %d×%d: %v", c.width, c.height, err)
		}
	}
}
