package images

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"sync"
)

// A Tone is what a picture's skin pixels (see SkinOf) say of a person's colour of skin.
type Tone struct {
	// ITA is the individual typology angle in degrees, atan2(L* - 50, b*) of the medians of L* and b* (Chardon and others,
	// International Journal of Cosmetic Science 13, 1991, 191–208). It is 0 if no pixel is skin.
	ITA float64
	// Skin is the share of the picture's pixels that are skin.
	Skin float64
	// Spread is the distance of the quartiles of the cells' angles, in degrees: see toneCells.
	Spread float64
	// Abstains says why the angle tells nothing of the person; it is empty if it does.
	Abstains string
}

// Why an angle tells nothing. The first that applies counts.
const (
	NoColour      = "no_colour"       // the picture is grey
	TooLittleSkin = "too_little_skin" // less than leastSkin of it is skin
	WideSpread    = "spread"          // the angle differs by more than mostSpread from place to place
)

// leastSkin is the share of skin below which there is no tone: that of three cells, fewer than which have no quartiles.
const leastSkin = 0.05

// mostSpread is the width in degrees of the widest type that has two ends in any of ToneScales (Del Bino's 10 to -30).
// Quartiles that are farther apart lie in different types, whichever scale is asked: light and shade then say more than
// the skin.
const mostSpread = 40

// toneCells is how many cells a picture is cut into, across and down, to see whether the angle is the same everywhere.
// Each has the angle of its skin pixels' mean colour; one that is skin by less than a quarter is left out.
const toneCells = 8

// ToneOf is the tone of a reduced picture.
func ToneOf(r *Reduced, where Where) Tone {
	if r.Grey {
		return Tone{Abstains: NoColour}
	}
	colours := colourTables.Get().(*colourCounts)
	cells := colours.count(r, r.leftOut(where))
	lightness, yellow, n := colours.medians()
	colourTables.Put(colours)
	var tone Tone
	if n > 0 {
		tone.Skin = float64(n) / float64(r.Width*r.Height)
		tone.ITA = angle(lightness, yellow)
		tone.Spread = quartiles(cells)
	}
	switch {
	case tone.Skin < leastSkin:
		tone.Abstains = TooLittleSkin
	case tone.Spread > mostSpread:
		tone.Abstains = WideSpread
	}
	return tone
}

func angle(lightness, yellow float64) float64 {
	return math.Atan2(lightness-50, yellow) * 180 / math.Pi
}

// colourCounts are how many skin pixels of a picture have each colour of skin. There are a tenth as many colours as
// pixels, and so L* and b* are found a tenth as often.
type colourCounts struct {
	pixels [skinNumbers << 8]uint32 // by number of chroma, then luma; those of noSkin mean nothing
	seen   [skinNumbers << 4]uint8  // 1 of sixteen neighbours that some pixel has

	// of each colour that was found
	lightness, yellow []float32
	counts            []int
}

var colourTables = sync.Pool{New: func() any { return new(colourCounts) }}

// count counts the skin pixels that are not left out. The answer are the angles of the cells that have some.
func (c *colourCounts) count(r *Reduced, leftOut *Mask) (angles []float64) {
	row := newSkinRow(r.Width)
	for i := range toneCells {
		top, bottom := i*r.Height/toneCells, (i+1)*r.Height/toneCells
		var cells [toneCells]cellSum
		for y := top; y < bottom; y++ {
			from := y * r.Width
			row.leaveOut(leftOut.row(y))
			row.look(r.Y[from:], r.Cb[from:], r.Cr[from:], r.Width)
			c.countRow(row, r.Y[from:from+r.Width])
			if y == bottom-1 || (y-top)%mostRows == mostRows-1 {
				row.addTo(&cells, r.Width)
			}
		}
		for j, cell := range cells {
			n, pixels := cell[3], ((j+1)*r.Width/toneCells-j*r.Width/toneCells)*(bottom-top)
			if n > 0 && 4*n >= pixels {
				lightness, yellow := labOf(uint8(cell[0]/n), uint8(cell[1]/n), uint8(cell[2]/n))
				angles = append(angles, angle(float64(lightness), float64(yellow)))
			}
		}
	}
	return angles
}

// A cellSum are the sums of luma, Cb and Cr of skin pixels, and how many these are.
type cellSum [4]int

// addTo adds the sums of columns to those of the cells that they lie in. They are 0 again then.
func (s *skinRow) addTo(cells *[toneCells]cellSum, width int) {
	n := len(s.chroma)
	for j := range cells {
		for of := range cells[j] {
			sum := 0
			for _, v := range s.sums[of*n:][j*width/toneCells : (j+1)*width/toneCells] {
				sum += int(v)
			}
			cells[j][of] += sum
		}
	}
	clear(s.sums)
}

// countRow counts pixels of a row, 32 at once unless none is skin.
func (c *colourCounts) countRow(row *skinRow, luma []uint8) {
	for i, found := range row.found {
		if found == 0 {
			continue
		}
		few := luma[32*i : min(32*i+32, len(luma))]
		chroma := row.chroma[32*i:][:len(few)]
		for x, y := range few {
			colour := int(chroma[x])<<8 | int(y)
			c.pixels[colour]++
			c.seen[colour>>4] = 1
		}
	}
}

// medians are those of L* and b* of the pixels that were counted, and how many these are. The counts are 0 again then.
func (c *colourCounts) medians() (lightness, yellow float64, pixels int) {
	c.lightness, c.yellow, c.counts = c.lightness[:0], c.yellow[:0], c.counts[:0]
	for i := range skinChromas << 4 / 8 {
		eight := c.seen[8*i:][:8]
		if binary.NativeEndian.Uint64(eight) == 0 {
			continue
		}
		for j, seen := range eight {
			if seen > 0 {
				pixels += c.find((8*i + j) << 4)
			}
		}
		clear(eight)
	}
	if pixels == 0 {
		return 0, 0, 0
	}
	return median(c.lightness, c.counts, pixels), median(c.yellow, c.counts, pixels), pixels
}

// find finds L* and b* of the colours among sixteen that some pixels have, and how many these are. The counts are 0
// again then.
func (c *colourCounts) find(first int) (pixels int) {
	counts := c.pixels[first:][:16]
	cb, cr := chromaOf(first >> 8)
	for i, n := range counts {
		if n > 0 {
			l, b := labOf(uint8(first+i), cb, cr)
			c.lightness, c.yellow, c.counts = append(c.lightness, l), append(c.yellow, b), append(c.counts, int(n))
			pixels += int(n)
		}
	}
	clear(counts)
	return pixels
}

// median is the middle value of pixels, or the mean of the two in the middle. Values are counted by sixteenths, and
// only those are put in order that lie in the sixteenth of the middle.
func median(values []float32, counts []int, pixels int) float64 {
	low, high := (pixels-1)/2, pixels/2
	var bins [16 * 256]int
	bin := func(v float32) int { return int(16 * (v + 128)) } // L* is 0 to 100, b* of sRGB -108 to 95
	for i, v := range values {
		bins[bin(v)] += counts[i]
	}
	first, before := 0, 0
	for before+bins[first] <= low {
		before += bins[first]
		first++
	}
	last, end := first, before+bins[first]
	for end <= high {
		last++
		end += bins[last]
	}
	type some struct {
		value  float32
		pixels int
	}
	var middle []some
	for i, v := range values {
		if b := bin(v); b >= first && b <= last {
			middle = append(middle, some{v, counts[i]})
		}
	}
	slices.SortFunc(middle, func(a, b some) int { return cmp.Compare(a.value, b.value) })
	at := func(rank int) float64 {
		for _, m := range middle {
			if rank -= m.pixels; rank < before {
				return float64(m.value)
			}
		}
		panic("fewer pixels than were counted")
	}
	return (at(low) + at(high)) / 2
}

// quartiles is the distance of the quartiles of some values, which lie between two of them where they must.
func quartiles(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	quantile := func(q float64) float64 {
		at := q * float64(len(values)-1)
		i := min(int(at), max(0, len(values)-2))
		j := min(i+1, len(values)-1)
		return values[i] + (values[j]-values[i])*(at-float64(i))
	}
	return quantile(0.75) - quantile(0.25)
}

// A ToneScale tells the Fitzpatrick type of an angle by published thresholds.
type ToneScale struct {
	Name   string     // as describe.skin_tone has it
	Source string     // where the thresholds were published
	Above  [5]float64 // type I lies above the first, II above the second, and so on; VI is what is left
	// OfEqual says that an angle equal to the first threshold is of type I. Any other is of the darker type.
	OfEqual bool
}

// ToneScales are the scales that are known, the default first.
func ToneScales() []ToneScale {
	return []ToneScale{
		{Name: "groh2022", Above: [5]float64{45, 28, 17, 5, -20}, OfEqual: true,
			Source: "Groh and others, Evaluating Deep Neural Networks Trained on Clinical Images in Dermatology with the " +
				"Fitzpatrick 17k Dataset, CVPR Workshops 2021, section 4 and ita_fitzpatrick_analysis.ipynb (fitted to its " +
				"labels); judged against three dermatologists in Groh and others, Proceedings of the ACM on Human-Computer " +
				"Interaction 6 (CSCW2), 2022"},
		{Name: "delbino", Above: [5]float64{55, 41, 28, 10, -30},
			Source: "Del Bino and Bernerd, Variations in skin colour and the biological consequences of ultraviolet " +
				"radiation exposure, British Journal of Dermatology 169 (s3), 2013, 33-40, after Chardon and others, 1991; " +
				"very light, light, intermediate, tan, brown, dark"},
		{Name: "kinyanjui", Above: [5]float64{55, 41, 28, 19, 10},
			Source: "Kinyanjui and others, Estimating Skin Tone and Effects on Classification Performance in Dermatology " +
				"Datasets, arXiv:1910.13268, 2019, table 1, its classes joined to six " +
				"as in ita_fitzpatrick_analysis.ipynb of Fitzpatrick17k"},
	}
}

// Fitzpatrick is the type, 1 to 6, of an angle.
func (s ToneScale) Fitzpatrick(ita float64) int {
	for i, above := range s.Above {
		if ita > above || i == 0 && s.OfEqual && ita == above {
			return i + 1
		}
	}
	return len(s.Above) + 1
}
