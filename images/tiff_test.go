package images_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"image"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/tiff"

	"github.com/dermset/dermset/images"
)

// byteOrder is how numbers are stored.
type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

var byteOrders = map[string]byteOrder{"II*\x00": binary.LittleEndian, "MM\x00*": binary.BigEndian}

// tiffTags are the values of a directory.
type tiffTags map[uint16][]uint32

// of is the tags with others in their place; nil takes one away.
func (t tiffTags) of(others tiffTags) tiffTags {
	t = maps.Clone(t)
	maps.Copy(t, others)
	maps.DeleteFunc(t, func(_ uint16, values []uint32) bool { return values == nil })
	return t
}

// tiffFile is a TIFF whose places and sizes of strips (or tiles, if it says how wide they are) are those of the blocks,
// unless it says others. All values are stored as LONG.
func tiffFile(start string, tags tiffTags, blocks ...[]byte) []byte {
	order, data := byteOrders[start], append([]byte(start), 0, 0, 0, 0)
	places, sizes := uint16(273), uint16(279)
	if tags[322] != nil {
		places, sizes = 324, 325
	}
	all := tiffTags{}
	for _, block := range blocks {
		all[places], all[sizes] = append(all[places], uint32(len(data))), append(all[sizes], uint32(len(block)))
		data = append(data, block...)
	}
	all = all.of(tags)
	directory := order.AppendUint16(nil, uint16(len(all)))
	for _, tag := range slices.Sorted(maps.Keys(all)) {
		var values []byte
		for _, v := range all[tag] {
			values = order.AppendUint32(values, v)
		}
		if len(values) > 4 {
			values, data = order.AppendUint32(nil, uint32(len(data))), append(data, values...)
		}
		directory = order.AppendUint16(order.AppendUint16(directory, tag), 4)
		directory = append(order.AppendUint32(directory, uint32(len(all[tag]))), values...)
	}
	order.PutUint32(data[4:], uint32(len(data)))
	return append(append(data, directory...), 0, 0, 0, 0)
}

func deflated(data []byte) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write(data) // into memory
	_ = w.Close()
	return b.Bytes()
}

// packedBits packs runs of up to three equal bytes, and what is between them as it is.
func packedBits(data []byte) (packed []byte) {
	for len(data) > 0 {
		run := 1
		for run < len(data) && run < 3 && data[run] == data[0] {
			run++
		}
		if run > 1 {
			packed = append(packed, byte(1-run), data[0])
		} else {
			packed = append(packed, 0x80, 0, data[0]) // 0x80 says nothing
		}
		data = data[run:]
	}
	return packed
}

// A kind of TIFF: its tags, and how many bits its pixels have.
var tiffKinds = map[string]struct {
	tags tiffTags
	bits int
}{
	"white is 0":      {tiffTags{258: {1}, 262: {0}}, 1},
	"black is 0":      {tiffTags{262: {1}}, 1},
	"two colours":     {tiffTags{258: {1}, 262: {3}, 320: {0, 9 << 8, 500, 0xffff, 3, 77}}, 1},
	"grey":            {tiffTags{258: {8}, 262: {1}}, 8},
	"grey inverted":   {tiffTags{258: {8}, 262: {0}}, 8},
	"grey 16":         {tiffTags{258: {16}, 262: {1}}, 16},
	"inverted 16":     {tiffTags{258: {16}, 262: {0}}, 16},
	"palette":         {tiffTags{258: {8}, 262: {3}, 320: slices.Repeat([]uint32{7, 600, 0xffff}, 256)}, 8},
	"RGB":             {tiffTags{258: {8, 8, 8}, 262: {2}, 277: {3}}, 24},
	"RGB 16":          {tiffTags{258: {16, 16, 16}, 262: {2}, 277: {3}}, 48},
	"alpha":           {tiffTags{258: {8, 8, 8, 8}, 262: {2}, 277: {4}, 338: {2}}, 32},
	"alpha 16":        {tiffTags{258: {16, 16, 16, 16}, 262: {2}, 277: {4}, 338: {2}}, 64},
	"grey, no count":  {tiffTags{258: {8}, 262: {1}, 277: nil}, 8},
	"RGB, no samples": {tiffTags{258: {8, 8, 8}, 262: {2}, 277: nil}, 24},
}

// TestTIFFAgreesWithXImage compares random pictures of all kinds, packings, orders, strips and tiles with
// golang.org/x/image/tiff.
func TestTIFFAgreesWithXImage(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	packings := map[uint32]func([]byte) []byte{0: slices.Clone[[]byte], 1: slices.Clone[[]byte], 8: deflated,
		32946: deflated, 32773: packedBits}
	for name, kind := range tiffKinds {
		for start := range byteOrders {
			for packing, pack := range packings {
				for range 6 {
					width, height := 1+r.IntN(70), 1+r.IntN(40)
					tags := kind.tags.of(tiffTags{256: {uint32(width)}, 257: {uint32(height)}, 259: {packing}})
					if kind.bits > 1 && r.IntN(2) == 0 {
						tags[317] = []uint32{2}
					}
					blockWidth, rows := width, 1+r.IntN(50)
					if r.IntN(2) == 0 {
						blockWidth, rows = 8+8*r.IntN(5), 8+8*r.IntN(4)
						tags[322], tags[323] = []uint32{uint32(blockWidth)}, []uint32{uint32(rows)}
					} else if rows < height {
						tags[278] = []uint32{uint32(rows)}
					} else {
						rows = height
					}
					var blocks [][]byte
					for range (height + rows - 1) / rows * ((width + blockWidth - 1) / blockWidth) {
						block := make([]byte, rows*((blockWidth*kind.bits+7)/8))
						for i := range block {
							block[i] = byte(r.Uint32()) >> r.IntN(8)
						}
						blocks = append(blocks, pack(block))
					}
					data := tiffFile(start, tags, blocks...)
					result, got, _ := images.Decode(data, loose)
					want, err := tiff.Decode(bytes.NewReader(data))
					if err != nil || !reflect.DeepEqual(got, want) {
						t.Fatalf("%s, %.2s, packing %d, %v: %s: %s; x/image: %v",
							name, start, packing, tags, result.Verdict, result.Detail, err)
					}
				}
			}
		}
	}
}

// What the fax codes of a picture say, in a file of Pillow's, is white and black as it is drawn,
// whichever of them is 0.
func TestFax(t *testing.T) {
	want := image.NewGray(image.Rect(0, 0, drawnWidth, drawnHeight))
	for y := range drawnHeight {
		for x := range drawnWidth {
			if c := drawn(x, y); 299*int(c.R)+587*int(c.G)+114*int(c.B) >= 128_000 { // as Pillow has it
				want.Pix[want.PixOffset(x, y)] = 255
			}
		}
	}
	for _, name := range []string{"group3.tif", "group4.tif", "group4white.tif"} {
		if got := decodedAs(t, testdata(t, name), want, 0); got.PHash != 0xa07ec291bde40f5a {
			t.Errorf("%s: hash %016x, imagehash a07ec291bde40f5a", name, got.PHash)
		}
	}
	// The same codes with their lowest bit first.
	data := testdata(t, "group4.tif")
	directory := int(binary.LittleEndian.Uint32(data[4:]))
	at := bytes.Index(data[directory:], []byte{279 & 255, 279 >> 8, 4, 0}) + directory
	codes := data[8:][:binary.LittleEndian.Uint32(data[at+8:])]
	for i := range codes {
		codes[i] = reversed(codes[i])
	}
	decodedAs(t,
		tiffFile("MM\x00*", tiffTags{256: {drawnWidth}, 257: {drawnHeight}, 259: {4}, 262: {1}, 266: {2}}, codes), want, 0)
}

func reversed(b byte) (r byte) {
	for range 8 {
		r, b = r<<1|b&1, b>>1
	}
	return r
}

// TestTIFFVerdicts changes one thing of a picture that counts.
func TestTIFFVerdicts(t *testing.T) {
	const width, height = 20, 10
	base := tiffTags{256: {width}, 257: {height}, 258: {8, 8, 8}, 259: {1}, 262: {2}, 277: {3}}
	grey := base.of(tiffTags{258: {8}, 262: {1}, 277: {1}})
	rows := make([]byte, 3*width*height)
	for i := range rows {
		rows[i] = byte(i * 5)
	}
	zipped := deflated(rows)
	for name, c := range map[string]struct {
		tags   tiffTags
		block  []byte
		want   images.Verdict
		detail string
	}{
		"whole":            {base, rows, images.OK, ""},
		"grey":             {grey, rows[:width*height], images.OK, ""},
		"deflate":          {base.of(tiffTags{259: {8}}), zipped, images.OK, ""},
		"a plane for grey": {grey.of(tiffTags{284: {2}}), rows, images.OK, ""},
		"Lab":              {base.of(tiffTags{262: {8}}), rows, images.Unsupported, "colours of kind 8"},
		"9 samples": {base.of(tiffTags{258: slices.Repeat([]uint32{8}, 9), 277: {9}}), rows, images.Unsupported,
			"9 samples a pixel"},
		"inverted grey and alpha": {grey.of(tiffTags{258: {8, 8}, 262: {0}, 277: {2}}), rows,
			images.Unsupported, "2 samples a pixel of colours of kind 0"},
		"RGB of 1 bit":         {base.of(tiffTags{258: {1, 1, 1}}), rows, images.Unsupported, "samples of 1 bits"},
		"palette of 16 bits":   {grey.of(tiffTags{258: {16}, 262: {3}}), rows, images.Unsupported, "samples of 16 bits"},
		"unequal samples":      {base.of(tiffTags{258: {5, 6, 5}}), rows, images.Unsupported, "samples of 5 and 6 bits"},
		"floats":               {base.of(tiffTags{339: {3}}), rows, images.Unsupported, "no whole numbers"},
		"JPEG of the old kind": {base.of(tiffTags{259: {6}}), rows, images.Unsupported, "compression 6"},
		"grey as fax":          {grey.of(tiffTags{259: {4}}), rows, images.Unsupported, "packed as fax"},
		"fax in two dimensions": {grey.of(tiffTags{258: {1}, 259: {3}, 292: {1}}), rows,
			images.Unsupported, "two-dimensional"},
		"3 bits":           {grey.of(tiffTags{258: {3}}), rows, images.Unsupported, "samples of 3 bits"},
		"predicted floats": {base.of(tiffTags{317: {3}}), rows, images.Unsupported, "predictor 3"},
		"predicted bits":   {grey.of(tiffTags{258: {1}, 317: {2}}), rows, images.Unsupported, "predictor 2"},
		"no bits":          {grey.of(tiffTags{258: {0}}), rows, images.Corrupt, "no bits"},
		"too few samples": {base.of(tiffTags{258: {8, 8}, 277: {2}}), rows,
			images.Corrupt, "2 samples a pixel, want 3"},
		"samples and bits differ": {base.of(tiffTags{277: {4}}), rows, images.Corrupt, "4 samples a pixel, and bits for 3"},
		"no palette":              {grey.of(tiffTags{262: {3}}), rows, images.Corrupt, "a table of 0 values"},
		"half a colour": {grey.of(tiffTags{262: {3}, 320: {1, 2, 3, 4}}), rows,
			images.Corrupt, "a table of 4 values"},
		"too many colours": {grey.of(tiffTags{262: {3}, 320: make([]uint32, 3*257)}), rows,
			images.Corrupt, "a table of 771 values"},
		"a colour that is not": {grey.of(tiffTags{262: {3}, 320: {1, 2, 3, 4, 5, 6}}),
			[]byte(strings.Repeat("\x01", 199) + "\x02"), images.Corrupt, "a pixel of colour 2, of 2"},
		"strips without a place": {base.of(tiffTags{278: {1}}), rows, images.Corrupt,
			"has 10 strips or tiles, and places or sizes of 1"},
		"no place of a strip": {base.of(tiffTags{273: {}}), rows, images.Corrupt, "places or sizes of 0"},
		"a strip that is short": {base.of(tiffTags{278: {5}, 273: {8, 307}, 279: {299, 300}}), rows, images.Truncated,
			"strip or tile 0 holds less than its rows"},
		"a deflated one too": {base.of(tiffTags{259: {8}}), deflated(rows[:len(rows)-1]), images.Truncated,
			"strip or tile 0 holds less than its rows"},
		"a packed one too": {base.of(tiffTags{259: {32773}}), packedBits(rows[:len(rows)-1]), images.Truncated,
			"strip or tile 0 holds less than its rows"},
		"a run that is cut": {base.of(tiffTags{259: {32773}}),
			packedBits(rows)[:len(packedBits(rows))-1], images.Truncated, ""},
		"a strip behind the end": {base.of(tiffTags{273: {1 << 20}}), rows, images.Truncated, "less than its rows"},
		"a wrong checksum": {base.of(tiffTags{259: {8}}),
			append(slices.Clone(zipped[:len(zipped)-1]), zipped[len(zipped)-1]^1), images.Corrupt, "checksum"},
		"bytes behind the rows":    {base, append(slices.Clone(rows), 1, 2, 3), images.OK, ""},
		"tiles of no height":       {base.of(tiffTags{322: {16}, 323: {0}}), rows, images.Corrupt, "tiles of 16×0"},
		"tiles wider than most":    {base.of(tiffTags{322: {2048}, 323: {16}}), rows, images.Corrupt, "tiles of 2048×16"},
		"tiles higher than most":   {base.of(tiffTags{322: {16}, 323: {2048}}), rows, images.Corrupt, "tiles of 16×2048"},
		"a table behind the end":   {base.of(tiffTags{278: {5}, 273: {8, 308}, 279: {300, 300}}), rows, images.OK, ""},
		"neither width nor height": {base.of(tiffTags{256: nil, 257: nil}), rows, images.Corrupt, "0×0"},
	} {
		data := tiffFile("II*\x00", c.tags, c.block)
		if name == "a table behind the end" {
			at := bytes.Index(data, []byte{273 & 255, 273 >> 8, 4, 0})
			binary.LittleEndian.PutUint32(data[at+8:], uint32(len(data)-4))
			c.want, c.detail = images.Truncated, "within the table of its strips"
		}
		if got := images.Check(data, loose); got.Verdict != c.want || !strings.Contains(got.Detail, c.detail) {
			t.Errorf("%s: verdict %s: %s; want %s: …%s…", name, got.Verdict, got.Detail, c.want, c.detail)
		}
	}
}

// A further page makes a picture an animated one, unless it is only a small copy of the first.
func TestThumbnailIsNoPage(t *testing.T) {
	rows := deflated(make([]byte, 8*8-1))
	for subfile, animated := range map[uint32]bool{0: true, 1: false, 2: true} {
		first := tiffTags{256: {8}, 257: {8}, 258: {8}, 259: {1}, 262: {1}}
		data := tiffFile("MM\x00*", first, []byte(fmt.Sprintf("%064d", 1)))
		second := tiffFile("MM\x00*", first.of(tiffTags{254: {subfile}, 259: {8}}), rows)
		directory := second[binary.BigEndian.Uint32(second[4:]):]
		binary.BigEndian.PutUint32(data[len(data)-4:], uint32(len(data)))
		got := images.Check(append(data, directory...), loose)
		if got.Verdict != images.OK || slices.Contains(got.Warnings, images.Animated) != animated {
			t.Errorf("a page of subfile type %d: verdict %s: %s, warnings %v", subfile, got.Verdict, got.Detail, got.Warnings)
		}
	}
}

// Sides that no table can hold are never negative, and such a picture is too large whatever the limit.
func TestSidesBeyondCounting(t *testing.T) {
	sides := func(width, height uint32) []byte {
		return tiffFile("II*\x00", tiffTags{256: {width}, 257: {height}, 258: {8}, 259: {1}, 262: {1}}, []byte("x"))
	}
	windows := func(width, height uint32) []byte {
		data := encoded(t, "bmp", draw())
		binary.LittleEndian.PutUint32(data[18:], width)
		binary.LittleEndian.PutUint32(data[22:], height)
		return data
	}
	for name, c := range map[string]struct {
		data []byte
		want images.Verdict
	}{
		"tiff":               {sides(math.MaxUint32, math.MaxUint32), images.TooManyPixels},
		"tiff, one row":      {sides(1<<31, 1), images.TooManyPixels},
		"tiff, one column":   {sides(1, math.MaxUint32), images.TooManyPixels},
		"tiff just below":    {sides(1<<31-2, 1<<31-2), images.TooManyPixels},
		"png":                {pngOfSize(math.MaxUint32, math.MaxUint32), images.TooManyPixels},
		"png just below":     {pngOfSize(1<<31-2, 1<<31-2), images.TooManyPixels},
		"png, one column":    {pngOfSize(1, 1<<31), images.TooManyPixels},
		"bmp":                {windows(1<<31-1, 1<<31-1), images.TooManyPixels},
		"bmp, top down":      {windows(1<<31-1, 1<<31), images.TooManyPixels},
		"bmp, less than 0":   {windows(math.MaxUint32, 5), images.Corrupt},
		"png without width":  {pngOfSize(0, math.MaxUint32), images.Corrupt},
		"tiff without width": {sides(0, math.MaxUint32), images.Corrupt},
	} {
		for _, most := range []int64{1, 200_000_000, math.MaxInt64} {
			limits := images.Limits{MinSide: 1, MaxPixels: most}
			got, memory := images.Check(c.data, limits), images.Memory(c.data, limits)
			if got.Verdict != c.want || memory != 0 || min(got.Width, got.Height) < 0 ||
				max(got.Width, got.Height) > math.MaxInt32 || !got.Stands(limits) {
				t.Errorf("%s, at most %d: verdict %s of %d×%d: %s; memory %d",
					name, most, got.Verdict, got.Width, got.Height, got.Detail, memory)
			}
		}
	}
}
