package jpeg_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dermset/dermset/images/jpeg"
)

// usual are sequential pictures of one scan, grey or YCbCr: of the standard library and of Pillow, with all samplings.
// One that has four luma blocks in an MCU, or two, has them side by side or one above the other, as its header says.
func usual(t testing.TB) map[string][]byte {
	t.Helper()
	r := rand.New(rand.NewPCG(11, 12))
	all := map[string][]byte{
		"4:2:0": encoded(t, random(r, image.NewRGBA(image.Rect(0, 0, 64, 32))), 90), "4:2:2": files(t)["sampling422.jpg"],
		"grey": encoded(t, random(r, image.NewGray(image.Rect(0, 0, 61, 43))), 75),
		"odd":  encoded(t, random(r, image.NewRGBA(image.Rect(0, 0, 51, 37))), 60), "restarts": files(t)["restarts.jpg"],
		"4:4:4": files(t)["sampling444.jpg"],
	}
	all["4:1:1"] = bytes.Replace(all["4:2:0"], []byte{3, 1, 0x22}, []byte{3, 1, 0x41}, 1)
	all["4:4:0"] = bytes.Replace(all["4:2:2"], []byte{3, 1, 0x21}, []byte{3, 1, 0x12}, 1)
	return all
}

// damaged is data with something wrong at random: cut, changed, zeros, bytes too many or too few.
func damaged(r *rand.Rand, data []byte) []byte {
	data = slices.Clone(data)
	at, n := r.IntN(len(data)), 1+r.IntN(1<<r.IntN(8))
	end := min(len(data), at+n)
	switch r.IntN(6) {
	case 0:
		return data[:at]
	case 1:
		clear(data[at:end])
	case 2:
		return slices.Insert(data, at, data[:min(n, len(data))]...)
	case 3:
		return slices.Delete(data, at, end)
	case 4:
		for i := range data[at:end] {
			data[at+i] = byte(r.Uint32())
		}
	default:
		data[at] ^= 1 << r.IntN(8)
	}
	return data
}

func decode(t testing.TB, data []byte) jpeg.Picture {
	t.Helper()
	p, err := jpeg.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// blocksOf is a grey picture of one row of blocks with the entropy-coded data. Its codes: DC 0 is no difference; AC 0
// is the end of a block, 10 fifteen zeros and a value of one bit, 110 sixteen zeros, 1110 a value of one bit.
func blocksOf(blocks int, entropy ...byte) []byte {
	data := []byte{0xff, 0xd8, 0xff, 0xdb, 0, 67, 0}
	data = append(data, bytes.Repeat([]byte{16}, 64)...)
	data = append(data, 0xff, 0xc0, 0, 11, 8, 0, 8)
	data = binary.BigEndian.AppendUint16(data, uint16(8*blocks))
	data = append(data, 1, 1, 0x11, 0)
	data = append(data, 0xff, 0xc4, 0, 20, 0x00, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	data = append(data, 0xff, 0xc4, 0, 23, 0x10, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0xf1, 0xf0, 0x01)
	data = append(data, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0)
	return append(append(data, entropy...), 0xff, 0xd9)
}

// sixtyThree is a DC code, 63 values, and what follows them in the last bits before the fill.
func sixtyThree(then byte) []byte {
	bits := []byte{0}
	for range 63 {
		bits = append(bits, 1, 1, 1, 0, 1)
	}
	if then == 0 {
		bits = append(bits, 0, 0)
	} else {
		bits = append(bits, 1, 1, 1, 0, 1)
	}
	for len(bits)%8 != 0 {
		bits = append(bits, 1)
	}
	out := make([]byte, 0, len(bits)/8)
	for at := 0; at < len(bits); at += 8 {
		b := byte(0)
		for _, bit := range bits[at : at+8] {
			b = b<<1 | bit
		}
		if out = append(out, b); b == 0xff {
			out = append(out, 0)
		}
	}
	return out
}
