package images

import "golang.org/x/sys/cpu"

// words are the weights of 16 neighbouring bytes in the two samples, as numbers of 16 bits that are multiplied 16 at
// once: the lower 12 bits of a weight, and those above.
type words struct{ lower, upper, lower2, upper2 [16]int16 }

// vectors are weights as dotsAVX2 takes them; none without AVX2.
type vectors struct {
	from  int // the first byte of the line that they are for
	words []words
}

// vectorsOf makes them of weights on lines of a length. They end within the line;
// on one that is too short for whole words there are none.
func vectorsOf(w *weights, length int) (v vectors) {
	count := (len(w.packed) + 15) / 16
	if !cpu.X86.HasAVX2 || 16*count > length {
		return vectors{}
	}
	v = vectors{from: min(w.first, length-16*count), words: make([]words, count)}
	for i, packed := range w.packed {
		at := i + w.first - v.from
		low := int32(packed)
		high := int32((packed - int64(low)) >> 32)
		of, lane := &v.words[at/16], at%16
		of.lower[lane], of.upper[lane] = int16(low&0xfff), int16(low>>12)
		of.lower2[lane], of.upper2[lane] = int16(high&0xfff), int16(high>>12)
	}
	return v
}

// dots are the sums of products of each line, as dotsGo makes them: sums of bytes times weights stay within 32
// bits, whatever the order.
func dots(lines *[4][]uint8, w *weights) (sums [4]int64) {
	if len(w.words) == 0 {
		return dotsGo(lines, w)
	}
	for k := 0; k < 4; k += 2 {
		var two [4]int32
		a, b := lines[k][w.from:][:16*len(w.words)], lines[k+1][w.from:][:16*len(w.words)]
		dotsAVX2(&a[0], &b[0], &w.words[0], len(w.words), &two)
		sums[k], sums[k+1] = int64(two[1])<<32+int64(two[0]), int64(two[3])<<32+int64(two[2])
	}
	return sums
}

// dotsAVX2 makes the sums of two lines: of a both samples, then of b.
//
//go:noescape
func dotsAVX2(a, b *uint8, w *words, count int, sums *[4]int32)
