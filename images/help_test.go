package images_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/dermset/dermset/images"
)

// The picture that most tests look at: gradients, and a box that tells which way is up.
const drawnWidth, drawnHeight = 96, 64

func drawn(x, y int) color.NRGBA {
	if x >= 8 && x < 32 && y >= 4 && y < 20 {
		return color.NRGBA{200, 30, 60, 255}
	}
	const last = drawnWidth + 2*drawnHeight - 3
	return color.NRGBA{uint8(x * 255 / (drawnWidth - 1)), uint8(y * 255 / (drawnHeight - 1)),
		uint8((x + 2*y) * 255 / last), 255}
}

func draw() *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, drawnWidth, drawnHeight))
	for y := range drawnHeight {
		for x := range drawnWidth {
			m.SetNRGBA(x, y, drawn(x, y))
		}
	}
	return m
}

// as is the picture in another form.
func as[M interface {
	image.Image
	Set(x, y int, c color.Color)
}](m M, from image.Image) M {
	for y := range from.Bounds().Dy() {
		for x := range from.Bounds().Dx() {
			m.Set(x, y, from.At(x, y))
		}
	}
	return m
}

// filled is a picture of one colour.
func filled(c color.NRGBA) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, drawnWidth, drawnHeight))
	for i := range m.Pix {
		m.Pix[i] = []uint8{c.R, c.G, c.B, c.A}[i%4]
	}
	return m
}

// encoded is a picture as a file of a format.
func encoded(t testing.TB, format string, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch format {
	case "jpeg":
		err = jpeg.Encode(&b, m, &jpeg.Options{Quality: 95})
	case "png":
		err = png.Encode(&b, m)
	case "gif":
		err = gif.Encode(&b, m, nil)
	case "tiff":
		err = tiff.Encode(&b, m, &tiff.Options{Compression: tiff.Deflate, Predictor: true})
	case "bmp":
		err = bmp.Encode(&b, m)
	default:
		t.Fatalf("no encoder of %q", format)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", "pictures", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// exifBlock is an EXIF block that says an orientation and nothing else.
func exifBlock(orientation int) []byte {
	return append([]byte("II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00"),
		byte(orientation), 0, 0, 0, 0, 0, 0, 0)
}

// withExif puts an EXIF block into a JPEG or PNG.
func withExif(t testing.TB, data []byte, orientation int) []byte {
	t.Helper()
	block, at := exifBlock(orientation), 2
	var segment []byte
	if bytes.HasPrefix(data, []byte("\x89PNG")) {
		at, segment = 33, pngChunk("eXIf", block)
	} else {
		block = append([]byte("Exif\x00\x00"), block...)
		segment = append(binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(2+len(block))), block...)
	}
	return bytes.Join([][]byte{data[:at], segment, data[at:]}, nil)
}

func pngChunk(id string, body []byte) []byte {
	chunk := append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), id...)
	chunk = append(chunk, body...)
	return binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
}

// loose are limits that no picture of these tests meets.
var loose = images.Limits{MinSide: 1, MaxPixels: 1_000_000}

// decodedAs wants a picture to count, and its upright pixels to be those of want: exactly, or in the mean over all
// samples within so much, where a format loses something.
func decodedAs(t *testing.T, data []byte, want image.Image, within float64) images.Checked {
	t.Helper()
	result, m, _ := images.Decode(data, loose)
	if result.Verdict != images.OK {
		t.Fatalf("verdict %s: %s", result.Verdict, result.Detail)
	}
	up := images.Upright(m, result.Orientation)
	if width, height := result.Upright(); up.Bounds().Dx() != width ||
		up.Bounds().Dy() != height || up.Bounds() != want.Bounds() {
		t.Fatalf("upright bounds %v, size %d×%d, want %v", up.Bounds(), width, height, want.Bounds())
	}
	difference := 0
	for y := range want.Bounds().Dy() {
		for x := range want.Bounds().Dx() {
			a, b := color.NRGBAModel.Convert(up.At(x, y)).(color.NRGBA), color.NRGBAModel.Convert(want.At(x, y)).(color.NRGBA)
			if a != b && within == 0 {
				t.Fatalf("pixel %d,%d is %v, want %v", x, y, a, b)
			}
			difference += between(a.R, b.R) + between(a.G, b.G) + between(a.B, b.B) + between(a.A, b.A)
		}
	}
	if mean := float64(difference) / float64(4*want.Bounds().Dx()*want.Bounds().Dy()); mean > within {
		t.Errorf("samples are %.2f off in the mean, want at most %.2f", mean, within)
	}
	return images.CheckedOf(result, m)
}

func between(a, b uint8) int { return int(max(a, b) - min(a, b)) }
