package jpeg_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	std "image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dermset/dermset/images/jpeg"
)

// random draws shades, edges and noise.
func random(r *rand.Rand, m interface {
	image.Image
	Set(x, y int, c color.Color)
}) image.Image {
	size, noise, edge := m.Bounds().Size(), 1+r.IntN(80), 1+r.IntN(30)
	for y := range size.Y {
		for x := range size.X {
			v := x*2 + y + r.IntN(noise) + x/edge%2*90
			m.Set(x, y, color.RGBA{uint8(v), uint8(v / 2), uint8(x*y/16 + r.IntN(noise)), 255})
		}
	}
	return m
}

func encoded(t testing.TB, m image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := std.Encode(&b, m, &std.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// files are JPEGs of other programs: progressive, with restart markers, other samplings, CMYK.
func files(t testing.TB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, name := range []string{"progressive.jpg", "progressive420.jpg", "sampling422.jpg",
		"sampling444.jpg", "restarts.jpg", "cmyk.jpg"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "pictures", name))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = data
	}
	return all
}

// agrees wants the samples of the standard library's decoder. That one rounds its transform otherwise: a sample may be
// one off, and of a CMYK picture, where three samples make a pixel's, a few.
func agrees(t *testing.T, name string, data []byte) {
	t.Helper()
	got, err := jpeg.Decode(data)
	want, stdErr := std.Decode(bytes.NewReader(data))
	if err != nil || stdErr != nil || got.MissingEOI {
		t.Fatalf("%s: %v, missing end %t; the standard library: %v", name, err, got.MissingEOI, stdErr)
	}
	box := want.Bounds()
	if got.Image.Bounds() != box {
		t.Fatalf("%s: bounds %v, want %v", name, got.Image.Bounds(), box)
	}
	for y := range box.Dy() {
		for x := range box.Dx() {
			a, b, within := samples(got.Image, x, y), samples(want, x, y), 1
			if len(a) == 4 {
				within = 4
			}
			for i := range max(len(a), len(b)) {
				if len(a) != len(b) || int(a[i])-int(b[i]) > within || int(b[i])-int(a[i]) > within {
					t.Fatalf("%s: pixel %d,%d is %v, want %v", name, x, y, a, b)
				}
			}
		}
	}
}

func samples(m image.Image, x, y int) []byte {
	switch m := m.(type) {
	case *image.Gray:
		return []byte{m.GrayAt(x, y).Y}
	case *image.YCbCr:
		c := m.YCbCrAt(x, y)
		return []byte{c.Y, c.Cb, c.Cr}
	case *image.CMYK:
		c := m.CMYKAt(x, y)
		return []byte{c.C, c.M, c.Y, c.K}
	case *image.RGBA:
		c := m.RGBAAt(x, y)
		return []byte{c.R, c.G, c.B}
	}
	return nil
}

func TestAgreesWithStandardLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		box := image.Rect(0, 0, 1+r.IntN(120), 1+r.IntN(80))
		quality := 1 + r.IntN(100)
		agrees(t, "colour", encoded(t, random(r, image.NewRGBA(box)), quality))
		agrees(t, "grey", encoded(t, random(r, image.NewGray(box)), quality))
	}
	for name, data := range files(t) {
		agrees(t, name, data)
	}
	// Components that are red, green and blue: by their names, and without the marker that says otherwise.
	named := withoutJFIF(files(t)["sampling444.jpg"])
	for marker, step := range map[byte]int{0xc0: 3, 0xda: 2} {
		at := bytes.Index(named, []byte{0xff, marker}) + 5
		if marker == 0xc0 {
			at += 5
		}
		for i, id := range []byte("RGB") {
			named[at+i*step] = id
		}
	}
	agrees(t, "named RGB", named)
}

// withoutJFIF is a file without the segment that says its components are luma and chroma.
func withoutJFIF(data []byte) []byte {
	at := bytes.Index(data, []byte("\xff\xe0\x00\x10JFIF"))
	return slices.Concat(data[:at], data[at+18:])
}

func TestDamage(t *testing.T) {
	whole := encoded(t, random(rand.New(rand.NewPCG(3, 4)), image.NewRGBA(image.Rect(0, 0, 90, 70))), 90)
	scan := bytes.Index(whole, []byte{0xff, 0xda})
	frame := bytes.Index(whole, []byte{0xff, 0xc0})
	changed := func(at int, to ...byte) []byte {
		data := slices.Clone(whole)
		copy(data[at:], to)
		return data
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"no marker": {[]byte("GIF89a"), "does not begin with the marker"},
		"a restart in the scan": {slices.Concat(whole[:scan+200], []byte{0xff, 0xd3}, whole[scan+200:]),
			"a marker 0xd3 before the end of the scan"},
		"an end in the scan": {slices.Concat(whole[:scan+200], []byte{0xff, 0xd9}, whole[scan+200:]),
			jpeg.ErrTruncated.Error()},
		"no scan":              {append(slices.Clone(whole[:scan]), 0xff, 0xd9), "has no picture before its end"},
		"a scan of nothing":    {changed(scan+5, 99), "a scan of component 99"},
		"no quantisation":      {changed(frame+12, 3), "quantisation table 3, which is missing"},
		"no Huffman table":     {changed(scan+6, 0x33), "needs a Huffman table that is missing"},
		"a sampling of 0":      {changed(frame+11, 0x02), "sampling 0×2"},
		"two of one component": {changed(frame+13, 1), "a scan of component 2"},
		"12 bits":              {changed(frame+4, 12), "JPEG with 12 bits a sample is not decoded"},
		"two components":       {changed(frame+9, 2), "a frame header of 15 bytes"},
		"two frames": {slices.Concat(whole[:scan], whole[frame:frame+19], whole[scan:]),
			"has a second frame header"},
		"a table of many codes": {changed(bytes.Index(whole, []byte{0xff, 0xc4})+5, 3), "Huffman table"},
		"a segment of one byte": {changed(4, 0, 1), "a segment of 1 bytes"},
		"more scans than allowed": {slices.Concat(whole[:len(whole)-2], bytes.Repeat(whole[scan:len(whole)-2], 500),
			[]byte{0xff, 0xd9}), "more than 500 scans"},
	} {
		if _, err := jpeg.Decode(c.data); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want …%s…", name, err, c.want)
		}
	}
}

// A progressive picture that ends with a whole scan is cut all the same if later scans are missing,
// and is not if none is.
func TestProgressiveWithoutItsLastScan(t *testing.T) {
	whole := files(t)["progressive.jpg"]
	last := bytes.LastIndex(whole, []byte{0xff, 0xda})
	last = bytes.LastIndex(whole[:last], []byte{0xff, 0xc4}) // the table before it
	if _, err := jpeg.Decode(whole[:last]); !errors.Is(err, jpeg.ErrTruncated) {
		t.Errorf("without its last scan: error %v, want %v", err, jpeg.ErrTruncated)
	}
	if p, err := jpeg.Decode(whole[:len(whole)-2]); err != nil || !p.MissingEOI {
		t.Errorf("without its end marker: error %v, missing %t", err, p.MissingEOI)
	}
}

func TestReadHeader(t *testing.T) {
	for name, data := range files(t) {
		h, err := jpeg.ReadHeader(data)
		if err != nil || h.Width != 96 || h.Height != 64 || h.Memory < 96*64 {
			t.Errorf("%s: %+v, %v", name, h, err)
		}
		if more, err := jpeg.ReadHeader(append(data, make([]byte, 1000)...)); err != nil ||
			!strings.HasPrefix(name, "progressive") && more.Memory != h.Memory+1000 {
			t.Errorf("%s: %d bytes, with 1000 bytes more %d", name, h.Memory, more.Memory)
		}
	}
	if h, err := jpeg.ReadHeader(files(t)["restarts.jpg"][:30]); !errors.Is(err, jpeg.ErrTruncated) || h.Width != 0 {
		t.Errorf("cut: %+v, %v", h, err)
	}
}

// FuzzDecode wants an answer to anything, and pixels of the size that the header says.
func FuzzDecode(f *testing.F) {
	for _, data := range files(f) {
		f.Add(data)
	}
	f.Add(encoded(f, random(rand.New(rand.NewPCG(5, 6)), image.NewRGBA(image.Rect(0, 0, 20, 9))), 50))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := jpeg.ReadHeader(data)
		if err != nil || h.Width*h.Height > 100_000 {
			return
		}
		p, err := jpeg.Decode(data)
		var malformed jpeg.FormatError
		var unsupported jpeg.UnsupportedError
		if err != nil {
			if !errors.Is(err, jpeg.ErrTruncated) && !errors.As(err, &malformed) && !errors.As(err, &unsupported) {
				t.Errorf("an error of no kind: %v", err)
			}
			return
		}
		if p.Image.Bounds() != image.Rect(0, 0, h.Width, h.Height) {
			t.Errorf("bounds %v, the header says %d×%d", p.Image.Bounds(), h.Width, h.Height)
		}
		p.Image.At(h.Width-1, h.Height-1)
	})
}

func BenchmarkDecode(b *testing.B) {
	for _, size := range []image.Point{{600, 450}, {3000, 2000}} {
		data := encoded(b, random(rand.New(rand.NewPCG(7, 8)), image.NewRGBA(image.Rectangle{Max: size})), 90)
		b.Run(size.String(), func(b *testing.B) {
			b.SetBytes(int64(size.X * size.Y))
			for b.Loop() {
				if _, err := jpeg.Decode(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
