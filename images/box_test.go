package images

import (
	"math/rand/v2"
	"testing"
)

// TestBoxUpright paints stored pixels of a box one by one onto the upright picture.
func TestBoxUpright(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2_000 {
		width, height := 1+r.IntN(9), 1+r.IntN(9)
		b := Box{X: r.IntN(width), Y: r.IntN(height)}
		b.Width, b.Height = 1+r.IntN(width-b.X), 1+r.IntN(height-b.Y)
		for orientation := 1; orientation <= 8; orientation++ {
			w, h := Result{Width: width, Height: height, Orientation: orientation}.Upright()
			got := b.Upright(width, height, orientation)
			for y := range h {
				for x := range w {
					sx, sy := stored(x, y, width, height, orientation)
					if want := b.holds(sx, sy); want != got.holds(x, y) {
						t.Fatalf("%d×%d, orientation %d, box %v: %v; pixel %d,%d inside: %v", width, height, orientation, b, got,
							x, y, want)
					}
				}
			}
		}
	}
}

func (b Box) holds(x, y int) bool {
	return x >= b.X && x < b.X+b.Width && y >= b.Y && y < b.Y+b.Height
}
