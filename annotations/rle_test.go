package annotations

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestMasksOfOtherTools holds masks against what pycocotools 2 (encode, toBbox) and Label Studio's own converter
// (brush.encode_rle) make of them. 1,494 random masks were compared so, in all three forms: all are equal.
func TestMasksOfOtherTools(t *testing.T) {
	for _, m := range []struct {
		height, width int
		counts        []float64
		text          string
		brush         []float64
		box           []float64
	}{
		{9, 5, []float64{4, 2, 7, 2, 7, 2, 7, 2, 7, 2, 3}, "4270000000L", []float64{0, 0, 0, 180, 57, 27, 254, 79, 0, 2, 218,
			16, 0, 58, 192, 182, 132, 0, 14, 176, 45, 161, 0, 3, 172, 11, 104, 64, 0, 235, 2, 218, 16, 0, 58, 192, 182, 132, 0,
			14, 176, 45, 161, 0, 3, 172, 11, 104, 64, 0, 235, 2, 218, 16, 0, 58, 192, 182, 132, 0, 14, 188, 118, 0},
			[]float64{0, 4, 5, 2}},
		{6, 5, []float64{1, 2, 3, 1, 6, 1, 1, 1, 5, 1, 7, 1}, "123O30K04020", []float64{0, 0, 0, 120, 57, 27, 252, 96, 0, 28,
			194, 0, 5, 85, 176, 0, 14, 97, 0, 2, 170, 48, 0, 14, 97, 0, 2, 170, 112, 0, 14, 97, 0, 2, 171, 11, 128, 0, 115, 8, 0,
			21, 64, 28, 194, 0, 5, 86, 39, 0, 0, 230, 16, 0, 42, 128}, []float64{0, 0, 5, 6}},
		{9, 9, []float64{9, 1, 19, 1, 8, 1, 2, 1, 39}, "91c00E0J0U1", []float64{0, 0, 1, 68, 57, 27, 252, 96, 0, 1, 194, 0, 5,
			110, 75, 0, 0, 14, 16, 0, 43, 64, 3, 132, 0, 10, 220, 206, 0, 0, 28, 32, 0, 86, 231, 176, 0},
			[]float64{1, 0, 4, 6}},
	} {
		counts, errCounts := cocoCounts(m.counts, m.height, m.width)
		text, errText := cocoString(m.text, m.height, m.width)
		alpha, errBrush := brush(m.brush, m.width, m.height)
		must(t, errCounts)
		must(t, errText)
		must(t, errBrush)
		if want := corner(m.box); counts != want || text != want || alpha != want {
			t.Errorf("%s: %v %v %v, want %v", m.text, counts, text, alpha, want)
		}
	}
}

// TestMasksAgreeWithPainting writes random masks in all forms and compares with the pixels that are set.
func TestMasksAgreeWithPainting(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 3_000 {
		height, width := 1+r.IntN(12), 1+r.IntN(12)
		mask, want := make([]bool, height*width), nothing()
		for n := r.IntN(5); n > 0; n-- {
			from := r.IntN(len(mask))
			for i := from; i < min(len(mask), from+1+r.IntN(20)); i++ {
				mask[i] = true
			}
		}
		columns := make([]bool, len(mask))
		for y := range height {
			for x := range width {
				if columns[x*height+y] = mask[y*width+x]; mask[y*width+x] {
					want.add(float64(x), float64(y))
					want.add(float64(x+1), float64(y+1))
				}
			}
		}
		counts, err := cocoCounts(runs(columns), height, width)
		text, errText := cocoString(compressed(runs(columns)), height, width)
		rows, errRows := cvatMask(strings.Trim(joined(runs(mask)), " "), 0, 0, width, height)
		alpha, errBrush := brush(packedBits(r, mask), width, height)
		if want == nothing() {
			if err == nil || errText == nil || errRows == nil || errBrush == nil {
				t.Fatal("an empty mask is a box")
			}
			continue
		}
		if counts != want || text != want || rows != want || alpha != want {
			t.Fatalf("%d×%d %v: %v %v %v %v, want %v", width, height, mask, counts, text, rows, alpha, want)
		}
	}
}

func TestMasksThatClaimTooMuch(t *testing.T) {
	for _, try := range []func() (extent, error){
		func() (extent, error) { return cocoCounts([]float64{0, 5}, 1<<20, 1<<20) },
		func() (extent, error) { return cocoCounts([]float64{0, 1e18}, 4, 4) },
		func() (extent, error) { return cocoCounts([]float64{0, -4, 20}, 4, 4) },
		func() (extent, error) { return cocoCounts([]float64{0, 1.5}, 4, 4) },
		func() (extent, error) { return cocoCounts([]float64{0, 17}, 4, 4) },
		func() (extent, error) { return cocoString("ooooooooooooooooooooooo0", 4, 4) },
		func() (extent, error) { return cocoString("0o", 4, 4) },
		func() (extent, error) { return cocoString("0\x01", 4, 4) },
		func() (extent, error) { return cocoString("0O", 4, 4) },
		func() (extent, error) { return cvatMask("0, 99999999999999999999", 0, 0, 4, 4) },
		func() (extent, error) { return cvatMask("-1, 17", 0, 0, 4, 4) },
		func() (extent, error) { return brush([]float64{255, 255, 255, 255, 0, 0, 0}, 1<<15, 1<<15) },
		func() (extent, error) { return brush([]float64{0, 0, 0, 64, 300}, 4, 4) },
		func() (extent, error) { return brush(nil, 0, 0) },
	} {
		if e, err := try(); err == nil {
			t.Errorf("%v", e)
		}
	}
}

// runs are the lengths of runs, background first.
func runs(mask []bool) (all []float64) {
	now, n := false, 0.0
	for _, set := range mask {
		if set != now {
			all, now, n = append(all, n), set, 0
		}
		n++
	}
	return append(all, n)
}

func joined(runs []float64) (text string) {
	for i, run := range runs {
		if i > 0 {
			text += ", "
		}
		text += decimal(run)
	}
	return text
}

// compressed writes runs as pycocotools does: the inverse of cocoString.
func compressed(runs []float64) (text string) {
	for i := range runs {
		x := int(runs[i])
		if i > 2 {
			x -= int(runs[i-2])
		}
		for more := true; more; {
			c := x & 31
			x >>= 5
			if more = !(x == 0 && c&16 == 0 || x == -1 && c&16 != 0); more {
				c |= 32
			}
			text += string(rune(c + 48))
		}
	}
	return text
}

// packedBits writes a mask as alpha of pixels, in runs that are cut at random.
func packedBits(r *rand.Rand, mask []bool) (data []float64) {
	var values []int
	for _, set := range mask {
		alpha := 0
		if set {
			alpha = 1 + r.IntN(255)
		}
		values = append(values, r.IntN(256), r.IntN(2), 0, alpha)
	}
	var out []int
	put := func(number, bits int) {
		for i := bits - 1; i >= 0; i-- {
			out = append(out, number>>i&1)
		}
	}
	lengths := [4]int{1 + r.IntN(3), 1 + r.IntN(5), 1 + r.IntN(8), 16}
	put(len(values), 32)
	put(7, 5)
	for _, length := range lengths {
		put(length-1, 4)
	}
	for len(values) > 0 {
		which := r.IntN(4)
		n := 1 + r.IntN(min(len(values), 1<<lengths[which]))
		equal := true
		for _, value := range values[:n] {
			equal = equal && value == values[0]
		}
		put(map[bool]int{true: 1}[equal], 1)
		put(which, 2)
		put(n-1, lengths[which])
		for _, value := range values[:n] {
			if put(value, 8); equal {
				break
			}
		}
		values = values[n:]
	}
	for len(out)%8 != 0 {
		out = append(out, 0)
	}
	for i := 0; i < len(out); i += 8 {
		b := 0
		for _, bit := range out[i : i+8] {
			b = b<<1 | bit
		}
		data = append(data, float64(b))
	}
	return data
}
