package images_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/color/palette"
	"math/rand/v2"
	"slices"
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

// TestPixelSumEqualsPillow has the sums that testdata/pictures/sums.py makes of what Pillow 13 decodes, with
// libjpeg-turbo 3.2, libwebp 1.6 and libtiff 4.7: of lossy pictures with all kinds of components, their borders too,
// and of others.
func TestPixelSumEqualsPillow(t *testing.T) {
	small := []byte{8, 0, 57, 0, 91}
	with := func(name string, changes ...[]byte) []byte {
		data := testdata(t, name)
		for i := 0; i < len(changes); i += 2 {
			if !bytes.Contains(data, changes[i]) {
				t.Fatalf("%s has no %x", name, changes[i])
			}
			data = bytes.Replace(data, changes[i], changes[i+1], 1)
		}
		return data
	}
	size := []byte{8, 0, 64, 0, 96}
	jfif := testdata(t, "restarts.jpg")[2:20]
	adobe := []byte("\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00")
	ycck := slices.Concat(testdata(t, "cmyk.jpg"))
	ycck[bytes.Index(ycck, []byte("Adobe"))+11] = 2
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"progressive.jpg", testdata(t, "progressive.jpg"),
			"ed5eeb6e2ffe21f336d588815537ee6f1cf5f0020742ed3b2dd4a7b3c54493db"},
		{"progressive420.jpg", testdata(t, "progressive420.jpg"),
			"c60c3aae1f92f1915b292c2355162d8ac8c8e6de883278594440ec58b604829d"},
		{"restarts.jpg", testdata(t, "restarts.jpg"),
			"c60c3aae1f92f1915b292c2355162d8ac8c8e6de883278594440ec58b604829d"},
		{"sampling422.jpg", testdata(t, "sampling422.jpg"),
			"85f3d12cead525c3b0ed27470cef81c90c20bca4b37b8f9008cd604bd94a3f56"},
		{"sampling444.jpg", testdata(t, "sampling444.jpg"),
			"ed5eeb6e2ffe21f336d588815537ee6f1cf5f0020742ed3b2dd4a7b3c54493db"},
		{"cmyk.jpg", testdata(t, "cmyk.jpg"),
			"b9b0fa80388204cd005ac84db992c5b8b30248316916c8a74ea466dacddef9f0"},
		{"lossy.webp", testdata(t, "lossy.webp"),
			"f10e1737a40e828b56c592ababd2fa3893d5ae58b989d42a380f60a29a4e02d2"},
		{"alpha.webp", testdata(t, "alpha.webp"),
			"bfeb26c8a7f15d06f9f9be1e95e1f91475f173048be15adef74771f36f8f1408"},
		{"animated.gif", testdata(t, "animated.gif"),
			"68137b9d62c6c23abb45aae5c4bfe6b2dc4b335af0265b9bbc1481868438c162"},
		{"palette.png", testdata(t, "palette.png"),
			"68137b9d62c6c23abb45aae5c4bfe6b2dc4b335af0265b9bbc1481868438c162"},
		{"group3.tif", testdata(t, "group3.tif"),
			"ee8f18e2424ae7c6af1d63d32d507f2cecfb61837d6beb3ccb705bc3b8c62f9a"},
		{"group4white.tif", testdata(t, "group4white.tif"),
			"ee8f18e2424ae7c6af1d63d32d507f2cecfb61837d6beb3ccb705bc3b8c62f9a"},
		{"progressive.jpg 91×57", with("progressive.jpg", size, small),
			"ff2d98a8792bbfb77bc36a4841f311f2cb261539a1ae5752aa9f6003ed28fcfb"},
		{"progressive420.jpg 91×57", with("progressive420.jpg", size, small),
			"b49c6bb69df400e5fe00470ed04ec9eeadaec1d0882e5736677b25d777b43fd0"},
		{"sampling422.jpg 91×57", with("sampling422.jpg", size, small),
			"fd1aa1d2f41d41628d6227c3bf0ef6e0d4c3e2a075e6e204e95675768d8a1acb"},
		{"4:4:0", with("sampling422.jpg", size, small, []byte{3, 1, 0x21}, []byte{3, 1, 0x12}),
			"de7d69c44f9cb9fc2e3c50064afd7fecfe1473ba09a62cd8c87c1b05649e4b07"},
		{"4:1:1", with("restarts.jpg", size, small, []byte{3, 1, 0x22}, []byte{3, 1, 0x41}),
			"205d0981c6a8bcd0663340720f4468f988f771bf480fb2947baf1e3abdfe004a"},
		{"1×4", with("restarts.jpg", []byte{3, 1, 0x22}, []byte{3, 1, 0x14}),
			"e25cc0c34ff422942f01e203e70c3ba994f445b390062a74f149b29229b116f9"},
		{"RGB", with("sampling444.jpg", jfif, adobe),
			"06e931a87b3a0674d88643778fe3e13f8a3246b6d0bac48eeff0436279e771cd"},
		{"RGB 4:2:0", with("restarts.jpg", size, small, jfif, adobe),
			"c71f68498525769f8323d6a0615df53976708040cd5986c2e3f246540f807308"},
		{"a JPEG in a TIFF", tiffFile("II*\x00", tiffTags{256: {96}, 257: {64}, 258: {8, 8, 8}, 259: {7}, 262: {6},
			277: {3}}, testdata(t, "restarts.jpg")),
			"c60c3aae1f92f1915b292c2355162d8ac8c8e6de883278594440ec58b604829d"},
		{"YCCK", ycck,
			"70f4ed6da43887591437ad4d9eebfdec07ca3780ad699f58ede1a32c63f5b749"},
	} {
		if got := sumOf(t, c.data); hex.EncodeToString(got[:]) != c.want {
			t.Errorf("%s: sum %x, want %s", c.name, got, c.want)
		}
	}
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
		"lzw":                     {testdata(t, "lzw.tif"), "colour"},
		"first of an animation":   {testdata(t, "animated.webp"), "colour"},
		"grey as colours":         {encoded(t, "png", as(image.NewNRGBA(box), grey)), "grey"},
		"grey of 16 bits":         {encoded(t, "png", as(image.NewGray16(box), grey)), "grey"},
		"grey as a palette":       {encoded(t, "png", as(image.NewPaletted(box, greys()), grey)), "grey"},
		"palette as colours":      {encoded(t, "png", as(image.NewNRGBA(box), few)), "few"},
		"gif":                     {encoded(t, "gif", few), "few"}, "bmp of a palette": {encoded(t, "bmp", few), "few"},
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
	// Of shared chroma the colours are those of the stored picture, turned: what is beside a pixel stays there.
	for range 20 {
		shared := image.NewYCbCr(image.Rect(0, 0, 1+r.IntN(200), 1+r.IntN(200)), image.YCbCrSubsampleRatio420)
		for _, plane := range [][]uint8{shared.Y, shared.Cb, shared.Cr} {
			for i := range plane {
				plane[i] = uint8(r.Uint32())
			}
		}
		m := image.NewNRGBA(shared.Rect)
		row, colours := images.RGB(shared, 1), make([]uint8, 3*m.Rect.Dx())
		for y := range m.Rect.Dy() {
			row(y, colours)
			for x := range m.Rect.Dx() {
				m.SetNRGBA(x, y, color.NRGBA{colours[3*x], colours[3*x+1], colours[3*x+2], 255})
			}
		}
		for orientation := 1; orientation <= 8; orientation++ {
			if images.PixelSum(shared, orientation) != images.PixelSum(m, orientation) {
				t.Errorf("%v of 4:2:0, orientation %d: another sum than that of its colours", m.Rect, orientation)
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

// A plainImage hides what an image is.
type plainImage struct{ image.Image }

// FuzzPixelSum hashes a part of a picture of any form and size, turned in any way. Where the form is of 8 bits and
// says its colours itself, the sum is that of the upright picture, pixel by pixel.
func FuzzPixelSum(f *testing.F) {
	for form := range uint8(14) {
		f.Add(form, uint8(3+form), uint8(70-form), form, form/2, []byte("any bytes"))
	}
	f.Fuzz(func(t *testing.T, form, width, height, turn, off uint8, data []byte) {
		m := formOf(form, 1+int(width), 1+int(height), data)
		at := image.Pt(int(off)%(1+int(width)), int(off/16)%(1+int(height)))
		m = m.(interface {
			SubImage(image.Rectangle) image.Image
		}).SubImage(image.Rectangle{at, m.Bounds().Max})
		orientation := 1 + int(turn%8)
		got := images.PixelSum(m, orientation)
		switch m.(type) {
		case *image.Gray, *image.RGBA, *image.NRGBA, *image.Paletted:
			if want := images.PixelSum(plainImage{images.Upright(m, orientation)}, 1); got != want {
				t.Errorf("%T of %v, orientation %d: sum %x, want %x", m, m.Bounds(), orientation, got, want)
			}
		}
	})
}

// formOf is a picture of one of the forms, its samples made of data.
func formOf(form uint8, width, height int, data []byte) image.Image {
	box := image.Rect(0, 0, width, height)
	fill := func(m image.Image, planes ...[]uint8) image.Image {
		for _, plane := range planes {
			for i := range plane {
				if plane[i] = uint8(i); len(data) > 0 {
					plane[i] = data[i%len(data)]
				}
			}
		}
		return m
	}
	switch form %= 14; form {
	case 6:
		m := image.NewGray(box)
		return fill(m, m.Pix)
	case 7:
		m := image.NewGray16(box)
		return fill(m, m.Pix)
	case 8:
		m := image.NewRGBA(box) // its colours are within its alpha, or they are none
		for i := range m.Pix {
			m.Pix[i] = 255
			if len(data) > 0 && i%4 < 3 {
				m.Pix[i] = data[i%len(data)]
			}
		}
		return m
	case 9:
		m := image.NewNRGBA(box)
		return fill(m, m.Pix)
	case 10:
		m := image.NewRGBA64(box)
		return fill(m, m.Pix)
	case 11:
		m := image.NewNRGBA64(box)
		return fill(m, m.Pix)
	case 12:
		m := image.NewCMYK(box)
		return fill(m, m.Pix)
	case 13:
		m := image.NewPaletted(box, palette.Plan9)
		return fill(m, m.Pix)
	}
	m := image.NewYCbCr(box, image.YCbCrSubsampleRatio(form))
	return fill(m, m.Y, m.Cb, m.Cr)
}

func BenchmarkPixelSum(b *testing.B) {
	box := image.Rect(0, 0, 600, 450)
	for name, m := range map[string]image.Image{
		"4:4:4": image.NewYCbCr(box, image.YCbCrSubsampleRatio444),
		"4:2:0": image.NewYCbCr(box, image.YCbCrSubsampleRatio420),
		"rgb":   as(image.NewRGBA(box), image.NewYCbCr(box, image.YCbCrSubsampleRatio444)),
		"alpha": image.NewNRGBA(box), "grey": image.NewGray(box),
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
