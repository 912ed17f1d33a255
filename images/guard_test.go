package images

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"strings"
	"testing"
	"time"

	"golang.org/x/image/tiff"
)

// A Checked is a result, and the hash of what was decoded whole.
type Checked struct {
	Result
	PHash uint64
}

// Check decodes a picture for its result and its hash alone.
func Check(data []byte, limits Limits) Checked {
	result, stored, release := Decode(data, limits)
	defer release()
	return CheckedOf(result, stored)
}

// CheckedOf hashes what Decode gave.
func CheckedOf(result Result, stored image.Image) Checked {
	if stored == nil {
		return Checked{result, 0}
	}
	return Checked{result, SquareOf(stored, result.Orientation).Hashes()[0]}
}

// decodedBy has BMP files decoded by another function for the time of a test.
func decodedBy(t *testing.T, decode func(*source) (decoded, error)) []byte {
	t.Helper()
	before := readers["bmp"]
	t.Cleanup(func() { readers["bmp"] = before })
	readers["bmp"] = func([]byte) (header, error) {
		return header{width: 2, height: 2, orientation: 1, decode: decode}, nil
	}
	return []byte("BM and more")
}

func TestPanicIsAVerdict(t *testing.T) {
	data := decodedBy(t, func(*source) (decoded, error) {
		var none []int
		return decoded{}, fmt.Errorf("%d", none[len(t.Name())])
	})
	got := Check(data, Limits{1, 100})
	if got.Verdict != Corrupt || !strings.Contains(got.Detail, "the decoder broke: runtime error: index out of range") ||
		!strings.Contains(got.Detail, "TestPanicIsAVerdict") || got.Width != 2 || got.ByClock {
		t.Errorf("%+v", got)
	}
}

// A decoder that reads for ever is stopped, though it swallows the error that stops it; that is no fact to be kept.
func TestEndlessDecodeIsAVerdict(t *testing.T) {
	data := decodedBy(t, func(s *source) (decoded, error) {
		for {
			if _, err := s.ReadAt(make([]byte, 1), 0); err != nil {
				return decoded{Image: image.NewGray(image.Rect(0, 0, 2, 2))}, nil
			}
			s.until = time.Now().Add(-time.Second) // as if it had gone on until then
		}
	})
	if got := Check(data, Limits{1, 100}); got.Verdict != Corrupt || !got.ByClock || got.PHash != 0 {
		t.Errorf("%+v", got)
	}
}

func TestOtherSizeThanTheHeaderSays(t *testing.T) {
	for _, other := range []image.Point{{2, 3}, {3, 2}} {
		data := decodedBy(t,
			func(*source) (decoded, error) { return decoded{Image: image.NewGray(image.Rectangle{Max: other})}, nil })
		if got := Check(data, Limits{1, 100}); got.Verdict != Corrupt ||
			!strings.Contains(got.Detail, fmt.Sprintf("%d×%d", other.X, other.Y)) {
			t.Errorf("%+v", got)
		}
	}
}

// Formats that this project decodes itself look at the clock too.
func TestLateDecodeIsStopped(t *testing.T) {
	for format, encode := range map[string]func(io.Writer, image.Image) error{
		"png":  png.Encode,
		"tiff": func(w io.Writer, m image.Image) error { return tiff.Encode(w, m, nil) },
	} {
		var b bytes.Buffer
		if err := encode(&b, image.NewGray(image.Rect(0, 0, 9, 9))); err != nil {
			t.Fatal(err)
		}
		h, err := inspect(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		for _, late := range []bool{false, true} {
			s := newSource(b.Bytes(), 81)
			if late {
				s.until = time.Now().Add(-time.Second)
			}
			if _, err := h.decode(s); (err != nil) != late || s.overdue != late {
				t.Errorf("%s, late %t: %v, overdue %t", format, late, err, s.overdue)
			}
		}
	}
}
