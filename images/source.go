package images

import (
	"bytes"
	"io"
	"time"
)

// A source gives a decoder the bytes of one picture, and fails once the decoder should long have been done. Nothing
// else can stop a decoder.
type source struct {
	data []byte
	bytes.Reader
	until   time.Time
	overdue bool // it failed; decoders do not always pass the error on
}

func newSource(data []byte, pixels int64) *source {
	s := &source{data: data, until: time.Now().Add(overdue(pixels))}
	s.Reader.Reset(data)
	return s
}

func (s *source) late() error {
	if s.overdue = s.overdue || time.Now().After(s.until); s.overdue {
		return errOverdue
	}
	return nil
}

// passed is late for decoders that read the data themselves.
func (s *source) passed() bool { return s.late() != nil }

func (s *source) Read(p []byte) (int, error) {
	if err := s.late(); err != nil {
		return 0, err
	}
	return s.Reader.Read(p)
}

func (s *source) ReadAt(p []byte, at int64) (int, error) {
	if err := s.late(); err != nil {
		return 0, err
	}
	return s.Reader.ReadAt(p, at)
}

// stream hides all of a source but Read, so that no decoder takes a way around the clock.
func (s *source) stream() io.Reader { return struct{ io.Reader }{s} }
