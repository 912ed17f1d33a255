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

// sameBothWays wants the same pixels and the same words of the short cut for whole scans and of the reader that looks at everything. It says
// whether the picture was decoded.
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

// A scan of one component has no blocks but those that hold samples, however many an MCU of the picture has.
func TestShortCutOfSingleComponents(t *testing.T) {
	data := blocksOf(1)
	frame, tables, scan := bytes.Index(data, []byte{0xff, 0xc0}), bytes.Index(data, []byte{0xff, 0xc4}), bytes.Index(data, []byte{0xff, 0xda})
	of := func(id byte, entropy ...byte) []byte {
		return append([]byte{0xff, 0xda, 0, 8, 1, id, 0, 0, 63, 0}, entropy...)
	}
	data = slices.Concat(data[:frame], []byte{0xff, 0xc0, 0, 17, 8, 0, 8, 0, 24, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0}, data[tables:scan],
		of(1, 0b0_1110_1_0_0, 0b0_0_1110_0_0), of(2, 0b0_0_0_0_1111), of(3, 0b0_1110_1_0_0, 0b0_1111111), []byte{0xff, 0xd9})
	if !sameBothWays(t, data) || !jpeg.DecodesWhole(data) {
		t.Error("the short cut is not taken")
	}
}

// Bytes left over before an end that is missing, and not even before fill: the picture is cut, not only its end marker.
func TestShortCutLeavesNoBytesOver(t *testing.T) {
	for _, entropy := range [][]byte{{0b0_0_111111}, {0b0_0_111111, 0}, {0b0_0_111111, 0xff}, {0b0_0_111111, 0, 0xff}, {0b0_0_111111, 0, 0xff, 0xff}} {
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
	if _, err := jpeg.Decode(data); err != nil || jpeg.Proven(data) != nil {
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
