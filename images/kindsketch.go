package images

import (
	"encoding/binary"
	"image"
	"math"
	"sync/atomic"
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
	darkest       []uint8 // luma of the darkest pixel of the reduced picture in each of the sketch's
	fine          int     // sum of steps of luma between the reduced picture's pixels, on the uppermost line of each row
	finePlaces    int     // how many pixels of that line one of the sketch's has

	away       []uint16 // as places have it
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

// abs and least have no branches: which way they would go is chance, of pixels.
func abs(a int) int { return (a ^ a>>63) - (a >> 63) }

func least(a, b int) int { return b + (a-b)&((a-b)>>63) }

func sketchOf(r *Reduced) *sketch {
	k := max(1, (max(r.Width, r.Height)+sketchSide-1)/sketchSide)
	s := newSketch((r.Width+k-1)/k, (r.Height+k-1)/k)
	s.finePlaces = k
	for y := range s.height {
		s.row(r, y, k)
	}
	inside := s.withoutBars()
	s = s.cut(inside)
	for y := range inside.Dy() {
		line := r.Y[(inside.Min.Y+y)*k*r.Width:][:r.Width]
		s.fine += sumSteps(line[max(0, inside.Min.X*k-1):min(inside.Max.X*k, r.Width)])
	}
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
		cr: planes[2*n : 3*n : 3*n], darkest: planes[3*n:]}
}

// row averages the y-th row of boxes of k × k pixels.
func (s *sketch) row(r *Reduced, y, k int) {
	first, last := y*s.width, (y+1)*s.width
	from, to := y*k*r.Width, min((y+1)*k, r.Height)*r.Width
	boxMeans(s.luma[first:last], r.Y[from:to], r.Width, k)
	boxMeans(s.cb[first:last], r.Cb[from:to], r.Width, k)
	boxMeans(s.cr[first:last], r.Cr[from:to], r.Width, k)
	darkest(s.darkest[first:last], r.Y[from:to], r.Width, k)
}

// boxMeans averages boxes of lines, k pixels wide but for the last one, which has what is left.
func boxMeans(into, lines []uint8, width, k int) {
	mean, x := meanOf(len(lines)/width*k), 0
	if k <= 4 { // four samples of each of two boxes at once, those that are the next box's left out
		mine := uint64(1<<(8*k)-1) * (1<<32 + 1)
		for ; k*x+k+4 <= width; x += 2 {
			sums := uint64(0) // of two samples each
			for at := k * x; at < len(lines); at += width {
				one, next := binary.LittleEndian.Uint32(lines[at:]), binary.LittleEndian.Uint32(lines[at+k:])
				both := (uint64(one) | uint64(next)<<32) & mine
				sums += both&evenBytes + both>>8&evenBytes
			}
			sums += sums >> 16
			into[x], into[x+1] = mean.of(sums&0xffff), mean.of(sums>>32&0xffff)
		}
	}
	for ; x < len(into); x++ {
		sum, wide := uint64(0), min(k, width-k*x)
		for at := k * x; at < len(lines); at += width {
			for _, v := range lines[at : at+wide] {
				sum += uint64(v)
			}
		}
		into[x] = meanOf(len(lines) / width * wide).of(sum)
	}
}

// darkest finds the darkest pixel of each box.
func darkest(into, lines []uint8, width, k int) {
	for x := range into {
		into[x] = 255
	}
	for ; len(lines) > 0; lines = lines[width:] {
		line, x := lines[:width], 0
		switch k { // those of nearly all pictures
		case 3:
			for ; len(line) >= 3; x, line = x+1, line[3:] {
				into[x] = uint8(least(least(int(into[x]), int(line[0])), least(int(line[1]), int(line[2]))))
			}
		case 4:
			for ; len(line) >= 4; x, line = x+1, line[4:] {
				dark := least(least(int(line[0]), int(line[1])), least(int(line[2]), int(line[3])))
				into[x] = uint8(least(int(into[x]), dark))
			}
		}
		for i, v := range line {
			into[x+i/k] = min(into[x+i/k], v)
		}
	}
}

// sumSteps sums the steps of luma between the pixels of a line.
func sumSteps(line []uint8) (sum int) {
	if len(line) == 0 {
		return 0
	}
	last := line[0]
	for _, v := range line[1:] {
		sum += abs(int(v) - int(last))
		last = v
	}
	return sum
}

// barSteps is how much the pixels of a bar differ at most: what JPEG leaves of one colour.
const barSteps = 6

// withoutBars leaves out bars of one colour at the sides, which tell how a data set was made and not what a picture
// shows, and the line next to each, which may be half bar. A picture of little else stays whole.
func (s *sketch) withoutBars() image.Rectangle {
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
	if right-left < 16 || bottom-top < 16 {
		return image.Rect(0, 0, s.width, s.height)
	}
	return image.Rect(left, top, right, bottom)
}

// cut leaves out all but a part.
func (s *sketch) cut(part image.Rectangle) *sketch {
	if part.Dx() == s.width && part.Dy() == s.height {
		return s
	}
	inner := newSketch(part.Dx(), part.Dy())
	inner.finePlaces = s.finePlaces
	for y := range inner.height {
		from, to := (part.Min.Y+y)*s.width+part.Min.X, y*inner.width
		copy(inner.luma[to:to+inner.width], s.luma[from:])
		copy(inner.cb[to:to+inner.width], s.cb[from:])
		copy(inner.cr[to:to+inner.width], s.cr[from:])
		copy(inner.darkest[to:to+inner.width], s.darkest[from:])
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

// places are where the pixels of sketches of a size are.
type places struct {
	width, height int
	away          []uint16 // from the middle, squared, in halves of a pixel
	ring          []uint8  // which ring of which quarter
	pixels        [4 * rings]int
}

// keptPlaces are the last ones, since the pictures of a source are mostly of one size, and without bars of a few.
var keptPlaces [16]atomic.Pointer[places]

func (s *sketch) places() *places {
	kept := &keptPlaces[(s.width+5*s.height)%len(keptPlaces)]
	p := kept.Load()
	if p == nil || p.width != s.width || p.height != s.height {
		p = s.findPlaces()
		kept.Store(p)
	}
	return p
}

func (s *sketch) findPlaces() *places {
	p := &places{width: s.width, height: s.height}
	scale := rings / math.Sqrt(float64(s.corner()))
	for i := range s.luma {
		dx, dy := s.fromMiddle(i%s.width, i/s.width)
		quarter := 0
		if dx > 0 {
			quarter = 1
		}
		if dy > 0 {
			quarter += 2
		}
		away := dx*dx + dy*dy
		ring := quarter*rings + int(scale*math.Sqrt(float64(away)))
		p.away, p.ring = append(p.away, uint16(away)), append(p.ring, uint8(ring))
		p.pixels[ring]++
	}
	return p
}

// measure takes the mean luma of rings about the middle in each quarter of the picture; where a ring has no pixel, that
// of the ring within.
func (s *sketch) measure() {
	p := s.places()
	s.away = p.away
	var sums [256]int // as many as a byte tells apart
	for i, luma := range s.luma {
		sums[p.ring[i]] += int(luma)
	}
	for quarter := range s.profile {
		last := s.light
		for ring := range rings {
			if n := p.pixels[quarter*rings+ring]; n > 0 {
				last = ratio(sums[quarter*rings+ring], n)
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
