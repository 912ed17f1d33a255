package images_test

import (
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"image/color/palette"
	"math/rand/v2"
	"testing"

	"github.com/dermset/dermset/images"
)

// sumOf is the sum of a file's pixels.
func sumOf(t testing.TB, data []byte) [sha256.Size]byte {
	t.Helper()
	result, m, release := images.Decode(data, loose)
	if m == nil {
		t.Fatalf("verdict %s: %s", result.Verdict, result.Detail)
	}
	defer release()
	return images.PixelSum(m, result.Orientation)
}

// TestPixelSumOfTwins stores the same pixels in all ways.
func TestPixelSumOfTwins(t *testing.T) {
	m, box := draw(), image.Rect(0, 0, drawnWidth, drawnHeight)
	grey, few := as(image.NewGray(box), m), as(image.NewPaletted(box, palette.Plan9), m)
	want := map[string][sha256.Size]byte{"colour": sumOf(t, encoded(t, "png", m)),
		"grey": sumOf(t, encoded(t, "png", grey)), "few": sumOf(t, encoded(t, "png", few))}
	if want["colour"] == want["grey"] || want["colour"] == want["few"] || want["few"] == want["grey"] {
		t.Fatal("pictures of other colours have one sum")
	}
	shifted := as(image.NewNRGBA64(box), m)
	for i := 0; i < len(shifted.Pix); i += 2 {
		if i%8 != 6 {
			shifted.Pix[i+1] = 0
		}
	}
	for name, c := range map[string]struct {
		data []byte
		as   string
	}{
		"bmp": {encoded(t, "bmp", m), "colour"}, "tiff": {encoded(t, "tiff", m), "colour"},
		"png of 16 bits":          {encoded(t, "png", as(image.NewNRGBA64(box), m)), "colour"},
		"png of 16 bits, shifted": {encoded(t, "png", shifted), "colour"},
		"tiff of 16 bits":         {encoded(t, "tiff", as(image.NewRGBA64(box), m)), "colour"},
		"png interlaced":          {interlaced(t, m), "colour"},
		"lossless webp":           {testdata(t, "lossless.webp"), "colour"},
		"turned webp":             {testdata(t, "exif6.webp"), "colour"},
		"lzw":                     {testdata(t, "lzw.tif"), "colour"}, "first of an animation": {testdata(t, "animated.webp"), "colour"},
		"grey as colours":    {encoded(t, "png", as(image.NewNRGBA(box), grey)), "grey"},
		"grey of 16 bits":    {encoded(t, "png", as(image.NewGray16(box), grey)), "grey"},
		"grey as a palette":  {encoded(t, "png", as(image.NewPaletted(box, greys()), grey)), "grey"},
		"palette as colours": {encoded(t, "png", as(image.NewNRGBA(box), few)), "few"},
		"gif":                {encoded(t, "gif", few), "few"}, "bmp of a palette": {encoded(t, "bmp", few), "few"},
	} {
		if got := sumOf(t, c.data); got != want[c.as] {
			t.Errorf("%s: another sum", name)
		}
	}
}

func greys() (p color.Palette) {
	for i := range 256 {
		p = append(p, color.Gray{uint8(i)})
	}
	return p
}

// TestPixelSumUpright turns pictures that are as wide as strips and rows at once, and wider.
func TestPixelSumUpright(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 40 {
		m := image.NewNRGBA(image.Rect(0, 0, 1+r.IntN(200), 1+r.IntN(200)))
		alpha := uint8(r.IntN(2) * 255)
		for i := range m.Pix {
			if m.Pix[i] = uint8(r.Uint32()); i%4 == 3 {
				m.Pix[i] |= alpha
			}
		}
		for orientation := 1; orientation <= 8; orientation++ {
			upright := as(image.NewNRGBA(images.Upright(m, orientation).Bounds()), images.Upright(m, orientation))
			if images.PixelSum(m, orientation) != images.PixelSum(upright, 1) {
				t.Errorf("%v, orientation %d: another sum than the upright picture's", m.Rect, orientation)
			}
		}
	}
}

// TestPixelSumTellsApart has pictures that are not the same, though some programs show them alike.
func TestPixelSumTellsApart(t *testing.T) {
	box := image.Rect(0, 0, 6, 4)
	flat := func(box image.Rectangle, grey, alpha uint16) *image.NRGBA64 {
		m := image.NewNRGBA64(box)
		for i := range len(m.Pix) / 8 {
			m.SetNRGBA64(i%box.Dx(), i/box.Dx(), color.NRGBA64{grey, grey, grey, alpha})
		}
		return m
	}
	red := flat(box, 0, 0)
	red.SetNRGBA64(1, 1, color.NRGBA64{R: 0xffff})
	sums := map[[sha256.Size]byte]string{}
	for name, m := range map[string]image.Image{
		"black":            flat(box, 0, 0xffff),
		"on its side":      flat(image.Rect(0, 0, 4, 6), 0, 0xffff),
		"as many pixels":   flat(image.Rect(0, 0, 12, 2), 0, 0xffff),
		"of four bytes":    flat(image.Rect(0, 0, 8, 3), 0, 0xffff),
		"half seen":        flat(box, 0, 0x8080),
		"unseen":           flat(box, 0, 0),
		"unseen, of a red": red,
		"region 1":         flat(box, 1, 0xffff),
		"region 2":         flat(box, 2, 0xffff),
		"bright":           flat(box, 0x1234, 0xffff),
		"a little less so": flat(box, 0x1233, 0xffff),
		"of 8 bits":        flat(box, 0x1212, 0xffff),
	} {
		sum := images.PixelSum(m, 1)
		if other, twice := sums[sum]; twice {
			t.Errorf("%s: the same sum as %s", name, other)
		}
		sums[sum] = name
	}
}

func BenchmarkPixelSum(b *testing.B) {
	box := image.Rect(0, 0, 600, 450)
	for name, m := range map[string]image.Image{
		"4:4:4": image.NewYCbCr(box, image.YCbCrSubsampleRatio444),
		"4:2:0": image.NewYCbCr(box, image.YCbCrSubsampleRatio420),
		"rgb":   as(image.NewRGBA(box), image.NewYCbCr(box, image.YCbCrSubsampleRatio444)), "alpha": image.NewNRGBA(box), "grey": image.NewGray(box),
	} {
		for _, orientation := range []int{1, 3, 6} {
			b.Run(fmt.Sprintf("%s/%d", name, orientation), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					images.PixelSum(m, orientation)
				}
			})
		}
	}
}
