package images

import (
	"encoding/binary"
	"math"
	"slices"
)

// sketchSide is how many pixels the longer side of a sketch has at most: enough for rims, lesions and shadows, and so
// few that the features cost less than the reduction.
const sketchSide = 128

// rings is how many rings about the middle a picture is cut into; the outermost ends at the corners.
const rings = 20

// mostBend is the largest bend: four times the largest step of luma.
const mostBend = 4 * 255

// A sketch is what features of the image type look at: the reduced picture reduced once more, so that pictures of all
// sizes are looked at alike, without bars around it, and what several features ask of it.
type sketch struct {
	width, height int
	luma, cb, cr  []uint8
	darkest       []uint8  // luma of the darkest pixel of the reduced picture in each of the sketch's
	fine          []uint16 // sum of steps of luma between the pixels of the uppermost line in each of the sketch's
	finePlaces    int      // how many such pixels one of the sketch's has

	away       []uint16 // from the middle, squared, in halves of a pixel
	lumas, cbs [256]int // how many pixels are of each value
	light      float64  // median of luma
	profile    [4][rings]float64
	slopes     []slope
	steepness  [2*255 + 1]int      // how many slopes are so steep
	bends      [2*mostBend + 1]int // how many pixels are so much brighter than their neighbours, from -mostBend on
}

// A slope is how luma grows at one pixel, to the right and downwards.
type slope struct{ x, y int16 }

// steepness is its size, the sum of both parts.
func (s slope) steepness() int { return abs(int(s.x)) + abs(int(s.y)) }

func abs(a int) int { return max(a, -a) }

func sketchOf(r *Reduced) *sketch {
	k := max(1, (max(r.Width, r.Height)+sketchSide-1)/sketchSide)
	s := newSketch((r.Width+k-1)/k, (r.Height+k-1)/k)
	s.finePlaces = k
	for y := range s.height {
		s.row(r, y, k)
	}
	s = s.trim()
	for i, luma := range s.luma {
		s.lumas[luma]++
		s.cbs[s.cb[i]]++
	}
	s.light = quantile(&s.lumas, len(s.luma), 0.5)
	s.measure()
	s.climb()
	s.bend()
	return s
}

func newSketch(width, height int) *sketch {
	n := width * height
	planes := make([]uint8, 4*n)
	return &sketch{width: width, height: height, luma: planes[:n:n], cb: planes[n : 2*n : 2*n],
		cr: planes[2*n : 3*n : 3*n], darkest: planes[3*n:], fine: make([]uint16, n)}
}

// row averages the y-th row of boxes of k × k pixels.
func (s *sketch) row(r *Reduced, y, k int) {
	var boxes [sketchSide]struct{ lumaCr, cb uint64 } // luma in the lower half, Cr in the upper
	first, last := y*s.width, (y+1)*s.width
	darkest := s.darkest[first:last]
	for x := range darkest {
		darkest[x] = 255
	}
	lines := min(k, r.Height-y*k)
	for line := range lines {
		pix := r.line(y*k + line)
		for x, at := 0, 0; x < len(darkest); x++ {
			b, dark := boxes[x], darkest[x]
			for end := min(at+3*k, len(pix)-1); at < end; at += 3 {
				v := uint64(binary.LittleEndian.Uint32(pix[at:]))
				b.lumaCr += (v | v<<16) & 0xff_0000_00ff
				b.cb += v >> 8 & 0xff
				dark = min(dark, uint8(v))
			}
			boxes[x], darkest[x] = b, dark
		}
	}
	for x := range darkest {
		mean := meanOf(lines * min(k, r.Width-x*k))
		b := boxes[x]
		s.luma[first+x], s.cr[first+x] = mean.of(b.lumaCr&math.MaxUint32), mean.of(b.lumaCr>>32)
		s.cb[first+x] = mean.of(b.cb)
	}
	sumSteps(s.fine[first:last], r.line(y*k), k)
}

// line is the y-th line of a reduced picture, and one byte more, so that its last pixel too begins four bytes.
func (r *Reduced) line(y int) []uint8 {
	from, to := 3*r.Width*y, 3*r.Width*(y+1)
	if to == len(r.Pix) {
		return append(slices.Clip(r.Pix[from:to]), 0)
	}
	return r.Pix[from : to+1]
}

// sumSteps sums the steps of luma between the pixels of a line, for each k of them; the first has none.
func sumSteps(into []uint16, line []uint8, k int) {
	last := line[0]
	for x, at := 0, 0; x < len(into); x++ {
		sum := 0
		for end := min(at+3*k, len(line)-1); at < end; at += 3 {
			sum += abs(int(line[at]) - int(last))
			last = line[at]
		}
		into[x] = uint16(min(sum, math.MaxUint16))
	}
}

// barSteps is how much the pixels of a bar differ at most: what JPEG leaves of one colour.
const barSteps = 6

// trim cuts off bars of one colour at the sides, which tell how a data set was made and not what a picture shows, and
// the line next to each, which may be half bar. A picture of little else stays whole.
func (s *sketch) trim() *sketch {
	left, top, right, bottom := 0, 0, s.width, s.height
	across := func(y int) bool { return s.isBar(y*s.width, 1, s.width) }
	along := func(x int) bool { return s.isBar(x, s.width, s.height) }
	for top < bottom && across(top) {
		top++
	}
	for bottom > top && across(bottom-1) {
		bottom--
	}
	for left < right && along(left) {
		left++
	}
	for right > left && along(right-1) {
		right--
	}
	if top > 0 {
		top++
	}
	if bottom < s.height {
		bottom--
	}
	if left > 0 {
		left++
	}
	if right < s.width {
		right--
	}
	if left == 0 && top == 0 && right == s.width && bottom == s.height || right-left < 16 || bottom-top < 16 {
		return s
	}
	inner := newSketch(right-left, bottom-top)
	inner.finePlaces = s.finePlaces
	for y := range inner.height {
		from, to := (top+y)*s.width+left, y*inner.width
		copy(inner.luma[to:to+inner.width], s.luma[from:])
		copy(inner.cb[to:to+inner.width], s.cb[from:])
		copy(inner.cr[to:to+inner.width], s.cr[from:])
		copy(inner.darkest[to:to+inner.width], s.darkest[from:])
		copy(inner.fine[to:to+inner.width], s.fine[from:])
	}
	return inner
}

// isBar says whether n pixels, from the first on and so far apart, are of one colour.
func (s *sketch) isBar(first, apart, n int) bool {
	for _, plane := range [][]uint8{s.luma, s.cb, s.cr} {
		low, high := plane[first], plane[first]
		for i := range n {
			v := plane[first+i*apart]
			if low, high = min(low, v), max(high, v); high-low > barSteps {
				return false
			}
		}
	}
	return true
}

// fromMiddle is twice the place of a pixel, counted from the picture's middle.
func (s *sketch) fromMiddle(x, y int) (dx, dy int) { return 2*x - s.width + 1, 2*y - s.height + 1 }

// corner is how far the corners are from the middle, squared as in away, and one more.
func (s *sketch) corner() int { return (s.width-1)*(s.width-1) + (s.height-1)*(s.height-1) + 1 }

// measure takes how far pixels are away, and the mean luma of rings about the middle in each quarter of the picture;
// where a ring has no pixel, that of the ring within.
func (s *sketch) measure() {
	var sum, n [4][rings]int
	s.away = make([]uint16, 0, len(s.luma))
	scale := rings / math.Sqrt(float64(s.corner()))
	for y := range s.height {
		for x, luma := range s.luma[y*s.width:][:s.width] {
			dx, dy := s.fromMiddle(x, y)
			quarter := 0
			if dx > 0 {
				quarter = 1
			}
			if dy > 0 {
				quarter += 2
			}
			away := dx*dx + dy*dy
			s.away = append(s.away, uint16(away))
			ring := int(scale * math.Sqrt(float64(away)))
			sum[quarter][ring] += int(luma)
			n[quarter][ring]++
		}
	}
	for quarter := range sum {
		last := s.light
		for ring := range rings {
			if n[quarter][ring] > 0 {
				last = ratio(sum[quarter][ring], n[quarter][ring])
			}
			s.profile[quarter][ring] = last
		}
	}
}

// climb takes the slopes, from a pixel to the next ones to the right and below; the last column and row have none.
func (s *sketch) climb() {
	s.slopes = make([]slope, len(s.luma))
	for y := range s.height - 1 {
		row, below := s.luma[y*s.width:][:s.width], s.luma[(y+1)*s.width:][:s.width]
		slopes := s.slopes[y*s.width:][:s.width]
		for x := range s.width - 1 {
			to := slope{int16(row[x+1]) - int16(row[x]), int16(below[x]) - int16(row[x])}
			slopes[x] = to
			s.steepness[to.steepness()]++
		}
	}
	s.steepness[0] += len(s.luma) - (s.width-1)*(s.height-1)
}

// bend takes how much brighter pixels are than the mean of their four neighbours, in quarters of a step of luma.
func (s *sketch) bend() {
	for y := 1; y < s.height-1; y++ {
		above, row, below := s.luma[(y-1)*s.width:][:s.width], s.luma[y*s.width:][:s.width], s.luma[(y+1)*s.width:][:s.width]
		for x := 1; x < s.width-1; x++ {
			around := int(row[x-1]) + int(row[x+1]) + int(above[x]) + int(below[x])
			s.bends[mostBend+4*int(row[x])-around]++
		}
	}
}
