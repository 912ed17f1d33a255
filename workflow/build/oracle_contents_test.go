package build_test

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"sync"
	"testing"

	"github.com/dermset/dermset/images"
)

// A content is what a file of a world's store holds: a kind, and a number that tells contents of a kind apart. Of one
// number, "again" has the pixels of "fit" in other bytes, and "near" all but a few of them. The zero content is no
// file.
type content struct {
	kind string
	n    int
}

// contentKinds are all kinds of contents but the fit pictures and the one that is turned: each gives a verdict, some of
// them only under the limits of some worlds. A folder is there, and cannot be fetched.
var contentKinds = []string{"", "folder", "empty", "text", "heic", "cut", "broken", "small", "large", "blank"}

// A file is a content as bytes, and what is known of it.
type file struct {
	data          []byte
	sum           string
	verdict       string // under no limits; empty: none
	width, height int    // of the upright picture; 0: the content does not say
	pixels        string // of the upright picture, its size before them; empty where they cannot be decoded, or are blank
}

var files sync.Map // content → *file: each is made once

// file is nil where no file can come.
func (c content) file() *file {
	if c.kind == "" || c.kind == "folder" {
		return nil
	}
	if made, is := files.Load(c); is {
		return made.(*file)
	}
	f := c.make()
	sum := sha256.Sum256(f.data)
	f.sum = hex.EncodeToString(sum[:])
	made, _ := files.LoadOrStore(c, f)
	return made.(*file)
}

func (c content) make() *file {
	switch c.kind {
	case "empty":
		return &file{verdict: "empty"}
	case "text":
		return &file{data: fmt.Appendf(nil, "no picture, number %d\n", c.n), verdict: "not_an_image"}
	case "heic":
		return &file{data: fmt.Appendf(nil, "\x00\x00\x00\x18ftypheic%08d", c.n), verdict: "unsupported_format"}
	}
	f := &file{width: 64 + c.n%17, height: 64 + c.n*5%17}
	switch c.kind {
	case "small":
		f.width -= 24
	case "large":
		f.width += 60
	}
	rows := make([]byte, 0, f.height*(1+f.width)) // of a grey PNG, each behind its filter
	for y := range f.height {
		rows = append(rows, 0)
		for x := range f.width {
			rows = append(rows, byte(x+y*y+c.n))
		}
	}
	if c.kind == "blank" {
		f.verdict, rows = "blank", bytes.Repeat(append([]byte{0}, bytes.Repeat([]byte{byte(c.n)}, f.width)...), f.height)
	}
	if c.kind == "near" {
		for i := range 3 {
			rows[(9+i)*(1+f.width)+30] ^= 64
		}
	}
	extra := fmt.Appendf(nil, "Comment\x00%s %d", c.kind, c.n) // makes every content another
	f.data = pngOf(f.width, f.height, rows, chunk("tEXt", extra))
	switch c.kind {
	case "turned": // by EXIF, to the right
		f.data = pngOf(f.width, f.height, rows, chunk("eXIf",
			[]byte("II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00")),
			chunk("tEXt", extra))
		rows = toTheRight(rows, f.width, f.height)
		f.width, f.height = f.height, f.width
	case "cut":
		f.verdict, f.data = "truncated", f.data[:len(f.data)-60]
	case "broken":
		f.verdict = "corrupt"
		f.data[len(f.data)-16]++ // the checksum of the pixels
	}
	if f.verdict == "" {
		f.pixels = fmt.Sprintf("%d×%d %x", f.width, f.height, rows)
	}
	return f
}

// toTheRight are rows, each behind its filter, turned clockwise.
func toTheRight(rows []byte, width, height int) (turned []byte) {
	for x := range width {
		turned = append(turned, 0)
		for y := range height {
			turned = append(turned, rows[(height-1-y)*(1+width)+1+x])
		}
	}
	return turned
}

// pngOf is a grey PNG of filtered rows.
func pngOf(width, height int, rows []byte, between ...[]byte) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(width)), uint32(height))
	var pixels bytes.Buffer
	pack := zlib.NewWriter(&pixels)
	_, _ = pack.Write(rows) // a buffer takes all
	_ = pack.Close()
	parts := append([][]byte{[]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(head, 8, 0, 0, 0, 0))}, between...)
	return bytes.Join(append(parts, chunk("IDAT", pixels.Bytes()), chunk("IEND", nil)), nil)
}

func chunk(kind string, body []byte) []byte {
	text := append([]byte(kind), body...)
	return binary.BigEndian.AppendUint32(append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), text...),
		crc32.ChecksumIEEE(text))
}

// verdictOf is what a content is under the limits of the world (spec 9): one of too many pixels is not even decoded,
// and of pictures that can be decoded none may be too small.
func (w *world) verdictOf(c content) string {
	f := c.file()
	switch {
	case c.kind == "folder":
		return "not_fetched"
	case f == nil:
		return "missing"
	case f.width*f.height > w.maxPixels:
		return "too_many_pixels"
	case (f.verdict == "" || f.verdict == "blank") && f.width > 0 && min(f.width, f.height) < w.minSide:
		return "too_small"
	}
	return f.verdict
}

// The contents are what the oracle takes them for.
func TestContentsAreWhatTheySay(t *testing.T) {
	seen := map[string]content{}
	for _, kind := range append(contentKinds, "fit", "turned", "again", "near") {
		for n := range 400 {
			c := content{kind, n}
			f := c.file()
			if f == nil {
				continue
			}
			if other, is := seen[f.sum]; is && kind != "empty" {
				t.Fatalf("%v and %v are equal", c, other)
			}
			seen[f.sum] = c
			for _, w := range []*world{{minSide: 1, maxPixels: 1 << 20},
				{minSide: 64, maxPixels: 9000}, {minSide: 66, maxPixels: 5000}} {
				want := w.verdictOf(c)
				if want == "" {
					want = "ok"
				}
				got, _, _ := images.Decode(f.data, images.Limits{MinSide: w.minSide, MaxPixels: int64(w.maxPixels)})
				if width, height := got.Upright(); string(got.Verdict) != want || width != f.width || height != f.height {
					t.Fatalf("%v under %d and %d: %s (%s), %d × %d, want %s, %d × %d",
						c, w.minSide, w.maxPixels, got.Verdict, got.Detail, width, height, want, f.width, f.height)
				}
			}
		}
	}
}
