package ledger

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dermset/dermset/rows"
)

// Buckets give the order that a sort of all groups gives, also where hashes crowd.
func TestStrataAreSorted(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 9))
		const classes = 5
		l := &Ledger{groups: rng.IntN(3000)}
		s := &splitter{ledger: l, classes: make([]ClassSplit, classes)}
		for range l.groups {
			id := rng.Uint64()
			if seed%2 == 0 {
				id = unmix(rng.Uint64N(1000)<<20|rng.Uint64N(1<<20)) ^ mix(0x9e3779b97f4a7c15) // small hashes for seed 0
			}
			l.ids.add(id)
			for class := range int32(classes) {
				if rng.IntN(4) == 0 {
					s.shares = append(s.shares, share{class, 1})
				}
			}
			s.ends = append(s.ends, int32(len(s.shares)))
			bond := free
			if rng.IntN(9) == 0 {
				bond = pinned
			}
			s.split, s.bonds = append(s.split, rows.NoSplit), append(s.bonds, bond)
		}
		order := rng.Perm(classes)
		groups, ends := s.strata(order)
		from := 0
		for r, end := range ends {
			if want := s.naiveStratum(order[:r+1]); !slices.Equal(groups[from:end], want) {
				t.Fatalf("seed %d: stratum %d has %d groups, want %d, or another order", seed, r, end-from, len(want))
			}
			from = end
		}
	}
}

// naiveStratum are the free groups that hold the last of the classes and none before it.
func (s *splitter) naiveStratum(classes []int) []orderedGroup {
	groups := []orderedGroup{}
	for g := range s.split {
		first := len(classes)
		for _, sh := range s.of(int32(g)) {
			if at := slices.Index(classes, int(sh.class)); at >= 0 {
				first = min(first, at)
			}
		}
		if first == len(classes)-1 && s.bonds[g] == free {
			groups = append(groups, orderedGroup{groupOrder(s.ledger.ids.get(g), s.options.Seed), int32(g)})
		}
	}
	slices.SortFunc(groups, func(a, b orderedGroup) int { return cmp.Compare(a.hash, b.hash) })
	return groups
}

// unmix is the opposite of mix.
func unmix(z uint64) uint64 {
	z = z ^ z>>31 ^ z>>62
	z *= 0x319642b2d24d8ec3
	z = z ^ z>>27 ^ z>>54
	z *= 0x96de1b173f119089
	return z ^ z>>30 ^ z>>60
}

func TestUnmix(t *testing.T) {
	for z := range uint64(1000) {
		if z = z * 0x9e3779b97f4a7c15; mix(unmix(z)) != z {
			t.Fatalf("%x comes back as %x", z, mix(unmix(z)))
		}
	}
}
