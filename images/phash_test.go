package images

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"
)

// TestSquareAgreesWithPillowsRule reduces random pictures of all orientations sample by sample,
// as Pillow's Resample.c says it.
func TestSquareAgreesWithPillowsRule(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 60 {
		m := image.NewGray(image.Rect(0, 0, 1+r.IntN(150), 1+r.IntN(150)))
		for i := range m.Pix {
			m.Pix[i] = uint8(r.Uint32() >> r.IntN(8))
		}
		orientation := 1 + r.IntN(8)
		up := Upright(m, orientation)
		width, height := up.Bounds().Dx(), up.Bounds().Dy()
		narrow := image.NewGray(image.Rect(0, 0, hashSide, height))
		for y := range height {
			for x, v := range reducedNaively(width,
				func(x int) uint8 { return color.GrayModel.Convert(up.At(x, y)).(color.Gray).Y }) {
				narrow.Pix[narrow.PixOffset(x, y)] = v
			}
		}
		var want Square
		for x := range hashSide {
			for y, v := range reducedNaively(height, func(y int) uint8 { return narrow.GrayAt(x, y).Y }) {
				want[y][x] = v
			}
		}
		if got := SquareOf(m, orientation); *got != want {
			t.Fatalf("%v, orientation %d:\n%v, want\n%v", m.Rect, orientation, got, want)
		}
	}
}

// reducedNaively is a line of at() reduced to hashSide samples.
func reducedNaively(length int, at func(int) uint8) (out [hashSide]uint8) {
	scale := float64(length) / hashSide
	stretch := max(scale, 1)
	for i := range out {
		centre := (float64(i) + 0.5) * scale
		first, last := max(0, int(centre-3*stretch+0.5)), min(length, int(centre+3*stretch+0.5))
		weights, all := []float64{}, 0.0
		for j := first; j < last; j++ {
			x := (float64(j) - centre + 0.5) / stretch
			w := 0.0
			switch {
			case x == 0:
				w = 1
			case x >= -3 && x < 3:
				w = math.Sin(math.Pi*x) / (math.Pi * x) * math.Sin(math.Pi*x/3) / (math.Pi * x / 3)
			}
			weights, all = append(weights, w), all+w
		}
		sum := 1 << 21
		for j, w := range weights {
			sum += int(at(first+j)) * int(math.Round(w/all*(1<<22)))
		}
		out[i] = uint8(min(255, max(0, sum>>22)))
	}
	return out
}
