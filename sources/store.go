package sources

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/packed"
)

// A store holds the rows of a joined table, packed: the columns in use, and where each row comes from. It takes some 34
// bytes a row besides its cells, which go to disk beyond the share of its spill.
type store struct {
	*table
	spill  *spill
	ends   []int64 // where each row ends in the spill
	files  []*rawFile
	uses   []uint8
	alone  int            // used rows of the first table that none joins
	lonely []lonely       // the first of them
	index  packed.Numbers // key → row
	record []byte
	now    row // what fetch gives
	err    error
}

// What becomes of a joined row.
const (
	joined uint8 = 1 << iota // a row of the first table has its key
	used                     // and is used
)

// load reads the table into the store.
func (s *store) load() error {
	err := s.each(func() {}, func(r *row) bool {
		s.add(r)
		return s.spill.err == nil
	})
	s.uses = make([]uint8, len(s.ends))
	s.now.rawFile = &rawFile{}
	if spilled := s.spill.finish(); spilled != nil {
		return spilled
	}
	return err
}

// add packs a row: its file, its line, and its cells, each behind its length and kind.
func (s *store) add(r *row) {
	b := s.record[:0]
	if s.file.walk != "" { // every row is of another file
		b = append(binary.AppendUvarint(b, uint64(len(r.name))), r.name...)
	} else {
		if len(s.files) == 0 || s.files[len(s.files)-1] != r.rawFile {
			s.files = append(s.files, r.rawFile)
		}
		b = binary.AppendUvarint(b, uint64(len(s.files)-1))
	}
	b = binary.AppendUvarint(b, uint64(r.line))
	for i, cell := range r.cells {
		b = append(binary.AppendUvarint(b, uint64(len(cell))<<3|uint64(r.kind(i))), cell...)
	}
	s.record = b
	s.spill.add(b)
	s.ends = append(s.ends, s.spill.end)
}

// fetch is row i, until the next one is fetched.
func (s *store) fetch(i int) *row {
	from := int64(0)
	if i > 0 {
		from = s.ends[i-1]
	}
	text, err := s.spill.read(from, s.ends[i])
	if err != nil {
		s.err = err
		return nil
	}
	r := &s.now
	next := func() int {
		n, size := uvarint(text)
		text = text[size:]
		return n
	}
	cut := func(size int) (part string) {
		part, text = text[:size], text[size:]
		return part
	}
	if n := next(); s.file.walk != "" {
		r.name = cut(n)
	} else {
		r.rawFile = s.files[n]
	}
	r.line = next()
	r.cells, r.kinds = r.cells[:0], r.kinds[:0]
	for text != "" {
		n := next()
		r.cells, r.kinds = append(r.cells, cut(n>>3)), append(r.kinds, sheetio.Kind(n&7))
	}
	return r
}

// uvarint is binary.Uvarint of a string that begins with one.
func uvarint(text string) (n, size int) {
	for shift := 0; ; shift += 7 {
		b := text[size]
		size++
		if n |= int(b&0x7f) << shift; b < 0x80 {
			return n, size
		}
	}
}

// makeIndex finds the rows by their keys; a key that stands twice is an error.
func (s *store) makeIndex(j *join, errs *errorList) {
	var key []byte
	columns := map[string]int{}
	for _, col := range j.right {
		col.names(func(name string, _ int) { columns[name] = s.column(name) })
	}
	for i := range s.ends {
		r := s.fetch(i)
		if r == nil {
			return
		}
		var ok bool
		key, ok = j.key(key[:0], j.right, func(col *column, name string) string {
			at := columns[name]
			if err := r.noKey(col, at); err != nil {
				errs.add(fmt.Errorf("%s: %w", r.place().in(s.raw.dir), err))
			}
			return r.cells[at]
		})
		if !ok {
			continue
		}
		if first, isNew := s.index.Put(key, uint32(i)); !isNew {
			at := r.place().in(s.raw.dir)
			errs.add(fmt.Errorf("%s: key %s %q stands twice, first in %s: a row could not tell which one it joins",
				at, j.keyNames(), strings.ReplaceAll(string(key), "\x00", ", "),
				s.fetch(int(first)).place().in(s.raw.dir)))
		}
	}
}

// find is the row that has the key, or -1.
func (s *store) find(key []byte) int {
	if i, found := s.index.Get(key); found {
		return int(i)
	}
	return -1
}
