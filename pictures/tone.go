package pictures

import (
	"strconv"

	"github.com/dermset/dermset/images"
)

// Tone is the looker that measures the skin's tone: outside the mask of a lesion and the rectangles that people drew,
// or inside a mask of skin.
var Tone = Looker{
	Name:    "tone2-" + images.Decoder,
	Columns: []string{"ita", "skin", "spread", "abstains"},
	Beside:  besideTone,
	Look:    toneFields,
}

// NoMask is why no tone is measured where only a mask of skin says where to look, and it cannot be used.
const NoMask = "no_mask"

// besideTone names the mask and the rectangles. A mask of anything else than lesion or skin is left aside. Where a mask
// of skin is not here, nobody knows where to look.
func besideTone(f *File) (name string, asks bool) {
	if f.LacksSkinMask() {
		return "", false
	}
	if f.Mask.here() && f.Mask.Shows != "other" {
		name = f.Mask.Shows + " " + f.Mask.name()
	}
	if f.Marks.Name != "" {
		name += " marks " + f.Marks.Name
	}
	return name, true
}

func toneFields(p *Picture) []string {
	where := images.Where{Boxes: p.marks()}
	if p.File.Mask.here() && p.File.Mask.Shows != "other" {
		where.Inside = p.File.Mask.Shows == "skin"
		if where.Mask = p.Outline(); where.Mask == nil && where.Inside {
			return []string{"", decimal(0, 4), decimal(0, 4), NoMask}
		}
	}
	tone := images.ToneOf(p.Small(), where)
	ita := ""
	if tone.Skin > 0 {
		ita = decimal(tone.ITA, 4)
	}
	return []string{ita, decimal(tone.Skin, 4), decimal(tone.Spread, 4), tone.Abstains}
}

// marks are the rectangles that people drew, on the upright picture.
func (p *Picture) marks() []images.Box {
	if p.File.Marks.Name == "" {
		return nil
	}
	return p.File.Marks.On(p.Result)
}

func decimal(x float64, digits int) string { return strconv.FormatFloat(x, 'f', digits, 64) }
