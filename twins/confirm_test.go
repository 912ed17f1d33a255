package twins

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dermset/dermset/images"
)

// The detail is what the words say: the pixel less the mean of the 5×5 around it, 25 times.
func TestDetailOfASquare(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	s := new(images.Square)
	for y := range s {
		for x := range s[y] {
			s[y][x] = uint8(r.IntN(256))
		}
	}
	detail := detailed5(s)
	for y := range s {
		for x := range s[y] {
			want := 25 * int32(s[y][x])
			for cy := y - 2; cy <= y+2; cy++ {
				for cx := x - 2; cx <= x+2; cx++ {
					want -= int32(s[min(31, max(0, cy))][min(31, max(0, cx))])
				}
			}
			if detail[y][x] != want {
				t.Fatalf("%d, %d: %d, want %d", x, y, detail[y][x], want)
			}
		}
	}
}

// Two lesions behind the black rim of one dermoscope are alike but for what is inside.
func TestARimSaysNothing(t *testing.T) {
	rimmed := func(seed uint64) *images.Square {
		r := rand.New(rand.NewPCG(seed, 1))
		s := new(images.Square)
		for y := range s {
			for x := range s[y] {
				if math.Hypot(float64(x)-15.5, float64(y)-15.5) < 14 {
					s[y][x] = uint8(180 + r.IntN(12))
				}
			}
		}
		return s
	}
	a, b := rimmed(1), rimmed(2)
	if correlation(a, b) < .99 {
		t.Fatal("the rim is not seen")
	}
	if c := detailCorrelation(a, b); c > .3 {
		t.Errorf("correlation %v in detail", c)
	}
	if c := detailCorrelation(a, a); c != 1 {
		t.Errorf("with itself %v", c)
	}
	var flat images.Square
	if correlation(&flat, &flat) != 0 || detailCorrelation(&flat, a) > .9 {
		t.Error("a flat square is like another")
	}
}

// The signs of a turned square are those of the square, turned.
func TestSignsOfTurnedSquares(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	s := new(images.Square)
	for y := range s {
		for x := range s[y] {
			s[y][x] = uint8(r.IntN(256))
		}
	}
	for o := range Orientation(orientations) {
		if got, want := turnedSigns(signsOf(s), o), signsOf(s.Turned(int(o)+1)); got != want {
			t.Errorf("orientation %d: %016x, want %016x", o, got, want)
		}
	}
}
