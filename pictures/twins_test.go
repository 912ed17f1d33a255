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
	turns := []*image.NRGBA{m, m,
		mapped(m, 90, 70, func(x, y int) (int, int) { return 89 - x, y }),
		mapped(m, 90, 70, func(x, y int) (int, int) { return x, 69 - y }),
		mapped(m, 90, 70, func(x, y int) (int, int) { return 89 - x, 69 - y })}
	files := blobs(t, pngOf(t, m), fast.Bytes(), pngOf(t, turns[2]), pngOf(t, turns[3]), pngOf(t, turns[4]))
	first, _ := files[0].Content()
	d := newDesk(t, Twins)
	d.see(t, files)
	facts := d.known(t)
	square := images.SquareOf(m, 1).Hashes()
	for i, order := range [...][4]int{{0, 1, 2, 3}, {0, 1, 2, 3}, {1, 0, 3, 2}, {2, 3, 0, 1}, {3, 2, 1, 0}} {
		content, _ := files[i].Content()
		want := [4]uint64{}
		for k, at := range order {
			want[k] = square[at]
		}
		if hashes, has := facts.Print(content); hashes != want || !has {
			t.Errorf("%d: hashes %016x, %t, want %016x", i, hashes, has, want)
		}
		sum := images.PixelSum(turns[i], 1)
		pixels := facts.Pixels(content)
		if pixels != hex.EncodeToString(sum[:]) || (pixels == facts.Pixels(first)) != (i < 2) {
			t.Errorf("%d: sum of pixels %s, want %x", i, pixels, sum)
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(square[:])))) != 4 {
		t.Errorf("hashes %016x: the picture does not tell its turns apart", square)
	}
	checked := strings.Fields(d.answers(t, Check, files)[files[0].SHA256])
	if !slices.Contains(checked, hashText(square[0])) {
		t.Errorf("check says %q, without the hash %016x", checked, square[0])
	}
}

// What shows nobody is nobody's twin: a picture of one colour, one in which nothing is left to be seen in 32×32, and
// what cannot be decoded.
func TestNobodysTwins(t *testing.T) {
	dot := image.NewGray(image.Rect(0, 0, 400, 400))
	for i := range dot.Pix {
		dot.Pix[i] = 100
	}
	dot.Pix[0]++
	var blank bytes.Buffer
	if err := jpeg.Encode(&blank, image.NewGray(image.Rect(0, 0, 90, 70)), nil); err != nil {
		t.Fatal(err)
	}
	whole := pngOf(t, slanted())
	files := blobs(t, pngOf(t, dot), blank.Bytes(), whole[:len(whole)/2], []byte("no picture"), nil)
	d := newDesk(t, Twins)
	d.see(t, files)
	facts := d.known(t)
	sum := images.PixelSum(dot, 1)
	want := hex.EncodeToString(sum[:])
	for i, f := range files {
		content, _ := f.Content()
		hashes, has := facts.Print(content)
		if pixels := facts.Pixels(content); pixels != want || has || hashes != [4]uint64{} {
			t.Errorf("%d: sum of pixels %q, want %q; hashes %016x, %t", i, pixels, want, hashes, has)
		}
		want = ""
	}
}

// Any picture that is not of one brightness has hashes that are not zero, which is what none is told by.
func TestHashesAreNotZero(t *testing.T) {
	for shade := range 256 {
		for x := range 32 {
			var s images.Square
			s[x/3][x] = uint8(shade)
			if hashes := s.Hashes(); !s.Flat() && slices.Contains(hashes[:], 0) {
				t.Errorf("one pixel of %d at %d: hashes %016x", shade, x, hashes)
			}
		}
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
