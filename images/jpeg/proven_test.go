package jpeg_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dermset/dermset/images/jpeg"
)

// usual are pictures that are proven: of the standard library and of Pillow, with all samplings. One that has four luma blocks in an MCU, or
// two, has them side by side or one above the other, as its header says.
func usual(t testing.TB) map[string][]byte {
	t.Helper()
	r := rand.New(rand.NewPCG(11, 12))
	all := map[string][]byte{
		"4:2:0": encoded(t, random(r, image.NewRGBA(image.Rect(0, 0, 64, 32))), 90), "4:2:2": files(t)["sampling422.jpg"],
		"grey": encoded(t, random(r, image.NewGray(image.Rect(0, 0, 61, 43))), 75), "odd": encoded(t, random(r, image.NewRGBA(image.Rect(0, 0, 51, 37))), 60),
		"restarts": files(t)["restarts.jpg"], "4:4:4": files(t)["sampling444.jpg"],
	}
	all["4:1:1"] = bytes.Replace(all["4:2:0"], []byte{3, 1, 0x22}, []byte{3, 1, 0x41}, 1)
	all["4:4:0"] = bytes.Replace(all["4:2:2"], []byte{3, 1, 0x21}, []byte{3, 1, 0x12}, 1)
	return all
}

// damaged is data with something wrong at random: cut, changed, zeros, bytes too many or too few.
func damaged(r *rand.Rand, data []byte) []byte {
	data = slices.Clone(data)
	at, n := r.IntN(len(data)), 1+r.IntN(1<<r.IntN(8))
	end := min(len(data), at+n)
	switch r.IntN(6) {
	case 0:
		return data[:at]
	case 1:
		clear(data[at:end])
	case 2:
		return slices.Insert(data, at, data[:min(n, len(data))]...)
	case 3:
		return slices.Delete(data, at, end)
	case 4:
		for i := range data[at:end] {
			data[at+i] = byte(r.Uint32())
		}
	default:
		data[at] ^= 1 << r.IntN(8)
	}
	return data
}

func TestProvenIsDecoded(t *testing.T) {
	for name, data := range usual(t) {
		form, p := jpeg.Proven(data), decode(t, data)
		if form == nil {
			t.Errorf("%s: is not proven", name)
		} else if b := p.Image.Bounds(); form.Width != b.Dx() || form.Height != b.Dy() || form.Picture().Image.Bounds() != b {
			t.Errorf("%s: a form of %d×%d, bounds %v", name, form.Width, form.Height, b)
		}
	}
	r := rand.New(rand.NewPCG(13, 14))
	proven, refused := 0, 0
	for _, whole := range usual(t) {
		for range 1000 {
			data := damaged(r, whole)
			if h, err := jpeg.ReadHeader(data); err != nil || h.Width*h.Height > 100_000 {
				continue
			}
			p, err := jpeg.Decode(data)
			if err != nil {
				refused++
			}
			if jpeg.Proven(data) == nil {
				continue
			}
			if proven++; err != nil || p.MissingEOI {
				t.Fatalf("proven, and then %v, missing end %t: %x", err, p.MissingEOI, data)
			}
		}
	}
	t.Logf("damaged: %d proven, %d refused", proven, refused)
	if proven < 1000 || refused < 1000 {
		t.Errorf("%d proven, %d refused: too few to say anything", proven, refused)
	}
}

func decode(t testing.TB, data []byte) jpeg.Picture {
	t.Helper()
	p, err := jpeg.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What Decode takes and libjpeg may see otherwise is not proven.
func TestNotProven(t *testing.T) {
	whole := usual(t)["4:2:0"]
	scan := bytes.Index(whole, []byte{0xff, 0xda})
	tables := bytes.Index(whole, []byte{0xff, 0xdb})
	for name, data := range map[string][]byte{
		"progressive": files(t)["progressive.jpg"], "CMYK": files(t)["cmyk.jpg"], "no end": whole[:len(whole)-2],
		"a restart marker at the end": slices.Concat(whole[:len(whole)-2], []byte{0xff, 0xd0}, whole[len(whole)-2:]),
		"two scans":                   slices.Concat(whole[:len(whole)-2], whole[scan:]),
		"a byte too many":             slices.Concat(whole[:len(whole)-2], []byte{0}, whole[len(whole)-2:]),
		"a grey one with a sampling":  bytes.Replace(usual(t)["grey"], []byte{1, 1, 0x11}, []byte{1, 1, 0x22}, 1),
		"red, green and blue":         slices.Concat(whole[:scan], []byte("\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"), whole[scan:]),
		"values of more than 16 bits": slices.Concat(whole[:tables+5], bytes.Repeat([]byte{255}, 64), whole[tables+69:]),
	} {
		if _, err := jpeg.Decode(data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if jpeg.Proven(data) != nil {
			t.Errorf("%s: is proven", name)
		}
	}
	grey := blocksOf(2, 0b0_0_0_0_1111)
	at := bytes.Index(grey, []byte{0xff, 0xc0})
	colour := slices.Concat(grey[:at], []byte{0xff, 0xc0, 0, 17, 8, 0, 8, 0, 16, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0}, grey[at+13:])
	if _, err := jpeg.Decode(colour); err == nil || jpeg.Proven(colour) != nil {
		t.Errorf("without chroma: %v, proven %t", err, jpeg.Proven(colour) != nil)
	}
}

// blocksOf is a grey picture of one row of blocks with the entropy-coded data. Its codes: DC 0 is no difference; AC 0 is the end of a block,
// 10 fifteen zeros and a value of one bit, 110 sixteen zeros, 1110 a value of one bit.
func blocksOf(blocks int, entropy ...byte) []byte {
	data := []byte{0xff, 0xd8, 0xff, 0xdb, 0, 67, 0}
	data = append(data, bytes.Repeat([]byte{16}, 64)...)
	data = append(data, 0xff, 0xc0, 0, 11, 8, 0, 8)
	data = binary.BigEndian.AppendUint16(data, uint16(8*blocks))
	data = append(data, 1, 1, 0x11, 0)
	data = append(data, 0xff, 0xc4, 0, 20, 0x00, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	data = append(data, 0xff, 0xc4, 0, 23, 0x10, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0xf1, 0xf0, 0x01)
	data = append(data, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0)
	return append(append(data, entropy...), 0xff, 0xd9)
}

// A block of 63 values has no end; with one that lies behind the 63rd it is damaged, and libjpeg says nothing.
func TestProofOfTheLastCoefficient(t *testing.T) {
	for name, c := range map[string]struct {
		data  []byte
		whole bool
	}{
		"three runs, the end":         {blocksOf(1, 0b0_101_101_1, 0b01_0_11111), true},
		"three runs and one too many": {blocksOf(1, 0b0_101_101_1, 0b01_101_111), false},
		"three runs, sixteen zeros":   {blocksOf(1, 0b0_101_101_1, 0b01_110_111), false},
		"no code":                     {blocksOf(1, 0b0_1111_111), false},
		"a block that is missing":     {blocksOf(3, 0b0_0_0_0_1111), false},
		"two blocks":                  {blocksOf(2, 0b0_0_0_0_1111), true},
		"63 values, then a block":     {blocksOf(2, sixtyThree(0b0_0)...), true},
		"64 values":                   {blocksOf(2, sixtyThree(0b1)...), false},
	} {
		_, err := jpeg.Decode(c.data)
		if (err == nil) != c.whole || (jpeg.Proven(c.data) != nil) != c.whole {
			t.Errorf("%s: decoded: %v, proven %t, want %t", name, err, jpeg.Proven(c.data) != nil, c.whole)
		}
	}
}

// sixtyThree is a DC code, 63 values, and what follows them in the last bits before the fill.
func sixtyThree(then byte) []byte {
	bits := []byte{0}
	for range 63 {
		bits = append(bits, 1, 1, 1, 0, 1)
	}
	if then == 0 {
		bits = append(bits, 0, 0)
	} else {
		bits = append(bits, 1, 1, 1, 0, 1)
	}
	for len(bits)%8 != 0 {
		bits = append(bits, 1)
	}
	out := make([]byte, 0, len(bits)/8)
	for at := 0; at < len(bits); at += 8 {
		b := byte(0)
		for _, bit := range bits[at : at+8] {
			b = b<<1 | bit
		}
		if out = append(out, b); b == 0xff {
			out = append(out, 0)
		}
	}
	return out
}
