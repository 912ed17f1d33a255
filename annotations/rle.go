package annotations

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// mostPixels is the largest picture whose mask is looked at (images.max_pixels has 200 million by default). A mask is
// never painted: runs are looked at one by one, so that a few bytes that claim a large mask cost nothing.
const mostPixels = 1 << 31

// A maskExtent is the extent of the foreground of a mask whose runs come one after another.
type maskExtent struct {
	lines, length int // a line is a row of the mask, or a column
	at            int // pixels so far
	first, last   int // of the lines that hold foreground
	from, to      int // within a line
	any           bool
}

func newMask(lines, length int) (*maskExtent, error) {
	if lines <= 0 || length <= 0 || lines > mostPixels/length {
		return nil, fmt.Errorf("a mask of %d×%d pixels", length, lines)
	}
	return &maskExtent{lines: lines, length: length, from: length}, nil
}

// run adds so many pixels.
func (m *maskExtent) run(pixels int, foreground bool) error {
	if pixels < 0 || pixels > m.lines*m.length-m.at {
		return fmt.Errorf("the runs of the mask are more than its %d pixels", m.lines*m.length)
	}
	if foreground && pixels > 0 {
		first, last := m.at/m.length, (m.at+pixels-1)/m.length
		from, to := m.at%m.length, (m.at+pixels-1)%m.length+1
		if first != last {
			from, to = 0, m.length
		}
		if !m.any {
			m.first = first
		}
		m.any, m.last = true, last
		m.from, m.to = min(m.from, from), max(m.to, to)
	}
	m.at += pixels
	return nil
}

// end is the extent of the foreground: lines, and within them.
func (m *maskExtent) end() (first, last, from, to float64, err error) {
	switch {
	case m.at != m.lines*m.length:
		return 0, 0, 0, 0, fmt.Errorf("the runs of the mask are %d pixels, and not its %d", m.at, m.lines*m.length)
	case !m.any:
		return 0, 0, 0, 0, errors.New("its mask is empty")
	}
	return float64(m.first), float64(m.last + 1), float64(m.from), float64(m.to), nil
}

// cocoCounts is the extent of an uncompressed COCO mask: runs column by column, background first (pycocotools,
// mask.py, "RLE is a simple yet efficient format").
func cocoCounts(counts []float64, height, width int) (extent, error) {
	mask, err := newMask(width, height)
	if err != nil {
		return extent{}, err
	}
	for i, count := range counts {
		if count != math.Trunc(count) || math.IsNaN(count) || math.Abs(count) > mostPixels {
			return extent{}, fmt.Errorf("%s is no run of a mask", decimal(count))
		}
		if err := mask.run(int(count), i%2 == 1); err != nil {
			return extent{}, err
		}
	}
	x0, x1, y0, y1, err := mask.end()
	return extent{x0, y0, x1, y1}, err
}

// cocoString is the extent of a compressed COCO mask: each run is a number of five bits a character, the lowest first,
// from the character 48; the sixth bit says that more follow, the fifth of the last one is the sign; from the fourth
// run on, the difference to the one before the last (pycocotools, common/maskApi.c, rleFrString).
func cocoString(text string, height, width int) (extent, error) {
	mask, err := newMask(width, height)
	if err != nil {
		return extent{}, err
	}
	var before [3]int // runs, the last one first
	for i, run := 0, 0; i < len(text); run++ {
		count, shift := 0, 0
		for more := true; more; i++ {
			if i >= len(text) {
				return extent{}, errors.New("the mask breaks off")
			}
			c := int(text[i]) - 48
			if c < 0 || c > 63 || shift > 35 {
				return extent{}, fmt.Errorf("%q is no character of a mask", text[i])
			}
			count |= (c & 31) << shift
			shift += 5
			if more = c&32 != 0; !more && c&16 != 0 {
				count -= 1 << shift
			}
		}
		if run > 2 {
			count += before[1]
		}
		if err := mask.run(count, run%2 == 1); err != nil {
			return extent{}, err
		}
		before = [3]int{count, before[0], before[1]}
	}
	x0, x1, y0, y1, err := mask.end()
	return extent{x0, y0, x1, y1}, err
}

// cvatMask is the extent of a CVAT mask: runs row by row, background first, of the rectangle at left and top (CVAT, XML
// annotation format, mask).
func cvatMask(runs string, left, top float64, width, height int) (extent, error) {
	mask, err := newMask(height, width)
	if err != nil {
		return extent{}, err
	}
	foreground := false
	for text := range strings.SplitSeq(runs, ",") {
		count, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			return extent{}, fmt.Errorf("%s is no run of a mask", quoted([]string{text}))
		}
		if err := mask.run(count, foreground); err != nil {
			return extent{}, err
		}
		foreground = !foreground
	}
	y0, y1, x0, x1, err := mask.end()
	return extent{left + x0, top + y0, left + x1, top + y1}, err
}

// brush is the extent of a Label Studio mask: bits, the highest first. 32 say how many values there are, 5 the bits of
// a value less one, 4 times 4 the bits of the lengths less one; then runs: a bit that says whether all values of the
// run are equal, two that name one of the lengths, the length less one, and one value, or each of them (thi.ng
// rle-pack; label_studio_sdk/converter/brush.py). Values are R, G, B and alpha of the pixels, row by row; what has an
// alpha above zero is foreground.
func brush(data []float64, width, height int) (extent, error) {
	mask, err := newMask(height, width)
	if err != nil {
		return extent{}, err
	}
	b := &bits{data: data}
	if values := b.read(32); b.err == nil && values != 4*width*height {
		return extent{}, fmt.Errorf("the mask has %d values, want 4 for each of %d×%d pixels", values, width, height)
	}
	word := b.read(5) + 1
	var lengths [4]int
	for i := range lengths {
		lengths[i] = b.read(4) + 1
	}
	a := &alphas{mask: mask}
	for values := 4 * width * height; values > 0 && b.err == nil; {
		equal := b.read(1) == 1
		length := b.read(lengths[b.read(2)]) + 1
		if length > values {
			return extent{}, errors.New("the runs of the mask are more than its values")
		}
		values -= length
		if equal {
			a.run(length, b.read(word) != 0)
			continue
		}
		for ; length > 0 && b.err == nil; length-- {
			a.run(1, b.read(word) != 0)
		}
	}
	if b.err != nil {
		return extent{}, b.err
	}
	y0, y1, x0, x1, err := mask.end()
	return extent{x0, y0, x1, y1}, err
}

// alphas take every fourth value for a pixel of a mask. Nothing can be more than the mask has: values are counted.
type alphas struct {
	mask   *maskExtent
	values int
}

func (a *alphas) run(length int, foreground bool) {
	before := a.values / 4 // pixels whose alpha was seen: value 3 is the first one
	a.values += length
	_ = a.mask.run(a.values/4-before, foreground)
}

// bits reads bytes, which JSON has as numbers, bit by bit.
type bits struct {
	data []float64
	at   int
	err  error
}

func (b *bits) read(n int) (number int) {
	for ; n > 0 && b.err == nil; b.at, n = b.at+1, n-1 {
		if b.at/8 >= len(b.data) {
			b.err = errors.New("the mask breaks off")
			return 0
		}
		value := b.data[b.at/8]
		if value < 0 || value > 255 || value != math.Trunc(value) {
			b.err = fmt.Errorf("%s in a mask is no byte", decimal(value))
			return 0
		}
		number = number<<1 | int(value)>>(7-b.at%8)&1
	}
	return number
}
