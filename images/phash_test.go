package images

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
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

// squares are of many kinds: noise, what is smooth, what has next to no contrast, what mirrors itself in any way and so
// lacks frequencies or has equal ones, and what is of one brightness.
func squares(r *rand.Rand) (all []Square) {
	for i := range 128 {
		var drawn, s Square
		across, down, level := r.Float64()*9, r.Float64()*9, 255>>r.IntN(8)
		for y := range s {
			for x := range s[y] {
				drawn[y][x] = uint8([...]int{
					r.IntN(level + 1),
					int(float64(level) * (2 + math.Sin(across*float64(x)/32) + math.Cos(down*float64(y)/32)) / 4),
					level * (x*i/4>>3&1 ^ y>>2&1),
					level * (r.IntN(300) / 299),
				}[i%4])
			}
		}
		for y := range s {
			for x := range s[y] {
				fromX, fromY := x, y
				if i>>2&1 != 0 {
					fromX = min(x, hashSide-1-x)
				}
				if i>>3&1 != 0 {
					fromY = min(y, hashSide-1-y)
				}
				if i>>4&1 != 0 {
					fromX, fromY = min(fromX, fromY), max(fromX, fromY)
				}
				s[y][x] = drawn[fromY][fromX]
			}
		}
		all = append(all, s)
	}
	return all
}

// Each of the eight hashes that are made of one transform is that of the square really turned, bit by bit.
func TestHashesAreThoseOfTurnedSquares(t *testing.T) {
	flat := 0
	for i, s := range squares(rand.New(rand.NewPCG(11, 12))) {
		if s.Flat() {
			flat++
		}
		hashes := s.Hashes()
		for orientation := 1; orientation <= 8; orientation++ {
			turned := s.Turned(orientation)
			if got, want := TurnedHash(hashes, orientation), hashedNaively(turned); got != want {
				t.Errorf("%d, orientation %d: %016x, want %016x", i, orientation, got, want)
			}
			if got := turned.Hashes()[0]; got != TurnedHash(hashes, orientation) {
				t.Errorf("%d, orientation %d: %016x, turned first %016x", i, orientation, TurnedHash(hashes, orientation), got)
			}
		}
	}
	if flat == 0 || flat > 20 {
		t.Errorf("%d squares are flat", flat)
	}
}

// hashedNaively is the upright square's hash by the transform's formula.
func hashedNaively(s *Square) (hash uint64) {
	var low, sorted [64]float64
	for at := range low {
		k, l := float64(at/8), float64(at%8)
		for y := range s {
			for x, v := range s[y] {
				low[at] += 4 * float64(v) * math.Cos(math.Pi*k*float64(2*y+1)/64) * math.Cos(math.Pi*l*float64(2*x+1)/64)
			}
		}
	}
	sorted = low
	slices.Sort(sorted[:])
	for _, v := range low {
		hash <<= 1
		if v-(sorted[31]+sorted[32])/2 > 1e-6 {
			hash |= 1
		}
	}
	return hash
}

// Hashes are of four orientations, in the order that they are kept in.
func TestOrderOfHashes(t *testing.T) {
	var s Square
	for y := range s {
		for x := range s[y] {
			s[y][x] = uint8(5*x + 2*y + x*y/9)
		}
	}
	want := [4]uint64{}
	for i, orientation := range [...]int{1, 2, 4, 3} {
		want[i] = hashedNaively(s.Turned(orientation))
	}
	if got := s.Hashes(); got != want {
		t.Errorf("%016x, want %016x", got, want)
	}
	if got := SquareFrom(s.Bytes()); *got != s {
		t.Errorf("of its own bytes:\n%v, want\n%v", got, s)
	}
}

// Where the picture is stored turned, the square is that of the upright picture all the same.
func TestSquareOfTurnedPictures(t *testing.T) {
	stored := image.NewGray(image.Rect(0, 0, hashSide, hashSide))
	r := rand.New(rand.NewPCG(13, 14))
	for i := range stored.Pix {
		stored.Pix[i] = uint8(r.Uint32())
	}
	for orientation := 1; orientation <= 8; orientation++ {
		up := SquareOf(Upright(stored, orientation), 1)
		if got := SquareOf(stored, orientation); *got != *up || *up != *SquareOf(stored, 1).Turned(orientation) {
			t.Errorf("orientation %d:\n%v, want\n%v", orientation, got, up)
		}
	}
}

func BenchmarkHashes(b *testing.B) {
	s := squares(rand.New(rand.NewPCG(15, 16)))[0]
	for b.Loop() {
		s.Hashes()
	}
}
