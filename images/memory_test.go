//go:build !race

package images_test

import (
	"image"
	"image/color/palette"
	"runtime"
	"slices"
	"testing"

	"github.com/dermset/dermset/images"
)

// Under the race detector memory that grows grows otherwise, so that this is measured without it.

// Decoding takes no more memory than was said, so that a pool can rely on it: half a megabyte of tables and lines aside.
func TestMemoryIsAsSaid(t *testing.T) {
	box := image.Rect(0, 0, 600, 500)
	m := image.NewNRGBA(box)
	for i := range m.Pix {
		m.Pix[i] = uint8(i*7) ^ uint8(i>>11)
	}
	opaque := slices.Clone(m.Pix)
	for i := 3; i < len(opaque); i += 4 {
		opaque[i] = 255
	}
	rgb := &image.NRGBA{Pix: opaque, Stride: m.Stride, Rect: box}
	for name, data := range map[string][]byte{
		"jpeg": encoded(t, "jpeg", rgb), "jpeg grey": encoded(t, "jpeg", as(image.NewGray(box), rgb)), "png": encoded(t, "png", rgb), "png alpha": encoded(t, "png", m),
		"png grey": encoded(t, "png", as(image.NewGray(box), rgb)), "png 16 bits": encoded(t, "png", as(image.NewNRGBA64(box), m)), "png interlaced": interlaced(t, rgb),
		"png palette": encoded(t, "png", as(image.NewPaletted(box, palette.Plan9), rgb)),
		"gif":         encoded(t, "gif", as(image.NewPaletted(box, palette.Plan9), rgb)), "tiff": encoded(t, "tiff", rgb), "tiff 16 bits": encoded(t, "tiff", as(image.NewRGBA64(box), rgb)), "bmp": encoded(t, "bmp", rgb),
	} {
		limits := images.Limits{MinSide: 1, MaxPixels: 1 << 30}
		said := images.Memory(data, limits)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := images.Check(data, limits)
		runtime.ReadMemStats(&after)
		if taken := int64(after.TotalAlloc - before.TotalAlloc); got.Verdict != images.OK || taken > said+512<<10 {
			t.Errorf("%s: verdict %s; %d bytes, said %d", name, got.Verdict, taken, said)
		}
	}
}
