package sources

import (
	"bufio"
	"errors"
	"io"
	"os"
	"sort"
	"strings"
)

// spillChunk is how much of a spill stands together in memory.
const spillChunk = 1 << 20

// A spill keeps records of bytes that are only added to: in memory while there is a share of it left, then in a file
// that has no name any more, so that nobody need remove it.
type spill struct {
	dir    string // of the file
	share  *int64 // bytes of memory that this spill and others may still take
	sealed []sealedChunk
	chunk  []byte // the last one in memory, while it is filled
	end    int64  // of what was added

	file *os.File // nil: all is in memory
	out  *bufio.Writer
	from int64 // where the file begins
	err  error // of the file
}

type sealedChunk struct {
	from int64
	text string
}

// add appends a record.
func (s *spill) add(record []byte) {
	if s.file == nil && *s.share < int64(len(record)) {
		s.open()
	}
	switch {
	case s.file != nil || s.err != nil:
		s.write(record)
	case len(s.chunk)+len(record) > cap(s.chunk):
		s.seal()
		s.chunk = make([]byte, 0, max(spillChunk, len(record)))
		fallthrough
	default:
		*s.share -= int64(len(record))
		s.chunk = append(s.chunk, record...)
	}
	s.end += int64(len(record))
}

func (s *spill) open() {
	s.seal()
	if s.file, s.err = os.CreateTemp(s.dir, asidePrefix+"*"); s.err != nil {
		return
	}
	s.from, s.out = s.end, bufio.NewWriterSize(s.file, 1<<18)
	s.err = os.Remove(s.file.Name())
}

func (s *spill) write(record []byte) {
	if s.err == nil {
		_, s.err = s.out.Write(record)
	}
}

// seal ends the last chunk in memory: only what is sealed can be read.
func (s *spill) seal() {
	if len(s.chunk) > 0 {
		s.sealed = append(s.sealed, sealedChunk{s.end - int64(len(s.chunk)), string(s.chunk)})
		s.chunk = nil
	}
}

// finish ends the adding.
func (s *spill) finish() error {
	if s.file == nil {
		s.seal()
	} else if s.err == nil {
		s.err = s.out.Flush()
	}
	return s.err
}

// read is the bytes from one place to another, which are of one record.
func (s *spill) read(at, end int64) (string, error) {
	if s.file != nil && at >= s.from {
		text := make([]byte, end-at)
		_, err := s.file.ReadAt(text, at-s.from)
		return string(text), err
	}
	i := sort.Search(len(s.sealed), func(i int) bool { return s.sealed[i].from > at }) - 1
	c := &s.sealed[i]
	return c.text[at-c.from : end-c.from], nil
}

// all reads everything in order.
func (s *spill) all() io.Reader {
	var parts []io.Reader
	for _, c := range s.sealed {
		parts = append(parts, strings.NewReader(c.text))
	}
	if s.file != nil {
		parts = append(parts, io.NewSectionReader(s.file, 0, s.end-s.from))
	}
	return io.MultiReader(parts...)
}

// free gives memory and disk back.
func (s *spill) free() error {
	for _, c := range s.sealed {
		*s.share += int64(len(c.text))
	}
	s.sealed = nil
	if s.file == nil {
		return nil
	}
	return errors.Join(s.err, s.file.Close())
}
