package images

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// sweeps answer with all that they write, and with what lies behind it.
var sweeps = map[string]func(r *rand.Rand, plane func(n int) []uint8) []any{
	"halve": func(r *rand.Rand, plane func(int) []uint8) []any {
		n := r.IntN(100)
		into := make([]uint8, n+40)
		halve(into[:n:n], plane(2*n), plane(2*n))
		return []any{into}
	},
	"columns": func(r *rand.Rand, plane func(int) []uint8) []any {
		width := r.IntN(200)
		sums := newColumns(width)
		for range 1 + r.IntN(3) {
			for range mostRows + r.IntN(9) {
				sums.add(plane(width), 1+r.IntN(4))
			}
		}
		return []any{slices.Clone(sums.take()), sums.even, sums.odd}
	},
	"boxes": func(r *rand.Rand, plane func(int) []uint8) []any {
		k, width := 1+r.IntN(5), 1+r.IntN(200)
		rows, boxes := 1+r.IntN(k), (width+k-1)/k
		means, darkest := make([]uint8, boxes+40), make([]uint8, boxes+40)
		stride := width + r.IntN(20)
		boxRow(means[:boxes:boxes], darkest[:boxes:boxes], plane(rows*stride+r.IntN(3)*stride), width, stride, rows, k)
		return []any{means, darkest}
	},
	"steps": func(r *rand.Rand, plane func(int) []uint8) []any { return []any{sumSteps(plane(r.IntN(200)))} },
	"slopes": func(r *rand.Rand, plane func(int) []uint8) []any {
		s := randomSketch(r)
		p := s.findPlaces()
		return []any{slopesOf(plane(len(s.luma)), p.within, p.away, s.width)}
	},
	"bends": func(r *rand.Rand, plane func(int) []uint8) []any {
		s := randomSketch(r)
		bends := make([]uint16, len(s.luma)+40)
		bendsOf(bends[:len(s.luma):len(s.luma)], plane(len(s.luma)), s.width)
		return []any{bends}
	},
	"thin": func(r *rand.Rand, plane func(int) []uint8) []any {
		s := randomSketch(r)
		return []any{slices.Collect(thinPixels(plane(len(s.luma)), plane(len(s.luma)), s.width, s.thinAt[:]))}
	},
	"skin": func(r *rand.Rand, plane func(int) []uint8) []any {
		width := 1 + r.IntN(200)
		row := newSkinRow(width)
		out := make([]uint64, len(row.words))
		for i := range out {
			out[i] = r.Uint64() & r.Uint64() & r.Uint64()
		}
		row.leaveOut(out)
		n := width + r.IntN(2)*r.IntN(200)
		luma, cb, cr := plane(n), plane(n), plane(n)
		for i := range cb { // mostly skin
			cb[i], cr[i] = cb[i]/4+66, cr[i]/4+130
		}
		for range 1 + r.IntN(9) {
			row.look(luma, cb, cr, width)
		}
		all := []any{row.chroma[:width]}
		for i := range 4 {
			all = append(all, row.sums[i*len(row.chroma):][:width])
		}
		for x := range width {
			all = append(all, row.found[x/32]>>(x%32)&1)
		}
		return all
	},
}

// randomSketch has a size, and nothing else.
func randomSketch(r *rand.Rand) *sketch {
	s := new(sketch)
	s.resize(1+r.IntN(sketchSide), 1+r.IntN(sketchSide))
	return s
}

// What the processor's vectors make of pixels is what plain Go makes of them, of all sizes, of noise, of steps as high
// as can be, and of one value. They write nothing behind what they are given.
func TestSweeps(t *testing.T) {
	if !hasVectors {
		t.Skip("this processor has no AVX2: plain Go is all there is")
	}
	defer func() { hasVectors = true }()
	for name, sweep := range sweeps {
		for seed := range uint64(600) {
			answer := func(vectors bool) []any {
				hasVectors = vectors
				r := rand.New(rand.NewPCG(seed, 31))
				return sweep(r, func(n int) []uint8 { return samplesFor(r, seed%4, n) })
			}
			if got, want := answer(true), answer(false); !reflect.DeepEqual(got, want) {
				t.Errorf("%s, seed %d: %v, want %v", name, seed, got, want)
				break
			}
		}
	}
}

func samplesFor(r *rand.Rand, kind uint64, n int) []uint8 {
	samples := make([]uint8, n)
	for i := range samples {
		switch kind {
		case 0:
			samples[i] = uint8(r.Uint32())
		case 1:
			samples[i] = uint8(r.IntN(2) * 255)
		case 2:
			samples[i] = uint8(100 + r.IntN(30))
		case 3:
			samples[i] = 255
		}
	}
	return samples
}
