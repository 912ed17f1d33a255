package images

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// labExactly is L* and b* of a colour in sRGB, as the standards have it.
func labExactly(red, green, blue uint8) (lightness, yellow float64) {
	linear := func(v uint8) float64 {
		if s := float64(v) / 255; s > 0.04045 {
			return math.Pow((s+0.055)/1.055, 2.4)
		}
		return float64(v) / 255 / 12.92
	}
	f := func(t float64) float64 {
		if t > 0.008856 {
			return math.Cbrt(t)
		}
		return 7.787*t + 16.0/116
	}
	r, g, b := linear(red), linear(green), linear(blue)
	y, z := 0.212671*r+0.715160*g+0.072169*b, 0.019334*r+0.119193*g+0.950227*b
	return 116*f(y) - 16, 200 * (f(y) - f(z/1.08883))
}

func TestLab(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for range 200_000 {
		y, cb, cr := uint8(r.Uint32()), uint8(r.Uint32()), uint8(r.Uint32())
		red, green, blue := color.YCbCrToRGB(y, cb, cr)
		gotL, gotB := labOf(y, cb, cr)
		wantL, wantB := labExactly(red, green, blue)
		within := 0.003
		if wantL < 10 || blue < 25 { // where the table's cube root is steep
			within = 0.05
		}
		if math.Abs(float64(gotL)-wantL) > within || math.Abs(float64(gotB)-wantB) > within {
			t.Fatalf("%d %d %d (%d %d %d): L* %.4f b* %.4f, want %.4f %.4f",
				y, cb, cr, red, green, blue, gotL, gotB, wantL, wantB)
		}
	}
}

// patches is a random picture of patches, some of which are skin.
func patches(r *rand.Rand, width, height int) *image.YCbCr {
	m := skinColoured(width, height)
	side, skin := 1+r.IntN(60), r.Float64()
	for y := range height {
		for x := range width {
			patch := rand.New(rand.NewPCG(uint64(x/side), uint64(y/side)))
			i := y*width + x
			m.Y[i] = uint8(50 + patch.IntN(140) + r.IntN(30))
			m.Cb[i], m.Cr[i] = uint8(90+patch.IntN(30)+r.IntN(6)), uint8(135+patch.IntN(30)+r.IntN(6))
			if patch.Float64() > skin {
				m.Cr[i] = 110
			}
		}
	}
	return m
}

// TestToneAgreesWithSorting finds medians and quartiles by putting all values in order.
func TestToneAgreesWithSorting(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	for range 60 {
		reduced := Reduce(patches(r, 8+r.IntN(200), 8+r.IntN(200)), 1, 100)
		where := Where{Boxes: []Box{{r.IntN(50), r.IntN(50), r.IntN(50), r.IntN(50)}}}
		got, want := ToneOf(reduced, where), sortedTone(reduced, SkinOf(reduced, where))
		if math.Abs(got.ITA-want.ITA) > 0.02 || got.Skin != want.Skin || math.Abs(got.Spread-want.Spread) > 0.1 ||
			got.Abstains != want.Abstains {
			t.Fatalf("%d×%d: %+v, want %+v", reduced.Width, reduced.Height, got, want)
		}
	}
}

func sortedTone(r *Reduced, skin *Mask) (tone Tone) {
	var lightness, yellow, cells []float64
	for cell := range 64 {
		var sum [3]int
		n, all := 0, 0
		for y := cell / 8 * r.Height / 8; y < (cell/8+1)*r.Height/8; y++ {
			for x := cell % 8 * r.Width / 8; x < (cell%8+1)*r.Width/8; x++ {
				all++
				if !skin.Foreground(x, y) {
					continue
				}
				n++
				at := y*r.Width + x
				p := []uint8{r.Y[at], r.Cb[at], r.Cr[at]}
				l, b := labExactly(color.YCbCrToRGB(p[0], p[1], p[2]))
				lightness, yellow = append(lightness, l), append(yellow, b)
				for i, v := range p {
					sum[i] += int(v)
				}
			}
		}
		if n > 0 && float64(n) >= float64(all)/4 {
			l, b := labExactly(color.YCbCrToRGB(uint8(sum[0]/n), uint8(sum[1]/n), uint8(sum[2]/n)))
			cells = append(cells, math.Atan2(l-50, b)*180/math.Pi)
		}
	}
	slices.Sort(lightness)
	slices.Sort(yellow)
	slices.Sort(cells)
	tone.Skin = float64(len(lightness)) / float64(r.Width*r.Height)
	if n := len(lightness); n > 0 {
		l, b := (lightness[(n-1)/2]+lightness[n/2])/2, (yellow[(n-1)/2]+yellow[n/2])/2
		tone.ITA = math.Atan2(l-50, b) * 180 / math.Pi
	}
	if n := len(cells); n > 0 {
		at := func(q float64) float64 {
			low := math.Floor(q * float64(n-1))
			high := math.Ceil(q * float64(n-1))
			return cells[int(low)] + (cells[int(high)]-cells[int(low)])*(q*float64(n-1)-low)
		}
		tone.Spread = at(0.75) - at(0.25)
	}
	switch {
	case tone.Skin < 0.05:
		tone.Abstains = TooLittleSkin
	case tone.Spread > 40:
		tone.Abstains = WideSpread
	}
	return tone
}

func TestMedian(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 20))
	for range 2000 {
		var different []float32
		var counts []int
		var values []float64
		for range 1 + r.IntN(9) {
			value, count := float32(r.NormFloat64())*[]float32{0.02, 1, 30}[r.IntN(3)], 1+r.IntN(4)
			different, counts = append(different, value), append(counts, count)
			for range count {
				values = append(values, float64(value))
			}
		}
		slices.Sort(values)
		want := (values[(len(values)-1)/2] + values[len(values)/2]) / 2
		if got := median(different, counts, len(values)); got != want {
			t.Fatalf("%v, as often as %v: %v, want %v", different, counts, got, want)
		}
	}
}

// TestToneOfOneColour knows the angle of colours of CIELAB.
func TestToneOfOneColour(t *testing.T) {
	for _, want := range []float64{60, 50, 30, 10, -10, -40, -55} {
		c := srgb(50+16*math.Tan(want*math.Pi/180), 12, 16)
		m := image.NewRGBA(image.Rect(0, 0, 70, 50))
		for i := range m.Pix {
			m.Pix[i] = []uint8{c.R, c.G, c.B, 255}[i%4]
		}
		got := ToneOf(Reduce(m, 1, 512), Where{})
		if math.Abs(got.ITA-want) > 2 || got.Skin != 1 || got.Spread != 0 || got.Abstains != "" { // 8 bits
			t.Errorf("%v: %+v, want %v", c, got, want)
		}
	}
}

func TestToneAbstains(t *testing.T) {
	grey := image.NewGray(image.Rect(0, 0, 80, 80))
	for i := range grey.Pix {
		grey.Pix[i] = uint8(i)
	}
	sepia, nearlyGrey := skinColoured(80, 80), skinColoured(80, 80)
	for i := range nearlyGrey.Cb {
		nearlyGrey.Cb[i], nearlyGrey.Cr[i] = uint8(126+i%5), uint8(126+i%4)
	}
	little := func(share float64) *image.YCbCr { // so much of it is skin
		m := skinColoured(80, 80)
		for i := int(share * 6400); i < 6400; i++ {
			m.Cr[i] = 110
		}
		return m
	}
	shaded := skinColoured(80, 80)
	for i := range shaded.Y {
		shaded.Y[i] = uint8(60 + i/80*2)
	}
	for name, c := range map[string]struct {
		m     image.Image
		where Where
		want  string
	}{
		"grey":                       {grey, Where{}, NoColour},
		"grey, with JPEG's rounding": {nearlyGrey, Where{}, NoColour},
		"one shade of brown":         {sepia, Where{}, ""},
		"4.9 % skin":                 {little(0.049), Where{}, TooLittleSkin},
		"5 % skin":                   {little(0.05), Where{}, ""},
		"all of it in a box":         {sepia, Where{Boxes: []Box{{-5, -5, 100, 100}}}, TooLittleSkin},
		"outside an empty skin mask": {sepia, Where{Mask: newMask(80, 80), Inside: true}, TooLittleSkin},
		"from light to shade":        {shaded, Where{}, WideSpread},
		"little, and shaded":         {shaded, Where{Boxes: []Box{{3, 0, 80, 80}}}, TooLittleSkin},
	} {
		got := ToneOf(Reduce(c.m, 1, 512), c.where)
		if got.Abstains != c.want || math.IsNaN(got.ITA+got.Spread+got.Skin) {
			t.Errorf("%s: %+v, want %q", name, got, c.want)
		}
	}
}

// TestToneLeavesNothingBehind looks at one picture after another with the same tables.
func TestToneLeavesNothingBehind(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	one, other := Reduce(patches(r, 90, 90), 1, 512), Reduce(patches(r, 90, 90), 1, 512)
	want := ToneOf(one, Where{})
	ToneOf(other, Where{})
	if got := ToneOf(one, Where{}); got != want {
		t.Errorf("%+v, and before %+v", got, want)
	}
}

func TestToneScales(t *testing.T) {
	want := map[string]map[float64]int{
		"groh2022": {90: 1, 45.01: 1, 45: 1, 44.99: 2, 28: 3, 28.01: 2, 17: 4, 17.01: 3, 5: 5, 5.01: 4, -20: 6, -19.99: 5,
			-90: 6, 179: 1},
		"delbino":   {55.01: 1, 55: 2, 41: 3, 41.01: 2, 28: 4, 28.01: 3, 10: 5, 10.01: 4, -30: 6, -29.99: 5},
		"kinyanjui": {55.01: 1, 55: 2, 41: 3, 41.01: 2, 28: 4, 28.01: 3, 19: 5, 19.01: 4, 10: 6, 10.01: 5},
	}
	for _, scale := range ToneScales() {
		if scale.Source == "" || want[scale.Name] == nil {
			t.Errorf("%s: no source, or no test", scale.Name)
		}
		for ita, fitzpatrick := range want[scale.Name] {
			if got := scale.Fitzpatrick(ita); got != fitzpatrick {
				t.Errorf("%s of %v: %d, want %d", scale.Name, ita, got, fitzpatrick)
			}
		}
	}
}

// BenchmarkTone is what a tone costs beside decoding: of a photograph of skin, 600×450, JPEG 4:2:0.
func BenchmarkTone(b *testing.B) {
	r, drawn := rand.New(rand.NewPCG(1, 2)), image.NewRGBA(image.Rect(0, 0, 600, 450))
	for y := range 450 {
		for x := range 600 {
			far := math.Hypot(float64(x-200), float64(y-250)) / 600
			shade := func(v float64) uint8 { return uint8(v - 60/(1+math.Exp(40*(far-0.2))) + r.NormFloat64()*3) }
			drawn.SetRGBA(x, y, color.RGBA{shade(220 - 40*far), shade(170 - 30*far), shade(150 + 20*far), 255})
		}
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, drawn, &jpeg.Options{Quality: 90}); err != nil {
		b.Fatal(err)
	}
	limits := Limits{MinSide: 1, MaxPixels: 1e6}
	_, stored, _ := Decode(file.Bytes(), limits)
	reduced := Reduce(stored, 1, 512)
	for name, work := range map[string]func(){
		"decode": func() {
			_, _, release := Decode(file.Bytes(), limits)
			release()
		},
		"reduce": func() { Reduce(stored, 1, 512) },
		"tone":   func() { ToneOf(reduced, Where{}) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				work()
			}
		})
	}
}
