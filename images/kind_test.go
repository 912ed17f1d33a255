package images

import (
	"image"
	"testing"
)

func BenchmarkTypeOf(b *testing.B) {
	m := image.NewYCbCr(image.Rect(0, 0, 600, 450), image.YCbCrSubsampleRatio420)
	for i := range m.Y {
		m.Y[i] = uint8(120 + i%600/8 + (i*7919)%23)
	}
	for i := range m.Cb {
		m.Cb[i], m.Cr[i] = 115, uint8(140+i%9)
	}
	r := Reduce(m, 1, ReducedSide)
	b.Run("reduce", func(b *testing.B) {
		for b.Loop() {
			Reduce(m, 1, ReducedSide)
		}
	})
	b.Run("sketch", func(b *testing.B) {
		for b.Loop() {
			sketchOf(r)
		}
	})
	s := sketchOf(r)
	for _, f := range typeFeatures {
		b.Run(f.name, func(b *testing.B) {
			for b.Loop() {
				f.of(s)
			}
		})
	}
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			TypeOf(r, [32]byte{})
		}
	})
}
