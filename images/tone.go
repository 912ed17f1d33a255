package images

// A Tone is the colour of the skin that a picture shows.
type Tone struct {
	ITA      float64 // individual typology angle, degrees; 0 where no pixel is skin
	Skin     float64 // share of the picture's pixels that are skin
	Spread   float64 // interquartile range of the angle over a grid of cells, degrees
	Abstains string  // why the angle says nothing of the person: see Abstentions; empty if it does
}

// Why a picture has no tone. The first that applies is given.
const (
	NoColour      = "no_colour"       // it is grey
	TooLittleSkin = "too_little_skin" // too few pixels are skin
	WideSpread    = "spread"          // the angle differs too much from place to place
)

// Where says where skin is looked for: outside the mask (or, if Inside, inside it) and outside the boxes, which are
// those of the upright picture. The mask has the picture's size; nil is none.
type Where struct {
	Mask   *Mask
	Inside bool
	Boxes  []Box
}

// ToneOf is the tone of a reduced picture.
func ToneOf(r *Reduced, where Where) Tone { return Tone{Abstains: TooLittleSkin} }

// A ToneScale tells the Fitzpatrick type of an angle.
type ToneScale struct {
	Name   string
	Source string     // where its thresholds were published
	Above  [5]float64 // type i+1 is what is above Above[i], and below the one before
}

// ToneScales are all published sets of thresholds that are known, the default first.
func ToneScales() []ToneScale {
	return []ToneScale{
		{"groh2022", "", [5]float64{45, 28, 17, 5, -20}},
		{"delbino", "", [5]float64{55, 41, 28, 10, -30}},
		{"kinyanjui", "", [5]float64{55, 41, 28, 19, 10}},
	}
}

// Fitzpatrick is the type, 1 to 6, of an angle.
func (s ToneScale) Fitzpatrick(ita float64) int {
	for i, above := range s.Above {
		if ita > above {
			return i + 1
		}
	}
	return 6
}

const ToneVersion, MaskVersion, KindVersion = "1", "1", "1"
