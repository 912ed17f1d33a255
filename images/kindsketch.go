package images

import "math"

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
	fine          []uint32 // sum of steps of luma between the pixels of the uppermost line in each of the sketch's
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
	sums := newColumns(3 * r.Width)
	for y := range s.height {
		s.row(r, y, k, sums)
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
		cr: planes[2*n : 3*n : 3*n], darkest: planes[3*n:], fine: make([]uint32, n)}
}

// row averages the y-th row of boxes of k × k pixels, with sums for its columns.
func (s *sketch) row(r *Reduced, y, k int, sums *columns) {
	first, end := y*s.width, (y+1)*s.width
	darkest := s.darkest[first:end]
	for x := range darkest {
		darkest[x] = 255
	}
	lines := min(k, r.Height-y*k)
	for line := range lines {
		pix := r.Pix[3*(y*k+line)*r.Width:][:3*r.Width]
		sums.add(pix, 1)
		for x, at := 0, 0; x < len(darkest); x++ {
			dark := darkest[x]
			for end := min(at+3*k, len(pix)); at < end; at += 3 {
				dark = min(dark, pix[at])
			}
			darkest[x] = dark
		}
	}
	fine, last := s.fine[first:end], r.Pix[3*y*k*r.Width:][:3*r.Width]
	for x, at := 0, 3; x < len(fine); x++ {
		for end := min(3*k*(x+1)+3, len(last)); at < end; at += 3 {
			fine[x] += uint32(max(last[at], last[at-3]) - min(last[at], last[at-3]))
		}
	}
	columns, mean := sums.take(), meanOf(lines*k)
	for x := range darkest {
		part := columns[3*k*x : 3*min(k*(x+1), r.Width)]
		if len(part) < 3*k {
			mean = meanOf(lines * len(part) / 3)
		}
		var luma, cb, cr uint32
		for ; len(part) >= 3; part = part[3:] {
			luma, cb, cr = luma+part[0], cb+part[1], cr+part[2]
		}
		s.luma[first+x], s.cb[first+x], s.cr[first+x] = mean.of(uint64(luma)), mean.of(uint64(cb)), mean.of(uint64(cr))
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
