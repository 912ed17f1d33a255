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
	upright, turned uint64 // hashes
	o               Orientation
	back            bool // the first is turned, by the inverse
}

// before orders lays of one distance by what is held against each other, so that it does not matter which of the
// pictures is the first.
func (l lay) before(m lay) bool {
	return l.upright < m.upright || l.upright == m.upright && l.turned < m.turned
}

// nearest is the least distance of two pictures, which orientations of the second have it, and the first way to it.
// The hash of a turned picture is not the hash with bits moved: it matters which of the two is turned. Both are, and
// the less distance counts, so that it does not matter which comes first.
func nearest(a, b *[4]uint64) (least int, which [orientations]bool, first lay) {
	turnedA, turnedB := turned(a), turned(b)
	least = 65
	for o := range Orientation(orientations) {
		there := lay{a[0], turnedB[o], o, false}
		back := lay{b[0], turnedA[inverse[o]], o, true}
		for _, l := range [...]lay{there, back} {
			d := bits.OnesCount64(l.upright ^ l.turned)
			if d < least {
				least, which, first = d, [orientations]bool{}, l
			}
			which[o] = which[o] || d == least
			if d == least && l.before(first) {
				first = l
			}
		}
	}
	return least, which, first
}
