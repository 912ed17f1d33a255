package images

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// labExactly is L* and b* of a colour in sRGB, as the standards have it.
func labExactly(c color.RGBA) (lightness, yellow float64) {
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
	r, g, b := linear(c.R), linear(c.G), linear(c.B)
	y, z := 0.212671*r+0.715160*g+0.072169*b, 0.019334*r+0.119193*g+0.950227*b
	return 116*f(y) - 16, 200 * (f(y) - f(z/1.08883))
}

func TestLab(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for range 300_000 {
		y, cb, cr := uint8(r.Uint32()), uint8(r.Uint32()), uint8(r.Uint32())
		red, green, blue := color.YCbCrToRGB(y, cb, cr)
		gotL, gotB := labOf(y, cb, cr)
		wantL, wantB := labExactly(color.RGBA{red, green, blue, 255})
		within := [2]float64{0.001, 0.003}
		if wantL < 10 || blue < 25 {
			within = [2]float64{0.02, 0.05}
		}
		if math.Abs(float64(gotL)-wantL) > within[0] || math.Abs(float64(gotB)-wantB) > within[1] {
			t.Fatalf("%d %d %d (%d %d %d): L* %.4f b* %.4f, want %.4f %.4f",
				y, cb, cr, red, green, blue, gotL, gotB, wantL, wantB)
		}
	}
}

func BenchmarkTone(b *testing.B) {
	m := image.NewYCbCr(image.Rect(0, 0, 600, 450), image.YCbCrSubsampleRatio420)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range m.Y {
		m.Y[i] = uint8(140 + 30*math.Sin(float64(i%600)/50) + 4*r.NormFloat64())
	}
	for i := range m.Cb {
		m.Cb[i], m.Cr[i] = uint8(112+2*r.NormFloat64()), uint8(146+3*r.NormFloat64())
		if i%300 < 150 { // half of it is something else
			m.Cr[i] = 120
		}
	}
	reduced := Reduce(m, 1, 512)
	b.Run("reduce", func(b *testing.B) {
		for b.Loop() {
			Reduce(m, 1, 512)
		}
	})
	b.Run("skin", func(b *testing.B) {
		for b.Loop() {
			SkinOf(reduced, Where{})
		}
	})
	b.Run("tone", func(b *testing.B) {
		b.ReportMetric(ToneOf(reduced, Where{}).Skin, "skin")
		for b.Loop() {
			ToneOf(reduced, Where{})
		}
	})
}

var _ = slices.Sort[[]int]
