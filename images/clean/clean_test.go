package clean_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/images/clean"
)

// planted is a JPEG with the secret in every segment that a file can have, between them, and behind its end.
func planted(data []byte, orientation int) []byte {
	jfif := "JFIF\x00\x01\x02\x01\x00\x48\x00\x48\x01\x01\x01\x02\x03" // with a thumbnail of one pixel
	out := slices.Concat(data[:2], segment(0xe0, jfif+secret), segment(0xe0, "JFXX\x00\x10"+secret),
		segment(0xe1, "Exif\x00\x00"+exifOf(orientation)), segment(0xe1, "http://ns.adobe.com/xap/1.0/\x00<xmp>"+secret),
		segment(0xe1, "Exif\x00\x00"+exifOf(3)), segment(0xe2, "MPF\x00"+secret), segment(0xe2, "FPXR\x00"+secret),
		segment(0xed, "Photoshop 3.0\x008BIM"+secret), segment(0xec, "Ducky"+secret), segment(0xfe, secret))
	for marker := byte(0xe0); marker <= 0xef; marker++ {
		out = append(out, segment(marker, secret)...)
	}
	out = append(append(out, secret...), 0xff, 0xff) // between segments, and fill
	scan := bytes.Index(data, []byte{0xff, 0xda})
	out = slices.Concat(out, data[2:scan], segment(0xfe, secret), data[scan:len(data)-2],
		segment(0xfe, secret), segment(0xe2, "ICC_PROFILE\x00\x01\x01"+secret), data[len(data)-2:])
	return slices.Concat(out, []byte(secret), data, []byte(secret))
}

func TestNothingPlantedIsLeft(t *testing.T) {
	for _, name := range []string{"", "cmyk.jpg", "progressive.jpg", "progressive420.jpg", "restarts.jpg",
		"sampling422.jpg", "sampling444.jpg"} {
		data := jpegOf(t, drawn(40, 30))
		if name != "" {
			data = testdata(t, name)
		}
		for orientation := 1; orientation <= 8; orientation++ {
			t.Run(fmt.Sprint(name, orientation), func(t *testing.T) {
				c := cleaned(t, planted(data, orientation))
				without(t, c)
				if c.Format != "jpeg" {
					t.Errorf("was rewritten: %s", c.Rewritten)
				}
				if result := checked(c.Data); result.Orientation != orientation {
					t.Errorf("orientation %d, want %d", result.Orientation, orientation)
				}
				again := cleaned(t, c.Data)
				if !bytes.Equal(again.Data, c.Data) {
					t.Error("what is clean is changed")
				}
			})
		}
	}
}

// Of a JPEG that has nothing to hide nothing changes, so that its blob can be published.
func TestCleanPicturesStayAsTheyAre(t *testing.T) {
	for name, data := range map[string][]byte{
		"jpeg": jpegOf(t, drawn(40, 30)), "png": pngOf(t, drawn(40, 30)), "webp": testdata(t, "lossless.webp"),
	} {
		if c := cleaned(t, data); !bytes.Equal(c.Data, data) || c.Rewritten != "" {
			t.Errorf("%s: changed: %s", name, c.Rewritten)
		}
	}
}

func TestColoursKeepTheirMeaning(t *testing.T) {
	icc := profile("RGB ", 70_000)
	data := jpegOf(t, drawn(40, 30))
	parts := slices.Concat(segment(0xe2, "ICC_PROFILE\x00\x02\x02"+icc[40_000:]),
		segment(0xe2, "ICC_PROFILE\x00\x01\x02"+icc[:40_000]))
	adobe := segment(0xee, "Adobe\x00\x64\x00\x00\x00\x00\x01"+secret)
	c := cleaned(t, slices.Concat(data[:2], segment(0xfe, secret), parts, adobe, data[2:]))
	without(t, c)
	if !bytes.Contains(c.Data, []byte("Adobe\x00\x64\x00\x00\x00\x00\x01\xff")) {
		t.Error("Adobe's word on the components is gone")
	}
	var got []byte
	for _, part := range bytes.Split(c.Data, []byte("ICC_PROFILE\x00"))[1:] {
		got = append(got, part[2:]...)
	}
	if !bytes.HasPrefix(got[65519+4-4:], []byte{}) || !strings.HasPrefix(string(got), icc[:65519]) {
		t.Error("the profile is not what it was")
	}
	for what, broken := range map[string][]byte{
		"no profile at all": segment(0xe2, "ICC_PROFILE\x00\x01\x01"+secret),
		"a part is missing": segment(0xe2, "ICC_PROFILE\x00\x01\x02"+icc[:40_000]),
		"a part comes twice": slices.Concat(segment(0xe2, "ICC_PROFILE\x00\x01\x02"+icc[:40_000]),
			segment(0xe2, "ICC_PROFILE\x00\x01\x02"+icc[:40_000])),
		"more than its size": segment(0xe2, "ICC_PROFILE\x00\x01\x01"+profile("RGB ", 200)+secret),
	} {
		if c := cleaned(t, slices.Concat(data[:2], broken, data[2:])); !bytes.Equal(c.Data, data) {
			t.Errorf("%s: is kept", what)
		}
	}
}

func TestPNG(t *testing.T) {
	grey := image.NewGray(image.Rect(0, 0, 9, 7))
	grey16 := image.NewGray16(image.Rect(0, 0, 9, 7))
	deep := image.NewNRGBA64(image.Rect(0, 0, 9, 7))
	named := image.NewPaletted(image.Rect(0, 0, 9, 7), slices.Clone(color.Palette(palette.Plan9)[:200]))
	named.Palette[3] = color.NRGBA{9, 8, 7, 100}
	clear := drawn(9, 7)
	for i := range 63 {
		grey.Pix[i], clear.Pix[4*i+3], named.Pix[i] = uint8(4*i), uint8(3*i), uint8(i)
		grey16.SetGray16(i%9, i/9, color.Gray16{uint16(1000*i + 7)})
		deep.SetNRGBA64(i%9, i/9, color.NRGBA64{uint16(999 * i), uint16(33 * i), 77, uint16(1040 * i)})
	}
	icc := profile("RGB ", 400)
	for name, m := range map[string]image.Image{"colours": drawn(9, 7), "grey": grey, "grey16": grey16, "deep": deep,
		"named": named, "alpha": clear} {
		for orientation := 1; orientation <= 8; orientation++ {
			data := pngOf(t, m)
			pixels := bytes.Index(data, []byte("IDAT")) - 4
			text := slices.Concat(chunk("tEXt", "Author\x00"+secret), chunk("zTXt", "Author\x00\x00"+deflated(secret)),
				chunk("iTXt", "Author\x00\x00\x00\x00\x00"+secret), chunk("iTXt", "A\x00\x01\x00\x00\x00"+deflated(secret)),
				chunk("tIME", "\x07\xe8\x01\x02\x03\x04\x05"), chunk("prVt", secret), chunk("sPLT", secret))
			full := slices.Concat(data[:33], chunk("gAMA", "\x00\x00\xb1\x8f"), chunk("gAMA", secret[:4]),
				chunk("cHRM", secret), chunk("sRGB", "\x00"), chunk("iCCP", secret+"\x00\x00"+deflated(icc)),
				chunk("pHYs", "\x00\x00\x0b\x13\x00\x00\x0b\x13\x01"), chunk("bKGD", secret),
				chunk("eXIf", exifOf(orientation)), chunk("eXIf", exifOf(2)), text, data[33:pixels],
				data[pixels:len(data)-12], text, chunk("IDAT", secret), data[len(data)-12:], []byte(secret))
			c := cleaned(t, full)
			without(t, c)
			if c.Rewritten != "" || checked(c.Data).Orientation != orientation {
				t.Errorf("%s %d: %s", name, orientation, c.Rewritten)
			}
			for _, want := range []string{"gAMA", "sRGB", "iCCPicc\x00\x00" + deflated(icc), "pHYs"} {
				if !bytes.Contains(c.Data, []byte(want)) {
					t.Errorf("%s: %.4s is gone", name, want)
				}
			}
			if bytes.Contains(c.Data, []byte("cHRM")) || bytes.Contains(c.Data, []byte("bKGD")) {
				t.Errorf("%s: a chunk of a wrong length is kept", name)
			}
		}
	}
}

// Packed data with more behind the pixels, and a palette that no pixel can name, are room for anything.
func TestRoomInPNG(t *testing.T) {
	data := pngOf(t, drawn(9, 7))
	c := cleaned(t, slices.Concat(data[:33], chunk("PLTE", (secret + secret)[:66]), data[33:]))
	if without(t, c); !bytes.Equal(c.Data, data) {
		t.Error("a suggested palette is kept")
	}
	head := "\x00\x00\x00\x03\x00\x00\x00\x02\x08\x02\x00\x00\x00"
	rows := "\x00abcdefghi\x00ihgfedcba"
	c = cleaned(t, slices.Concat([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", head), chunk("gAMA", "\x00\x00\xb1\x8f"),
		chunk("tEXt", "a\x00"+secret), chunk("IDAT", deflated(rows+secret)), chunk("IEND", "")))
	if without(t, c); c.Rewritten == "" || !bytes.Contains(c.Data, []byte("gAMA")) {
		t.Errorf("rewritten: %q", c.Rewritten)
	}
	for space, kept := range map[string]bool{"GRAY": false, "RGB ": true} {
		head = "\x00\x00\x00\x03\x00\x00\x00\x02\x08\x04\x00\x00\x00"
		c = cleaned(t, slices.Concat([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", head),
			chunk("iCCP", "a\x00\x00"+deflated(profile(space, 200))),
			chunk("IDAT", deflated("\x00abcdef\x00fedcba"+secret)), chunk("IEND", "")))
		if without(t, c); c.Rewritten == "" || bytes.Contains(c.Data, []byte("iCCP")) != kept {
			t.Errorf("grey with alpha is colours now: a profile of %s is kept: %t", space, !kept)
		}
	}
	before, after := data[:len(data)-12], data[len(data)-12:]
	c = cleaned(t, slices.Concat(before, chunk("IDAT", secret), after))
	if without(t, c); c.Rewritten == "" {
		t.Error("data behind the pixels' own are copied")
	}
	pixels := bytes.Index(data, []byte("IDAT")) - 4
	packed := string(data[pixels+8 : len(data)-16])
	cut := slices.Concat(data[:pixels], chunk("IDAT", packed[:7]), chunk("IDAT", packed[7:]), after)
	if c = cleaned(t, cut); !bytes.Equal(c.Data, cut) {
		t.Errorf("pixels in two pieces are rewritten: %s", c.Rewritten)
	}
}

func TestWebP(t *testing.T) {
	for _, name := range []string{"alpha.webp", "lossless.webp", "lossy.webp", "exif6.webp"} {
		data := testdata(t, name)
		w, _, _ := images.Decode(data, loose)
		chunks := data[12:]
		flags := byte(0)
		if string(chunks[:4]) == "VP8X" {
			flags, chunks = chunks[8]&0x10, chunks[18:]
		}
		for orientation := 1; orientation <= 8; orientation++ {
			extended := []byte{flags | 0x2c, 0, 0, 0, byte(w.Width - 1), 0, 0, byte(w.Height - 1), 0, 0}
			body := slices.Concat([]byte("WEBP"), riffChunk("VP8X", string(extended)),
				riffChunk("ICCP", profile("RGB ", 301)), riffChunk("ANIM", secret), chunks,
				riffChunk("EXIF", exifOf(orientation)), riffChunk("XMP ", secret), riffChunk("zzzz", secret))
			full := append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
			c := cleaned(t, append(full, secret...))
			without(t, c)
			if c.Format != "webp" || checked(c.Data).Orientation != orientation ||
				!bytes.Contains(c.Data, []byte(profile("RGB ", 301))) {
				t.Errorf("%s %d: %s %s", name, orientation, c.Format, c.Rewritten)
			}
			if again := cleaned(t, c.Data); !bytes.Equal(again.Data, c.Data) {
				t.Errorf("%s: what is clean is changed", name)
			}
		}
	}
}

func TestOthersAreWrittenAnew(t *testing.T) {
	var tif, bm, gi bytes.Buffer
	deep := image.NewRGBA64(image.Rect(0, 0, 9, 7))
	for i := range 63 {
		deep.SetRGBA64(i%9, i/9, color.RGBA64{uint16(999 * i), uint16(33 * i), 77, 0xffff})
	}
	for _, err := range []error{tiff.Encode(&tif, deep, nil), bmp.Encode(&bm, drawn(9, 7)),
		gif.Encode(&gi, drawn(9, 7), nil)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, data := range map[string][]byte{"tiff": tif.Bytes(), "bmp": bm.Bytes(), "gif": gi.Bytes(),
		"group4": testdata(t, "group4.tif"), "lzw": testdata(t, "lzw.tif"), "pages": testdata(t, "pages.tif"),
		"animated gif": testdata(t, "animated.gif"), "animated webp": testdata(t, "animated.webp")} {
		c := cleaned(t, data)
		if c.Format != "png" || c.Rewritten == "" {
			t.Errorf("%s: %s, %q", name, c.Format, c.Rewritten)
		}
		if again := cleaned(t, c.Data); !bytes.Equal(again.Data, c.Data) {
			t.Errorf("%s: what is clean is changed", name)
		}
	}
}

// A JPEG without its end, or with something in its scan that decoders skip, shows the same as before.
func TestOddJPEG(t *testing.T) {
	data := jpegOf(t, drawn(40, 30))
	end := len(data) - 2
	for name, odd := range map[string][]byte{
		"no end":               data[:end],
		"fill before the end":  slices.Concat(data[:end], []byte{0xff, 0xff, 0xff}, data[end:]),
		"a restart marker":     slices.Concat(data[:end], []byte{0xff, 0xd3}, data[end:]),
		"two pictures":         slices.Concat(data, data),
		"text behind the scan": slices.Concat(data[:end], []byte(secret), data[end:]),
	} {
		t.Run(name, func(t *testing.T) { without(t, cleaned(t, odd)) })
	}
}

// Whatever a file holds, cleaning it does not break, and what could be decoded shows the same.
func FuzzClean(f *testing.F) {
	f.Add(planted(jpegOf(f, drawn(16, 9)), 6))
	f.Add(pngOf(f, drawn(16, 9)))
	for _, name := range []string{"restarts.jpg", "progressive420.jpg", "alpha.webp", "exif6.webp", "animated.gif",
		"palette.png"} {
		f.Add(testdata(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		result, m, _ := images.Decode(data, images.Limits{MinSide: 1, MaxPixels: 1 << 14})
		if m == nil {
			for _, format := range []string{"jpeg", "png", "webp", "tiff"} {
				_, _ = clean.Of(data, images.Result{Format: format, Orientation: 6})
			}
			return
		}
		c, err := clean.Of(data, result)
		if err != nil {
			t.Fatal(err)
		}
		after, n, _ := images.Decode(c.Data, loose)
		if n == nil {
			t.Fatalf("%s became %s: %s", result.Format, after.Verdict, after.Detail)
		}
		samePixels(t, m, result, n, after)
	})
}
