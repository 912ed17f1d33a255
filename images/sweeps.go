package images

import (
	"encoding/binary"
	"iter"
	"math/bits"
)

// What is done to every pixel. Each has a sweep of the processor's vectors in sweeps_amd64.s, which ends where only
// part of a vector is left, and says the same, bit for bit (TestSweeps).

// mostBox is how many bytes and lines a box has at most that vectors average.
const mostBox = 4

// halve makes means of two by two, as pictures of up to a thousand pixels need them.
func halve(into, upper, lower []uint8) {
	done := halveVectors(into, upper, lower)
	for x := range into[done:] {
		u, l := upper[2*(done+x):][:2], lower[2*(done+x):][:2]
		into[done+x] = uint8((int(u[0]) + int(u[1]) + int(l[0]) + int(l[1]) + 2) >> 2)
	}
}

const evenBytes = 0x00ff00ff00ff00ff

// addColumns adds a row, each byte so many times, to the sums of its even and odd columns: four of 16 bits in a word.
func addColumns(even, odd []uint64, row []uint8, times int) {
	by := uint64(times)
	done := addColumnsVectors(even, odd, row, times)
	even, odd, row = even[done/8:], odd[done/8:], row[done:]
	var last [8]uint8
	copy(last[:], row[len(row)&^7:])
	for i := range even {
		at := last[:]
		if 8*i+8 <= len(row) {
			at = row[8*i:][:8]
		}
		word := binary.LittleEndian.Uint64(at)
		even[i] += word & evenBytes * by
		odd[i] += word >> 8 & evenBytes * by
	}
}

// boxRow makes means of a row of boxes, which are k bytes wide and so many lines high, and finds the darkest byte of
// each. Lines begin a stride apart; the last box has what is left of their width.
func boxRow(means, darkest, lines []uint8, width, stride, rows, k int) {
	for x := boxRowVectors(means, darkest, lines, width, stride, rows, k); x < len(means); x++ {
		wide, sum, dark := min(k, width-k*x), uint64(0), uint8(255)
		for y := range rows {
			for _, v := range lines[y*stride+k*x:][:wide] {
				sum += uint64(v)
				dark = min(dark, v)
			}
		}
		means[x], darkest[x] = meanOf(rows*wide).of(sum), dark
	}
}

// sumSteps sums the steps of luma between the pixels of a line.
func sumSteps(line []uint8) int {
	sum, done := stepsVectors(line)
	for i := done + 1; i < len(line); i++ {
		sum += abs(int(line[i]) - int(line[i-1]))
	}
	return sum
}

// slopeSums are sums over slopes of luma: how much one pixel differs from the next to the right and the next below.
// Steepness is the sum of both.
type slopeSums struct {
	across     int // of steps to the right
	all        int // of steepness
	alongSides int // of that where the smaller part is at most a fifth of the larger
	byDistance int // of steepness times away
	steep      int // how many have a steepness of 48 and more
	level      int // and how many one of at most 2
}

// slopesOf takes the slopes of a plane. The last column and row have none: within is 0 there, and else 255.
func slopesOf(luma, within []uint8, away []uint16, width int) (sums slopeSums) {
	last := len(luma) - width
	for i := sums.addVectors(luma, within, away, width); i < last; i++ {
		x, y := 0, 0
		if within[i] > 0 {
			x, y = abs(int(luma[i+1])-int(luma[i])), abs(int(luma[i+width])-int(luma[i]))
		}
		steepness := x + y
		sums.across += x
		sums.all += steepness
		sums.byDistance += steepness * int(away[i])
		if 6*min(x, y) <= steepness {
			sums.alongSides += steepness
		}
		if steepness >= 48 {
			sums.steep++
		}
		if steepness <= 2 {
			sums.level++
		}
	}
	sums.level += width
	return sums
}

// bendsOf takes mostBend more than how much brighter pixels are than the mean of their four neighbours, in quarters of
// a step. What it says of the first and the last column and row means nothing.
func bendsOf(bends []uint16, luma []uint8, width int) {
	for i := width + bendsVectors(bends, luma, width); i < len(luma)-width; i++ {
		around := int(luma[i-1]) + int(luma[i+1]) + int(luma[i-width]) + int(luma[i+width])
		bends[i] = uint16(mostBend + 4*int(luma[i]) - around)
	}
}

// thinPixels are the pixels whose darkest is more than 24 below both neighbours, across or down. What it says of the
// first and the last column means nothing.
func thinPixels(luma, darkest []uint8, width int, memory []uint32) iter.Seq[int] {
	return func(yield func(int) bool) {
		found := memory[:thinVectors(memory, luma, darkest, width)]
		for word, is := range found {
			for ; is != 0; is &= is - 1 {
				if !yield(width + 32*word + bits.TrailingZeros32(is)) {
					return
				}
			}
		}
		for i := width + 32*len(found); i < len(luma)-width; i++ {
			across, down := min(luma[i-1], luma[i+1]), min(luma[i-width], luma[i+width])
			if int(darkest[i])+24 < int(max(across, down)) && !yield(i) {
				return
			}
		}
	}
}
