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

// isSkinHue holds where red is more than 15 above green, and above blue: what Kovač, Peer and Solina, "Human skin
// colour clustering for face detection", EUROCON 2003, ask of hue. What they ask of brightness leaves out dark skin.
// Chroma tells both differences (ITU-T T.871).
func isSkinHue(cb, cr uint8) bool {
	blue, red := int(cb)-128, int(cr)-128
	return 2116*red+344*blue > 15_000 && 1402*red > 1772*blue
}

func (s *sketch) skin() float64 {
	n := 0
	for i, cb := range s.cb {
		if isSkinHue(cb, s.cr[i]) {
			n++
		}
	}
	return ratio(n, len(s.cb))
}

// middleSkin is of a circle of a third of the diagonal.
func (s *sketch) middleSkin() float64 {
	n, all := 0, 0
	for i, away := range s.away {
		if 9*int(away) < s.corner() {
			all++
			if isSkinHue(s.cb[i], s.cr[i]) {
				n++
			}
		}
	}
	return ratio(n, all)
}

func (s *sketch) blues() float64 {
	return quantile(&s.cbs, len(s.luma), 0.75) - quantile(&s.cbs, len(s.luma), 0.25)
}

// black leaves out what is beyond the largest circle about the middle, where a dermoscope's tube is.
func (s *sketch) black() float64 {
	short := min(s.width, s.height)
	black, all := 0, 0
	for i, away := range s.away {
		if int(away) < short*short {
			all++
			if s.luma[i] <= 32 {
				black++
			}
		}
	}
	return ratio(black, all)
}

// tilt is the coefficient of determination of the plane that fits luma best; to the right and downwards are
// independent, since places are counted from the middle.
func (s *sketch) tilt() float64 {
	var right, down, rights, downs int
	for y := range s.height {
		_, dy := s.fromMiddle(0, y)
		line := 0
		for x, luma := range s.luma[y*s.width:][:s.width] {
			dx, _ := s.fromMiddle(x, y)
			right += dx * int(luma)
			rights += dx * dx
			line += int(luma)
		}
		down += dy * line
		downs += dy * dy * s.width
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
	var middle, around [3]int
	var inMiddle, inAround int
	corner := s.corner()
	for i, away := range s.away {
		switch far := 25 * int(away); {
		case far < corner:
			middle[0] += int(s.luma[i])
			middle[1] += int(s.cb[i])
			middle[2] += int(s.cr[i])
			inMiddle++
		case far >= 6*corner && far < 12*corner:
			around[0] += int(s.luma[i])
			around[1] += int(s.cb[i])
			around[2] += int(s.cr[i])
			inAround++
		}
	}
	apart := 0.0
	for c := range middle {
		d := ratio(middle[c], inMiddle) - ratio(around[c], inAround)
		apart += float64(d * d)
	}
	return math.Sqrt(apart)
}

// sharpness is near 1 where the finest steps are as high as coarser ones, and a third or less where all is blurred.
func (s *sketch) sharpness() float64 {
	coarse := 0
	for _, slope := range s.slopes {
		coarse += abs(int(slope.x))
	}
	return ratio(s.fine, len(s.slopes)*s.finePlaces) / (ratio(coarse, len(s.slopes)) + 1)
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

func (s *sketch) edges() float64 { return s.steep(48, 2*255) }
func (s *sketch) flat() float64  { return s.steep(0, 2) }

func (s *sketch) steep(from, to int) float64 {
	n := 0
	for _, count := range s.steepness[from : to+1] {
		n += count
	}
	return ratio(n, len(s.luma))
}

// rightAngles counts slopes whose smaller part is at most a fifth of the larger.
func (s *sketch) rightAngles() float64 {
	along, all := 0, 0
	for _, slope := range s.slopes {
		x, y := abs(int(slope.x)), abs(int(slope.y))
		all += x + y
		less := least(x, y)
		along += (x + y) &^ ((x + y - 6*less) >> 63) // none if the larger part is under five times the smaller
	}
	return ratio(along, all)
}

// outerEdges is in parts of the mean distance of all pixels.
func (s *sketch) outerEdges() float64 {
	weighted, steepness, distance := 0, 0, 0
	for i, slope := range s.slopes {
		away, steep := int(s.away[i]), slope.steepness()
		weighted += away * steep
		steepness += steep
		distance += away
	}
	if steepness == 0 || distance == 0 {
		return 0
	}
	return ratio(weighted, steepness) / ratio(distance, len(s.slopes))
}
