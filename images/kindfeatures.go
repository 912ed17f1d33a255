package images

import (
	"math"
	"slices"
)

// typeFeatures are what the built-in image type rests on, in the order of its weights. None knows the picture's size,
// shape, format or brightness: those tell a source, or whose skin it is, and not what is shown.
var typeFeatures = []struct {
	name, meaning string
	of            func(*sketch) float64
}{
	{"skin", "share of pixels of the colours of skin", (*sketch).skin},
	{"middle skin", "the same, of the middle of the picture", (*sketch).middleSkin},
	{"blues", "spread of Cb: between its quarters", (*sketch).blues},
	{"black", "share of black pixels, but for the corners", (*sketch).black},
	{"tilt", "how much of luma a slope over the whole picture explains: light from a side", (*sketch).tilt},
	{"corners", "how much darker than the middle three of four corners are: a dermoscope's tube", (*sketch).corners},
	{"rim", "the steepest fall of luma on a circle about the middle, in three of four quarters", (*sketch).rim},
	{"lesion", "how far the colour of the middle is from that around it", (*sketch).lesion},
	{"sharpness", "steps between neighbours, finest against coarser ones", (*sketch).sharpness},
	{"texture", "median of bends of luma", (*sketch).texture},
	{"glints", "bends to bright against bends to dark: dry or oily skin in open light glints", (*sketch).glints},
	{"edges", "share of steep pixels", (*sketch).edges},
	{"flat", "share of level pixels: screens, walls, backdrops", (*sketch).flat},
	{"right angles", "share of steepness along the sides of the picture: buildings, text", (*sketch).rightAngles},
	{"outer edges", "mean distance of steepness from the middle", (*sketch).outerEdges},
	{"line", "how much of a straight line is thin and dark: rulers and reticles", (*sketch).line},
}

// ratio is 0 of nothing.
func ratio(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// quantile is the smallest value that at least share of all are at or below.
func quantile(counts *[256]int, all int, share float64) float64 {
	want, seen := int(math.Ceil(share*float64(all))), 0
	for value, n := range counts {
		if seen += n; seen >= want && seen > 0 {
			return float64(value)
		}
	}
	return 0
}

// hueLeastCr has for each Cb the least Cr with which red is more than 15 above green, and above blue: what Kovač, Peer
// and Solina, "Human skin colour clustering for face detection", EUROCON 2003, ask of hue. What they ask of brightness
// leaves out dark skin. Chroma tells both differences (ITU-T T.871).
var hueLeastCr = func() (least [256]int) {
	for cb := range least {
		isSkin := func(cr int) bool {
			blue, red := cb-128, cr-128
			return 2116*red+344*blue > 15_000 && 1402*red > 1772*blue
		}
		for least[cb] < 256 && !isSkin(least[cb]) {
			least[cb]++
		}
	}
	return least
}()

// skinHues is how many pixels have the hue of skin.
func skinHues(cb, cr []uint8) (n int) {
	for i, blue := range cb {
		n += int(uint(hueLeastCr[blue]-1-int(cr[i])) >> 63) // one if that is less than 0; no branch, see abs
	}
	return n
}

func (s *sketch) skin() float64 { return ratio(skinHues(s.cb, s.cr), len(s.cb)) }

// middleSkin is of a circle of a third of the diagonal.
func (s *sketch) middleSkin() float64 {
	n := 0
	for _, run := range s.third.runs {
		n += skinHues(s.cb[run[0]:run[1]], s.cr[run[0]:run[1]])
	}
	return ratio(n, s.third.pixels)
}

func (s *sketch) blues() float64 {
	return quantile(&s.cbs, len(s.luma), 0.75) - quantile(&s.cbs, len(s.luma), 0.25)
}

// black leaves out what is beyond the largest circle about the middle, where a dermoscope's tube is.
func (s *sketch) black() float64 {
	black := 0
	for _, run := range s.circle.runs {
		for _, luma := range s.luma[run[0]:run[1]] {
			black += int(uint(int(luma)-33) >> 63)
		}
	}
	return ratio(black, s.circle.pixels)
}

// tilt is the coefficient of determination of the plane that fits luma best; to the right and downwards are
// independent, since places are counted from the middle.
func (s *sketch) tilt() float64 {
	var right, down, rights, downs int
	for y := range s.height {
		left, dy := s.fromMiddle(0, y)
		line, by := 0, 0 // by is how much the line has to the right of its first pixel
		for x, luma := range s.luma[y*s.width:][:s.width] {
			by += x * int(luma)
			line += int(luma)
		}
		right += 2*by + left*line
		down += dy * line
		downs += dy * dy * s.width
	}
	for x := range s.width {
		dx, _ := s.fromMiddle(x, 0)
		rights += dx * dx * s.height
	}
	n, sum, squares := len(s.luma), 0, 0
	for luma, of := range s.lumas {
		sum += of * luma
		squares += of * luma * luma
	}
	varies := float64(squares) - float64(float64(sum)*ratio(sum, n))
	if varies <= 0 {
		return 0
	}
	explained := float64(float64(right)*ratio(right, rights)) + float64(float64(down)*ratio(down, downs))
	return explained / varies
}

// third is the third largest of four.
func third(of [4]float64) float64 {
	slices.Sort(of[:])
	return of[1]
}

// corners and rim are in parts of the picture's own luma; a dark picture's few steps count for less.
func (s *sketch) corners() float64 {
	var darker [4]float64
	for q, mean := range s.profile {
		middle := (mean[5] + mean[6] + mean[7] + mean[8] + mean[9] + mean[10]) / 6
		darker[q] = middle - (mean[rings-2]+mean[rings-1])/2
	}
	return third(darker) / (s.light + 16)
}

func (s *sketch) rim() float64 {
	steepest := 0.0
	for ring := 8; ring < rings-1; ring++ {
		var falls [4]float64
		for q, mean := range s.profile {
			falls[q] = (mean[ring-2] + mean[ring-1] - mean[ring] - mean[ring+1]) / 2
		}
		steepest = max(steepest, third(falls))
	}
	return steepest / (s.light + 16)
}

// lesion compares the middle, a fifth of the half diagonal wide, with a ring at about three fifths.
func (s *sketch) lesion() float64 {
	apart := 0.0
	for _, plane := range [][]uint8{s.luma, s.cb, s.cr} {
		d := ratio(s.middle.sum(plane), s.middle.pixels) - ratio(s.around.sum(plane), s.around.pixels)
		apart += float64(d * d)
	}
	return math.Sqrt(apart)
}

// sharpness is near 1 where the finest steps are as high as coarser ones, and a third or less where all is blurred.
func (s *sketch) sharpness() float64 {
	return ratio(s.fine, len(s.luma)*s.finePlaces) / (ratio(s.slopes.across, len(s.luma)) + 1)
}

func (s *sketch) texture() float64 {
	var sizes [256]int
	n := 0
	for i, count := range s.bends {
		sizes[min(abs(i-mostBend), 255)] += count
		n += count
	}
	return quantile(&sizes, n, 0.5)
}

// glints leaves out bends under six steps, which are noise; of few it says little.
func (s *sketch) glints() float64 {
	bright, dark := 0, 0
	for i := 24; i <= mostBend; i++ {
		bright += s.bends[mostBend+i]
		dark += s.bends[mostBend-i]
	}
	return ratio(bright-dark, bright+dark+len(s.luma)/100+1)
}

func (s *sketch) edges() float64 { return ratio(s.slopes.steep, len(s.luma)) }
func (s *sketch) flat() float64  { return ratio(s.slopes.level, len(s.luma)) }

func (s *sketch) rightAngles() float64 { return ratio(s.slopes.alongSides, s.slopes.all) }

// outerEdges is in parts of the mean distance of all pixels.
func (s *sketch) outerEdges() float64 {
	if s.slopes.all == 0 || s.distance == 0 {
		return 0
	}
	return ratio(s.slopes.byDistance, s.slopes.all) / ratio(s.distance, len(s.luma))
}
