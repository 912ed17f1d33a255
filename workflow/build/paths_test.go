package build

import (
	"math/rand/v2"
	"testing"

	"github.com/zeebo/xxh3"
)

// A pathSet says of each hash what a Go map says, however many there are, and wherever they want to lie.
func TestPathSetIsAMap(t *testing.T) {
	set := newPathSet()
	r := rand.New(rand.NewPCG(1, 2))
	for _, high := range []uint64{1, 50, 1 << 63} { // all at one place, at a few, and spread
		set.begin(10) // fewer than come, and in the memory of those before
		known := map[xxh3.Uint128]bool{}
		for range 5000 {
			hash := xxh3.Uint128{Hi: -(1 + r.Uint64N(high)), Lo: 1 + r.Uint64N(2000)}
			if got := set.add(hash); got == known[hash] {
				t.Fatalf("%x: new is %t", hash, got)
			}
			known[hash] = true
		}
		if set.n != len(known) || 4*set.n > 3*len(set.slots) {
			t.Errorf("%d hashes in %d slots, want %d", set.n, len(set.slots), len(known))
		}
	}
}
