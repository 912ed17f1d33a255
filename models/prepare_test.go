package models

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"image"
	"os"
	"path/filepath"
	"testing"

	"github.com/dermset/dermset/images"
)

// A reference is one of the cases that testdata/reference.py recorded.
type reference struct {
	Width, Height, Orientation     int
	Size                           []int
	Filter, Mode, Channels, Layout string
	Shorter                        int
	Pad                            []int
	Scale                          float64
	Mean, Deviation                []float64
	SHA256                         string    // of the tensor, float32 in little-endian order
	Some                           []float32 // values of it, a seventh of the tensor apart
	Outputs                        []float32 // of testdata/tiny.onnx, or of tiny-nhwc.onnx
}

// card is the card of the case, without a model file.
func (r *reference) card() *Card {
	return &Card{Statement: Statement{Task: ImageType, Output: "logits", Classes: ImageType.Values(),
		Input:  Input{r.Size, r.Layout, r.Channels, r.Scale, r.Mean, r.Deviation},
		Resize: Resize{r.Mode, r.Filter, r.Shorter, r.Pad}}}
}

// draw is the picture of reference.py as it is stored: turned so that its orientation makes it upright.
func (r *reference) draw() image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, r.Width, r.Height))
	for i := range r.Width * r.Height {
		x, y := i%r.Width, i/r.Width
		copy(m.Pix[4*i:], []uint8{uint8(x*7 + y*3), uint8(x*x + y), uint8((x ^ y) * 5), 255})
	}
	return m
}

func references(t testing.TB) []reference {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "reference.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Cases []reference }
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all.Cases
}

// TestPrepareEqualsPillow holds what a model is given, bit by bit, against what Pillow and numpy make of the same
// pixels.
func TestPrepareEqualsPillow(t *testing.T) {
	cases := references(t)
	if len(cases) < 80 {
		t.Fatalf("only %d cases", len(cases))
	}
	for _, r := range cases {
		tensor := r.card().Prepare(r.draw(), r.Orientation)
		if tensorSum(t, tensor) == r.SHA256 {
			continue
		}
		t.Errorf("%d×%d, orientation %d, %s, %s to %v: other values; of some it wants %v", r.Width, r.Height,
			r.Orientation, r.Mode, r.Filter, r.Size, r.Some)
		for i := range r.Some {
			t.Logf("%v", tensor[i*(len(tensor)/7)])
		}
	}
}

func tensorSum(t *testing.T, tensor []float32) string {
	t.Helper()
	var bits bytes.Buffer
	if err := binary.Write(&bits, binary.LittleEndian, tensor); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(bits.Bytes())
	return hex.EncodeToString(sum[:])
}

// TestPrepareSharedChroma has the sums that reference.py makes of JPEG files whose pixels share chroma: decoded by
// Pillow, too.
func TestPrepareSharedChroma(t *testing.T) {
	first := references(t)[0]
	for name, want := range map[string]string{
		"progressive420.jpg": "c893559dd3f8d9ce3c623bba3b6e85a5c98c99f6f35aa2c5de09ad93ba5fa91b",
		"sampling422.jpg":    "9403eda9f4f7175f82bd7e41c39433bcc4cc03ae911cfc71f654479572d55e4b",
	} {
		data, err := os.ReadFile(filepath.Join("..", "testdata", "pictures", name))
		if err != nil {
			t.Fatal(err)
		}
		_, stored, _ := images.Decode(data, images.Limits{MinSide: 1, MaxPixels: 1 << 20})
		if got := tensorSum(t, first.card().Prepare(stored, 1)); got != want {
			t.Errorf("%s: sum %s, want %s", name, got, want)
		}
	}
}

// BenchmarkPrepare prepares a picture of 600×450 as models mostly want it.
func BenchmarkPrepare(b *testing.B) {
	r := references(b)[0]
	c := r.card()
	c.Input.Size = []int{224, 224}
	subsampled := image.NewYCbCr(image.Rect(0, 0, r.Width, r.Height), image.YCbCrSubsampleRatio420)
	for name, m := range map[string]image.Image{"NRGBA": r.draw(), "YCbCr": subsampled} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				c.Prepare(m, 1)
			}
		})
	}
}
