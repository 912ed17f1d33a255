package images

import (
	"errors"
	"fmt"
	"io"

	"github.com/dermset/dermset/images/jpeg"
)

// A problem is an error that knows its verdict.
type problem struct {
	verdict Verdict
	detail  string
}

func (p *problem) Error() string { return p.detail }

func truncated(format string, args ...any) error {
	return &problem{Truncated, fmt.Sprintf(format, args...)}
}

func corrupt(format string, args ...any) error {
	return &problem{Corrupt, fmt.Sprintf(format, args...)}
}

func unsupported(format string, args ...any) error {
	return &problem{Unsupported, fmt.Sprintf(format, args...)}
}

// problemOf finds the verdict in a decoder's error.
func problemOf(err error) *problem {
	var known *problem
	var jpegUnsupported jpeg.UnsupportedError
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, jpeg.ErrTruncated), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &problem{Truncated, "the data end before the picture does"}
	case errors.As(err, &jpegUnsupported):
		return &problem{Unsupported, err.Error()}
	}
	return &problem{Corrupt, err.Error()}
}
