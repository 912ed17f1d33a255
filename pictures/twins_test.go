package pictures

import (
	"bytes"
	"encoding/hex"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/images"
)

// slanted is a picture that no turn leaves as it is.
func slanted() *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, 90, 70))
	for y := range 70 {
		for x := range 90 {
			m.SetNRGBA(x, y, color.NRGBA{uint8(2*x + y), uint8(3 * y), uint8(x * y / 40), 255})
		}
	}
	m.SetNRGBA(3, 5, color.NRGBA{1, 2, 3, 255})
	return m
}

// mapped is a picture of which each pixel is another's.
func mapped(from *image.NRGBA, width, height int, at func(x, y int) (int, int)) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.Set(x, y, from.At(at(x, y)))
		}
	}
	return m
}

func pngOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Equal pixels have one sum whatever the file's bytes; a mirrored picture has the hashes of the other one, in another
// order.
func TestTwins(t *testing.T) {
	m := slanted()
	var fast bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&fast, m); err != nil {
		t.Fatal(err)
	}
	files := blobs(t, pngOf(t, m), fast.Bytes(),
		pngOf(t, mapped(m, 90, 70, func(x, y int) (int, int) { return 89 - x, y })),
		pngOf(t, mapped(m, 90, 70, func(x, y int) (int, int) { return x, 69 - y })),
		pngOf(t, mapped(m, 90, 70, func(x, y int) (int, int) { return 89 - x, 69 - y })))
	d := newDesk(t, Twins)
	d.see(t, files)
	twins := d.answers(t, Twins, files)
	var sums []string
	var hashes [][]string
	for _, f := range files {
		pixels, more, _ := strings.Cut(twins[f.SHA256], " ")
		sums, hashes = append(sums, pixels), append(hashes, strings.Fields(more))
	}
	if len(sums[0]) != 64 || sums[1] != sums[0] || slices.Contains(sums[2:], sums[0]) {
		t.Errorf("sums of pixels %q: want the first two to be equal and the others not", sums)
	}
	square := images.SquareOf(m, 1).Hashes()
	for i, order := range [][]int{{0, 1, 2, 3}, {0, 1, 2, 3}, {1, 0, 3, 2}, {2, 3, 0, 1}, {3, 2, 1, 0}} {
		var want []string
		for _, at := range order {
			want = append(want, hashText(square[at]))
		}
		if diff := cmp.Diff(want, hashes[i]); diff != "" {
			t.Errorf("hashes of %d:\n%s", i, diff)
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(hashes[0])))) != 4 {
		t.Errorf("hashes %q: the picture does not tell its turns apart", hashes[0])
	}
	if checked := strings.Fields(d.answers(t, Check, files)[files[0].SHA256]); !slices.Contains(checked, hashes[0][0]) {
		t.Errorf("check says %q, without the hash %s", checked, hashes[0][0])
	}
}

// What shows nobody is nobody's twin: a picture of one colour, one in which nothing is left to be seen in 32×32, and
// what cannot be decoded.
func TestNobodysTwins(t *testing.T) {
	dot := image.NewGray(image.Rect(0, 0, 400, 400))
	dot.Pix[0] = 1
	var blank bytes.Buffer
	if err := jpeg.Encode(&blank, image.NewGray(image.Rect(0, 0, 90, 70)), nil); err != nil {
		t.Fatal(err)
	}
	whole := pngOf(t, slanted())
	files := blobs(t, pngOf(t, dot), blank.Bytes(), whole[:len(whole)/2], []byte("no picture"), nil)
	sum := images.PixelSum(dot, 1)
	d := newDesk(t, Twins)
	d.see(t, files)
	want := map[string]string{files[0].SHA256: hex.EncodeToString(sum[:]) + " "}
	for _, f := range files[1:] {
		want[f.SHA256] = " "
	}
	if diff := cmp.Diff(want, d.answers(t, Twins, files)); diff != "" {
		t.Error(diff)
	}
}

// One picture is reduced once, for all who look at its square.
func TestSquareIsMadeOnce(t *testing.T) {
	p := Picture{Stored: slanted(), Result: images.Result{Orientation: 6}}
	square := p.Square()
	if p.Square() != square || *square != *images.SquareOf(slanted(), 6) {
		t.Errorf("%v, and then %v", square, p.Square())
	}
}
