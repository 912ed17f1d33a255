package images_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/color/palette"
	stddraw "image/draw"
	"image/gif"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/images"
)

func TestKeepable(t *testing.T) {
	for _, v := range images.Verdicts {
		if want := v != "ok" && v != "missing" && v != "not_fetched" && v != "empty"; v.Keepable() != want {
			t.Errorf("an image of verdict %s can be kept: %t", v, !want)
		}
	}
}

func TestVerdicts(t *testing.T) {
	box := image.Rect(0, 0, drawnWidth, drawnHeight)
	jpg, pic := encoded(t, "jpeg", draw()), encoded(t, "png", draw())
	damaged := slices.Clone(pic)
	damaged[len(damaged)/2] ^= 1
	for name, c := range map[string]struct {
		data   []byte
		limits images.Limits
		want   images.Verdict
		detail string
	}{
		"whole":             {jpg, loose, images.OK, ""},
		"nothing":           {nil, loose, images.Empty, "no bytes"},
		"text":              {[]byte("<!DOCTYPE html><p>403"), loose, images.NotAnImage, `"<!DOCTYPE html><"`},
		"one byte":          {[]byte{0xff}, loose, images.NotAnImage, ""},
		"damaged":           {damaged, loose, images.Corrupt, ""},
		"small":             {pic, images.Limits{MinSide: drawnHeight + 1, MaxPixels: 1 << 20}, images.TooSmall, "96×64"},
		"just large enough": {pic, images.Limits{MinSide: drawnHeight, MaxPixels: 1 << 20}, images.OK, ""},
		"large": {pic, images.Limits{MinSide: 1, MaxPixels: drawnWidth*drawnHeight - 1},
			images.TooManyPixels, "96×64"},
		"just small enough": {pic, images.Limits{MinSide: 1, MaxPixels: drawnWidth * drawnHeight}, images.OK, ""},
		"black":             {encoded(t, "png", filled(color.NRGBA{A: 255})), loose, images.Blank, ""},
		"white JPEG":        {encoded(t, "jpeg", filled(color.NRGBA{255, 255, 255, 255})), loose, images.Blank, ""},
		"grey": {encoded(t, "png", as(image.NewGray(box), filled(color.NRGBA{9, 9, 9, 255}))),
			loose, images.Blank, ""},
		"grey, 16 bits": {encoded(t, "png", as(image.NewGray16(box), filled(color.NRGBA{9, 9, 9, 255}))),
			loose, images.Blank, ""},
		"colour, 16 bits": {encoded(t, "png", as(image.NewNRGBA64(box), filled(color.NRGBA{9, 1, 9, 100}))),
			loose, images.Blank, ""},
		"palette": {encoded(t, "gif", as(image.NewPaletted(box, palette.Plan9), filled(color.NRGBA{A: 255}))),
			loose, images.Blank, ""},
		"two equal colours":    {encoded(t, "png", twoEqualColours(box)), loose, images.Blank, ""},
		"nothing, 16 bits":     {encoded(t, "png", unseen16(box)), loose, images.Blank, ""},
		"hardly seen, 16 bits": {encoded(t, "png", hardlySeen16(box)), loose, images.OK, ""},
		"nothing to be seen":   {encoded(t, "png", unseen(box)), loose, images.Blank, ""},
		"blank and small": {encoded(t, "png", filled(color.NRGBA{A: 255})),
			images.Limits{MinSide: 100, MaxPixels: 1 << 20}, images.TooSmall, ""},
		"one odd pixel": {encoded(t, "png", oddPixel(box)), loose, images.OK, ""},
		"lossless JPEG": {bytes.Replace(jpg, []byte{0xff, 0xc0}, []byte{0xff, 0xc3}, 1),
			loose, images.Unsupported, "SOF3"},
		"arithmetic coding": {bytes.Replace(jpg, []byte{0xff, 0xc0}, []byte{0xff, 0xc9}, 1),
			loose, images.Unsupported, "SOF9"},
		"HEIC":                 {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), loose, images.Unsupported, "heic"},
		"AVIF":                 {[]byte("\x00\x00\x00\x18ftypavif\x00\x00\x00\x00"), loose, images.Unsupported, "avif"},
		"JPEG 2000":            {[]byte("\x00\x00\x00\x0cjP  \r\n\x87\n"), loose, images.Unsupported, "jpeg 2000"},
		"DICOM":                {append(make([]byte, 128), "DICM"...), loose, images.Unsupported, "dicom"},
		"no size":              {pngOfSize(0, 5), loose, images.Corrupt, "0×5"},
		"JPEG with a scan 1st": {append([]byte{0xff, 0xd8, 0xff, 0xda}, make([]byte, 20)...), loose, images.Corrupt, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, m, _ := images.Decode(c.data, c.limits)
			if got.Verdict != c.want || !strings.Contains(got.Detail, c.detail) {
				t.Errorf("verdict %s: %s; want %s: …%s…", got.Verdict, got.Detail, c.want, c.detail)
			}
			whole := got.Verdict == images.OK || got.Verdict == images.Blank || got.Verdict == images.TooSmall
			if (m != nil) != whole || (got.Verdict == images.OK) != (got.Detail == "") {
				t.Errorf("pixels %t, detail %q of verdict %s", m != nil, got.Detail, got.Verdict)
			}
		})
	}
}

func twoEqualColours(box image.Rectangle) image.Image {
	m := image.NewPaletted(box, color.Palette{color.Black, color.White, color.Black})
	m.Pix[17] = 2
	return m
}

func unseen(box image.Rectangle) image.Image {
	m := as(image.NewNRGBA(box), draw())
	for i := 3; i < len(m.Pix); i += 4 {
		m.Pix[i] = 0
	}
	return m
}

func unseen16(box image.Rectangle) *image.NRGBA64 {
	m := image.NewNRGBA64(box)
	for i := range m.Pix {
		if i%8 < 6 {
			m.Pix[i] = uint8(i)
		}
	}
	return m
}

func hardlySeen16(box image.Rectangle) image.Image {
	m := unseen16(box)
	m.Pix[len(m.Pix)-1] = 1
	return m
}

func oddPixel(box image.Rectangle) image.Image {
	m := filled(color.NRGBA{A: 255})
	m.SetNRGBA(box.Max.X-1, box.Max.Y-1, color.NRGBA{0, 0, 1, 255})
	return m
}

// pngOfSize is the header of a PNG, and a little data.
func pngOfSize(width, height uint32) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	return bytes.Join([][]byte{[]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", append(head, 8, 2, 0, 0, 0)),
		pngChunk("IDAT", []byte("x")), pngChunk("IEND", nil)}, nil)
}

// A picture that claims to be huge takes no memory: not for its pixels, and not for its rows.
func TestBombsTakeNoMemory(t *testing.T) {
	jpg := encoded(t, "jpeg", draw())
	at := bytes.Index(jpg, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(jpg[at+5:], 65500)
	binary.BigEndian.PutUint16(jpg[at+7:], 65500)
	tif, bmp, gif := encoded(t, "tiff", draw()), encoded(t, "bmp", draw()), encoded(t, "gif", draw())
	binary.LittleEndian.PutUint32(bmp[18:], 1<<30)
	binary.LittleEndian.PutUint32(gif[6:], 0xffffffff)
	for at := len(tif) - 12; at > 0; at-- { // its tags, sorted, stand at the end
		if tag := binary.LittleEndian.Uint16(tif[at:]); (tag == 256 || tag == 257) && tif[at+3] == 0 && tif[at+4] == 1 {
			binary.LittleEndian.PutUint16(tif[at+2:], 4)
			binary.LittleEndian.PutUint32(tif[at+8:], 1<<30)
		}
	}
	vp8x := append([]byte("RIFF\xff\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00"),
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	vp8x = append(vp8x, testdata(t, "lossless.webp")[12:]...)
	for name, data := range map[string][]byte{"jpeg": jpg, "png": pngOfSize(1<<31-1, 1<<31-1), "tiff": tif,
		"bmp": bmp, "gif": gif, "webp": vp8x} {
		limits := images.Limits{MinSide: 1, MaxPixels: 200_000_000}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := images.Check(data, limits)
		runtime.ReadMemStats(&after)
		if got.Verdict != images.TooManyPixels || got.Format != name || images.Memory(data, limits) != 0 {
			t.Errorf("%s: verdict %s of %s %d×%d: %s; memory %d",
				name, got.Verdict, got.Format, got.Width, got.Height, got.Detail, images.Memory(data, limits))
		}
		if taken := after.TotalAlloc - before.TotalAlloc; taken > 64<<10 {
			t.Errorf("%s: takes %d bytes", name, taken)
		}
	}
}

// formats are whole pictures of every format.
func formats(t testing.TB) map[string][]byte {
	return map[string][]byte{
		"jpeg": encoded(t, "jpeg", draw()), "png": encoded(t, "png", draw()), "gif": encoded(t, "gif", draw()),
		"tiff": encoded(t, "tiff", draw()), "bmp": encoded(t, "bmp", draw()), "webp lossy": testdata(t, "lossy.webp"),
		"webp lossless": testdata(t, "lossless.webp"), "webp alpha": testdata(t, "alpha.webp"),
		"webp animated": testdata(t, "animated.webp"), "jpeg progressive": testdata(t, "progressive.jpg"),
		"jpeg restarts": testdata(t, "restarts.jpg"), "jpeg cmyk": testdata(t, "cmyk.jpg"),
		"tiff lzw": testdata(t, "lzw.tif"), "tiff fax": testdata(t, "group4white.tif"),
	}
}

// Cut anywhere, no picture counts, unless all its pixels are there: of a GIF and of an animated WebP those of the first
// frame, of a TIFF what follows them (its resolution), of a PNG its last chunk and a checksum when there is another.
// Then they are the pixels of the whole.
func TestCutAnywhere(t *testing.T) {
	for name, whole := range formats(t) {
		all := images.Check(whole, loose)
		if all.Verdict != images.OK {
			t.Fatalf("%s: verdict %s: %s", name, all.Verdict, all.Detail)
		}
		for cut := range len(whole) {
			got := images.Check(whole[:cut], loose)
			switch got.Verdict {
			case images.OK:
				if got.PHash != all.PHash {
					t.Errorf("%s, cut at %d of %d: counts, with hash %016x in place of %016x",
						name, cut, len(whole), got.PHash, all.PHash)
				}
				left := len(whole) - cut
				lessThanItsEnd := map[string]int{"gif": 2, "webp animated": len(whole) / 2, "tiff": 16, "png": 16}[name]
				if strings.HasPrefix(name, "jpeg") {
					lessThanItsEnd = 2
				}
				if strings.HasPrefix(name, "jpeg") || name == "png" {
					if !slices.Contains(got.Warnings, images.MissingEOI) {
						t.Errorf("%s, cut at %d of %d: counts without the warning", name, cut, len(whole))
					}
				}
				if left > lessThanItsEnd {
					t.Errorf("%s, cut at %d of %d: counts", name, cut, len(whole))
				}
			case images.Truncated, images.Corrupt, images.Empty, images.NotAnImage:
				if cut > 12 && got.Verdict != images.Truncated {
					t.Errorf("%s, cut at %d of %d: verdict %s: %s, want truncated", name, cut, len(whole), got.Verdict, got.Detail)
				}
			default:
				t.Errorf("%s, cut at %d of %d: verdict %s: %s", name, cut, len(whole), got.Verdict, got.Detail)
			}
		}
	}
}

// A JPEG whose end is zeros, as a broken copy leaves it, does not count,
// although zeros can be valid codes for a long while.
func TestZeroTail(t *testing.T) {
	for name, whole := range formats(t) {
		if !strings.HasPrefix(name, "jpeg") {
			continue
		}
		for from := bytes.Index(whole, []byte{0xff, 0xda}) + 16; from < len(whole)-4; from++ {
			data := slices.Clone(whole)
			clear(data[from:])
			if got := images.Check(data, loose); got.Verdict == images.OK {
				t.Errorf("%s, zeros from %d of %d: counts", name, from, len(whole))
			}
		}
	}
}

func TestMissingEndOfJPEG(t *testing.T) {
	for _, name := range []string{"jpeg", "jpeg progressive", "jpeg restarts"} {
		whole := formats(t)[name]
		got := images.Check(whole[:len(whole)-2], loose)
		if got.Verdict != images.OK || !slices.Contains(got.Warnings, images.MissingEOI) {
			t.Errorf("%s: verdict %s, warnings %v: %s", name, got.Verdict, got.Warnings, got.Detail)
		}
		if got := images.Check(append(slices.Clone(whole), "trailing"...), loose); got.Verdict != images.OK ||
			len(got.Warnings) > 0 {
			t.Errorf("%s with bytes behind its end: verdict %s, warnings %v", name, got.Verdict, got.Warnings)
		}
	}
}

func TestUnderOtherLimits(t *testing.T) {
	data := encoded(t, "png", draw())
	for _, first := range []images.Limits{loose, {MinSide: 1, MaxPixels: 10}} {
		for _, then := range []images.Limits{loose, {MinSide: 65, MaxPixels: 1 << 20}, {MinSide: 1, MaxPixels: 20}} {
			kept, fresh := images.Check(data, first), images.Check(data, then)
			if !kept.Stands(then) {
				if kept.Verdict != images.TooManyPixels || fresh.Verdict == images.TooManyPixels {
					t.Errorf("%s under %v does not stand under %v", kept.Verdict, first, then)
				}
				continue
			}
			if got := kept.Under(then); got.Verdict != fresh.Verdict || got.Detail != fresh.Detail {
				t.Errorf("under %v and then %v: %s: %s, want %s: %s",
					first, then, got.Verdict, got.Detail, fresh.Verdict, fresh.Detail)
			}
		}
	}
}

// What is known under wide limits is, under any others, what a check under those says: word by word,
// whatever is wrong with the picture.
func TestUnderIsWhatCheckSays(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	pictures := slices.Collect(maps.Values(formats(t)))
	rle := encoded(t, "bmp", draw())
	rle[30] = 1 // a compression that its decoder alone knows of
	late := encoded(t, "jpeg", draw())
	binary.BigEndian.PutUint16(late[bytes.Index(late, []byte{0xff, 0xc0})+5:], 0) // the width is there, the height is not
	pictures = append(pictures, rle, late, encoded(t, "png", filled(color.NRGBA{A: 255})),
		encoded(t, "png", unseen(image.Rect(0, 0, 5, 9))),
		bytes.Replace(encoded(t, "jpeg", draw()), []byte{0xff, 0xc0, 0, 17, 8}, []byte{0xff, 0xc0, 0, 17, 12}, 1),
		tiffFile("II*\x00", tiffTags{256: {200}, 257: {200}, 258: {8, 8, 8, 8}, 262: {5}, 277: {4}}, make([]byte, 160_000)),
		pngOfSize(0, 5), pngOfSize(300, 200), []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), []byte("neither"), nil)
	seen := map[images.Verdict]int{}
	for range 4000 {
		data := slices.Clone(pictures[r.IntN(len(pictures))])
		if len(data) > 0 && r.IntN(2) == 0 {
			data = data[:r.IntN(len(data))]
		}
		if len(data) > 0 && r.IntN(2) == 0 {
			data[r.IntN(len(data))] ^= 1 << r.IntN(8)
		}
		wide := images.Check(data, images.Limits{MinSide: 1, MaxPixels: 1 << 20})
		limits := images.Limits{MinSide: 1 + r.IntN(120), MaxPixels: int64(1 + r.IntN(1<<r.IntN(17)))}
		want := images.Check(data, limits)
		seen[want.Verdict]++
		if diff := cmp.Diff(want.Result, wide.Under(limits)); diff != "" {
			t.Fatalf("under %+v, %s: %s is (-want +got):\n%s", limits, wide.Verdict, wide.Detail, diff)
		}
	}
	for _, v := range images.Verdicts {
		if seen[v] == 0 && v != images.Missing && v != images.NotFetched {
			t.Errorf("no picture is %s", v)
		}
	}
}

// A format that begins as text is one only if its whole header is there; notes and error pages are no pictures.
func TestTextIsNoPicture(t *testing.T) {
	for text, format := range map[string]string{
		"<svg>": "svg",
		"\ufeff<?xml version='1.0'?>\n<!-- drawn\n > by us --> <svg xmlns='a'>": "svg",
		"<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN'>":                       "svg",
		"<?xml version='1.0'?><svg:svg>":                                        "svg",
		"<!doctype html><body><svg width='1'></svg>403":                         "",
		"<!-- <svg> -->": "",
		"<html><svg>":    "",
		"<svgs>":         "",
		"the tag <svg>":  "",
		"#define a_width 9\n#define a_height 7\nstatic char a_bits[]": "xbm",
		"#define width 9\r\n#define height 7\r\nstatic":               "xbm",
		"#define PI 3.14159\n#define a_width 5\n":                     "",
		"#define a_width 5\nint f();":                                 "",
		"P1\n# ours\n2 2\n01 10":                                      "pnm",
		"P2 2 2 255\n1 2 3 4":                                         "pnm", "P4 8 1\n\xff": "pnm",
		"P5 #a\n1 1 255\nx": "pnm", "P6\n1 1\n255\nxyz": "pnm",
		"P7\n# a\nWIDTH 2\nHEIGHT 2\n": "pnm", "P7 332\n": "xv thumbnail", "Pf\n2 2\n-1.0\n....": "pfm",
		"P1 patient, first visit": "", "P2 5 times a day": "", "P5 1 1 ": "", "P7 \nwas seen": "",
		"Pf\nand so on": "", "P8 1 1 1 ": "",
	} {
		got := images.Check([]byte(text), loose)
		want := images.NotAnImage
		if format != "" {
			want = images.Unsupported
		}
		if got.Verdict != want || got.Format != format {
			t.Errorf("%q: %s of %q, want %s of %q", text, got.Verdict, got.Format, want, format)
		}
	}
	icon := []byte("\x00\x00\x01\x00\x01\x00\x10\x10\x00\x00\x01\x00\x20\x00\x00\x00\x00\x00\x16\x00\x00\x00")
	if got := images.Check(icon, loose); got.Format != "ico" {
		t.Errorf("an icon is a %q", got.Format)
	}
	if icon[9] = 1; images.Check(icon, loose).Format == "ico" { // the byte that is to be zero
		t.Error("what is no icon is one")
	}
}

// webpFile is a WebP of chunks, each with its name in front.
func webpFile(chunks ...string) []byte {
	body := []byte("WEBP")
	for _, c := range chunks {
		body = append(binary.LittleEndian.AppendUint32(append(body, c[:4]...), uint32(len(c)-4)), c[4:]...)
		body = append(body, make([]byte, len(c)%2)...)
	}
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

// webpCanvas is the chunk that says how large the canvas is.
func webpCanvas(width, height int) string {
	w, h := width-1, height-1
	return "VP8X" + string([]byte{0, 0, 0, 0, byte(w), byte(w >> 8), 0, byte(h), byte(h >> 8), 0})
}

// webpFrame is the chunk of a frame at a place.
func webpFrame(x, y int, picture string) string {
	chunk := webpFile(picture)[12:]
	return "ANMF" + string([]byte{byte(x / 2), 0, 0, byte(y / 2), 0, 0, drawnWidth - 1, 0, 0, drawnHeight - 1,
		0, 0, 0, 0, 0, 0}) + string(chunk)
}

func TestChunksOfWebP(t *testing.T) {
	file := testdata(t, "lossless.webp")
	picture := "VP8L" + string(file[20:][:binary.LittleEndian.Uint32(file[16:])])
	turned := testdata(t, "exif6.webp")
	at := bytes.Index(turned, []byte("VP8L"))
	other := "VP8L" + string(turned[at+8:][:binary.LittleEndian.Uint32(turned[at+4:])])
	exif := "EXIF" + string(exifBlock(3))

	decodedAs(t, webpFile(picture), draw(), 0)
	decodedAs(t, webpFile(picture, other), draw(), 0) // the first one counts
	decodedAs(t,
		webpFile(webpCanvas(drawnWidth, drawnHeight), webpFrame(0, 0, picture), webpFrame(0, 0, other)), draw(), 0)
	canvas := image.NewNRGBA(image.Rect(0, 0, drawnWidth+4, drawnHeight+6))
	stddraw.Draw(canvas, image.Rect(4, 6, drawnWidth+4, drawnHeight+6), draw(), image.Point{}, stddraw.Src)
	decodedAs(t, webpFile(webpCanvas(drawnWidth+4, drawnHeight+6), webpFrame(4, 6, picture)), canvas, 0)

	whole := webpFile(webpCanvas(drawnWidth, drawnHeight), picture, exif)
	if got := images.Check(whole, loose); got.Verdict != images.OK || got.Orientation != 3 {
		t.Errorf("verdict %s: %s, orientation %d", got.Verdict, got.Detail, got.Orientation)
	}
	for cut := len(whole) - len(exif) - 4; cut < len(whole); cut++ {
		if got := images.Check(whole[:cut], loose); got.Verdict != images.Truncated {
			t.Errorf("cut at %d of %d: verdict %s, orientation %d", cut, len(whole), got.Verdict, got.Orientation)
		}
	}
	for name, data := range map[string][]byte{
		"narrow":      webpFile(webpCanvas(drawnWidth-1, drawnHeight), picture),
		"low":         webpFile(webpCanvas(drawnWidth, drawnHeight-1), picture),
		"to the side": webpFile(webpCanvas(drawnWidth, drawnHeight), webpFrame(2, 0, picture)),
	} {
		if got := images.Check(data, loose); got.Verdict != images.Corrupt || !strings.Contains(got.Detail, "its canvas is") {
			t.Errorf("a canvas too %s: verdict %s: %s", name, got.Verdict, got.Detail)
		}
	}
	// The size of a picture that is cut is known.
	for _, name := range []string{"lossless.webp", "lossy.webp"} {
		data := testdata(t, name)
		if got := images.Check(data[:len(data)/2], loose); got.Verdict != images.Truncated ||
			got.Width != drawnWidth || got.Height != drawnHeight {
			t.Errorf("%s, cut: %s of %d×%d", name, got.Verdict, got.Width, got.Height)
		}
	}
}

// A GIF whose frame is smaller than its canvas is transparent around it.
func TestFrameOnCanvas(t *testing.T) {
	frame := image.NewPaletted(image.Rect(3, 2, 9, 7), color.Palette{color.Black, color.NRGBA{200, 0, 0, 255}})
	frame.Pix[4] = 1
	want := image.NewNRGBA(image.Rect(0, 0, 12, 10))
	stddraw.Draw(want, frame.Rect, frame, frame.Rect.Min, stddraw.Src)
	var b bytes.Buffer
	if err := gif.EncodeAll(&b,
		&gif.GIF{Image: []*image.Paletted{frame}, Delay: []int{0}, Config: image.Config{Width: 12, Height: 10}}); err != nil {
		t.Fatal(err)
	}
	decodedAs(t, b.Bytes(), want, 0)
}

// Of a tag that is repeated in EXIF the first counts.
func TestRepeatedOrientation(t *testing.T) {
	data := encoded(t, "jpeg", draw())
	entry := "\x12\x01\x03\x00\x01\x00\x00\x00"
	block := "Exif\x00\x00II*\x00\x08\x00\x00\x00\x02\x00" + entry + "\x06\x00\x00\x00" + entry +
		"\x03\x00\x00\x00\x00\x00\x00\x00"
	data = slices.Concat(data[:2], []byte{0xff, 0xe1, 0, byte(2 + len(block))}, []byte(block), data[2:])
	if got := images.Check(data, loose); got.Verdict != images.OK || got.Orientation != 6 {
		t.Errorf("%s: %s, orientation %d, want 6", got.Verdict, got.Detail, got.Orientation)
	}
}

func TestNameFits(t *testing.T) {
	for _, c := range []struct {
		name, format string
		fits         bool
	}{
		{"a.jpg", "jpeg", true}, {"b/a.JPEG", "jpeg", true}, {"a.png", "jpeg", false},
		{"a", "png", true}, {"a.b/c", "png", true},
		{"a.tif", "tiff", true}, {"a.jpg", "heic", true}, {"a.jpg", "", true}, {"a.txt", "gif", false},
	} {
		if got := images.NameFits(c.name, c.format); got != c.fits {
			t.Errorf("%s is a %s: fits %t, want %t", c.name, c.format, got, c.fits)
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, data := range formats(f) {
		if len(data) < 4<<10 {
			f.Add(data)
		}
	}
	f.Add(pngOfSize(1<<20, 1))
	f.Add(encoded(f, "png", draw())[:520])
	f.Add(gifOf(0, 0, 2, 3, 0x40, 1, 2, 3, 3, 2, 1))
	f.Add(bmpOf(40, 3, 2, 8, 1, nil, make([]byte, 1024), []byte{0, 3, 0, 1, 0, 9, 0, 0, 2, 1, 0, 2, 1, 0, 0, 1}))
	f.Add(bmpOf(124, 2, 2, 32, 3, []uint32{0xff0000, 0xff00, 0xff, 0xff000000}, nil, make([]byte, 16)))
	for name, tags := range map[string]tiffTags{
		"planes": {258: {8, 8, 8}, 262: {2}, 277: {3}, 284: {2}}, "tiles": {322: {16}, 323: {16}}, "4 bits": {258: {4}},
		"inks": {258: {16}, 262: {5}, 277: {5}}, "JPEG": {258: {8, 8, 8}, 259: {7}, 262: {6}, 277: {3}},
		"luma": {258: {8, 8, 8}, 262: {6}, 277: {3}}, "LZW": {259: {5}, 266: {2}}} {
		block := make([]byte, 1600)
		if name == "JPEG" {
			block = encoded(f, "jpeg", image.NewRGBA(image.Rect(0, 0, 16, 16)))
		}
		f.Add(bigTIFF("II+\x00", tags.of(tiffTags{256: {16}, 257: {16}}), block))
		f.Add(tiffFile("MM\x00*", tags.of(tiffTags{256: {16}, 257: {16}}), block, block, block))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		limits := images.Limits{MinSide: 1, MaxPixels: 100_000}
		got, m, _ := images.Decode(data, limits)
		first, again := images.CheckedOf(got, m), images.Check(data, limits)
		if fmt.Sprint(first) != fmt.Sprint(again) {
			t.Errorf("%v, and then %v", first, again)
		}
		if !slices.Contains(images.Verdicts, got.Verdict) || got.Orientation < 1 || got.Orientation > 8 || got.ByClock {
			t.Errorf("%+v", got)
		}
		if m != nil &&
			(m.Bounds() != image.Rect(0, 0, got.Width, got.Height) || int64(got.Width)*int64(got.Height) > limits.MaxPixels) {
			t.Errorf("%+v with pixels %v", got, m.Bounds())
		}
		if got.Format != "webp" && strings.Contains(got.Detail, "the decoder broke") {
			t.Errorf("%+v", got)
		}
	})
}
