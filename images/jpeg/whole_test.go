package jpeg_test

import (
	"bytes"
	"fmt"
	"image"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/dermset/dermset/images/jpeg"
)

// sameBothWays wants the same pixels and the same words of the short cut for whole scans and of the reader that looks
// at everything. It says whether the picture was decoded.
func sameBothWays(t *testing.T, data []byte) bool {
	t.Helper()
	got, err := jpeg.Decode(data)
	want, wantErr := jpeg.DecodeCarefully(data)
	if fmt.Sprint(err) != fmt.Sprint(wantErr) || got.MissingEOI != want.MissingEOI {
		t.Fatalf("%v, missing end %t, want %v, %t: %x", err, got.MissingEOI, wantErr, want.MissingEOI, data)
	}
	if err != nil {
		return false
	}
	for i, plane := range planes(want.Image) {
		if !bytes.Equal(planes(got.Image)[i], plane) {
			t.Fatalf("plane %d differs: %x", i, data)
		}
	}
	return true
}

func planes(m image.Image) [][]byte {
	switch m := m.(type) {
	case *image.Gray:
		return [][]byte{m.Pix}
	case *image.YCbCr:
		return [][]byte{m.Y, m.Cb, m.Cr}
	case *image.CMYK:
		return [][]byte{m.Pix}
	}
	return [][]byte{m.(*image.RGBA).Pix}
}

func TestShortCutIsTaken(t *testing.T) {
	all := usual(t)
	all["CMYK"] = files(t)["cmyk.jpg"]
	for name, data := range all {
		sameBothWays(t, data)
		if !jpeg.DecodesWhole(data) {
			t.Errorf("%s: the short cut is not taken", name)
		}
		if jpeg.DecodesWhole(data[:len(data)-2]) {
			t.Errorf("%s: the short cut is taken without an end marker", name)
		}
	}
}

func TestShortCutSaysTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(25, 26))
	for range 100 {
		box := image.Rect(0, 0, 1+r.IntN(120), 1+r.IntN(80))
		sameBothWays(t, encoded(t, random(r, image.NewRGBA(box)), 1+r.IntN(100)))
	}
	decoded, refused := 0, 0
	for _, whole := range usual(t) {
		for range 1500 {
			data := damaged(r, whole)
			if r.IntN(4) == 0 {
				data = damaged(r, data[:max(1, len(data))])
			}
			if h, err := jpeg.ReadHeader(data); err != nil || h.Width*h.Height > 100_000 {
				continue
			}
			if sameBothWays(t, data) {
				decoded++
			} else {
				refused++
			}
		}
	}
	if decoded < 1000 || refused < 1000 {
		t.Errorf("%d decoded, %d refused: too few to say anything", decoded, refused)
	}
}

// What is odd of a whole picture, or damage that libjpeg says nothing of either, is no damage.
func TestOddPicturesAreDecoded(t *testing.T) {
	whole := usual(t)["4:2:0"]
	scan := bytes.Index(whole, []byte{0xff, 0xda})
	tables := bytes.Index(whole, []byte{0xff, 0xdb})
	for name, data := range map[string][]byte{
		"a restart marker at the end": slices.Concat(whole[:len(whole)-2], []byte{0xff, 0xd0}, whole[len(whole)-2:]),
		"two scans":                   slices.Concat(whole[:len(whole)-2], whole[scan:]),
		"a byte too many":             slices.Concat(whole[:len(whole)-2], []byte{0}, whole[len(whole)-2:]),
		"a grey one with a sampling":  bytes.Replace(usual(t)["grey"], []byte{1, 1, 0x11}, []byte{1, 1, 0x22}, 1),
		"values of more than 16 bits": slices.Concat(whole[:tables+5], bytes.Repeat([]byte{255}, 64), whole[tables+69:]),
	} {
		if !sameBothWays(t, data) {
			t.Errorf("%s: is not decoded", name)
		}
	}
}

// A block of 63 values has no end; with one that lies behind the 63rd it is damaged, of which libjpeg says nothing.
func TestShortCutOfTheLastCoefficient(t *testing.T) {
	grey := blocksOf(2, 0b0_0_0_0_1111)
	at := bytes.Index(grey, []byte{0xff, 0xc0})
	colour := []byte{0xff, 0xc0, 0, 17, 8, 0, 8, 0, 16, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0}
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
		"a scan without its chroma":   {slices.Concat(grey[:at], colour, grey[at+13:]), false},
	} {
		if sameBothWays(t, c.data) != c.whole {
			t.Errorf("%s: decoded %t, want %t", name, !c.whole, c.whole)
		}
	}
}

// A scan of one component has no blocks but those that hold samples, however many an MCU of the picture has.
func TestShortCutOfSingleComponents(t *testing.T) {
	data := blocksOf(1)
	frame, tables, scan := bytes.Index(data, []byte{0xff, 0xc0}), bytes.Index(data, []byte{0xff, 0xc4}),
		bytes.Index(data, []byte{0xff, 0xda})
	of := func(id byte, entropy ...byte) []byte {
		return append([]byte{0xff, 0xda, 0, 8, 1, id, 0, 0, 63, 0}, entropy...)
	}
	data = slices.Concat(data[:frame],
		[]byte{0xff, 0xc0, 0, 17, 8, 0, 8, 0, 24, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0}, data[tables:scan],
		of(1, 0b0_1110_1_0_0, 0b0_0_1110_0_0), of(2, 0b0_0_0_0_1111), of(3, 0b0_1110_1_0_0, 0b0_1111111), []byte{0xff, 0xd9})
	if !sameBothWays(t, data) || !jpeg.DecodesWhole(data) {
		t.Error("the short cut is not taken")
	}
}

// Bytes left over before an end that is missing, and not even before fill: the picture is cut, not only its end marker.
func TestShortCutLeavesNoBytesOver(t *testing.T) {
	for _, entropy := range [][]byte{{0b0_0_111111}, {0b0_0_111111, 0}, {0b0_0_111111, 0xff},
		{0b0_0_111111, 0, 0xff}, {0b0_0_111111, 0, 0xff, 0xff}} {
		data := blocksOf(1, entropy...)
		sameBothWays(t, data)
		sameBothWays(t, data[:len(data)-1])
		sameBothWays(t, data[:len(data)-2])
	}
}

// Data that are far more than the blocks can take are not put together.
func TestShortCutTakesNoMoreMemoryThanBlocks(t *testing.T) {
	data := blocksOf(1, bytes.Repeat([]byte{0b0_0_0_0_1111}, 4<<20)...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := jpeg.Decode(data); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 1<<20 {
		t.Errorf("%d bytes for a block", taken)
	}
}

// A definition that is one of DC and of AC coefficients makes two codes, each of them once.
func TestHuffmanCodesAreKept(t *testing.T) {
	definition := append([]byte{15: 0}, 0)
	definition[0] = 1
	if !jpeg.MadeOnce(definition, false) || !jpeg.MadeOnce(definition, true) {
		t.Error("a code is made again")
	}
	data := blocksOf(2, 0b0_0_0_0_1111)
	ac := bytes.Index(data, []byte{0xff, 0xc4, 0, 23})
	data = slices.Concat(data[:ac], []byte{0xff, 0xc4, 0, 20, 0x10}, definition, data[ac+25:])
	if !sameBothWays(t, data) || !jpeg.DecodesWhole(data) {
		t.Error("is not decoded")
	}
}

func FuzzShortCut(f *testing.F) {
	for _, data := range usual(f) {
		f.Add(data)
	}
	f.Add(files(f)["cmyk.jpg"])
	f.Fuzz(func(t *testing.T, data []byte) {
		if h, err := jpeg.ReadHeader(data); err == nil && h.Width*h.Height <= 100_000 {
			sameBothWays(t, data)
		}
	})
}
