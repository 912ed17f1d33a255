package jpeg_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/dermset/dermset/images/jpeg"
)

// segment is a marker with its length and body.
func segment(marker byte, body ...byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(2+len(body))), body...)
}

// table defines quantisation table 0: every divisor is the same.
func table(divisor byte) []byte {
	return segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{divisor}, 64)...)...)
}

// codes are Huffman tables 0: of DC, 0 is no difference and 10 one of seven bits; of AC, 0 is the end of a block.
func codes() []byte {
	return slices.Concat(segment(0xc4, append(append([]byte{0x00, 1, 1}, make([]byte, 14)...), 0, 7)...),
		segment(0xc4, append(append([]byte{0x10, 1}, make([]byte, 15)...), 0)...))
}

// one is a picture of 8×8 of three components with the ids, up to its first scan. All have table 0.
func one(kind byte, ids ...byte) []byte {
	frame := []byte{8, 0, 8, 0, 8, 3}
	for _, id := range ids {
		frame = append(frame, id, 0x11, 0)
	}
	return slices.Concat([]byte{0xff, 0xd8}, segment(kind, frame...), codes())
}

// scanOf is a scan in which each component has the difference 64 and nothing else.
func scanOf(kind byte, ids ...byte) []byte {
	header, bits := []byte{byte(len(ids))}, ""
	for _, id := range ids {
		header = append(header, id, 0)
		if bits += "101000000"; kind == 0xc0 {
			bits += "0"
		}
	}
	last := byte(63)
	if kind != 0xc0 {
		last = 0
	}
	data := segment(0xda, append(header, 0, last, 0)...)
	for bits += "1111111"; len(bits) >= 8; bits = bits[8:] {
		b := byte(0)
		for _, bit := range []byte(bits[:8]) {
			b = b<<1 | bit&1
		}
		data = append(data, b)
	}
	return data
}

var endMarker = []byte{0xff, 0xd9}

// The divisors of a component are those in force at its first scan, however often their table is defined anew.
func TestTableOfTheFirstScan(t *testing.T) {
	for name, kind := range map[string]byte{"sequential": 0xc0, "progressive": 0xc2} {
		data := slices.Concat(one(kind, 1, 2, 3), table(8), scanOf(kind, 1), table(4), scanOf(kind, 2),
			table(2), scanOf(kind, 3), table(1), endMarker)
		m := decode(t, data).Image.(*image.YCbCr)
		if got := [3]byte{m.Y[0], m.Cb[0], m.Cr[0]}; got != [3]byte{128 + 64, 128 + 32, 128 + 16} {
			t.Errorf("%s: samples %v", name, got)
		}
	}
	// A sequential component that is sent again keeps its table.
	data := slices.Concat(one(0xc0, 1, 2, 3), table(8), scanOf(0xc0, 1, 2, 3), table(4), scanOf(0xc0, 1), endMarker)
	if m := decode(t, data).Image.(*image.YCbCr); m.Y[0] != 128+64 {
		t.Errorf("sent again: %d, want %d", m.Y[0], 128+64)
	}
	// Pillow's file, with a table defined anew behind each of its scans.
	whole := files(t)["progressive.jpg"]
	want := decode(t, whole).Image.(*image.YCbCr)
	second := bytes.LastIndex(whole, []byte{0xff, 0xc4})
	got := decode(t, slices.Concat(whole[:second], table(1), whole[second:])).Image.(*image.YCbCr)
	if !bytes.Equal(got.Y, want.Y) || !bytes.Equal(got.Cb, want.Cb) {
		t.Error("a table that is defined behind the first scan counts")
	}
}

// Components of a scan stand in the order of the frame, as libjpeg wants it: the n-th is none of the frame's first n-1.
func TestComponentsInOrder(t *testing.T) {
	for name, c := range map[string]struct {
		ids   []byte
		scans [][]byte
		want  string
	}{
		"in order":                 {[]byte{1, 2, 3}, [][]byte{{1, 2, 3}}, ""},
		"chroma in another order":  {[]byte{1, 2, 3}, [][]byte{{1, 3, 2}}, "a scan of component 2"},
		"luma last":                {[]byte{1, 2, 3}, [][]byte{{2, 1}, {3}}, "a scan of component 1"},
		"each alone, in any order": {[]byte{1, 2, 3}, [][]byte{{3}, {1}, {2}}, ""},
		"equal names":              {[]byte{1, 1, 1}, [][]byte{{1, 1, 1}}, ""},
		"one twice":                {[]byte{1, 2, 3}, [][]byte{{1, 1, 2}}, "a scan of component 1"},
		"one left out":             {[]byte{1, 2, 3}, [][]byte{{1, 2}}, jpeg.ErrTruncated.Error()},
	} {
		data := slices.Concat(one(0xc0, c.ids...), table(8))
		for _, ids := range c.scans {
			data = append(data, scanOf(0xc0, ids...)...)
		}
		if _, err := jpeg.Decode(append(data, endMarker...)); (err == nil) != (c.want == "") ||
			err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want …%s…", name, err, c.want)
		}
	}
}

// Frames of Motion JPEG leave the standard's Huffman tables out, which the standard library's encoder writes.
func TestStandardHuffmanTables(t *testing.T) {
	r := rand.New(rand.NewPCG(35, 36))
	for range 20 {
		whole := encoded(t, random(r, image.NewRGBA(image.Rect(0, 0, 40, 30))), 1+r.IntN(100))
		at := bytes.Index(whole, []byte{0xff, 0xc4})
		behind := at + 2 + int(binary.BigEndian.Uint16(whole[at+2:]))
		want, got := decode(t, whole), decode(t, slices.Concat(whole[:at], whole[behind:]))
		for i, plane := range planes(want.Image) {
			if !bytes.Equal(planes(got.Image)[i], plane) {
				t.Fatalf("plane %d differs", i)
			}
		}
	}
	// A progressive picture has no such tables, and a sequential one no third.
	data := slices.Concat(one(0xc2, 1, 2, 3), table(8), scanOf(0xc2, 1, 2, 3), endMarker)
	if _, err := jpeg.Decode(bytes.Replace(data, codes(), nil, 1)); err == nil {
		t.Error("a progressive picture without Huffman tables is decoded")
	}
}

// A table without codes, or with more than there can be, is no harm where no scan uses it.
func TestUnusedHuffmanTables(t *testing.T) {
	for name, definition := range map[string][]byte{"empty": make([]byte, 16),
		"of too many codes": append([]byte{3, 13: 0, 15: 0}, 1, 2, 3)} {
		for class := range byte(2) {
			before := segment(0xc4, append([]byte{class<<4 | 3}, definition...)...)
			used := segment(0xc4, append([]byte{class << 4}, definition...)...)
			whole := slices.Concat(one(0xc0, 1, 2, 3), table(8))
			scan := append(scanOf(0xc0, 1, 2, 3), endMarker...)
			if _, err := jpeg.Decode(slices.Concat(whole, before, scan)); err != nil {
				t.Errorf("%s, unused, class %d: %v", name, class, err)
			}
			if _, err := jpeg.Decode(slices.Concat(whole, used, scan)); err == nil {
				t.Errorf("%s, used, class %d: is decoded", name, class)
			}
		}
	}
}

// What follows the frame header counts too; what follows the first scan does not. An end of lines says nothing.
func TestSegmentsBehindTheFrame(t *testing.T) {
	whole := encoded(t, random(rand.New(rand.NewPCG(37, 38)), image.NewRGBA(image.Rect(0, 0, 40, 30))), 90)
	scan := bytes.Index(whole, []byte{0xff, 0xda})
	exif := segment(0xe1, []byte("Exif\x00\x00II*\x00")...)
	put := func(at int, segments ...[]byte) []byte {
		return slices.Concat(whole[:at], slices.Concat(segments...), whole[at:])
	}
	end := len(whole) - 2
	tooShort := func(marker, length byte) []byte { return []byte{0xff, marker, 0, length} }
	for name, c := range map[string]struct {
		data []byte
		exif bool
	}{
		"EXIF":                        {put(scan, exif), true},
		"an empty one before":         {put(scan, segment(0xe1, []byte("Exif\x00\x00")...), exif), true},
		"EXIF behind the scan":        {put(end, exif), false},
		"two":                         {put(scan, exif, segment(0xe1, []byte("Exif\x00\x00MM\x00*")...)), true},
		"an end of lines":             {put(end, segment(0xdc, 0, 30)), false},
		"another end of lines":        {put(end, segment(0xdc, 0, 3)), false},
		"Adobe, too late":             {put(end, adobe(0)), false},
		"a comment of length 1":       {put(scan, tooShort(0xfe, 1)), false},
		"APP0 of length 0":            {put(2, tooShort(0xe0, 0)), false},
		"APP1 of length 1, then EXIF": {put(2, tooShort(0xe1, 1), exif), true},
	} {
		h, err := jpeg.ReadHeader(c.data)
		if err != nil || (len(h.Exif) > 0) != c.exif || c.exif && !bytes.HasSuffix(h.Exif, []byte("II*\x00")) {
			t.Errorf("%s: EXIF %q, %v", name, h.Exif, err)
		}
		got, want := decode(t, c.data).Image, decode(t, whole).Image
		for i, plane := range planes(want) {
			if got.ColorModel() != want.ColorModel() || !bytes.Equal(planes(got)[i], plane) {
				t.Errorf("%s: plane %d of a %T differs", name, i, got)
			}
		}
	}
	for name, data := range map[string][]byte{"a second beginning": put(scan, []byte{0xff, 0xd8}),
		"a table of length 1":  put(scan, tooShort(0xdb, 1)),
		"a segment of no kind": put(scan, segment(0x02, 1, 2))} {
		if _, err := jpeg.Decode(data); err == nil {
			t.Errorf("%s: is decoded", name)
		}
	}
}

// Four components are inks of which 255 is none, whether they say that they are Adobe's or not.
func TestInksWithoutAdobe(t *testing.T) {
	marked := files(t)["cmyk.jpg"]
	at := bytes.Index(marked, []byte{0xff, 0xee})
	plain := slices.Concat(marked[:at], marked[at+2+int(binary.BigEndian.Uint16(marked[at+2:])):])
	want, got := decode(t, marked).Image.(*image.CMYK), decode(t, plain).Image.(*image.CMYK)
	if !bytes.Equal(got.Pix, want.Pix) {
		t.Error("inks differ")
	}
}

// A picture that ends, by its own word, before all of its coefficients is incomplete; without that word it is cut.
func TestIncomplete(t *testing.T) {
	whole := files(t)["progressive.jpg"]
	if decode(t, whole).Incomplete {
		t.Error("a whole picture is incomplete")
	}
	scans := 0
	for at := bytes.Index(whole, []byte{0xff, 0xda}) + 1; ; scans++ {
		next := bytes.Index(whole[at:], []byte{0xff, 0xda})
		if next < 0 {
			break
		}
		at += next + 1
		cut := at - 1
		if tables := bytes.LastIndex(whole[:cut], []byte{0xff, 0xc4}); cut-tables < 200 && tables > 0 &&
			cut-tables == 2+int(binary.BigEndian.Uint16(whole[tables+2:])) {
			cut = tables
		}
		p, err := jpeg.Decode(append(slices.Clone(whole[:cut]), endMarker...))
		if err != nil || !p.Incomplete || p.MissingEOI {
			t.Errorf("up to byte %d: %v, incomplete %t, missing end %t", cut, err, p.Incomplete, p.MissingEOI)
		}
		if _, err := jpeg.Decode(whole[:cut]); !errors.Is(err, jpeg.ErrTruncated) {
			t.Errorf("cut at byte %d: %v", cut, err)
		}
		inside := append(slices.Clone(whole[:cut-20]), endMarker...)
		if _, err := jpeg.Decode(inside); !errors.Is(err, jpeg.ErrTruncated) {
			t.Errorf("with an end within the scan before byte %d: %v", cut, err)
		}
	}
	if scans < 3 {
		t.Errorf("%d scans", scans)
	}
}

// Samples of one component for one and a half of another, and more than ten blocks in an MCU, no decoder takes.
func TestSamplingsOfNobody(t *testing.T) {
	for name, c := range map[string]struct {
		samplings [3]byte
		want      string
	}{
		"three to two":  {[3]byte{0x31, 0x21, 0x11}, "samples for 3×1"},
		"2 to 3":        {[3]byte{0x12, 0x13, 0x11}, "samples for 1×3"},
		"eleven blocks": {[3]byte{0x42, 0x21, 0x11}, "11 blocks"}, "ten": {[3]byte{0x42, 0x11, 0x11}, ""},
	} {
		data := slices.Concat(one(0xc0, 1, 2, 3), table(8), scanOf(0xc0, 1, 2, 3))
		frame := bytes.Index(data, []byte{0xff, 0xc0})
		for i, s := range c.samplings {
			data[frame+11+3*i] = s
		}
		_, err := jpeg.Decode(data)
		if c.want == "" && !errors.Is(err, jpeg.ErrTruncated) || c.want != "" &&
			(err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want …%s…", name, err, c.want)
		}
	}
}
