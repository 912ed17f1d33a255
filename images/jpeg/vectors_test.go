package jpeg

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestPaintAgrees paints all colours that there are, with vectors and without, and rows of all lengths, which end where
// their memory does.
func TestPaintAgrees(t *testing.T) {
	luma := make([]uint8, 256)
	for i := range luma {
		luma[i] = uint8(i)
	}
	got, want := make([]uint8, 3*256), make([]uint8, 3*256)
	for blue := range 256 {
		cb := bytes.Repeat([]uint8{uint8(blue)}, 256+beyond)
		for red := range 256 {
			cr := bytes.Repeat([]uint8{uint8(red)}, 256+beyond)
			paint(got, luma, cb, cr)
			if paintGo(want, luma, cb, cr); !bytes.Equal(got, want) {
				t.Fatalf("differences %d and %d: other colours", blue, red)
			}
			if red == blue {
				row := luma[256-red:]
				paint(got[:3*red:3*red], row, cb, cr)
				if paintGo(want, row, cb, cr); !bytes.Equal(got[:3*red], want[:3*red]) {
					t.Fatalf("%d pixels: other colours", red)
				}
			}
		}
	}
}

// TestSpreadAgrees spreads rows of all lengths with vectors and without.
func TestSpreadAgrees(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 20 {
		for n := 1; n < 200; n++ {
			near, far := make([]uint8, n+beyond), make([]uint8, n+beyond)
			for i := range near {
				near[i], far[i] = uint8(r.Uint32()), uint8(-r.IntN(2))
			}
			got, want := make([]uint8, 2*n+beyond), make([]uint8, 2*n)
			doubled(got, near, far, n)
			if doubledGo(want, near, far, n); !bytes.Equal(got[:2*n], want) {
				t.Fatalf("%d of two rows: %v, want %v", n, got[:2*n], want)
			}
			stretched(got, far, n)
			if stretchedGo(want, far, n); !bytes.Equal(got[:2*n], want) {
				t.Fatalf("%d of a row: %v, want %v", n, got[:2*n], want)
			}
		}
	}
}
