package images

import (
	"math/rand/v2"
	"testing"
)

// What the processor's vectors make of a line is what plain Go makes of it, of all lengths at which their number
// changes and of lines of nothing but the largest byte. The lines end where their memory does.
func TestDotsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 24))
	lengths := []int{511, 512, 513, 600, 1024, 3000, 8191, 60_001}
	for length := 1; length < 300; length++ {
		lengths = append(lengths, length)
	}
	for _, length := range lengths {
		f := newFilter(length)
		lines := new([4][]uint8)
		for k := range lines {
			lines[k] = make([]uint8, length)
			for x := range lines[k] {
				if lines[k][x] = uint8(r.Uint32()); k == 3 {
					lines[k][x] = 255
				}
			}
		}
		for i := range f.pairs {
			if got, want := dots(lines, &f.pairs[i]), dotsGo(lines, &f.pairs[i]); got != want {
				t.Fatalf("length %d, samples %d and %d: %d, want %d", length, 2*i, 2*i+1, got, want)
			}
		}
	}
}

// FuzzDots reduces any line, in all four places.
func FuzzDots(f *testing.F) {
	f.Add([]byte("a line of more than thirty-two bytes, and of no meaning"))
	f.Fuzz(func(t *testing.T, line []byte) {
		if len(line) == 0 {
			return
		}
		made := newFilter(len(line))
		for i := range made.pairs {
			lines := &[4][]uint8{line, line, line, line}
			if got, want := dots(lines, &made.pairs[i]), dotsGo(lines, &made.pairs[i]); got != want {
				t.Fatalf("%d bytes, samples %d and %d: %d, want %d", len(line), 2*i, 2*i+1, got, want)
			}
		}
	})
}
