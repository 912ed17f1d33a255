package images

import (
	"image"
	"math"
	"sort"
	"sync"
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
	*places
	lumas, cbs [256]int // how many pixels are of each value
	light      float64  // median of luma
	profile    [4][rings]float64
	slopes     slopeSums
	bends      [2*mostBend + 1]int // how many pixels are so much brighter than their neighbours, from -mostBend on

	// memory
	planes [4][sketchSide * sketchSide]uint8
	bendAt [sketchSide * sketchSide]uint16
	thinAt [sketchSide * sketchSide / 32]uint32
}

// sketches are those whose memory may be used again.
var sketches = sync.Pool{New: func() any { return new(sketch) }}

// abs has no branch: which way it would go is chance, of pixels.
func abs(a int) int { return (a ^ a>>63) - (a >> 63) }

func sketchOf(r *Reduced) *sketch {
	k := max(1, (max(r.Width, r.Height)+sketchSide-1)/sketchSide)
	s := sketches.Get().(*sketch)
	s.resize((r.Width+k-1)/k, (r.Height+k-1)/k)
	s.fine, s.finePlaces = 0, k
	var none [sketchSide]uint8 // of chroma the darkest is not asked for
	for y := range s.height {
		first, last := y*s.width, (y+1)*s.width
		from, rows := y*k*r.Width, min(k, r.Height-y*k)
		boxRow(s.luma[first:last], s.darkest[first:last], r.Y[from:], r.Width, r.Width, rows, k)
		boxRow(s.cb[first:last], none[:s.width], r.Cb[from:], r.Width, r.Width, rows, k)
		boxRow(s.cr[first:last], none[:s.width], r.Cr[from:], r.Width, r.Width, rows, k)
	}
	inside := s.withoutBars()
	s.cut(inside)
	for y := range inside.Dy() {
		line := r.Y[(inside.Min.Y+y)*k*r.Width:][:r.Width]
		s.fine += sumSteps(line[max(0, inside.Min.X*k-1):min(inside.Max.X*k, r.Width)])
	}
	s.lumas, s.cbs = [256]int{}, [256]int{}
	for i, luma := range s.luma {
		s.lumas[luma]++
		s.cbs[s.cb[i]]++
	}
	s.light = quantile(&s.lumas, len(s.luma), 0.5)
	s.measure()
	s.slopes = slopesOf(s.luma, s.within, s.away, s.width)
	s.bend()
	return s
}

func (s *sketch) resize(width, height int) {
	n := width * height
	s.width, s.height = width, height
	s.luma, s.cb, s.cr, s.darkest = s.planes[0][:n], s.planes[1][:n], s.planes[2][:n], s.planes[3][:n]
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
func (s *sketch) cut(part image.Rectangle) {
	if part.Dx() < s.width || part.Dy() < s.height {
		for i := range s.planes {
			plane := s.planes[i][:]
			for y := range part.Dy() { // each row begins where it lies, or before
				copy(plane[y*part.Dx():][:part.Dx()], plane[(part.Min.Y+y)*s.width+part.Min.X:])
			}
		}
		s.resize(part.Dx(), part.Dy())
	}
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
	wide, high int
	away       []uint16 // from the middle, squared, in halves of a pixel
	distance   int      // the sum of these
	within     []uint8  // 255 of pixels that have one to their right
	ring       []uint8  // which ring of which quarter
	pixels     [4 * rings]int

	// A circle of a third of the diagonal, the largest circle about the middle, what lesion takes for the middle and for
	// what is around it.
	third, circle, middle, around part
}

// A part is runs of pixels.
type part struct {
	runs   [][2]int
	pixels int
}

func (p *part) add(from, to int) {
	if from < to {
		p.runs = append(p.runs, [2]int{from, to})
		p.pixels += to - from
	}
}

// sum is that of a plane's bytes in the part.
func (p *part) sum(plane []uint8) (sum int) {
	for _, run := range p.runs {
		for _, v := range plane[run[0]:run[1]] {
			sum += int(v)
		}
	}
	return sum
}

// keptPlaces are the last ones, since the pictures of a source are mostly of one size, and without bars of a few. Each
// takes 70 KB at most.
var keptPlaces [64]atomic.Pointer[places]

func (s *sketch) findPlaces() *places {
	kept := &keptPlaces[(s.width+2*s.height)%len(keptPlaces)]
	p := kept.Load()
	if p == nil || p.wide != s.width || p.high != s.height {
		p = s.newPlaces()
		kept.Store(p)
	}
	return p
}

func (s *sketch) newPlaces() *places {
	n := len(s.luma)
	p := &places{wide: s.width, high: s.height, away: make([]uint16, n), within: make([]uint8, n), ring: make([]uint8, n)}
	corner, short := s.corner(), min(s.width, s.height)
	p.third = s.inCircle((corner + 8) / 9)
	p.circle = s.inCircle(short * short)
	p.middle = s.inCircle((corner + 24) / 25)
	p.around = s.inCircle((12*corner + 24) / 25).less(s.inCircle((6*corner + 24) / 25))
	ends := s.ringEnds()
	for y := range s.height {
		_, dy := s.fromMiddle(0, y)
		at, quarter, ring := y*s.width, uint8(0), 0
		if dy > 0 {
			quarter = 2 * rings
		}
		for x := (s.width - 1) / 2; x >= 0; x-- { // outwards, and the same to the right
			dx, _ := s.fromMiddle(x, y)
			away := dx*dx + dy*dy
			for away >= ends[ring] {
				ring++
			}
			p.set(at+s.width-1-x, away, quarter+rings+uint8(ring))
			p.set(at+x, away, quarter+uint8(ring))
		}
		p.within[at+s.width-1] = 0
	}
	for i, ring := range p.ring {
		p.pixels[ring]++
		p.distance += int(p.away[i])
	}
	return p
}

func (p *places) set(i, away int, ring uint8) {
	p.away[i], p.ring[i], p.within[i] = uint16(away), ring, 255
}

// ringEnds are the least places away that are beyond each ring.
func (s *sketch) ringEnds() (ends [rings]int) {
	scale := rings / math.Sqrt(float64(s.corner()))
	for ring := range ends {
		ends[ring] = sort.Search(s.corner(), func(away int) bool { return int(scale*math.Sqrt(float64(away))) > ring })
	}
	return ends
}

// inCircle are the pixels that are less far away than that, a run for each row.
func (s *sketch) inCircle(end int) (found part) {
	left := s.width // of the row above
	for y := range s.height {
		outside := func(x int) bool {
			dx, dy := s.fromMiddle(x, y)
			return dx*dx+dy*dy >= end
		}
		for left = min(left, (s.width+1)/2); left > 0 && !outside(left-1); left-- {
		}
		for left < (s.width+1)/2 && outside(left) {
			left++
		}
		found.add(y*s.width+left, (y+1)*s.width-left)
	}
	return found
}

// less is a circle without a smaller one.
func (p part) less(q part) (found part) {
	for _, run := range p.runs {
		if len(q.runs) > 0 && q.runs[0][0] < run[1] {
			found.add(run[0], q.runs[0][0])
			run[0], q.runs = q.runs[0][1], q.runs[1:]
		}
		found.add(run[0], run[1])
	}
	return found
}

// measure takes the mean luma of rings about the middle in each quarter of the picture; where a ring has no pixel, that
// of the ring within.
func (s *sketch) measure() {
	s.places = s.findPlaces()
	var sums [2][256]int // in turn, since neighbours mostly lie in one ring; as many as a byte tells apart
	for i, luma := range s.luma {
		sums[i&1][s.ring[i]] += int(luma)
	}
	for quarter := range s.profile {
		last := s.light
		for ring := range rings {
			of := quarter*rings + ring
			if n := s.pixels[of]; n > 0 {
				last = ratio(sums[0][of]+sums[1][of], n)
			}
			s.profile[quarter][ring] = last
		}
	}
}

// bend takes how much brighter pixels are than the mean of their four neighbours, in quarters of a step of luma.
func (s *sketch) bend() {
	s.bends = [2*mostBend + 1]int{}
	if s.width < 3 {
		return
	}
	bends := s.bendAt[:len(s.luma)]
	bendsOf(bends, s.luma, s.width)
	for y := 1; y < s.height-1; y++ {
		for _, bend := range bends[y*s.width+1 : (y+1)*s.width-1] {
			s.bends[bend]++
		}
	}
}
