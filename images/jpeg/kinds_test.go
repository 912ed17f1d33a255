package jpeg_test

import (
	"bytes"
	"image"
	"slices"
	"strings"
	"testing"

	"github.com/dermset/dermset/images/jpeg"
)

// adobe is the segment of Adobe's programs that says what the components are.
func adobe(transform byte) []byte {
	return append([]byte("\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00"), transform)
}

// Adobe's segment says whether three components are colours (0) or YCbCr (1), and four ink (0) or YCCK (2).
func TestAdobeTransforms(t *testing.T) {
	plain := withoutJFIF(files(t)["sampling444.jpg"])
	three := func(transform byte) []byte { return slices.Concat(plain[:2], adobe(transform), plain[2:]) }
	cmyk := files(t)["cmyk.jpg"]
	at := bytes.Index(cmyk, []byte("Adobe")) + 11
	four := func(transform byte) []byte {
		data := slices.Clone(cmyk)
		data[at] = transform
		return data
	}
	for name, c := range map[string]struct {
		data []byte
		want image.Image
	}{
		"colours": {three(0), &image.RGBA{}}, "YCbCr": {three(1), &image.YCbCr{}},
		"ink": {four(0), &image.CMYK{}}, "YCCK": {four(2), &image.CMYK{}},
	} {
		agrees(t, name, c.data)
		if got := decode(t, c.data).Image; got.ColorModel() != c.want.ColorModel() {
			t.Errorf("%s: a %T, want %T", name, got, c.want)
		}
	}
	if ink, ycck := decode(t, four(0)).Image.(*image.CMYK),
		decode(t, four(2)).Image.(*image.CMYK); slices.Equal(ink.Pix, ycck.Pix) {
		t.Error("ink and YCCK are the same")
	}
}

// Restart markers are counted from 0 to 7: one that is not the next says that something is missing.
func TestRestartsInOrder(t *testing.T) {
	whole := files(t)["restarts.jpg"]
	first, second := bytes.Index(whole, []byte{0xff, 0xd0}), bytes.Index(whole, []byte{0xff, 0xd1})
	for name, data := range map[string][]byte{
		"one left out":  slices.Concat(whole[:first], whole[second:]),
		"one twice":     slices.Concat(whole[:second], whole[first:]),
		"another first": bytes.Replace(whole, []byte{0xff, 0xd0}, []byte{0xff, 0xd4}, 1),
	} {
		if _, err := jpeg.Decode(data); err == nil || !strings.Contains(err.Error(), "before the end of the scan") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// A scan that refines comes after the one that it refines, and each bit once.
func TestRefinementsInOrder(t *testing.T) {
	whole := files(t)["progressive.jpg"]
	var refining []int // where a scan header says the bits
	for at := 0; ; {
		next := bytes.Index(whole[at:], []byte{0xff, 0xda})
		if next < 0 {
			break
		}
		at += next + 2
		if bits := at + int(whole[at+1]) - 1; whole[bits]>>4 > 0 {
			refining = append(refining, bits)
		}
	}
	if len(refining) == 0 {
		t.Fatal("no scan refines")
	}
	for _, at := range refining {
		for _, bits := range []byte{0x10, 0x21, 0x32} {
			if bits == whole[at] {
				continue
			}
			data := slices.Clone(whole)
			data[at] = bits
			if _, err := jpeg.Decode(data); err == nil || !strings.Contains(err.Error(), "before its time") {
				t.Errorf("bits 0x%02x in place of 0x%02x: error %v", bits, whole[at], err)
			}
		}
	}
}

// ReadHeader says what a decoded picture takes where its samples are copied.
func TestMemoryOfCopies(t *testing.T) {
	plain := encoded(t, image.NewRGBA(image.Rect(0, 0, 64, 32)), 90)
	sampled := func(luma byte) []byte { return bytes.Replace(plain, []byte{3, 1, 0x22}, []byte{3, 1, luma}, 1) }
	const pixels = 64 * 32
	for name, c := range map[string]struct {
		data []byte
		want int64
	}{
		"4:2:0":       {plain, pixels * 3 / 2},
		"odd":         {sampled(0x31), 72*32*5/3 + 3*pixels},
		"RGB":         {slices.Concat(plain[:2], adobe(0), plain[2:]), pixels*3/2 + 7*pixels},
		"CMYK":        {files(t)["cmyk.jpg"], 96*64*4 + 8*96*64},
		"progressive": {files(t)["progressive.jpg"], 96 * 64 * 9},
	} {
		if name != "progressive" {
			c.want += int64(len(c.data)) // put together before they are read
		}
		if h, err := jpeg.ReadHeader(c.data); err != nil || h.Memory != c.want {
			t.Errorf("%s: %d bytes, want %d; %v", name, h.Memory, c.want, err)
		}
	}
}
