package clean_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/images/clean"
)

// secret is planted wherever a file has room for more than pixels.
const secret = "Erika Mustermann, born 1964-08-12"

var loose = images.Limits{MinSide: 1, MaxPixels: 1_000_000}

func drawn(width, height int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.NRGBA{uint8(5 * x), uint8(7 * y), uint8(3 * (x + y)), 255}
			if x < width/3 && y < height/4 {
				c = color.NRGBA{200, 30, 60, 255}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

func jpegOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "pictures", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func segment(marker byte, body string) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(2+len(body))), body...)
}

func chunk(name, body string) []byte {
	out := append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), name...)
	out = append(out, body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

func riffChunk(name, body string) []byte {
	out := append(binary.LittleEndian.AppendUint32([]byte(name), uint32(len(body))), body...)
	return append(out, make([]byte, len(body)%2)...)
}

func deflated(text string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return b.String()
}

// exifOf is an EXIF block of an orientation, a description that tells too much, and a thumbnail's worth of rest.
func exifOf(orientation int) string {
	head := []byte("II*\x00\x08\x00\x00\x00\x02\x00")
	head = append(head, 0x0e, 0x01, 2, 0)
	head = binary.LittleEndian.AppendUint32(head, uint32(len(secret)))
	head = binary.LittleEndian.AppendUint32(head, 8+2+2*12+4)
	head = append(head, 0x12, 0x01, 3, 0, 1, 0, 0, 0, byte(orientation), 0, 0, 0)
	return string(append(head, 0, 0, 0, 0)) + secret + secret
}

// profile is an ICC profile of a colour space, as far as anybody looks, with some bytes to know it by.
func profile(space string, size int) string {
	icc := bytes.Repeat([]byte{0xa5}, size)
	binary.BigEndian.PutUint32(icc, uint32(size))
	copy(icc[16:], space)
	copy(icc[36:], "acsp")
	return string(icc)
}

// cleaned cleans a picture and wants it to show what it showed.
func cleaned(t testing.TB, data []byte) clean.Copy {
	t.Helper()
	before, m, _ := images.Decode(data, loose)
	if before.Verdict != images.OK {
		t.Fatalf("before: %s: %s", before.Verdict, before.Detail)
	}
	c, err := clean.Of(data, before)
	if err != nil {
		t.Fatal(err)
	}
	after, n, _ := images.Decode(c.Data, loose)
	if after.Verdict != images.OK || after.Format != c.Format {
		t.Fatalf("after: %s: %s, format %s, said %s", after.Verdict, after.Detail, after.Format, c.Format)
	}
	samePixels(t, m, before, n, after)
	return c
}

func samePixels(t testing.TB, m image.Image, before images.Result, n image.Image, after images.Result) {
	t.Helper()
	width, height := before.Upright()
	if w, h := after.Upright(); w != width || h != height {
		t.Fatalf("%d×%d became %d×%d", width, height, w, h)
	}
	a, b := images.RGB(m, before.Orientation), images.RGB(n, after.Orientation)
	rowA, rowB := make([]uint8, 3*width), make([]uint8, 3*width)
	for y := range height {
		a(y, rowA)
		if b(y, rowB); !bytes.Equal(rowA, rowB) {
			t.Fatalf("row %d differs", y)
		}
	}
	p, q := images.Plain(m, before.Orientation), images.Plain(n, after.Orientation)
	for y := range height {
		for x := range width {
			r1, g1, b1, a1 := p.At(x, y).RGBA()
			if r2, g2, b2, a2 := q.At(x, y).RGBA(); r1 != r2 || g1 != g2 || b1 != b2 || a1 != a2 {
				t.Fatalf("pixel %d,%d: %v became %v", x, y, p.At(x, y), q.At(x, y))
			}
		}
	}
}

// without wants a copy to tell nothing, also where it is packed.
func without(t testing.TB, c clean.Copy) {
	t.Helper()
	for _, piece := range []string{secret, secret[:8], deflated(secret), "Ducky", "JFXX", "MPF", "xmp", "8BIM", "zTXt"} {
		if bytes.Contains(c.Data, []byte(piece)) {
			t.Errorf("%q is left", piece)
		}
	}
}

func checked(data []byte) images.Result {
	result, _, _ := images.Decode(data, loose)
	return result
}
