package build

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/bits"
	"math/rand/v2"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/zeebo/xxh3"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/io/csvio"
)

// mostAlike is how many bad paths of one kind are named in a source; the others are counted.
const mostAlike = 3

// A pathCheck is a sink on a dataset CSV's rows: every image_path and mask_path must be one that dataset.CheckPath
// allows, and every image_path unique in the source. Image paths are kept as 128-bit hashes of a random seed: two
// different ones that share one are not expected in the life of the universe.
type pathCheck struct {
	csv    string // for errors
	pieces int64  // that the file is about to be cut into
	set    *pathSet
	rows   int64
	bad    []badPath
	kinds  map[string]int64 // rows by what is wrong
}

func newPathCheck(csv string, bytes int64, batchBytes int, set *pathSet) *pathCheck {
	return &pathCheck{csv: csv, pieces: 1 + bytes/int64(max(batchBytes, 1)), set: set}
}

// A pathSet holds the paths of one source at a time: sources are taken one after another. It is an open addressing
// table, at most three quarters full, in memory that the next source uses again: a Go map of the same hashes takes four
// times as long, 5 % of all CPU time of a build of ten million rows.
type pathSet struct {
	seed  uint64
	of    *pathCheck
	slots []xxh3.Uint128 // the zero hash: free
	n     int
}

func newPathSet() *pathSet { return &pathSet{seed: rand.Uint64()} }

// hash is never zero.
func (s *pathSet) hash(path string) xxh3.Uint128 {
	h := xxh3.HashString128Seed(path, s.seed)
	h.Lo |= 1
	return h
}

// begin empties the set and makes room for about that many paths.
func (s *pathSet) begin(paths int) {
	slots := max(1024, paths+paths/3)
	if cap(s.slots) < slots {
		s.slots = make([]xxh3.Uint128, slots)
	}
	s.slots, s.n = s.slots[:slots], 0
	clear(s.slots) // new ones too: memory that is read first, and written only then, costs the kernel twice
}

// add reports whether the hash is new.
func (s *pathSet) add(hash xxh3.Uint128) bool {
	if 4*(s.n+1) > 3*len(s.slots) {
		old := s.slots
		s.slots = nil
		s.begin(3 * len(old) / 2)
		for _, hash := range old {
			if hash != (xxh3.Uint128{}) {
				s.add(hash)
			}
		}
	}
	at, _ := bits.Mul64(hash.Hi, uint64(len(s.slots)))
	for s.slots[at] != (xxh3.Uint128{}) {
		if s.slots[at] == hash {
			return false
		}
		if at++; at == uint64(len(s.slots)) {
			at = 0
		}
	}
	s.slots[at] = hash
	s.n++
	return true
}

type badPath struct {
	row int64
	err error
}

type pathPart struct {
	hashes []xxh3.Uint128
	paths  *array.String
	bad    []badPath
}

func (p *pathCheck) String() string { return "image paths" }

func (p *pathCheck) Look(batch arrow.RecordBatch) (any, error) {
	paths := textsOf(batch, dataset.ImagePath)
	part := pathPart{hashes: make([]xxh3.Uint128, paths.Len()), paths: paths}
	for i := range part.hashes {
		path := paths.Value(i)
		part.hashes[i] = p.set.hash(path)
		if err := dataset.CheckPath(path); err != nil {
			part.bad = append(part.bad, badPath{int64(i), err})
		}
	}
	masks := textsOf(batch, dataset.MaskPath)
	for i := range masks.Len() {
		mask := masks.Value(i)
		if mask == "" {
			continue
		}
		if err := dataset.CheckPath(mask); err != nil {
			part.bad = append(part.bad, badPath{int64(i), fmt.Errorf("mask_path: %w", err)})
		}
	}
	return part, nil
}

func (p *pathCheck) Take(part any) error {
	t := part.(pathPart)
	if p.set.of != p {
		p.set.of = p
		p.set.begin(int(p.pieces) * len(t.hashes))
	}
	for _, bad := range t.bad {
		p.note(p.rows+bad.row, bad.err)
	}
	for i, hash := range t.hashes {
		if !p.set.add(hash) {
			p.note(p.rows+int64(i),
				fmt.Errorf("image_path %q %s: a picture stands in a source once, so keep one of the rows", t.paths.Value(i),
					usedBefore))
		}
	}
	p.rows += int64(len(t.hashes))
	return nil
}

func (p *pathCheck) note(row int64, err error) {
	if p.kinds == nil {
		p.kinds = map[string]int64{}
	}
	why := kindOfPath(err)
	if p.kinds[why]++; p.kinds[why] <= mostAlike {
		p.bad = append(p.bad, badPath{row, err})
	}
}

// usedBefore begins the error of an image that stands twice.
const usedBefore = "is used by an earlier row"

// kindOfPath is what bad paths of one kind have in common.
func kindOfPath(err error) string {
	if bad, is := errors.AsType[*dataset.BadPath](err); is {
		return bad.Why
	}
	return usedBefore
}

// err names every bad path with its line in the file at path.
func (p *pathCheck) err(ctx context.Context, path string) error {
	if len(p.bad) == 0 {
		return nil
	}
	slices.SortStableFunc(p.bad, func(a, b badPath) int { return cmp.Compare(a.row, b.row) })
	rows := make([]int64, len(p.bad))
	for i, bad := range p.bad {
		rows[i] = bad.row
	}
	lines, err := csvio.LinesOf(ctx, path, rows)
	if err != nil {
		return err
	}
	var errs []error
	for _, bad := range p.bad {
		errs = append(errs, fmt.Errorf("%s:%d: %w", p.csv, lines[bad.row], bad.err))
	}
	for _, why := range slices.Sorted(maps.Keys(p.kinds)) {
		if more := p.kinds[why] - mostAlike; more > 0 {
			errs = append(errs, fmt.Errorf("%s: a path %s in %d more rows", p.csv, why, more))
		}
	}
	return errors.Join(errs...)
}
