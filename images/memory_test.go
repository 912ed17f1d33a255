//go:build !race

package images_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color/palette"
	"runtime"
	"slices"
	"testing"

	"github.com/dermset/dermset/images"
)

// Under the race detector memory that grows grows otherwise, so that this is measured without it.

// Decoding takes no more memory than was said, so that a pool can rely on it:
// half a megabyte of tables and lines aside.
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
		"jpeg": encoded(t, "jpeg", rgb), "jpeg grey": encoded(t, "jpeg", as(image.NewGray(box), rgb)),
		"png": encoded(t, "png", rgb), "png alpha": encoded(t, "png", m),
		"png grey":    encoded(t, "png", as(image.NewGray(box), rgb)),
		"png 16 bits": encoded(t, "png", as(image.NewNRGBA64(box), m)), "png interlaced": interlaced(t, rgb),
		"png palette": encoded(t, "png", as(image.NewPaletted(box, palette.Plan9), rgb)),
		"gif":         encoded(t, "gif", as(image.NewPaletted(box, palette.Plan9), rgb)), "tiff": encoded(t, "tiff", rgb),
		"tiff 16 bits": encoded(t, "tiff", as(image.NewRGBA64(box), rgb)), "bmp": encoded(t, "bmp", rgb),
		"png of many chunks": inChunks(t, encoded(t, "png", as(image.NewGray(box), rgb)), 16),
		"tiff in one strip":  oneStrip(8, 8, 3), "tiff in one strip, 16 bits": oneStrip(8, 16, 3),
		"tiff PackBits": oneStrip(32773, 16, 3), "tiff not packed": oneStrip(1, 16, 3),
		"tiff alpha": oneStrip(8, 8, 4), "tiff grey": oneStrip(1, 8, 1), "jpeg 4:4:4": flatJPEG(0x11, 0x11, 0x11),
		"jpeg 4:1:0": flatJPEG(0x42, 0x11, 0x11), "jpeg of odd sampling": flatJPEG(0x31, 0x11, 0x11),
		"jpeg 1x3": flatJPEG(0x13, 0x11, 0x11), "jpeg of little luma": flatJPEG(0x11, 0x22, 0x22),
		"jpeg CMYK": flatJPEG(0x11, 0x11, 0x11, 0x11), "jpeg CMYK, sampled": flatJPEG(0x22, 0x11, 0x11, 0x22),
		"jpeg RGB": bytes.Replace(flatJPEG(0x11, 0x11, 0x11), []byte{0xff, 0xdb},
			[]byte("\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00\xff\xdb"), 1),
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

// Memory is not said to be far more than it is: a picture would wait for room that it does not need.
func TestMemoryIsNotFarLess(t *testing.T) {
	for name, data := range map[string][]byte{"tiff": oneStrip(8, 16, 3),
		"png": inChunks(t, encoded(t, "png", image.NewGray(image.Rect(0, 0, 600, 500))), 1000)} {
		if said := images.Memory(data, images.Limits{MinSide: 1, MaxPixels: 1 << 30}); said > 10*600*500 {
			t.Errorf("%s: %d bytes said", name, said)
		}
	}
}

// oneStrip is a TIFF of 600×500 in a single strip.
func oneStrip(packing uint32, bits uint32, samples int) []byte {
	rows := make([]byte, 600*500*samples*int(bits)/8)
	for i := range rows {
		rows[i] = byte(i >> 3)
	}
	tags := tiffTags{256: {600}, 257: {500}, 258: slices.Repeat([]uint32{bits}, samples), 259: {packing},
		262: {2}, 277: {uint32(samples)}, 338: {2}}
	if samples == 1 {
		tags = tags.of(tiffTags{262: {1}, 338: nil})
	}
	switch packing {
	case 8:
		rows = deflated(rows)
	case 32773:
		rows = packedBits(rows)
	}
	return tiffFile("II*\x00", tags, rows)
}

// inChunks is a PNG with its data cut into chunks of so many bytes.
func inChunks(t testing.TB, data []byte, size int) []byte {
	t.Helper()
	out := slices.Clone(data[:8])
	for rest := data[8:]; len(rest) > 0; {
		id, body := string(rest[4:8]), rest[8:][:binary.BigEndian.Uint32(rest)]
		rest = rest[12+len(body):]
		for ; id == "IDAT" && len(body) > size; body = body[size:] {
			out = append(out, pngChunk(id, body[:size])...)
		}
		out = append(out, pngChunk(id, body)...)
	}
	return out
}

// flatJPEG is a JPEG of 600×500 whose components have the samplings, all of it grey but one block.
func flatJPEG(samplings ...byte) []byte {
	data := []byte{0xff, 0xd8, 0xff, 0xdb, 0, 67, 0}
	data = append(data, bytes.Repeat([]byte{1}, 64)...)
	frame := []byte{8, 500 >> 8, 500 & 255, 600 >> 8, 600 & 255, byte(len(samplings))}
	scan := []byte{byte(len(samplings))}
	blocks, across, down := 0, 1, 1
	for i, s := range samplings {
		frame, scan = append(frame, byte(i+1), s, 0), append(scan, byte(i+1), 0)
		blocks += int(s>>4) * int(s&15)
		across, down = max(across, int(s>>4)), max(down, int(s&15))
	}
	segment := func(marker byte, body ...byte) {
		data = append(binary.BigEndian.AppendUint16(append(data, 0xff, marker), uint16(2+len(body))), body...)
	}
	segment(0xc0, frame...)
	// differences of 0 bits are 0, of 7 bits 10
	segment(0xc4, append(append([]byte{0x00, 1, 1}, make([]byte, 14)...), 0, 7)...)
	segment(0xc4, append(append([]byte{0x10, 1}, make([]byte, 15)...), 0)...) // the end of a block is 0
	segment(0xda, append(scan, 0, 63, 0)...)
	perMCU := blocks
	blocks *= ((600 + 8*across - 1) / (8 * across)) * ((500 + 8*down - 1) / (8 * down))
	// No difference, until the first block of the last MCU is brighter by 120.
	bits := bytes.Repeat([]byte("00"), blocks-perMCU)
	bits = append(append(bits, "10"+"1111000"+"0"...), bytes.Repeat([]byte("00"), perMCU-1)...)
	for len(bits)%8 > 0 {
		bits = append(bits, '1')
	}
	for i := 0; i < len(bits); i += 8 {
		b := byte(0)
		for _, bit := range bits[i : i+8] {
			b = b<<1 | bit&1
		}
		if data = append(data, b); b == 0xff {
			data = append(data, 0)
		}
	}
	return append(data, 0xff, 0xd9)
}
