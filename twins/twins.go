package twins

import (
	"context"
	"fmt"
	"sync"

	"github.com/zeebo/xxh3"
	"golang.org/x/sync/errgroup"
)

// An Orientation is how the second picture of an edge must be turned to look like the first. 0 is as it is; the others
// turn as EXIF's Orientation of one more does: 1 mirrors left to right, 2 by a half, 3 mirrors top to bottom,
// 4 transposes, 5 turns clockwise, 6 transposes across the other diagonal, 7 turns counter-clockwise.
type Orientation uint8

// An Edge joins two pictures, A < B, by their numbers.
type Edge struct {
	A, B        int32
	Distance    uint8 // bits in which their hashes differ
	Orientation Orientation
	Correlation float32 // of their squares
}

// A Report says what a search did and left.
type Report struct {
	Candidates int64 // pairs within the radius that were held against each other
	Refused    int64 // of them, those whose squares differ
	Crowded    int   // pictures in clumps
	Clumps     []Clump
}

// Search finds the pairs of pictures whose hashes are within a radius in any orientation and whose squares show the
// same. The four prints of a picture are those of images.Square.Hashes. Either of a pair may be the one that is turned.
// An edge has the orientation of the least distance; among equals that of the best correlation, then the lowest.
// Edges come by A, then B.
//
// Squares are asked for of candidates and of pictures in clumps alone, by as many goroutines as there are workers; an
// error of luma, or the end of the context, ends the search.
func Search(ctx context.Context, prints [][4]uint64, radius, workers int, luma luma) ([]Edge, Report, error) {
	if radius < 0 || radius > maxRadius {
		return nil, Report{}, fmt.Errorf("radius %d: want 0 to %d", radius, maxRadius)
	}
	found := finding{luma: luma}
	t := table{prints, radius, blocksOf(radius), newClumps(len(prints)), found.look}
	if err := t.search(ctx, workers); err != nil {
		return nil, Report{}, err
	}
	if err := t.searchClumps(ctx, workers, &found); err != nil {
		return nil, Report{}, err
	}
	return sorted(found.edges), found.report, nil
}

// maxRadius is where blocks have three bits, and all is a clump.
const maxRadius = 16

// A finding is what was found so far.
type finding struct {
	luma   luma
	mu     sync.Mutex
	edges  []Edge
	report Report
}

// look keeps a pair if its squares show the same.
func (f *finding) look(p pair) error {
	edge, is, err := p.confirm(f.luma)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.report.Candidates++
	if !is {
		f.report.Refused++
		return nil
	}
	f.edges = append(f.edges, edge)
	return nil
}

// searchClumps holds those pictures of clumps against each other that are alike in detail too.
func (t *table) searchClumps(ctx context.Context, workers int, found *finding) error {
	members, report := t.clumps.members(t.prints)
	found.report.Crowded, found.report.Clumps = len(members), report
	details := make([]detail, len(members))
	err := each(ctx, workers, len(members), func(i int) error {
		square, err := found.luma(members[i])
		if err == nil {
			details[i] = detail{signsOf(square), xxh3.Hash(square.Bytes())}
		}
		return err
	})
	if err != nil {
		return err
	}
	pairs := t.clumps.neighbours(t.prints, members, details, t.radius)
	return each(ctx, workers, len(pairs), func(i int) error {
		if p := pairs[i]; t.compared(&t.prints[p.a], &t.prints[p.b]) {
			return nil
		}
		return found.look(pairs[i])
	})
}

// each calls f for 0 to n-1.
func each(ctx context.Context, workers, n int, f func(i int) error) error {
	const share = 1024
	work, running := errgroup.WithContext(ctx)
	work.SetLimit(workers)
	for from := 0; from < n; from += share {
		work.Go(func() error {
			for i := from; i < min(n, from+share); i++ {
				if err := f(i); err != nil {
					return err
				}
			}
			return running.Err()
		})
	}
	return work.Wait()
}
