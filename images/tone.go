package images

import (
	"math"
	"math/bits"
	"slices"
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

// leastSkin is the share of skin below which there is no tone. Chroma maps take 5 to 20 % of what is no skin for skin
// (Phung, Bouzerdoum and Chai, IEEE Transactions on Pattern Analysis and Machine Intelligence 27(1), 2005, 148–154), so
// that less may be wood, hair or a ruler.
const leastSkin = 0.05

// mostSpread is the width in degrees of the widest type that has two ends in groh2022, 5 to -20. If quartiles lie
// farther apart, light and shade say more than the skin.
const mostSpread = 25

// toneCells is how many cells a picture is cut into, across and down, to see whether the angle is the same everywhere.
// Each has an angle by the medians of its own skin pixels; one that is skin by less than a quarter is left out.
const toneCells = 8

// ToneOf is the tone of a reduced picture.
func ToneOf(r *Reduced, where Where) Tone {
	skin := SkinOf(r, where)
	pixels := readSkin(r, skin)
	var tone Tone
	if n := len(pixels.lightness); n > 0 {
		tone.Skin = float64(n) / float64(r.Width*r.Height)
		tone.ITA = pixels.angle(0, n)
		tone.Spread = quartiles(pixels.cells)
	}
	switch {
	case r.Grey:
		tone.Abstains = NoColour
	case tone.Skin < leastSkin:
		tone.Abstains = TooLittleSkin
	case tone.Spread > mostSpread:
		tone.Abstains = WideSpread
	}
	return tone
}

// skinPixels are the colours of skin pixels, cell by cell, and the angles of cells.
type skinPixels struct {
	lightness, yellow []float32
	cells             []float64
}

func readSkin(r *Reduced, skin *Mask) *skinPixels {
	n := 0
	for _, word := range skin.words {
		n += bits.OnesCount64(word)
	}
	p := &skinPixels{lightness: make([]float32, 0, n), yellow: make([]float32, 0, n)}
	for i := range toneCells * toneCells {
		left, right := i%toneCells*r.Width/toneCells, (i%toneCells+1)*r.Width/toneCells
		top, bottom := i/toneCells*r.Height/toneCells, (i/toneCells+1)*r.Height/toneCells
		from := len(p.lightness)
		for y := top; y < bottom; y++ {
			p.read(r.Pix[3*y*r.Width:], skin.row(y), left, right)
		}
		if to := len(p.lightness); to > from && 4*(to-from) >= (right-left)*(bottom-top) {
			p.cells = append(p.cells, p.angle(from, to))
		}
	}
	return p
}

// read reads the skin pixels of a row, from one pixel up to another.
func (p *skinPixels) read(pix []uint8, skin []uint64, left, right int) {
	for x := left; x < right; x++ {
		if skin[x/64]>>(x%64)&1 == 1 {
			lightness, yellow := labOf(pix[3*x], pix[3*x+1], pix[3*x+2])
			p.lightness, p.yellow = append(p.lightness, lightness), append(p.yellow, yellow)
		}
	}
}

// angle is that of the medians of some pixels.
func (p *skinPixels) angle(from, to int) float64 {
	lightness := median(p.lightness[from:to], 0, 100)
	yellow := median(p.yellow[from:to], -20, 80)
	return math.Atan2(lightness-50, yellow) * 180 / math.Pi
}

// median is the middle value, or the mean of the two in the middle. Values are counted in bins from least to most, the
// outer ones of which have what is beyond, and only those of the middle bins are put in order.
func median(values []float32, least, most float32) float64 {
	var room [2048]int32
	counts := room[:max(64, min(len(room), len(values)/16))]
	scale, last := float32(len(counts))/(most-least), len(counts)-1
	bin := func(v float32) int { return min(max(int((v-least)*scale), 0), last) }
	for _, v := range values {
		counts[bin(v)]++
	}
	low, high := (len(values)-1)/2, len(values)/2
	first, before := 0, 0
	for before+int(counts[first]) <= low {
		before += int(counts[first])
		first++
	}
	end, upTo := first, before+int(counts[first])
	for upTo <= high {
		end++
		upTo += int(counts[end])
	}
	middle := make([]float32, 0, upTo-before)
	for _, v := range values {
		if b := bin(v); b >= first && b <= end {
			middle = append(middle, v)
		}
	}
	slices.Sort(middle)
	return (float64(middle[low-before]) + float64(middle[high-before])) / 2
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
	Name   string
	Source string     // where the thresholds were published
	Least  [5]float64 // the angle above which types I to V lie
	AtLeast bool      // an angle equal to the first threshold is type I
}

// ToneScales are the sets of thresholds that are known, the default first.
func ToneScales() []ToneScale {
	return []ToneScale{
		{"groh2022", "", [5]float64{45, 28, 17, 5, -20}, true},
		{"delbino", "", [5]float64{55, 41, 28, 10, -30}, false},
		{"kinyanjui", "", [5]float64{55, 41, 28, 19, 10}, false},
	}
}

// Fitzpatrick is the type, 1 to 6, of an angle.
func (s ToneScale) Fitzpatrick(ita float64) int {
	for i, least := range s.Least {
		if ita > least {
			return i + 1
		}
	}
	return 6
}
