package twins

import (
	"math/bits"

	"github.com/dermset/dermset/images"
)

// orientations are how many ways there are to lay one square upon another.
const orientations = 8

// turned are the hashes of a picture in the eight orientations.
func turned(p *[4]uint64) (all [orientations]uint64) {
	for o := range all {
		all[o] = images.TurnedHash(*p, o+1)
	}
	return all
}

// inverse turns back. All but the quarter turns undo themselves.
var inverse = [orientations]Orientation{0, 1, 2, 3, 4, 7, 6, 5}

// A lay is one of the ways to hold two pictures against each other: the second turned, or the first turned back.
type lay struct {
	o    Orientation // of the second
	back bool        // the first was turned, by the inverse
}

// nearest is the least distance of two pictures, which orientations of the second have it, and the first way to it.
// The hash of a turned picture is not the hash with bits moved: it matters which of the two is turned. Both are, and
// the less distance counts, so that it does not matter which comes first.
func nearest(a, b *[4]uint64) (least int, which [orientations]bool, first lay) {
	turnedA, turnedB := turned(a), turned(b)
	least = 65
	for o := range Orientation(orientations) {
		there := bits.OnesCount64(a[0] ^ turnedB[o])
		back := bits.OnesCount64(b[0] ^ turnedA[inverse[o]])
		if d := min(there, back); d < least {
			least, which, first = d, [orientations]bool{}, lay{o, back < there}
		}
		which[o] = min(there, back) == least
	}
	return least, which, first
}
