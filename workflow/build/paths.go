package build

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/zeebo/xxh3"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/io/csvio"
)

// maxPathErrors is how many bad image paths of one source are named.
const maxPathErrors = 100

// touched is how many paths a pathSet looks up at once.
const touched = 64

// A pathCheck is a sink on a dataset CSV's rows: every image_path must be one that dataset.CheckPath allows, and unique in the source.
// Paths are kept as 128-bit hashes of a random seed: two different paths that share one are not expected in the life of the universe.
type pathCheck struct {
	csv    string // for errors
	pieces int64  // that the file is about to be cut into
	set    *pathSet
	rows   int64
	bad    []badPath
}

func newPathCheck(csv string, bytes int64, batchBytes int, set *pathSet) *pathCheck {
	return &pathCheck{csv: csv, pieces: 1 + bytes/int64(max(batchBytes, 1)), set: set}
}

// A pathSet holds the paths of one source at a time: sources are taken one after another. It is an open addressing table, at most
// three quarters full, in memory that the next source uses again.
type pathSet struct {
	seed  uint64
	of    *pathCheck
	slots []xxh3.Uint128 // the zero hash: free
	n     int
	sum   uint64 // see touch
}

func newPathSet() *pathSet { return &pathSet{seed: rand.Uint64()} }

// hash is never zero.
func (s *pathSet) hash(path string) xxh3.Uint128 {
	h := xxh3.HashString128Seed(path, s.seed)
	h.Lo |= 1
	return h
}

// begin empties the set and makes room for about that many paths.
func (s *pathSet) begin(of *pathCheck, paths int64) {
	s.of, s.n = of, 0
	s.room(max(1024, int(paths+paths/3)))
}

// room makes the slots anew. They are written to even where they are zero already: memory that is read first, and written only then, costs
// the kernel twice.
func (s *pathSet) room(slots int) {
	if cap(s.slots) < slots {
		s.slots = make([]xxh3.Uint128, slots)
	}
	s.slots = s.slots[:slots]
	clear(s.slots)
}

func (s *pathSet) first(hash xxh3.Uint128) int {
	i, _ := bits.Mul64(hash.Hi, uint64(len(s.slots)))
	return int(i)
}

// touch looks at the slots of hashes that are added next. Nearly all of them are far apart: fetched from memory all at once they take a
// third of the time that they take one by one.
func (s *pathSet) touch(hashes []xxh3.Uint128) {
	for _, hash := range hashes {
		s.sum += s.slots[s.first(hash)].Lo
	}
}

// add reports whether the hash is new.
func (s *pathSet) add(hash xxh3.Uint128) bool {
	if 4*(s.n+1) > 3*len(s.slots) {
		s.grow()
	}
	for i := s.first(hash); ; {
		switch s.slots[i] {
		case xxh3.Uint128{}:
			s.slots[i] = hash
			s.n++
			return true
		case hash:
			return false
		}
		if i++; i == len(s.slots) {
			i = 0
		}
	}
}

func (s *pathSet) grow() {
	old := s.slots
	s.slots, s.n = nil, 0
	s.room(2 * len(old))
	for _, hash := range old {
		if hash != (xxh3.Uint128{}) {
			s.add(hash)
		}
	}
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
	paths := batch.Column(0).(*array.String) // datasetColumns begins with it
	part := pathPart{hashes: make([]xxh3.Uint128, paths.Len()), paths: paths}
	for i := range part.hashes {
		path := paths.Value(i)
		part.hashes[i] = p.set.hash(path)
		if err := dataset.CheckPath(path); err != nil {
			part.bad = append(part.bad, badPath{int64(i), err})
		}
	}
	return part, nil
}

func (p *pathCheck) Take(part any) error {
	t := part.(pathPart)
	if p.set.of != p {
		p.set.begin(p, p.pieces*int64(len(t.hashes)))
	}
	for _, bad := range t.bad {
		p.note(p.rows+bad.row, bad.err)
	}
	for from := 0; from < len(t.hashes); from += touched {
		next := t.hashes[from:min(from+touched, len(t.hashes))]
		p.set.touch(next)
		for i, hash := range next {
			if !p.set.add(hash) {
				p.note(p.rows+int64(from+i), fmt.Errorf("image_path %q is used by an earlier row; a picture stands in a source once", t.paths.Value(from+i)))
			}
		}
	}
	p.rows += int64(len(t.hashes))
	return nil
}

func (p *pathCheck) note(row int64, err error) {
	if len(p.bad) < maxPathErrors {
		p.bad = append(p.bad, badPath{row, err})
	}
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
	return errors.Join(errs...)
}
