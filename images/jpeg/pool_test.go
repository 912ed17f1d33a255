package jpeg_test

import (
	"image"
	"math/rand/v2"
	"testing"

	"github.com/dermset/dermset/images/jpeg"
)

// What a released picture leaves behind is not seen in those that come after it.
func TestReleasedMemoryIsNotSeen(t *testing.T) {
	all := usual(t)
	for name, data := range files(t) {
		all[name] = data
	}
	noise := encoded(t, random(rand.New(rand.NewPCG(17, 18)), image.NewRGBA(image.Rect(0, 0, 300, 300))), 90)
	for name, data := range all {
		first := decode(t, data)
		for range 3 {
			decode(t, noise).Release()
			again := decode(t, data)
			for y := range first.Image.Bounds().Dy() {
				for x := range first.Image.Bounds().Dx() {
					if a, b := first.Image.At(x, y), again.Image.At(x, y); a != b {
						t.Fatalf("%s: pixel %d,%d is %v at first, then %v", name, x, y, a, b)
					}
				}
			}
		}
	}
	jpeg.Picture{}.Release()
}
