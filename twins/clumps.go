package twins

import (
	"cmp"
	"math/bits"
	"slices"
	"sync"
)

// A Clump is pictures whose hashes agree so well with those of many others that they were not all held against each
// other: blank nails, documents of one form, one picture in a thousand copies.
type Clump struct {
	First    int32  // picture
	Hash     uint64 // of it
	Pictures int
}

// clumps are pictures that stand in crowded buckets together.
type clumps struct {
	mu      sync.Mutex
	parent  []int32 // of a picture in a clump, one that is not higher; −1 of all others
	crowded map[bucket]bool
}

func newClumps(n int) *clumps {
	c := &clumps{parent: make([]int32, n), crowded: map[bucket]bool{}}
	for i := range c.parent {
		c.parent[i] = -1
	}
	return c
}

// join makes one clump of the pictures of a crowded bucket. The least number leads, whatever is joined when.
func (c *clumps) join(all []hashed, in bucket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.crowded[in] = true
	with := all[0].picture()
	for _, h := range all {
		i := h.picture()
		if c.parent[i] < 0 {
			c.parent[i] = i
		}
		a, b := c.leader(with), c.leader(i)
		c.parent[max(a, b)] = min(a, b)
	}
}

func (c *clumps) leader(i int32) int32 {
	if c.parent[i] < 0 {
		c.parent[i] = i
	}
	for c.parent[i] != i {
		c.parent[i] = c.parent[c.parent[i]]
		i = c.parent[i]
	}
	return i
}

// members are the pictures in clumps, and report the clumps, the largest first.
func (c *clumps) members(prints [][4]uint64) (members []int32, report []Clump) {
	sizes := map[int32]int{}
	for i, p := range c.parent {
		if p >= 0 {
			members = append(members, int32(i))
			sizes[c.leader(int32(i))]++
		}
	}
	for first, n := range sizes {
		report = append(report, Clump{first, prints[first][0], n})
	}
	slices.SortFunc(report, func(x, y Clump) int {
		return cmp.Or(cmp.Compare(y.Pictures, x.Pictures), cmp.Compare(x.First, y.First))
	})
	return members, report
}

const (
	near  = 16 // neighbours on each side that a picture in a clump is held against, in each order
	turns = 8  // orders: by the first bits of the detail, by the next ones, and so on
	blur  = 16 // bits of the signs in which twins may differ
)

// A detail is what there is to know of a picture in a clump.
type detail struct {
	signs uint64 // of frequencies that the hash leaves out
	sum   uint64 // of the square, so that the order of copies does not depend on their numbers
}

// A detailed is a picture of a clump in one orientation.
type detailed struct {
	hashed
	clump int32
	detail
}

// neighbours are the pairs within the radius that stand close together when the pictures of a clump are sorted by their
// detail (Hernández, Stolfo: The Merge/Purge Problem, 1995), each once. Other orders begin with other bits: twins
// whose first bits differ meet in another one.
func (c *clumps) neighbours(prints [][4]uint64, members []int32, details []detail, radius int) []pair {
	all := make([]detailed, 0, orientations*len(members))
	for i, m := range members {
		for o, hash := range turned(&prints[m]) {
			h := hashed{hash, uint32(int(m)*orientations + o)}
			d := detail{turnedSigns(details[i].signs, Orientation(o)), details[i].sum}
			all = append(all, detailed{h, c.leader(m), d})
		}
	}
	var keys []uint64
	for turn := range turns {
		slices.SortFunc(all, func(x, y detailed) int {
			if x.clump != y.clump {
				return cmp.Compare(x.clump, y.clump)
			}
			if x.signs != y.signs {
				begin := 64 / turns * turn
				return cmp.Compare(bits.RotateLeft64(x.signs, begin), bits.RotateLeft64(y.signs, begin))
			}
			return cmp.Or(cmp.Compare(x.hash, y.hash), cmp.Compare(x.sum, y.sum), cmp.Compare(x.who, y.who))
		})
		for i, u := range all {
			if !u.upright() {
				continue
			}
			for _, h := range all[max(0, i-near):min(len(all), i+near+1)] {
				if a, b := u.picture(), h.picture(); a != b && u.clump == h.clump &&
					bits.OnesCount64(u.hash^h.hash) <= radius && bits.OnesCount64(u.signs^h.signs) <= blur {
					keys = append(keys, uint64(min(a, b))<<32|uint64(max(a, b)))
				}
			}
		}
		slices.Sort(keys)
		keys = slices.Compact(keys)
	}
	pairs := make([]pair, len(keys))
	for i, key := range keys {
		a, b := int32(key>>32), int32(uint32(key))
		least, which, _ := nearest(&prints[a], &prints[b])
		pairs[i] = pair{a, b, least, which}
	}
	return pairs
}
