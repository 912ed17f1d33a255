package images_test

import (
	"bytes"
	"compress/lzw"
	"encoding/binary"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/images"
)

// counts wants a picture to count with these warnings and no others.
func counts(t *testing.T, name string, data []byte, want image.Image, warnings ...images.Warning) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		got := decodedAs(t, data, want, 0)
		if diff := cmp.Diff(warnings, got.Warnings); diff != "" {
			t.Errorf("warnings:\n%s", diff)
		}
	})
}

// is wants a verdict.
func is(t *testing.T, name string, data []byte, want images.Verdict) {
	t.Helper()
	if got := images.Check(data, loose); got.Verdict != want {
		t.Errorf("%s: verdict %s: %s, want %s", name, got.Verdict, got.Detail, want)
	}
}

// pngOf is a PNG of chunks, each with its name in front, and the end.
func pngOf(chunks ...string) []byte {
	data := []byte("\x89PNG\r\n\x1a\n")
	for _, c := range append(chunks, "IEND") {
		data = append(data, pngChunk(c[:4], []byte(c[4:]))...)
	}
	return data
}

func pngHead(width, height uint32, depth, colour byte) string {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), width), height)
	return string(append(head, depth, colour, 0, 0, 0))
}

// spoiled is a PNG with the checksum of a chunk changed.
func spoiled(data []byte, id string) []byte {
	data = slices.Clone(data)
	at := bytes.Index(data, []byte(id)) - 4
	data[at+8+int(binary.BigEndian.Uint32(data[at:]))] ^= 1
	return data
}

// A PNG of which every pixel is there and proven by one of its two checksums counts, and says what is odd.
func TestOddPNG(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 9, 7))
	var rows []byte
	for y := range 7 {
		rows = append(rows, 0)
		for x := range 9 {
			c := color.NRGBA{uint8(20 * x), uint8(30 * y), uint8(x * y), 255}
			m.SetNRGBA(x, y, c)
			rows = append(rows, c.R, c.G, c.B)
		}
	}
	head, text := pngHead(9, 7, 8, 2), "tEXta\x00b"
	packed := string(deflated(rows))
	wrong := packed[:len(packed)-1] + string(packed[len(packed)-1]^1)
	whole := pngOf(head, "IDAT"+packed)
	end := len(whole) - 12
	longer := string(deflated(append(slices.Clone(rows), make([]byte, 100)...)))
	counts(t, "whole", whole, m)
	counts(t, "more data than pixels", pngOf(head, "IDAT"+longer), m, images.ExtraData)
	counts(t, "in two chunks", pngOf(head, "IDAT"+longer[:20], "IDAT"+longer[20:]), m, images.ExtraData)
	counts(t, "no end", whole[:end], m, images.MissingEOI)
	counts(t, "half an end", whole[:end+7], m, images.MissingEOI)
	counts(t, "no end, half a checksum", whole[:end-2], m, images.MissingEOI)
	is(t, "a wrong checksum of the chunk", spoiled(whole, "IDAT"), images.Corrupt)
	counts(t, "far more data than pixels", pngOf(head, "IDAT"+string(deflated(append(slices.Clone(rows),
		make([]byte, 9999)...)))), m, images.ExtraData)
	counts(t, "no checksum of the data", pngOf(head, "IDAT"+packed[:len(packed)-4]), m, images.OddChecksum)
	is(t, "a wrong checksum of the data", pngOf(head, "IDAT"+wrong), images.Corrupt)
	counts(t, "a wrong checksum of the end", spoiled(whole, "IEND"), m)
	counts(t, "a wrong checksum of text behind", spoiled(pngOf(head, "IDAT"+packed, text), "tEXt"), m)
	counts(t, "a palette beside colours", pngOf(head, "PLTE123", "IDAT"+longer), m, images.ExtraData)
	is(t, "both checksums wrong", spoiled(pngOf(head, "IDAT"+wrong), "IDAT"), images.Corrupt)
	is(t, "a wrong checksum of the header", spoiled(whole, "IHDR"), images.Corrupt)
	is(t, "a wrong checksum of text before", spoiled(pngOf(head, text, "IDAT"+packed), "tEXt"), images.Corrupt)
	is(t, "a row too few", pngOf(head, "IDAT"+string(deflated(rows[:len(rows)-28]))), images.Truncated)
	is(t, "data that are cut", pngOf(head, "IDAT"+packed[:len(packed)/2]), images.Truncated)
	is(t, "cut, and no proof of the rest", whole[:end-6], images.Truncated)
	is(t, "no data", pngOf(head), images.Truncated)
	is(t, "two headers", pngOf(head, head, "IDAT"+longer), images.Corrupt)

	// The passes of an interlaced one are as many bytes as there are.
	odd := interlaced(t, m)
	counts(t, "interlaced, no end", odd[:len(odd)-12], m, images.MissingEOI)

	grey := image.NewGray(image.Rect(0, 0, 2, 1))
	grey.Pix[1] = 255
	bits := "IDAT" + string(deflated([]byte{0, 0x40}))
	counts(t, "a palette beside greys", pngOf(pngHead(2, 1, 1, 0), "PLTE123", bits), grey)
	two := image.NewPaletted(grey.Rect, color.Palette{color.NRGBA{1, 2, 3, 255}, color.NRGBA{4, 5, 6, 255}})
	two.Pix[1] = 1
	counts(t, "more colours than pixels can name",
		pngOf(pngHead(2, 1, 1, 3), "PLTE\x01\x02\x03\x04\x05\x06\x07\x08\x09", bits), two)
}

// What is behind a palette's transparency counts for the hash, as it does where each pixel has its own.
func TestHashOfTransparentPalette(t *testing.T) {
	box := image.Rect(0, 0, drawnWidth, drawnHeight)
	colours := as(image.NewPaletted(box, palette.Plan9), draw())
	colours.Palette = slices.Clone(colours.Palette)
	for i := range colours.Palette {
		c := color.NRGBAModel.Convert(colours.Palette[i]).(color.NRGBA)
		c.A = uint8(i % 3 * 127)
		colours.Palette[i] = c
	}
	twin := image.NewNRGBA(box)
	for i, index := range colours.Pix {
		c := colours.Palette[index].(color.NRGBA)
		copy(twin.Pix[4*i:], []byte{c.R, c.G, c.B, c.A})
	}
	want := images.Check(encoded(t, "png", twin), loose)
	if got := decodedAs(t, encoded(t, "png", colours), twin, 0); got.PHash != want.PHash {
		t.Errorf("palette: hash %016x, want %016x", got.PHash, want.PHash)
	}
	// A GIF has one such colour; std's encoder writes the first of no alpha.
	var b bytes.Buffer
	one := slices.Clone(colours.Palette)
	for i := range one {
		c := one[i].(color.NRGBA)
		c.A = 255
		one[i] = c
	}
	colours.Palette = one
	if err := gif.Encode(&b, colours, nil); err != nil {
		t.Fatal(err)
	}
	opaque := images.Check(b.Bytes(), loose)
	control := []byte{0x21, 0xf9, 4, 1, 0, 0, colours.Pix[0], 0}
	data := slices.Insert(b.Bytes(), bytes.IndexByte(b.Bytes()[13+768:], 0x2c)+13+768, control...)
	result, m, _ := images.Decode(data, loose)
	if got := images.CheckedOf(result, m); got.PHash != opaque.PHash || got.Verdict != images.OK {
		t.Errorf("GIF: %s, hash %016x, want %016x", got.Verdict, got.PHash, opaque.PHash)
	}
	if _, _, _, a := m.At(0, 0).RGBA(); a != 0 {
		t.Error("the transparent colour is not")
	}
}

// gifOf is a GIF of 3×2 with a frame of the pixels, of four colours.
func gifOf(left, top, width, height uint16, flags byte, pixels ...byte) []byte {
	data := append([]byte("GIF89a\x03\x00\x02\x00\x81\x00\x00"), 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255)
	data = append(data, 0x2c)
	for _, v := range []uint16{left, top, width, height} {
		data = binary.LittleEndian.AppendUint16(data, v)
	}
	var b bytes.Buffer
	w := lzw.NewWriter(&b, lzw.LSB, 2)
	_, _ = w.Write(pixels) // into memory
	_ = w.Close()
	data = append(data, flags, 2)
	for packed := b.Bytes(); len(packed) > 0; {
		n := min(len(packed), 5)
		data = append(append(data, byte(n)), packed[:n]...)
		packed = packed[n:]
	}
	return append(data, 0, 0x3b)
}

func TestOddGIF(t *testing.T) {
	red, green, blue := color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 255, 0, 255}, color.NRGBA{0, 0, 255, 255}
	frame := func(width, height int, pixels ...color.NRGBA) image.Image {
		m := image.NewNRGBA(image.Rect(0, 0, width, height))
		for i, c := range pixels {
			m.SetNRGBA(i%width, i/width, c)
		}
		return m
	}
	want := frame(3, 2, red, green, blue, blue, green, red)
	pixels := []byte{1, 2, 3, 3, 2, 1}
	whole := gifOf(0, 0, 3, 2, 0, pixels...)
	counts(t, "whole", whole, want)
	counts(t, "a row too many", gifOf(0, 0, 3, 2, 0, append(pixels, 1, 1, 1)...), want, images.ExtraData)
	counts(t, "bytes behind its end", append(slices.Clone(whole), "behind"...), want)
	counts(t, "without its end", whole[:len(whole)-1], want)
	counts(t, "a frame over the canvas", gifOf(0, 0, 2, 3, 0, pixels...),
		frame(3, 3, red, green, color.NRGBA{}, blue, blue, color.NRGBA{}, green, red, color.NRGBA{}))
	passes := []byte{1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 2, 2, 2, 3, 3, 3}
	counts(t, "interlaced", gifOf(0, 0, 3, 6, 0x40, passes...), frame(3, 6,
		red, red, red, blue, blue, blue, green, green, green, green, green, green, red, red, red, blue, blue, blue))
	second := gifOf(0, 0, 3, 2, 0, pixels...)[25:]
	for cut := 1; cut <= len(second); cut++ {
		counts(t, "a second frame that is cut", slices.Concat(whole[:len(whole)-1], second[:cut]), want, images.Animated)
	}
	is(t, "a pixel too few", gifOf(0, 0, 3, 2, 0, pixels[:5]...), images.Truncated)
	is(t, "a frame of no height", gifOf(0, 0, 3, 0, 0, pixels...), images.Corrupt)
	is(t, "no frame", append(slices.Clone(whole[:25]), 0x3b), images.Corrupt)
	is(t, "codes of 9 bits", bytes.Replace(whole, []byte{2, 0, 0, 2}, []byte{2, 0, 0, 9}, 1), images.Corrupt)
	plain := slices.Concat(whole[:10], []byte{0}, whole[11:13], whole[25:])
	is(t, "no colours", plain, images.Corrupt)
}

// bmpOf is a BMP with a header of a size, of which words say the rest, and its pixels behind a gap.
func bmpOf(size uint32, width, height int32, depth uint16, packing uint32, words []uint32,
	colours, pixels []byte) []byte {
	data := append([]byte("BM"), make([]byte, 12)...)
	data = binary.LittleEndian.AppendUint32(data, size)
	if size == 12 {
		data = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(data, uint16(width)), uint16(height))
		data = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(data, 1), depth)
	} else {
		data = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(data, uint32(width)), uint32(height))
		data = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(data, 1), depth)
		data = binary.LittleEndian.AppendUint32(data, packing)
		data = append(data, make([]byte, 12)...)
		data = binary.LittleEndian.AppendUint32(data, uint32(len(colours)/4))
		data = append(data, 0, 0, 0, 0)
		for _, w := range words {
			data = binary.LittleEndian.AppendUint32(data, w)
		}
		data = append(data, make([]byte, max(0, 14+int(size)-len(data)))...)
	}
	data = append(append(data, colours...), "a gap"...)
	binary.LittleEndian.PutUint32(data[10:], uint32(len(data)))
	return append(data, pixels...)
}

// TestKindsOfBMP draws the same four pixels in every way that a BMP has.
func TestKindsOfBMP(t *testing.T) {
	red, grey := color.NRGBA{255, 0, 0, 255}, color.NRGBA{132, 132, 132, 255}
	half := red
	half.A = 128
	frame := func(width int, pixels ...color.NRGBA) image.Image {
		m := image.NewNRGBA(image.Rect(0, 0, width, len(pixels)/width))
		for i, c := range pixels {
			m.SetNRGBA(i%width, i/width, c)
		}
		return m
	}
	want := frame(2, red, grey, grey, red)
	four := []byte{132, 132, 132, 0, 0, 0, 255, 0, 0, 0, 255, 0, 132, 132, 132, 0}
	colours := []byte{0, 0, 255, 0, 132, 132, 132, 0}
	alpha := []uint32{0xff0000, 0xff00, 0xff, 0xff000000}
	for name, size := range map[string]uint32{"": 40, " V2": 52, " V3": 56, " OS/2 2": 64, " V4": 108, " V5": 124} {
		counts(t, "32 bits"+name, bmpOf(size, 2, 2, 32, 0, nil, nil, four), want)
		counts(t, "24 bits"+name, bmpOf(size, 2, 2, 24, 0, nil, nil,
			[]byte{132, 132, 132, 0, 0, 255, 0, 0, 0, 0, 255, 132, 132, 132, 0, 0}), want)
	}
	counts(t, "V5, masks that say nothing", bmpOf(124, 2, 2, 32, 0, alpha, nil, four), want)
	masked := bmpOf(124, 2, 2, 32, 3, alpha, nil, slices.Concat(four[:4], []byte{0, 0, 255, 128}, four[8:]))
	counts(t, "V5, alpha", masked, frame(2, color.NRGBA{255, 0, 0, 0}, color.NRGBA{132, 132, 132, 0},
		color.NRGBA{132, 132, 132, 0}, half))
	counts(t, "V5, masks without alpha", bmpOf(124, 2, 2, 32, 3, append(slices.Clone(alpha[:3]), 0), nil, four), want)
	counts(t, "masks in another order", bmpOf(40, 2, 2, 32, 3, []uint32{0xff, 0xff00, 0xff0000}, nil,
		[]byte{132, 132, 132, 9, 255, 0, 0, 9, 255, 0, 0, 9, 132, 132, 132, 9}), want)
	shade := color.NRGBA{131, 131, 131, 255} // 16 of 31, rounded down as by Pillow
	counts(t, "5, 5, 5", bmpOf(40, 2, 2, 16, 0, nil, nil, []byte{0x10, 0x42, 0, 0x7c, 0, 0x7c, 0x10, 0x42}),
		frame(2, red, shade, shade, red))
	counts(t, "5, 6, 5", bmpOf(108, 2, 2, 16, 3, []uint32{0xf800, 0x7e0, 0x1f}, nil,
		[]byte{0xff, 0xff, 0, 0xf8, 0, 0xf8, 0xff, 0xff}), frame(2, red, color.NRGBA{255, 255, 255, 255},
		color.NRGBA{255, 255, 255, 255}, red))
	counts(t, "from the top", bmpOf(40, 2, -2, 32, 0, nil, nil, slices.Concat(four[8:], four[:8])), want)
	counts(t, "8 bits", bmpOf(40, 2, 2, 8, 0, nil, colours, []byte{1, 0, 0, 0, 0, 1, 0, 0}), want)
	counts(t, "4 bits", bmpOf(40, 2, 2, 4, 0, nil, colours, []byte{0x10, 0, 0, 0, 0x01, 0, 0, 0}), want)
	counts(t, "1 bit", bmpOf(40, 2, 2, 1, 0, nil, colours, []byte{0x80, 0, 0, 0, 0x40, 0, 0, 0}), want)
	counts(t, "OS/2", bmpOf(12, 2, 2, 1, 0, nil, []byte{0, 0, 255, 132, 132, 132},
		[]byte{0x80, 0, 0, 0, 0x40, 0, 0, 0}), want)
	counts(t, "more colours than pixels can name", bmpOf(40, 2, 2, 1, 0, nil, append(slices.Clone(colours), 7, 7, 7, 0),
		[]byte{0x80, 0, 0, 0, 0x40, 0, 0, 0}), want)
	counts(t, "the last row not filled up", bmpOf(40, 2, 2, 8, 0, nil, colours, []byte{1, 0, 0, 0, 0, 1}), want,
		images.OddSizes)
	counts(t, "bytes behind", append(bmpOf(40, 2, 2, 8, 0, nil, colours, []byte{1, 0, 0, 0, 0, 1, 0, 0}), "more"...), want)
	black := frame(2, color.NRGBA{A: 255}, grey, grey, red)
	counts(t, "a colour that is not", bmpOf(40, 2, 2, 8, 0, nil, colours, []byte{1, 0, 0, 0, 2, 1, 0, 0}), black,
		images.OddColours)
	runs := func(depth uint16, packing uint32, pixels ...byte) []byte {
		return bmpOf(40, 2, 2, depth, packing, nil, colours, pixels)
	}
	counts(t, "runs of 8 bits", runs(8, 1, 1, 1, 1, 0, 0, 0, 1, 0, 1, 1, 0, 0, 0, 1), want)
	counts(t, "runs of 4 bits", runs(4, 2, 2, 0x10, 0, 0, 2, 0x01, 0, 1), want)
	counts(t, "a run of a colour that is not", runs(8, 1, 1, 1, 1, 0, 0, 0, 1, 2, 1, 1), black, images.OddColours)
	counts(t, "runs without an end", runs(4, 2, 2, 0x10, 0, 0, 2, 0x01), want)
	counts(t, "runs over the end of a row", runs(8, 1, 1, 1, 4, 0, 0, 0, 1, 0, 1, 1, 0, 1), want)
	counts(t, "a step over a pixel", runs(8, 1, 1, 1, 0, 0, 0, 2, 1, 0, 1, 1, 0, 1), want)
	three := bmpOf(40, 3, 1, 8, 1, nil, colours, []byte{0, 3, 0, 1, 0, 9, 0, 1})
	counts(t, "pixels as they are", three, frame(3, red, grey, red))
	counts(t, "pixels as they are, of 4 bits", bmpOf(40, 3, 1, 4, 2, nil, colours, []byte{0, 3, 0x01, 0x00, 0, 1}),
		frame(3, red, grey, red))

	is(t, "a byte too few", bmpOf(40, 2, 2, 8, 0, nil, colours, []byte{1, 0, 0, 0, 0}), images.Truncated)
	is(t, "runs that are cut", runs(8, 1, 1, 1, 1, 0, 0, 0, 1), images.Truncated)
	is(t, "runs that end early", runs(8, 1, 1, 1, 1, 0, 0, 1), images.Truncated)
	is(t, "a step that is cut", runs(8, 1, 0, 2, 1), images.Truncated)
	is(t, "pixels that are cut", bmpOf(40, 3, 1, 8, 1, nil, colours, []byte{0, 3, 0, 1}), images.Truncated)
	is(t, "colours that are cut", bmpOf(40, 2, 2, 8, 0, nil, nil, nil), images.Truncated)
	is(t, "a run over the end", runs(8, 1, 1, 0, 0, 3, 0, 0, 0, 0, 0, 0, 2, 0), images.Corrupt)
	is(t, "a step over the end", runs(8, 1, 0, 2, 3, 0, 1, 0, 0, 0, 2, 0), images.Corrupt)
	is(t, "masks of nobody", bmpOf(108, 2, 2, 32, 3, []uint32{0x3ff, 0xffc00, 0x3ff00000}, nil, four), images.Unsupported)
	is(t, "4, 4, 4", bmpOf(108, 2, 2, 16, 3, []uint32{0xf00, 0xf0, 0xf}, nil, four), images.Unsupported)
	is(t, "2 bits", bmpOf(40, 2, 2, 2, 0, nil, colours, four), images.Unsupported)
	is(t, "too many colours", bmpOf(40, 2, 2, 8, 0, nil, make([]byte, 4*257), four), images.Corrupt)
	is(t, "a header of another size", bmpOf(30, 2, 2, 8, 0, nil, colours, nil), images.Unsupported)
	is(t, "JPEG in BMP", bmpOf(40, 2, 2, 0, 4, nil, nil, four), images.Unsupported)
	is(t, "runs of 8 bits in 4", runs(4, 1, 2, 0, 0, 0, 2, 0), images.Unsupported)
}

// A picture that is no frame of an animation is as large as its canvas.
func TestCanvasOfStillWebP(t *testing.T) {
	picture := string(testdata(t, "lossless.webp")[12:])
	length := binary.LittleEndian.Uint32([]byte(picture[4:]))
	picture = picture[:4] + picture[8:8+length]
	for _, more := range []image.Point{{0, 0}, {1, 0}, {0, 1}} {
		want := images.Corrupt
		if more == (image.Point{}) {
			want = images.OK
		}
		is(t, more.String(), webpFile(webpCanvas(drawnWidth+more.X, drawnHeight+more.Y), picture), want)
	}
}

// What is behind a WebP belongs to nobody.
func TestBytesBehindWebP(t *testing.T) {
	for _, name := range []string{"lossy.webp", "lossless.webp", "animated.webp"} {
		data := testdata(t, name)
		want := images.Check(data, loose)
		for _, behind := range []string{"x", "behind it", "EXIF\xff\xff\xff\x00"} {
			if got := images.Check(append(slices.Clone(data), behind...), loose); !cmp.Equal(got, want) {
				t.Errorf("%s with %q behind: %+v, want %+v", name, behind, got, want)
			}
		}
	}
}

// Of a frame on a canvas the colours that are not to be seen stay too, as they do where it covers it.
func TestHiddenColoursOnCanvas(t *testing.T) {
	still := testdata(t, "alpha.webp")
	_, m, _ := images.Decode(still, loose)
	want := m.(*image.NRGBA)
	frame := []byte("ANMF\x00\x00\x00\x00\x00\x00\x5f\x00\x00\x3f\x00\x00\x00\x00\x00\x00") // 96×64
	frame = append(frame, still[bytes.Index(still, []byte("ALPH")):]...)
	_, m, _ = images.Decode(webpFile(webpCanvas(drawnWidth+2, drawnHeight), string(frame)), loose)
	got := m.(*image.NRGBA)
	for y := range drawnHeight {
		for x := range drawnWidth {
			if got.NRGBAAt(x, y) != want.NRGBAAt(x, y) {
				t.Fatalf("pixel %d,%d is %v, want %v", x, y, got.At(x, y), want.At(x, y))
			}
		}
	}
}

// Of the EXIF of a PNG the first with a right checksum counts, wherever it stands.
func TestOrientationOfPNG(t *testing.T) {
	turned := func(orientation int) []byte { return pngChunk("eXIf", exifBlock(orientation)) }
	wrong := turned(6)
	wrong[len(wrong)-1] ^= 1
	for name, c := range map[string]struct {
		chunks []byte
		want   int
	}{"one": {turned(6), 6}, "two": {slices.Concat(turned(6), turned(3)), 6}, "a wrong checksum": {wrong, 1},
		"a wrong one first": {slices.Concat(wrong, turned(3)), 3}} {
		data := encoded(t, "png", draw())
		end := len(data) - 12
		if got := images.Check(slices.Insert(data, end, c.chunks...), loose); got.Orientation != c.want {
			t.Errorf("%s: %s: orientation %d, want %d", name, got.Verdict, got.Orientation, c.want)
		}
	}
}

// EXIF that stands behind the frame header turns a picture too.
func TestOrientationBehindTheFrame(t *testing.T) {
	data := encoded(t, "jpeg", draw())
	scan := bytes.Index(data, []byte{0xff, 0xda})
	block := append([]byte("Exif\x00\x00"), exifBlock(6)...)
	segment := append(binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(2+len(block))), block...)
	if got := images.Check(slices.Insert(data, scan, segment...), loose); got.Orientation != 6 ||
		got.Verdict != images.OK {
		t.Errorf("%s: orientation %d, want 6", got.Verdict, got.Orientation)
	}
}
