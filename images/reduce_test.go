package images

import (
	"image"
	"image/color"
	"math/rand/v2"
	"slices"
	"testing"
)

// sampled is a picture of a form with random samples.
func sampled(r *rand.Rand, form string, width, height int) image.Image {
	box := image.Rect(0, 0, width, height)
	noise := func(pix []uint8) {
		for i := range pix {
			pix[i] = uint8(r.Uint32())
		}
	}
	planes := func(ratio image.YCbCrSubsampleRatio) image.Image {
		m := image.NewYCbCr(box, ratio)
		noise(m.Y)
		noise(m.Cb)
		noise(m.Cr)
		return m
	}
	switch form {
	case "4:4:4":
		return planes(image.YCbCrSubsampleRatio444)
	case "4:2:2":
		return planes(image.YCbCrSubsampleRatio422)
	case "4:2:0":
		return planes(image.YCbCrSubsampleRatio420)
	case "4:4:0":
		return planes(image.YCbCrSubsampleRatio440)
	case "4:1:1":
		return planes(image.YCbCrSubsampleRatio411)
	case "4:1:0":
		return planes(image.YCbCrSubsampleRatio410)
	case "cut out":
		m := image.NewYCbCr(image.Rect(0, 0, width+3, height+3), image.YCbCrSubsampleRatio420)
		noise(m.Y)
		noise(m.Cb)
		noise(m.Cr)
		return m.SubImage(image.Rect(3, 3, width+3, height+3))
	case "grey":
		m := image.NewGray(box)
		noise(m.Pix)
		return m
	case "grey of 16 bits":
		m := image.NewGray16(box)
		noise(m.Pix)
		return m
	case "colour":
		m := image.NewRGBA(box)
		noise(m.Pix)
		for i := 3; i < len(m.Pix); i += 4 {
			m.Pix[i] = 255
		}
		return m
	case "colour and alpha":
		m := image.NewNRGBA(box)
		noise(m.Pix)
		return m
	case "colour of 16 bits":
		m := image.NewRGBA64(box)
		noise(m.Pix)
		for i := 6; i < len(m.Pix); i += 8 {
			m.Pix[i], m.Pix[i+1] = 255, 255
		}
		return m
	case "colour and alpha of 16 bits":
		m := image.NewNRGBA64(box)
		noise(m.Pix)
		return m
	case "ink":
		m := image.NewCMYK(box)
		noise(m.Pix)
		return m
	}
	m := image.NewPaletted(box, make(color.Palette, 256))
	noise(m.Pix)
	for i := range m.Palette {
		m.Palette[i] = color.NRGBA{uint8(r.Uint32()), uint8(r.Uint32()), uint8(r.Uint32()), uint8(r.Uint32())}
	}
	return m
}

var forms = []string{"4:4:4", "4:2:2", "4:2:0", "4:4:0", "4:1:1", "4:1:0", "cut out", "grey",
	"grey of 16 bits", "colour", "colour and alpha", "colour of 16 bits", "colour and alpha of 16 bits", "ink", "palette"}

// TestReduceAgreesWithMeans compares with means of block after block of the upright picture's pixels.
func TestReduceAgreesWithMeans(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for i := range 1500 {
		form, orientation, most := forms[i%len(forms)], 1+r.IntN(8), 1+r.IntN(40)
		m := sampled(r, form, 1+r.IntN(60), 1+r.IntN(60))
		got, want := Reduce(m, orientation, most), reducedByBlocks(m, orientation, most)
		if got.Width != want.Width || got.Height != want.Height || got.Factor != want.Factor ||
			got.FullWidth != want.FullWidth || got.FullHeight != want.FullHeight ||
			got.left != want.left || got.top != want.top {
			t.Fatalf("%s of %v, orientation %d, most %d: %+v, want %+v", form, m.Bounds(), orientation, most, got, want)
		}
		wanted := slices.Concat(want.Y, want.Cb, want.Cr)
		for at, v := range slices.Concat(got.Y, got.Cb, got.Cr) {
			if off := between8(v, wanted[at]); off != 0 && !(form == "ink" && off == 1) { // inks round once more
				t.Fatalf("%s of %v, orientation %d, most %d: sample %d is %d, want %d",
					form, m.Bounds(), orientation, most, at, v, wanted[at])
			}
		}
	}
}

// TestReduceOfManyRows has means of more rows than 16 bits hold the sum of.
func TestReduceOfManyRows(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 5, 1300))
	for i := range m.Pix {
		m.Pix[i] = 255
	}
	r := Reduce(m, 1, 2)
	for i, v := range slices.Concat(r.Y, r.Cb, r.Cr) {
		if want := []uint8{255, 128, 128}[i/len(r.Y)]; v != want {
			t.Fatalf("sample %d is %d, want %d", i, v, want)
		}
	}
}

func between8(a, b uint8) int { return int(max(a, b) - min(a, b)) }

func reducedByBlocks(m image.Image, orientation, most int) *Reduced {
	up := Upright(m, orientation)
	width, height := up.Bounds().Dx(), up.Bounds().Dy()
	k := 1
	for k*most < max(width, height) {
		k++
	}
	want := &Reduced{Width: (width + k - 1) / k, Height: (height + k - 1) / k, Factor: k,
		FullWidth: width, FullHeight: height}
	flippedX, flippedY := stored(0, 0, 2, 2, orientation)
	if orientation >= 5 {
		flippedX, flippedY = flippedY, flippedX
	}
	want.left, want.top = flippedX*(k*want.Width-width), flippedY*(k*want.Height-height)
	for y := range want.Height {
		for x := range want.Width {
			block := image.Rect(k*x-want.left, k*y-want.top, k*(x+1)-want.left, k*(y+1)-want.top).Intersect(up.Bounds())
			c := meanColour(up, block)
			want.Y, want.Cb, want.Cr = append(want.Y, c.Y), append(want.Cb, c.Cb), append(want.Cr, c.Cr)
		}
	}
	return want
}

// meanColour is the mean of a block as it is stored, as luma and chroma.
func meanColour(m image.Image, block image.Rectangle) color.YCbCr {
	var sums [3]int
	luma := false
	for y := block.Min.Y; y < block.Max.Y; y++ {
		for x := block.Min.X; x < block.Max.X; x++ {
			var samples [3]uint8
			switch c := m.At(x, y).(type) {
			case color.YCbCr:
				samples, luma = [3]uint8{c.Y, c.Cb, c.Cr}, true
			case color.NRGBA64:
				samples = [3]uint8{uint8(c.R >> 8), uint8(c.G >> 8), uint8(c.B >> 8)}
			default:
				c2 := straight(c)
				samples = [3]uint8{c2.R, c2.G, c2.B}
			}
			for i, v := range samples {
				sums[i] += int(v)
			}
		}
	}
	n := block.Dx() * block.Dy()
	var mean [3]uint8
	for i, sum := range sums {
		mean[i] = uint8((2*sum + n) / (2 * n))
	}
	if luma {
		return color.YCbCr{Y: mean[0], Cb: mean[1], Cr: mean[2]}
	}
	y, cb, cr := color.RGBToYCbCr(mean[0], mean[1], mean[2])
	return color.YCbCr{Y: y, Cb: cb, Cr: cr}
}
