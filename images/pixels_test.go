package images_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"image"
	"image/color"
	"image/color/palette"
	"math/bits"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/images"
)

func TestPixelsOfDrawnPictures(t *testing.T) {
	m, box := draw(), image.Rect(0, 0, drawnWidth, drawnHeight)
	seen := as(image.NewNRGBA(box), m)
	for i := 3; i < len(seen.Pix); i += 4 {
		seen.Pix[i] = uint8(128 + i%100)
	}
	grey, colours := as(image.NewGray(box), m), as(image.NewPaletted(box, palette.Plan9), m)
	for name, c := range map[string]struct {
		format  string
		picture image.Image
		want    image.Image
		within  float64
	}{
		"png":            {"png", m, m, 0},
		"png 16 bits":    {"png", as(image.NewNRGBA64(box), m), m, 0},
		"png grey":       {"png", grey, grey, 0},
		"png grey 16":    {"png", as(image.NewGray16(box), m), grey, 0.5},
		"png palette":    {"png", colours, colours, 0},
		"png alpha":      {"png", seen, seen, 0},
		"jpeg":           {"jpeg", m, m, 1.5},
		"jpeg grey":      {"jpeg", grey, grey, 1},
		"gif":            {"gif", colours, colours, 0},
		"tiff":           {"tiff", m, m, 0},
		"tiff grey":      {"tiff", grey, grey, 0},
		"tiff 16 bits":   {"tiff", as(image.NewRGBA64(box), m), m, 0},
		"bmp":            {"bmp", m, m, 0},
		"bmp palette":    {"bmp", colours, colours, 0},
		"png interlaced": {"", nil, m, 0},
	} {
		t.Run(name, func(t *testing.T) {
			data := interlaced(t, m)
			if c.picture != nil {
				data = encoded(t, c.format, c.picture)
			}
			decodedAs(t, data, c.want, c.within)
		})
	}
}

// interlaced is a picture as an interlaced PNG, which no encoder here writes: seven small pictures, one after another.
func interlaced(t *testing.T, m image.Image) []byte {
	t.Helper()
	var rows bytes.Buffer
	for _, pass := range [][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
		{0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
		for y := pass[1]; y < m.Bounds().Dy(); y += pass[3] {
			rows.WriteByte(0) // no filter
			for x := pass[0]; x < m.Bounds().Dx(); x += pass[2] {
				c := color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)
				rows.Write([]byte{c.R, c.G, c.B})
			}
		}
	}
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	if _, err := w.Write(rows.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(m.Bounds().Dx())),
		uint32(m.Bounds().Dy()))
	head = append(head, 8, 2, 0, 0, 1)
	return bytes.Join([][]byte{[]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", head),
		pngChunk("IDAT", packed.Bytes()), pngChunk("IEND", nil)}, nil)
}

// The files of testdata/pictures are the same picture, by Pillow; hashes are those of imagehash.
func TestPixelsOfOtherProgramsFiles(t *testing.T) {
	m := draw()
	seen := draw()
	for y := range drawnHeight {
		for x := range drawnWidth {
			// Pillow's linear gradient, 256 high, at half a step
			seen.Pix[seen.PixOffset(x, y)+3] = uint8(min(255, max(0, (2*y+1)*2-1)))
		}
	}
	for _, c := range []struct {
		name     string
		want     image.Image
		within   float64
		hash     uint64
		exact    bool // no step with loss between the pixels and the hash
		warnings []images.Warning
	}{
		{"progressive.jpg", m, 1.5, 0xa060e0671f1f1f1f, false, nil},
		{"progressive420.jpg", m, 1.5, 0xa060e0671f1f1f1f, false, nil},
		{"sampling422.jpg", m, 1.5, 0xa060e0671f1f1f1f, false, nil},
		{"sampling444.jpg", m, 1.5, 0xa060e0671f1f1f1f, false, nil},
		{"restarts.jpg", m, 1.5, 0xa060e0671f1f1f1f, false, nil},
		{"cmyk.jpg", m, 1.5, 0xa060e0671f1f1f1f, false, nil},
		{"lossy.webp", m, 1.5, 0xa060e0671f1f1f1f, false, nil},
		{"lossless.webp", m, 0, 0xa060e0671f1f1f1f, true, nil},
		{"alpha.webp", seen, 1.5, 0xa060e0671f1f1f1f, false, nil},
		{"exif6.webp", m, 0, 0xa060e0671f1f1f1f, true, nil},
		{"animated.webp", m, 0, 0xa060e0671f1f1f1f, true, []images.Warning{images.Animated}},
		{"animated.gif", m, 6, 0xa060e03f1f1f1f1e, true, []images.Warning{images.Animated}},
		{"palette.png", m, 6, 0xa060e03f1f1f1f1e, true, nil},
		{"lzw.tif", m, 0, 0xa060e0671f1f1f1f, true, nil},
		{"pages.tif", m, 0, 0xa060e0671f1f1f1f, true, []images.Warning{images.Animated}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := decodedAs(t, testdata(t, c.name), c.want, c.within)
			if distance := bits.OnesCount64(got.PHash ^ c.hash); distance > 2 || c.exact && distance > 0 {
				t.Errorf("hash %016x, imagehash %016x", got.PHash, c.hash)
			}
			if diff := cmp.Diff(c.warnings, got.Warnings); diff != "" {
				t.Errorf("warnings:\n%s", diff)
			}
		})
	}
}

// TestOrientations stores the picture in all eight ways; upright it is always the same, and so is its hash.
func TestOrientations(t *testing.T) {
	m := draw()
	upright := images.Check(encoded(t, "png", m), loose)
	for orientation := 1; orientation <= 8; orientation++ {
		stored := image.NewNRGBA(images.Upright(m, orientation).Bounds())
		for y := range drawnHeight {
			for x := range drawnWidth {
				sx, sy := storedAt(x, y, orientation)
				stored.Set(sx, sy, m.At(x, y))
			}
		}
		got := decodedAs(t, withExif(t, encoded(t, "png", stored), orientation), m, 0)
		if got.Orientation != orientation || got.PHash != upright.PHash || got.Width != stored.Bounds().Dx() {
			t.Errorf("orientation %d: said %d, width %d, hash %016x, want %016x",
				orientation, got.Orientation, got.Width, got.PHash, upright.PHash)
		}
		decodedAs(t, withExif(t, encoded(t, "jpeg", stored), orientation), m, 1.5)
	}
	for _, odd := range []int{0, 9, 255} {
		if got := decodedAs(t, withExif(t, encoded(t, "png", m), odd), m, 0); got.Orientation != 1 {
			t.Errorf("orientation %d counts as %d, want 1", odd, got.Orientation)
		}
	}
}

// storedAt is where EXIF says that the pixel at x, y of the upright picture is stored, by what its rows and columns
// are: "the 0th row is the visual bottom" and so on.
func storedAt(x, y, orientation int) (int, int) {
	right, bottom := drawnWidth-1-x, drawnHeight-1-y
	places := [...][2]int{1: {x, y}, 2: {right, y}, 3: {right, bottom}, 4: {x, bottom}, 5: {y, x}, 6: {y, right},
		7: {bottom, right}, 8: {bottom, x}}
	return places[orientation][0], places[orientation][1]
}
