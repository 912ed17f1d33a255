package twins_test

import (
	"context"
	"errors"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/twins"
	"github.com/google/go-cmp/cmp"
)

// A world is pictures that may be twins.
type world []*images.Square

func (w world) prints() [][4]uint64 {
	all := make([][4]uint64, len(w))
	for i, s := range w {
		all[i] = s.Hashes()
	}
	return all
}

func (w world) luma(i int32) (*images.Square, error) { return w[i], nil }

// photo is a smooth picture, as photographs are.
func photo(r *rand.Rand) *images.Square {
	s, grid := new(images.Square), [7][7]float64{}
	for y := range grid {
		for x := range grid[y] {
			grid[y][x] = 40 + 170*r.Float64()
		}
	}
	for y := range s {
		for x := range s[y] {
			gx, gy := x/6, y/6
			fx, fy := float64(x%6)/6, float64(y%6)/6
			top := grid[gy][gx]*(1-fx) + grid[gy][gx+1]*fx
			bottom := grid[gy+1][gx]*(1-fx) + grid[gy+1][gx+1]*fx
			s[y][x] = uint8(top*(1-fy) + bottom*fy)
		}
	}
	return s
}

// altered is a picture turned, and a little noisy.
func altered(r *rand.Rand, of *images.Square, noise int) *images.Square {
	return noisy(r, of.Turned(1+r.IntN(8)), noise)
}

func noisy(r *rand.Rand, of *images.Square, noise int) *images.Square {
	s := new(images.Square)
	for y := range s {
		for x := range s[y] {
			s[y][x] = uint8(min(255, max(0, int(of[y][x])+r.IntN(2*noise+1)-noise)))
		}
	}
	return s
}

// twinned has so many pictures, many of which are others altered.
func twinned(r *rand.Rand, n int) world {
	w := make(world, n)
	for i := range w {
		if i > 0 && r.IntN(2) == 0 {
			w[i] = altered(r, w[r.IntN(i)], 1+r.IntN(30))
		} else {
			w[i] = photo(r)
		}
	}
	return w
}

func search(t *testing.T, prints [][4]uint64, radius, workers int, w world) ([]twins.Edge, twins.Report) {
	t.Helper()
	edges, report, err := twins.Search(context.Background(), prints, radius, workers, w.luma)
	if err != nil {
		t.Fatal(err)
	}
	return edges, report
}

// oracle holds each picture against each, as the words of Search say.
func oracle(prints [][4]uint64, radius int, w world) (edges []twins.Edge, candidates int64) {
	inverse := []int{0, 1, 2, 3, 4, 7, 6, 5}
	distance := func(upright, turned [4]uint64, o int) int {
		return bits.OnesCount64(upright[0] ^ images.TurnedHash(turned, o+1))
	}
	for a := range prints {
		for b := a + 1; b < len(prints); b++ {
			best := twins.Edge{A: int32(a), B: int32(b), Distance: 65}
			for o := range 8 {
				d := min(distance(prints[a], prints[b], o), distance(prints[b], prints[a], inverse[o]))
				if d > radius {
					continue
				}
				c := twins.Correlation(w[a], w[b].Turned(o+1))
				if d < int(best.Distance) || d == int(best.Distance) && c > best.Correlation {
					best.Distance, best.Orientation, best.Correlation = uint8(d), twins.Orientation(o), c
				}
			}
			if int(best.Distance) > radius {
				continue
			}
			candidates++
			if twins.Same(w[a], w[b].Turned(int(best.Orientation)+1)) {
				edges = append(edges, best)
			}
		}
	}
	return edges, candidates
}

func TestSearchAgreesWithTheOracle(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for radius := range 9 {
		for _, n := range []int{0, 1, 2, 16, 17, 150} {
			w := twinned(r, n)
			prints := w.prints()
			want, candidates := oracle(prints, radius, w)
			for _, workers := range []int{1, 8} {
				edges, report := search(t, prints, radius, workers, w)
				if d := cmp.Diff(want, edges); d != "" {
					t.Fatalf("radius %d of %d pictures, %d workers: %s", radius, n, workers, d)
				}
				if report.Candidates != candidates || report.Refused != candidates-int64(len(want)) || report.Crowded != 0 {
					t.Fatalf("radius %d of %d pictures: %+v, want %d candidates", radius, n, report, candidates)
				}
			}
		}
	}
}

func TestAnErrorOfLumaEndsTheSearch(t *testing.T) {
	w := twinned(rand.New(rand.NewPCG(3, 4)), 100)
	broken := errors.New("disk")
	_, _, err := twins.Search(context.Background(), w.prints(), 6, 2, func(int32) (*images.Square, error) {
		return nil, broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

func TestAnEndOfTheContextEndsTheSearch(t *testing.T) {
	w := twinned(rand.New(rand.NewPCG(3, 4)), 100)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := twins.Search(ctx, w.prints(), 6, 2, w.luma); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// Whatever the order of the pictures, the same pairs are found, in clumps too.
func TestSearchDoesNotDependOnTheOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	w := twinned(r, 150)
	one := photo(rand.New(rand.NewPCG(9, 9)))
	for range 150 { // a clump, and copies that differ too little for hash and detail
		w = append(w, noisy(r, one, 1))
	}
	for range 100 {
		w = append(w, noisy(r, one, 1+r.IntN(8)))
	}
	prints := w.prints()
	want, report := search(t, prints, 6, 1, w)
	if report.Crowded == 0 || len(want) < 300 {
		t.Fatalf("%d edges, %+v", len(want), report)
	}
	for _, workers := range []int{2, 8} {
		order := r.Perm(len(w))
		mixed, mixedPrints := make(world, len(w)), make([][4]uint64, len(w))
		for i, to := range order {
			mixed[to], mixedPrints[to] = w[i], prints[i]
		}
		edges, mixedReport := search(t, mixedPrints, 6, workers, mixed)
		if mixedReport.Candidates != report.Candidates || mixedReport.Crowded != report.Crowded {
			t.Errorf("%+v, in another order %+v", report, mixedReport)
		}
		var moved []twins.Edge
		for _, e := range want {
			e.A, e.B = int32(order[e.A]), int32(order[e.B])
			if e.A > e.B {
				e.A, e.B = e.B, e.A
				e.Orientation = [8]twins.Orientation{0, 1, 2, 3, 4, 7, 6, 5}[e.Orientation]
			}
			moved = append(moved, e)
		}
		slices.SortFunc(moved, func(x, y twins.Edge) int { return int(x.A-y.A)*100000 + int(x.B-y.B) })
		for i := range moved { // of two quarter turns that fit alike the lower counts, which may be either
			moved[i].Orientation = min(moved[i].Orientation, 5)
		}
		for i := range edges {
			edges[i].Orientation = min(edges[i].Orientation, 5)
		}
		if d := cmp.Diff(moved, edges); d != "" {
			t.Error(d)
		}
	}
}

// Different pictures of one layout are not all held against each other; copies among them are found all the same.
func TestTwinsInAClumpAreFound(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	var w world
	one := photo(r)
	for range 400 {
		w = append(w, noisy(r, one, 12))
	}
	planted := map[[2]int32]bool{}
	for i := range int32(40) {
		planted[[2]int32{i, int32(len(w))}] = true
		w = append(w, noisy(r, w[i], 1))
	}
	for _, radius := range []int{4, 6} {
		edges, report := search(t, w.prints(), radius, 2, w)
		found := 0
		for _, e := range edges {
			if planted[[2]int32{e.A, e.B}] {
				found++
			}
		}
		if found < 38 || len(edges) != found {
			t.Errorf("radius %d: %d of 40 found, %d edges", radius, found, len(edges))
		}
		if report.Crowded < 400 || report.Candidates > 20*int64(len(w)) {
			t.Errorf("%+v", report)
		}
		if c := report.Clumps[0]; c.Pictures < 400 || c.Hash != w[c.First].Hashes()[0] {
			t.Errorf("%+v", c)
		}
	}
}

func TestARadiusOutOfReach(t *testing.T) {
	for _, radius := range []int{-1, 17} {
		if _, _, err := twins.Search(context.Background(), nil, radius, 1, nil); err == nil {
			t.Errorf("radius %d is taken", radius)
		}
	}
}

// Any hashes are found as the oracle finds them, whatever the pictures look like.
func FuzzSearch(f *testing.F) {
	f.Add(uint64(1), uint8(6), uint8(50))
	f.Add(uint64(2), uint8(16), uint8(40))
	f.Fuzz(func(t *testing.T, seed uint64, radius, n uint8) {
		r := rand.New(rand.NewPCG(seed, 0))
		radius %= 17
		w, prints := twinned(r, int(n%64)), make([][4]uint64, n%64)
		for i := range prints { // clumpy, and not of the squares
			for k := range prints[i] {
				prints[i][k] = r.Uint64() & r.Uint64() & r.Uint64() & r.Uint64()
			}
		}
		want, candidates := oracle(prints, int(radius), w)
		edges, report := search(t, prints, int(radius), 1+int(seed%3), w)
		if d := cmp.Diff(want, edges); d != "" || report.Candidates != candidates {
			t.Errorf("%d candidates, want %d: %s", report.Candidates, candidates, d)
		}
	})
}
