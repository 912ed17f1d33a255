package images

import (
	"image"
	"image/color"
	"testing"
)

// Forms of pixels that no encoder here writes are looked at directly.

func TestBlankInPlanes(t *testing.T) {
	for name, c := range map[string]struct {
		draw  func(m *image.YCbCr)
		blank bool
	}{
		"flat":                      {func(*image.YCbCr) {}, true},
		"an odd luma":               {func(m *image.YCbCr) { m.Y[m.YOffset(8, 6)]++ }, false},
		"an odd chroma, last row":   {func(m *image.YCbCr) { m.Cb[m.COffset(0, 6)]++ }, false},
		"an odd chroma, last place": {func(m *image.YCbCr) { m.Cr[m.COffset(8, 6)]++ }, false},
		"chroma behind the picture": {func(m *image.YCbCr) { m.Cb[m.COffset(9, 7)]++; m.Cr[m.COffset(0, 8)]++ }, true},
	} {
		large := image.NewYCbCr(image.Rect(0, 0, 16, 16), image.YCbCrSubsampleRatio422)
		m := large.SubImage(image.Rect(0, 0, 9, 7)).(*image.YCbCr)
		c.draw(m)
		if got := isBlank(m); got != c.blank {
			t.Errorf("%s: blank %t", name, got)
		}
	}
}

// What nobody can see is blank, whatever its colours.
func TestBlankBehindAlpha(t *testing.T) {
	box := image.Rect(0, 0, 9, 7)
	m, deep := image.NewNRGBA(box), image.NewNRGBA64(box)
	m.Pix[4], deep.Pix[8] = 1, 1
	if !isBlank(m) || !isBlank(deep) {
		t.Error("of no alpha: not blank")
	}
	m.Pix[len(m.Pix)-1], deep.Pix[len(deep.Pix)-1] = 1, 1
	if isBlank(m) || isBlank(deep) {
		t.Error("of hardly any alpha: blank")
	}
}

// TestLumaOfForms compares with the brightness of the colour that each form says.
func TestLumaOfForms(t *testing.T) {
	box := image.Rect(0, 0, 256, 3)
	grey, ink := image.NewGray16(box), image.NewCMYK(box)
	for y := range box.Dy() {
		for x := range box.Dx() {
			grey.SetGray16(x, y, color.Gray16{uint16(x)<<8 | uint16(255-x)})
			ink.SetCMYK(x, y, color.CMYK{uint8(x), uint8(3 * x), uint8(90 * y), uint8(x * y)})
		}
	}
	for name, m := range map[string]image.Image{"grey of 16 bits": grey, "ink": ink} {
		row := lumaOf(m)
		for y := range box.Dy() {
			for x, got := range row(y) {
				r, g, b, _ := m.At(x, y).RGBA()
				want := weigh(r>>8, g>>8, b>>8)
				if off := int(got) - int(want); off < -1 || off > 1 || name != "ink" && off != 0 { // inks round once more
					t.Fatalf("%s: pixel %d,%d is %d, want %d", name, x, y, got, want)
				}
			}
		}
	}
}

// A frequency that is not there is none, whatever rounding leaves of it: a flat picture has the first alone, one of
// equal rows those of the first line.
func TestHashOfWhatIsNotThere(t *testing.T) {
	for shade := 1; shade < 256; shade++ {
		flat := image.NewGray(image.Rect(0, 0, 50, 40))
		for i := range flat.Pix {
			flat.Pix[i] = uint8(shade)
		}
		if got := SquareOf(flat, 1).Hashes()[0]; got != 1<<63 {
			t.Errorf("flat, of %d: hash %016x, want 8000000000000000", shade, got)
		}
	}
	rows := image.NewGray(image.Rect(0, 0, 50, 40))
	for i := range rows.Pix {
		rows.Pix[i] = uint8(i % 50 * 5)
	}
	if got := SquareOf(rows, 1).Hashes()[0]; got&(1<<56-1) != 0 {
		t.Errorf("of equal rows: hash %016x, want no bit behind the first eight", got)
	}
}
