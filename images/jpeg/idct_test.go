package jpeg

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
)

// transforms wants the same samples of both transforms, and no byte written beside them.
func transforms(t *testing.T, b block) {
	t.Helper()
	const stride = 11
	got := bytes.Repeat([]byte{170}, 8*stride)
	want := bytes.Clone(got)
	a := b
	idct(&a, got, stride)
	a = b
	idctGo(&a, want, stride)
	if !bytes.Equal(got, want) {
		t.Fatalf("%d: samples %d, want %d", b, got, want)
	}
}

// What the processor's vectors make of a block is what plain Go makes of it,
// of real coefficients and of those at the ends of their type.
func TestTransformsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 20))
	extremes := []int32{0, 1, -1, math.MaxInt32, math.MinInt32, 1 << 18, -1 << 18, 1<<15 - 1, -1 << 15, 1 << 29}
	for range 300_000 {
		var b block
		most := int32(1) << r.IntN(30)
		for range 1 + r.IntN(1<<r.IntN(8)) {
			at := r.IntN(64)
			if b[at] = r.Int32N(2*most) - most; r.IntN(50) == 0 {
				b[at] = extremes[r.IntN(len(extremes))]
			}
		}
		transforms(t, b)
	}
	for at := range 64 {
		for _, v := range extremes {
			var b block
			b[at] = v
			transforms(t, b)
			for i := range b {
				b[i] = v
			}
			b[at] = -v
			transforms(t, b)
		}
	}
}

// Of one value, the mean of a block, all samples are equal, and those that flatBlock makes.
func TestFlatBlock(t *testing.T) {
	for dc := int32(-3000); dc < 3000; dc++ {
		got, want := make([]byte, 64), make([]byte, 64)
		flatBlock(dc, got, 8)
		idct(&block{dc}, want, 8)
		if !bytes.Equal(got, want) {
			t.Fatalf("%d: samples %d, want %d", dc, got, want)
		}
	}
}

func FuzzTransforms(f *testing.F) {
	f.Add(bytes.Repeat([]byte{1, 0, 255, 255}, 64))
	f.Fuzz(func(t *testing.T, data []byte) {
		var b block
		for i := 0; i < 64 && 4*i+4 <= len(data); i++ {
			b[i] = int32(binary.LittleEndian.Uint32(data[4*i:]))
		}
		transforms(t, b)
	})
}

func BenchmarkTransform(b *testing.B) {
	r := rand.New(rand.NewPCG(21, 22))
	var from block
	for range 12 {
		from[r.IntN(32)] = r.Int32N(200) - 100
	}
	dst := make([]byte, 64)
	for name, transform := range map[string]func(*block, []byte, int){"vectors": idct, "go": idctGo} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				of := from
				transform(&of, dst, 8)
			}
		})
	}
}
