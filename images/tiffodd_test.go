package images_test

import (
	"bytes"
	"compress/lzw"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/images"
)

// lzwPacked packs bytes with codes of nine bits, highest bit first: a table that is cleared so often does not grow.
func lzwPacked(data []byte, withEnd bool) (packed []byte) {
	acc, n := uint32(0), 0
	code := func(c uint32) {
		acc, n = acc<<9|c, n+9
		for ; n >= 8; n -= 8 {
			packed = append(packed, byte(acc>>(n-8)))
		}
	}
	for i, b := range data {
		if i%200 == 0 {
			code(256)
		}
		code(uint32(b))
	}
	if withEnd {
		code(257)
	}
	if n > 0 {
		packed = append(packed, byte(acc<<(8-n)))
	}
	return packed
}

// oldLZW packs bytes as the first versions of libtiff did, lowest bit first.
func oldLZW(data []byte) []byte {
	var b bytes.Buffer
	w := lzw.NewWriter(&b, lzw.LSB, 8)
	_, _ = w.Write(data) // into memory
	_ = w.Close()
	return b.Bytes()
}

// bigTIFF is what tiffFile makes, as BigTIFF: places, counts and values of 8 bytes.
func bigTIFF(start string, tags tiffTags, blocks ...[]byte) []byte {
	order := byteOrders[strings.Replace(start, "+", "*", 1)]
	data := append(order.AppendUint16(order.AppendUint16([]byte(start), 8), 0), make([]byte, 8)...)
	var places, sizes []uint32
	for _, block := range blocks {
		places, sizes = append(places, uint32(len(data))), append(sizes, uint32(len(block)))
		data = append(data, block...)
	}
	all := tiffTags{273: places, 279: sizes}.of(tags)
	directory := order.AppendUint64(nil, uint64(len(all)))
	for _, tag := range sortedTags(all) {
		var values []byte
		for _, v := range all[tag] {
			values = order.AppendUint64(values, uint64(v))
		}
		if len(values) > 8 {
			values, data = order.AppendUint64(nil, uint64(len(data))), append(data, values...)
		}
		directory = order.AppendUint16(order.AppendUint16(directory, tag), 16)
		directory = append(order.AppendUint64(directory, uint64(len(all[tag]))), values...)
	}
	order.PutUint64(data[8:], uint64(len(data)))
	return append(append(data, directory...), make([]byte, 8)...)
}

func sortedTags(tags tiffTags) (all []uint16) {
	for tag := range tags {
		all = append(all, tag)
	}
	slices.Sort(all)
	return all
}

// withEntry puts a directory's entry in front of another.
func withEntry(data []byte, at int, entry ...byte) []byte {
	directory := int(binary.LittleEndian.Uint32(data[4:]))
	out := slices.Insert(slices.Clone(data), directory+2+12*at, entry...)
	out[directory]++
	return out
}

const oddWidth, oddHeight = 20, 10

// TestOddTIFF wants the pixels of files that break a rule of TIFF and lose none of them, and a warning where libtiff
// has one too.
func TestOddTIFF(t *testing.T) {
	rows := make([]byte, 3*oddWidth*oddHeight)
	for i := range rows {
		rows[i] = byte(i*5) ^ byte(i>>3)
	}
	want := image.NewNRGBA(image.Rect(0, 0, oddWidth, oddHeight))
	for i := range oddWidth * oddHeight {
		copy(want.Pix[4*i:], append(slices.Clone(rows[3*i:3*i+3]), 255))
	}
	base := tiffTags{256: {oddWidth}, 257: {oddHeight}, 258: {8, 8, 8}, 259: {1}, 262: {2}, 277: {3}}
	packed := func(packing uint32) tiffTags { return base.of(tiffTags{259: {packing}}) }
	whole, zipped := tiffFile("II*\x00", base, rows), deflated(rows)
	directory := int(binary.LittleEndian.Uint32(whole[4:])) + 2
	reversedRows := slices.Clone(rows)
	for i, b := range rows {
		reversedRows[i] = reversed(b)
	}
	planes := make([][]byte, 3)
	for i, b := range rows {
		planes[i%3] = append(planes[i%3], b)
	}
	inStrips := base.of(tiffTags{278: {5}})
	for name, c := range map[string]struct {
		data    []byte
		warning images.Warning
	}{
		"whole":          {whole, ""},
		"a signed width": {slices.Concat(whole[:directory+2], []byte{8}, whole[directory+3:]), ""},
		"a tag twice":    {withEntry(whole, 1, whole[directory:][:12]...), images.OddTags},
		"a tag twice, the second with another value": {withEntry(whole, 1,
			0, 1, 4, 0, 1, 0, 0, 0, 99, 0, 0, 0), images.OddTags},
		"unsorted tags": {slices.Concat(whole[:directory], whole[directory+12:directory+24],
			whole[directory:directory+12], whole[directory+24:]), images.OddTags},
		"LZW":                         {tiffFile("II*\x00", packed(5), lzwPacked(rows, true)), ""},
		"LZW without its end":         {tiffFile("II*\x00", packed(5), lzwPacked(rows, false)), ""},
		"LZW, lowest bit first":       {tiffFile("MM\x00*", packed(5), oldLZW(rows)), ""},
		"LZW with more than its rows": {tiffFile("II*\x00", packed(5), lzwPacked(append(rows, 1, 2, 3), false)), ""},
		"LZW and bytes behind": {tiffFile("II*\x00", packed(5), append(lzwPacked(rows, true), 255, 255, 255)),
			""},
		"deflate without its checksum": {tiffFile("II*\x00", packed(8), zipped[:len(zipped)-4]), ""},
		"deflate, half a checksum":     {tiffFile("II*\x00", packed(8), zipped[:len(zipped)-2]), ""},
		"deflate with more than rows": {tiffFile("II*\x00", packed(8), deflated(append(rows, make([]byte, 9999)...))),
			images.ExtraData},
		"PackBits that goes on": {tiffFile("II*\x00", packed(32773), append(packedBits(rows), 100, 1)), ""},
		"a size too large":      {tiffFile("II*\x00", base.of(tiffTags{279: {5000}}), rows), images.OddSizes},
		"a size too small":      {tiffFile("II*\x00", base.of(tiffTags{279: {50}}), rows), images.OddSizes},
		"a size of 0":           {tiffFile("II*\x00", base.of(tiffTags{279: {0}}), rows), images.OddSizes},
		"no size":               {tiffFile("II*\x00", base.of(tiffTags{279: {}}), rows), images.OddSizes},
		"no sizes of two strips": {tiffFile("II*\x00", inStrips.of(tiffTags{279: {}}), rows[:300], rows[300:]),
			images.OddSizes},
		"the first size of two too small": {tiffFile("II*\x00", inStrips.of(tiffTags{279: {1, 300}}), rows[:300],
			rows[300:]), images.OddSizes},
		"the first size of two too large": {tiffFile("MM\x00*", inStrips.of(tiffTags{279: {10 << 20, 300}}), rows[:300],
			rows[300:]), images.OddSizes},
		"the last size of two too small": {tiffFile("II*\x00", inStrips.of(tiffTags{279: {300, 299}}), rows[:300],
			rows[300:]), images.OddSizes},
		"the last size of two too large": {tiffFile("II*\x00", inStrips.of(tiffTags{279: {300, 5000}}), rows[:300],
			rows[300:]), images.OddSizes},
		"sizes of 1 of two": {bigTIFF("II+\x00", inStrips.of(tiffTags{279: {1, 1}}), rows[:300], rows[300:]),
			images.OddSizes},
		"no size of a packed one": {tiffFile("II*\x00", packed(8).of(tiffTags{279: {}}), zipped),
			images.OddSizes},
		"strips in another order": {tiffFile("II*\x00", inStrips.of(tiffTags{273: {308, 8}, 279: {300, 300}}),
			rows[300:], rows[:300]),
			""},
		"no rows per strip":   {tiffFile("II*\x00", base.of(tiffTags{278: nil}), rows), ""},
		"bits for one sample": {tiffFile("II*\x00", base.of(tiffTags{258: {8}}), rows), images.OddTags},
		"bits for a fourth sample": {tiffFile("II*\x00", base.of(tiffTags{258: {8, 8, 8, 8}}), rows),
			images.OddTags},
		"lowest bit first":        {tiffFile("II*\x00", base.of(tiffTags{266: {2}}), reversedRows), ""},
		"a plane for each colour": {tiffFile("II*\x00", base.of(tiffTags{284: {2}}), planes...), ""},
		"planes in strips": {tiffFile("II*\x00", base.of(tiffTags{284: {2}, 278: {5}}), planes[0][:100], planes[0][100:],
			planes[1][:100], planes[1][100:], planes[2][:100], planes[2][100:]),
			""},
		"BigTIFF":                     {bigTIFF("II+\x00", base, rows), ""},
		"BigTIFF, highest byte first": {bigTIFF("MM\x00+", inStrips, rows[:300], rows[300:]), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := decodedAs(t, c.data, want, 0)
			var warnings []images.Warning
			if c.warning != "" {
				warnings = append(warnings, c.warning)
			}
			if diff := cmp.Diff(warnings, got.Warnings); diff != "" {
				t.Errorf("warnings:\n%s", diff)
			}
		})
	}
	grey := tiffTags{256: {oddWidth}, 257: {oddHeight}, 258: {8}, 259: {1}, 262: {1}}
	for name, data := range map[string][]byte{
		"a strip behind the end":  tiffFile("II*\x00", base.of(tiffTags{273: {100000}}), rows),
		"a packed size too large": tiffFile("II*\x00", packed(5).of(tiffTags{279: {5000}}), lzwPacked(rows, true)),
		"a packed size of two too large": tiffFile("II*\x00", packed(5).of(tiffTags{278: {5}, 279: {300, 5000}}),
			lzwPacked(rows[:300], true), lzwPacked(rows[300:], true)),
		"a byte too few of the first of two": tiffFile("II*\x00", inStrips, rows[:299], rows[300:]),
		"the directory in place of pixels": tiffFile("II*\x00", grey.of(tiffTags{273: {8, 108}, 278: {5}, 279: {100, 40}}),
			rows[:140]),
		"a byte too few":                   tiffFile("II*\x00", grey, rows[:oddWidth*oddHeight-1]),
		"a byte too few, no size":          tiffFile("II*\x00", grey.of(tiffTags{279: {}}), rows[:oddWidth*oddHeight-1]),
		"LZW without its end and a row":    tiffFile("II*\x00", packed(5), lzwPacked(rows[:len(rows)-1], false)),
		"deflate that is cut":              tiffFile("II*\x00", packed(8), zipped[:len(zipped)/2]),
		"deflate that is nearly not there": tiffFile("II*\x00", packed(8), zipped[:1]),
		"BigTIFF that is cut":              bigTIFF("II+\x00", base, rows)[:len(rows)],
	} {
		if got := images.Check(data, loose); got.Verdict != images.Truncated {
			t.Errorf("%s: verdict %s: %s, want truncated", name, got.Verdict, got.Detail)
		}
	}
}

// What no decoder takes is refused: where packed strips end nobody knows, and strips of no rows are none.
func TestStripsOfNobody(t *testing.T) {
	rows := make([]byte, oddWidth*oddHeight)
	base := tiffTags{256: {oddWidth}, 257: {oddHeight}, 258: {8}, 259: {1}, 262: {1}, 278: {5}}
	for packing, pack := range map[uint32]func([]byte) []byte{5: func(b []byte) []byte { return lzwPacked(b, true) },
		8: deflated, 32773: packedBits} {
		two := [][]byte{pack(rows[:100]), pack(rows[100:])}
		tags := base.of(tiffTags{259: {packing}})
		is(t, fmt.Sprintf("packing %d", packing), tiffFile("II*\x00", tags, two...), images.Blank)
		is(t, fmt.Sprintf("packing %d, no sizes", packing), tiffFile("II*\x00", tags.of(tiffTags{279: {}}), two...),
			images.Corrupt)
	}
	is(t, "no rows per strip", tiffFile("II*\x00", base.of(tiffTags{278: {0}}), rows), images.Corrupt)
	is(t, "no rows per strip, but tiles", tiffFile("II*\x00", base.of(tiffTags{278: {0}, 322: {32}, 323: {16}}),
		make([]byte, 32*16)), images.Blank)
}

// TestKindsOfTIFF draws random samples of kinds that golang.org/x/image/tiff does not take, as pixels and as planes,
// and wants each sample at its place.
func TestKindsOfTIFF(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 42))
	for name, c := range map[string]struct {
		tags          tiffTags
		bits, samples int
		want          func(s []uint32) color.Color // of the samples of a pixel, of 8 or 16 bits
	}{
		"grey of 2 bits": {tiffTags{258: {2}, 262: {1}}, 2, 1,
			func(s []uint32) color.Color { return color.Gray{uint8(s[0] * 85)} }},
		"grey of 4 bits, inverted": {tiffTags{258: {4}, 262: {0}}, 4, 1,
			func(s []uint32) color.Color { return color.Gray{uint8(255 - s[0]*17)} }},
		"palette of 4 bits": {tiffTags{258: {4}, 262: {3}, 320: allColours(16)}, 4, 1,
			func(s []uint32) color.Color { return color.NRGBA{uint8(s[0]), uint8(2 * s[0]), uint8(3 * s[0]), 255} }},
		"palette of 2 bits": {tiffTags{258: {2}, 262: {3}, 320: allColours(16)}, 2, 1,
			func(s []uint32) color.Color { return color.NRGBA{uint8(s[0]), uint8(2 * s[0]), uint8(3 * s[0]), 255} }},
		"palette and something": {tiffTags{258: {8, 8}, 262: {3}, 320: allColours(256), 338: {2}}, 8, 2,
			func(s []uint32) color.Color { return color.NRGBA{uint8(s[0]), uint8(2 * s[0]), uint8(3 * s[0]), 255} }},
		"inks": {tiffTags{258: {8, 8, 8, 8}, 262: {5}}, 8, 4,
			func(s []uint32) color.Color { return color.CMYK{uint8(s[0]), uint8(s[1]), uint8(s[2]), uint8(s[3])} }},
		"inks of 16 bits": {tiffTags{258: {16, 16, 16, 16}, 262: {5}}, 16, 4, func(s []uint32) color.Color {
			return color.CMYK{uint8(s[0] >> 8), uint8(s[1] >> 8), uint8(s[2] >> 8), uint8(s[3] >> 8)}
		}},
		"inks and one more": {tiffTags{258: {8, 8, 8, 8, 8}, 262: {5}, 338: {2}}, 8, 5,
			func(s []uint32) color.Color { return color.CMYK{uint8(s[0]), uint8(s[1]), uint8(s[2]), uint8(s[3])} }},
		"grey and alpha": {tiffTags{258: {8, 8}, 262: {1}, 338: {2}}, 8, 2,
			func(s []uint32) color.Color { return color.NRGBA{uint8(s[0]), uint8(s[0]), uint8(s[0]), uint8(s[1])} }},
		"grey and something": {tiffTags{258: {8, 8}, 262: {1}, 338: {0}}, 8, 2,
			func(s []uint32) color.Color { return color.Gray{uint8(s[0])} }},
		"16 bits and something": {tiffTags{258: {16, 16}, 262: {1}, 338: {0}}, 16, 2,
			func(s []uint32) color.Color { return color.Gray16{uint16(s[0])} }},
		"RGB and something": {tiffTags{258: {8, 8, 8, 8}, 262: {2}, 338: {0}}, 8, 4,
			func(s []uint32) color.Color { return color.NRGBA{uint8(s[0]), uint8(s[1]), uint8(s[2]), 255} }},
		"RGB and no word on the 4th": {tiffTags{258: {8, 8, 8, 8}, 262: {2}}, 8, 4,
			func(s []uint32) color.Color { return color.NRGBA{uint8(s[0]), uint8(s[1]), uint8(s[2]), uint8(s[3])} }},
		"RGB of 16 bits": {tiffTags{258: {16, 16, 16}, 262: {2}}, 16, 3,
			func(s []uint32) color.Color { return color.NRGBA64{uint16(s[0]), uint16(s[1]), uint16(s[2]), 0xffff} }},
		"RGB, alpha, something, of 16 bits": {tiffTags{258: slices.Repeat([]uint32{16}, 5), 262: {2}, 338: {2, 0}}, 16, 5,
			func(s []uint32) color.Color {
				return color.NRGBA64{uint16(s[0]), uint16(s[1]), uint16(s[2]), uint16(s[3])}
			}},
		"multiplied": {tiffTags{258: {8, 8, 8, 8}, 262: {2}, 338: {1}}, 8, 4, func(s []uint32) color.Color {
			divided := func(v uint32) uint8 {
				if s[3] > 0 {
					v = min(255, v*255/s[3])
				}
				return uint8(v)
			}
			return color.NRGBA{divided(s[0]), divided(s[1]), divided(s[2]), uint8(s[3])}
		}},
		"multiplied 16": {tiffTags{258: {16, 16, 16, 16}, 262: {2}, 338: {1}}, 16, 4, func(s []uint32) color.Color {
			divided := func(v uint32) uint16 {
				if s[3] > 0 {
					v = min(0xffff, v*0xffff/s[3])
				}
				return uint16(v)
			}
			return color.NRGBA64{divided(s[0]), divided(s[1]), divided(s[2]), uint16(s[3])}
		}},
	} {
		for start := range byteOrders {
			for planar := uint32(1); planar <= 2; planar++ {
				width, height, tiled := 1+r.IntN(40), 1+r.IntN(20), r.IntN(2) == 0
				samples := make([]uint32, width*height*c.samples)
				for i := range samples {
					samples[i] = r.Uint32() >> (32 - c.bits)
				}
				tags := c.tags.of(tiffTags{256: {uint32(width)}, 257: {uint32(height)}, 259: {1}, 277: {uint32(c.samples)},
					284: {planar}})
				blockWidth, blockHeight := width, height
				if tiled {
					blockWidth, blockHeight = 16, 16
					tags[322], tags[323] = []uint32{16}, []uint32{16}
				}
				data := tiffFile(start, tags, cutTIFF(start, samples, c.bits, c.samples, planar == 2,
					width, height, blockWidth, blockHeight)...)
				result, m, _ := images.Decode(data, loose)
				if m == nil {
					t.Fatalf("%s, %.2s, planar %d: %s: %s", name, start, planar, result.Verdict, result.Detail)
				}
				for y := range height {
					for x := range width {
						want := c.want(samples[(y*width+x)*c.samples:][:c.samples])
						model := color.NRGBA64Model
						if got := m.At(x, y); model.Convert(got) != model.Convert(want) {
							t.Fatalf("%s, %.2s, planar %d, tiles %t: pixel %d,%d is %v, want %v",
								name, start, planar, tiled, x, y, got, want)
						}
					}
				}
			}
		}
	}
}

// allColours are shades, of red once, of green twice and of blue three times as much as their number.
func allColours(n uint32) (table []uint32) {
	for channel := range uint32(3) {
		for i := range n {
			table = append(table, (channel+1)*i%256*257)
		}
	}
	return table
}

// cutTIFF cuts samples into blocks of rows, pixels together or a plane after the other.
func cutTIFF(start string, all []uint32, depth, samples int, planes bool,
	width, height, wide, high int) (blocks [][]byte) {
	groups := [][]int{{}}
	for s := range samples {
		if planes && s > 0 {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], s)
	}
	for _, group := range groups {
		for top := 0; top < height; top += high {
			for left := 0; left < width; left += wide {
				var block []byte
				for y := top; y < top+high; y++ {
					row, acc, n := []byte(nil), uint32(0), 0
					for x := left; x < left+wide; x++ {
						for _, s := range group {
							v := uint32(0)
							if x < width && y < height {
								v = all[(y*width+x)*samples+s]
							}
							if depth == 16 {
								row = byteOrders[start].AppendUint16(row, uint16(v))
								continue
							}
							if acc, n = acc<<depth|v, n+depth; n == 8 {
								row, acc, n = append(row, byte(acc)), 0, 0
							}
						}
					}
					if n > 0 {
						row = append(row, byte(acc<<(8-n)))
					}
					block = append(block, row...)
				}
				blocks = append(blocks, block)
			}
		}
	}
	return blocks
}

// The hash of a picture whose colours are multiplied with its alpha is that of the colours.
func TestHashOfMultipliedAlpha(t *testing.T) {
	m := draw()
	var rows []byte
	for i := 0; i < len(m.Pix); i += 4 {
		for _, v := range m.Pix[i : i+3] {
			rows = append(rows, uint8(uint32(v)*uint32(200)/255))
		}
		rows = append(rows, 200)
	}
	data := tiffFile("II*\x00", tiffTags{256: {drawnWidth}, 257: {drawnHeight}, 258: {8, 8, 8, 8}, 259: {1}, 262: {2},
		277: {4}, 338: {1}}, rows)
	got, want := images.Check(data, loose), images.Check(encoded(t, "png", m), loose)
	if distance := bits.OnesCount64(got.PHash ^ want.PHash); got.Verdict != images.OK || distance > 2 {
		t.Errorf("%s: hash %016x, want %016x", fmt.Sprint(got.Verdict, got.Detail), got.PHash, want.PHash)
	}
}

// TestJPEGInTIFF wants the pixels of the JPEGs that are strips or tiles, each whole or without the tables they share.
func TestJPEGInTIFF(t *testing.T) {
	m := draw()
	part := func(x, y, width, height int) image.Image {
		out := image.NewNRGBA(image.Rect(0, 0, width, height))
		for i := range width * height {
			out.Set(i%width, i/width, m.At(x+i%width, y+i/width))
		}
		return out
	}
	// apart are the tables of JPEGs of equal tables, and the rest of each.
	apart := func(whole ...[]byte) (tables []uint32, rest [][]byte) {
		for i, data := range whole {
			short := []byte{0xff, 0xd8}
			if i == 0 {
				tables = append(tables, 0xff, 0xd8)
			}
			for at := 2; ; {
				n := 2 + int(binary.BigEndian.Uint16(data[at+2:]))
				if data[at+1] == 0xda {
					rest = append(rest, append(short, data[at:]...))
					break
				}
				if data[at+1] != 0xdb && data[at+1] != 0xc4 {
					short = append(short, data[at:at+n]...)
				} else if i == 0 {
					for _, b := range data[at : at+n] {
						tables = append(tables, uint32(b))
					}
				}
				at += n
			}
		}
		return append(tables, 0xff, 0xd9), rest
	}
	colour := tiffTags{256: {drawnWidth}, 257: {drawnHeight}, 258: {8, 8, 8}, 259: {7}, 262: {6}, 277: {3}}
	strips := [][]byte{encoded(t, "jpeg", part(0, 0, 96, 40)), encoded(t, "jpeg", part(0, 40, 96, 24))}
	tiles := [][]byte{encoded(t, "jpeg", part(0, 0, 64, 48)), encoded(t, "jpeg", part(64, 0, 64, 48)),
		encoded(t, "jpeg", part(0, 48, 64, 48)), encoded(t, "jpeg", part(64, 48, 64, 48))}
	tables, short := apart(strips...)
	decodedAs(t, tiffFile("II*\x00", colour.of(tiffTags{278: {40}}), strips...), m, 1.5)
	decodedAs(t, tiffFile("MM\x00*", colour.of(tiffTags{322: {64}, 323: {48}}), tiles...), m, 2.5)
	shared := tiffFile("II*\x00", colour.of(tiffTags{278: {40}, 347: tables}), short...)
	is(t, "tables of LONG", shared, images.Corrupt)
	decodedAs(t, asBytes(shared, 347), m, 1.5)

	grey := as(image.NewGray(m.Rect), m)
	tags := tiffTags{256: {drawnWidth}, 257: {drawnHeight}, 258: {8}, 259: {7}, 262: {1}, 277: {1}}
	decodedAs(t, tiffFile("II*\x00", tags, encoded(t, "jpeg", grey)), grey, 1)
	inverted := image.NewGray(m.Rect)
	for i, v := range grey.Pix {
		inverted.Pix[i] = ^v
	}
	decodedAs(t, tiffFile("II*\x00", tags.of(tiffTags{262: {0}}), encoded(t, "jpeg", inverted)), grey, 1)
	// Where the TIFF says that they are colours, luma and chroma are red, green and blue.
	whole := encoded(t, "jpeg", m)
	raw := images.Check(tiffFile("II*\x00", colour.of(tiffTags{262: {2}}), whole), loose)
	if raw.Verdict != images.OK || raw.PHash == images.Check(whole, loose).PHash {
		t.Errorf("colours as they are: %s: %s", raw.Verdict, raw.Detail)
	}
	// Inks are as they are: 0 is none, where in Adobe's file 255 is.
	cmyk := testdata(t, "cmyk.jpg")
	_, want, _ := images.Decode(cmyk, loose)
	_, got, _ := images.Decode(tiffFile("II*\x00", tiffTags{256: {drawnWidth}, 257: {drawnHeight}, 258: {8, 8, 8, 8},
		259: {7}, 262: {5}, 277: {4}}, cmyk), loose)
	if a, b := got.(*image.CMYK).Pix, want.(*image.CMYK).Pix; a[0] != ^b[0] || a[len(a)-1] != ^b[len(b)-1] {
		t.Error("inks are inverted")
	}
	is(t, "cut", tiffFile("II*\x00", colour, whole[:len(whole)/2]), images.Truncated)
	is(t, "of another size", tiffFile("II*\x00", colour, strips[0]), images.Corrupt)
	is(t, "far too large", tiffFile("II*\x00", tags.of(tiffTags{256: {50}}), encoded(t, "jpeg", grey)), images.Corrupt)
	is(t, "of other colours", tiffFile("II*\x00", colour, encoded(t, "jpeg", grey)), images.Corrupt)
	is(t, "no JPEG", tiffFile("II*\x00", colour, []byte("no JPEG")), images.Corrupt)
	is(t, "planes", tiffFile("II*\x00", colour.of(tiffTags{284: {2}}), whole), images.Unsupported)
}

// asBytes writes the values of a tag, which are LONG, as bytes of no type.
func asBytes(data []byte, tag uint16) []byte {
	data = slices.Clone(data)
	for at := int(binary.LittleEndian.Uint32(data[4:])) + 2; ; at += 12 {
		if binary.LittleEndian.Uint16(data[at:]) == tag {
			binary.LittleEndian.PutUint16(data[at+2:], 7)
			place := binary.LittleEndian.Uint32(data[at+8:])
			for i := range binary.LittleEndian.Uint32(data[at+4:]) {
				data[place+i] = data[place+4*i]
			}
			return data
		}
	}
}

// libtiffColour adds 1.402, 0.344136, 0.714136 and 1.772 times the differences, in 2^-16 parts.
func libtiffColour(luma, blue, red uint8) (r, g, b uint8) {
	at := func(ofBlue, ofRed int) uint8 {
		sum := ofBlue*(int(blue)-128) + ofRed*(int(red)-128)
		return uint8(min(255, max(0, int(luma)+(sum+32768)>>16)))
	}
	return at(0, 91881), at(-22553, -46802), at(116130, 0)
}

// TestLumaInTIFF draws random luma and chroma of all samplings, in strips and tiles.
func TestLumaInTIFF(t *testing.T) {
	r := rand.New(rand.NewPCG(43, 44))
	base := tiffTags{258: {8, 8, 8}, 259: {1}, 262: {6}, 277: {3}}
	for _, across := range []int{1, 2, 4} {
		for _, down := range []int{1, 2, 4} {
			for _, tiled := range []bool{false, true} {
				width, height := 1+r.IntN(40), 1+r.IntN(30)
				wide, high := width, 8
				tags := base.of(tiffTags{256: {uint32(width)}, 257: {uint32(height)}, 278: {8},
					530: {uint32(across), uint32(down)}})
				if tiled {
					wide, high = 16, 16
					tags = tags.of(tiffTags{278: nil, 322: {16}, 323: {16}})
				}
				want := image.NewNRGBA(image.Rect(0, 0, width, height))
				var blocks [][]byte
				for top := 0; top < height; top += high {
					for left := 0; left < width; left += wide {
						var block []byte
						bottom := top + high
						if !tiled {
							bottom = min(bottom, height)
						}
						for y := top; y < bottom; y += down {
							for x := left; x < left+wide; x += across {
								unit := make([]byte, across*down+2)
								for i := range unit {
									unit[i] = byte(r.Uint32())
								}
								block = append(block, unit...)
								for i, luma := range unit[:across*down] {
									red, green, blue := libtiffColour(luma, unit[across*down], unit[across*down+1])
									if at := image.Pt(x+i%across, y+i/across); at.X < left+wide && at.Y < bottom {
										want.SetNRGBA(at.X, at.Y, color.NRGBA{red, green, blue, 255})
									}
								}
							}
						}
						blocks = append(blocks, block)
					}
				}
				decodedAs(t, tiffFile("II*\x00", tags, blocks...), want, 0)
				if tiled || len(blocks) == 1 {
					continue // what follows may belong to the last strip, and the end of a tile be out of sight
				}
				blocks[0] = blocks[0][1:]
				is(t, "a sample too few", tiffFile("II*\x00", tags, blocks...), images.Truncated)
			}
		}
	}
	two := base.of(tiffTags{256: {2}, 257: {2}}) // 2×2 pixels share their chroma where nothing is said
	want := image.NewNRGBA(image.Rect(0, 0, 2, 2))
	for i, luma := range []byte{1, 50, 100, 200} {
		red, green, blue := libtiffColour(luma, 90, 160)
		want.SetNRGBA(i%2, i/2, color.NRGBA{red, green, blue, 255})
	}
	unit := []byte{1, 50, 100, 200, 90, 160}
	decodedAs(t, tiffFile("II*\x00", two, unit), want, 0)
	is(t, "three pixels", tiffFile("II*\x00", two.of(tiffTags{530: {3, 1}}), unit), images.Corrupt)
	is(t, "planes", tiffFile("II*\x00", two.of(tiffTags{284: {2}}), unit), images.Unsupported)
	usual := []uint32{299, 1000, 587, 1000, 114, 1000}
	for start, order := range byteOrders {
		for unlike, verdict := range map[uint32]images.Verdict{0: images.OK, 1: images.Unsupported} {
			data := tiffFile(start, two.of(tiffTags{529: usual}), unit)
			directory := int(order.Uint32(data[4:])) + 2
			for at := directory; ; at += 12 {
				if order.Uint16(data[at:]) == 529 { // three fractions
					order.PutUint16(data[at+2:], 5)
					order.PutUint32(data[at+4:], 3)
					place := order.Uint32(data[at+8:])
					order.PutUint32(data[place:], 299-unlike*87)
					break
				}
			}
			if got := images.Check(data, loose); got.Verdict != verdict {
				t.Errorf("%.2s, coefficients %d off: %s: %s", start, unlike, got.Verdict, got.Detail)
			}
		}
	}
}
