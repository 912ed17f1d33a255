package twins

import (
	"context"
	"math/bits"
	"slices"

	"golang.org/x/sync/errgroup"
)

// A hashed is a picture in one orientation.
type hashed struct {
	hash uint64
	who  uint32 // number of the picture, and in the low bits the orientation
}

func (h hashed) picture() int32           { return int32(h.who / orientations) }
func (h hashed) orientation() Orientation { return Orientation(h.who % orientations) }
func (h hashed) upright() bool            { return h.who%orientations == 0 }

// A block is some bits of a hash.
type block struct{ shift, width int }

func (b block) of(hash uint64) int { return int(hash >> b.shift & (1<<b.width - 1)) }

const (
	// agreeing is how many blocks there are beyond the radius: so many agree in any two hashes within it. With two,
	// buckets hold too many hashes of a million pictures; with four, hashes are moved more often than compared.
	agreeing = 3

	// few upright hashes are compared at once with all that agree with them in fewer blocks.
	few = 16

	// crowd is how many upright hashes a bucket may hold. Real hashes are clumpy: three blocks of seven bits agree nine
	// times as often as those of random ones, which of a million pictures makes five in a bucket.
	crowd = 64

	widest = 8 // bits of a block
)

// blocksOf parts hashes into blocks for a radius.
func blocksOf(radius int) []block {
	n := radius + agreeing
	all := make([]block, n)
	for i := range all {
		all[i] = block{shift: 64 - 64/n*(i+1), width: min(64/n, widest)}
	}
	return all
}

// A table finds the hashes within a radius of upright ones. Hashes within it agree in three blocks or more. All hashes
// are parted by one block, each part by a later one, and again; what then stands together is compared. A pair stands
// together as often as it has three blocks to agree in, and counts the first time.
type table struct {
	prints [][4]uint64
	radius int
	blocks []block
	clumps *clumps
	found  func(pair) error // called from several goroutines
}

// A pair is two pictures within the radius, A < B.
type pair struct {
	a, b     int32
	distance int
	which    [orientations]bool // that have the distance
}

// search goes through all blocks that may come first.
func (t *table) search(ctx context.Context, workers int) error {
	all := make([]hashed, 0, orientations*len(t.prints))
	for i := range t.prints {
		for o, hash := range turned(&t.prints[i]) {
			all = append(all, hashed{hash, uint32(i*orientations + o)})
		}
	}
	if len(t.prints) <= few {
		return t.compare(all, agreed{})
	}
	for l := range len(t.blocks) - agreeing + 1 {
		work, running := errgroup.WithContext(ctx)
		work.SetLimit(workers)
		for part, uprights := range t.parts(all, l) {
			work.Go(func() error { return t.visit(running, part, uprights, agreed{}.and(l)) })
		}
		if err := work.Wait(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// agreed are blocks in which hashes agree: of those before next these and no others count.
type agreed struct {
	set  uint64
	n    int
	next int
}

func (g agreed) and(l int) agreed { return agreed{g.set | 1<<l, g.n + 1, l + 1} }

// visit compares what agrees, or parts it further.
func (t *table) visit(ctx context.Context, all []hashed, uprights int, in agreed) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	switch {
	case in.n == agreeing && uprights > crowd:
		t.clumps.join(all, t.bucket(all[0].hash, in.set))
		return nil
	case in.n == agreeing || uprights <= few:
		return t.compare(all, in)
	}
	for l := in.next; l <= len(t.blocks)-agreeing+in.n; l++ {
		for part, uprights := range t.parts(all, l) {
			if err := t.visit(ctx, part, uprights, in.and(l)); err != nil {
				return err
			}
		}
	}
	return nil
}

// parts moves hashes that agree in a block together, in place (McIlroy, Bostic, McIlroy: Engineering Radix Sort, 1993),
// and gives those among which there are upright ones to be compared, and how many these are.
func (t *table) parts(all []hashed, l int) func(yield func([]hashed, int) bool) {
	return func(yield func([]hashed, int) bool) {
		b := t.blocks[l]
		var ends, next, uprights [1 << widest]int
		for _, h := range all {
			v := b.of(h.hash)
			ends[v]++
			if h.upright() {
				uprights[v]++
			}
		}
		sum := 0
		for v, n := range ends {
			next[v] = sum
			sum += n
			ends[v] = sum
		}
		for v := range ends {
			for next[v] < ends[v] {
				h := all[next[v]]
				for to := b.of(h.hash); to != v; to = b.of(h.hash) {
					h, all[next[to]] = all[next[to]], h
					next[to]++
				}
				all[next[v]] = h
				next[v]++
			}
		}
		from := 0
		for v, end := range ends {
			if uprights[v] > 0 && end-from > 1 && !yield(all[from:end], uprights[v]) {
				return
			}
			from = end
		}
	}
}

// compare holds each upright hash against all.
func (t *table) compare(all []hashed, in agreed) error {
	var room [crowd]hashed
	uprights := room[:0]
	for _, h := range all {
		if h.upright() {
			uprights = append(uprights, h)
		}
	}
	for _, h := range all {
		for _, u := range uprights {
			if bits.OnesCount64(u.hash^h.hash) <= t.radius {
				if err := t.hit(u, h, in); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// hit tells of a pair, unless it is told elsewhere: where it agrees in earlier blocks, or in another orientation.
func (t *table) hit(upright, h hashed, in agreed) error {
	a, b, o := upright.picture(), h.picture(), h.orientation()
	if a == b || t.first(upright.hash^h.hash, in.next) != in.set {
		return nil
	}
	at := lay{upright.hash, h.hash, o, false}
	if a > b {
		a, b, at.o, at.back = b, a, inverse[o], true
	}
	least, which, first := nearest(&t.prints[a], &t.prints[b])
	if first != at {
		return nil
	}
	return t.found(pair{a, b, least, which})
}

// A bucket is blocks of a hash.
type bucket struct{ set, bits uint64 }

func (t *table) bucket(hash, set uint64) bucket {
	in := bucket{set: set}
	for l, b := range t.blocks {
		if set>>l&1 == 1 {
			in.bits |= hash & ((1<<b.width - 1) << b.shift)
		}
	}
	return in
}

// compared says whether a pair within the radius did not stand together in a crowded bucket.
func (t *table) compared(a, b *[4]uint64) bool {
	_, _, at := nearest(a, b)
	set := t.first(at.upright^at.turned, len(t.blocks))
	for bits.OnesCount64(set) > agreeing {
		set &^= 1 << (bits.Len64(set) - 1)
	}
	return !t.clumps.crowded[t.bucket(at.upright, set)]
}

// first are the blocks before next in which there is no difference.
func (t *table) first(difference uint64, next int) (set uint64) {
	for l, b := range t.blocks[:next] {
		if b.of(difference) == 0 {
			set |= 1 << l
		}
	}
	return set
}

// sorted brings edges into their order.
func sorted(edges []Edge) []Edge {
	slices.SortFunc(edges, func(x, y Edge) int {
		if x.A != y.A {
			return int(x.A) - int(y.A)
		}
		return int(x.B) - int(y.B)
	})
	return edges
}
