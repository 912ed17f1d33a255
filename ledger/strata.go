package ledger

import (
	"cmp"
	"math/bits"
	"slices"
)

// An orderedGroup is a free group and its place in its stratum.
type orderedGroup struct {
	hash  uint64 // groupOrder
	group int32
}

const noStratum = -1

// strata are the free groups by stratum, the class of rank 0 first, and inside by groupOrder;
// ends are the ends of strata.
//
// Hashes spread evenly, so that groups are thrown into buckets of a few, in the order of hashes,
// and each bucket is sorted.
func (s *splitter) strata(order []int) (groups []orderedGroup, ends []int) {
	strata, sizes := s.stratumOf(order)
	spread := newSpread(sizes)
	for g, stratum := range strata {
		if stratum != noStratum {
			spread.ends[spread.bucket(stratum, s.orderOf(int32(g)))]++
		}
	}
	total := int32(0)
	for i, n := range spread.ends {
		spread.ends[i] = total
		total += n
	}
	groups = make([]orderedGroup, total)
	for g, stratum := range strata {
		if stratum != noStratum {
			hash := s.orderOf(int32(g))
			at := &spread.ends[spread.bucket(stratum, hash)]
			groups[*at] = orderedGroup{hash, int32(g)}
			*at++
		}
	}
	from := int32(0)
	for _, end := range spread.ends {
		sortGroups(groups[from:end])
		from = end
	}
	end := 0
	for _, n := range sizes {
		end += n
		ends = append(ends, end)
	}
	return groups, ends
}

// stratumOf is the rank of every free group's rarest class, noStratum for groups that are not to be ordered,
// and the groups of each rank.
func (s *splitter) stratumOf(order []int) (strata []int32, sizes []int) {
	rank := make([]int32, len(order))
	for r, class := range order {
		rank[class] = int32(r)
	}
	strata, sizes = make([]int32, len(s.split)), make([]int, len(order))
	for g := range strata {
		shares := s.of(int32(g))
		if len(shares) == 0 || s.bonds[g] != free {
			strata[g] = noStratum
			continue
		}
		rarest := rank[shares[0].class]
		for _, sh := range shares[1:] {
			rarest = min(rarest, rank[sh.class])
		}
		strata[g] = rarest
		sizes[rarest]++
	}
	return strata, sizes
}

func (s *splitter) orderOf(group int32) uint64 {
	return groupOrder(s.ledger.ids.get(int(group)), s.options.Seed)
}

// A spread is buckets for strata of known sizes.
type spread struct {
	first []int    // bucket of each stratum
	count []uint64 // buckets of each stratum
	ends  []int32  // of buckets
}

// bucketGroups is about how many groups come into one bucket.
const bucketGroups = 4

func newSpread(sizes []int) *spread {
	s := &spread{}
	buckets := 0
	for _, n := range sizes {
		s.first, s.count = append(s.first, buckets), append(s.count, uint64(n/bucketGroups+1))
		buckets += n/bucketGroups + 1
	}
	s.ends = make([]int32, buckets)
	return s
}

func (s *spread) bucket(stratum int32, hash uint64) int {
	at, _ := bits.Mul64(hash, s.count[stratum])
	return s.first[stratum] + int(at)
}

// sortGroups sorts by hash; groups are few, unless someone made ids that hash alike.
func sortGroups(groups []orderedGroup) {
	if len(groups) > 32 {
		slices.SortFunc(groups, func(a, b orderedGroup) int { return cmp.Compare(a.hash, b.hash) })
		return
	}
	for i := 1; i < len(groups); i++ {
		g, at := groups[i], i
		for ; at > 0 && groups[at-1].hash > g.hash; at-- {
			groups[at] = groups[at-1]
		}
		groups[at] = g
	}
}
