package pictures

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/dermset/dermset/images"
)

// Twins is the looker that tells by what equal pictures and near duplicates are found: the SHA-256 of the upright
// pixels, and the perceptual hashes of the upright picture, its mirror left to right, its mirror top to bottom and its
// half turn, with spaces between them. A picture of one colour is nobody's twin: both are empty. One that has no
// contrast left in 32×32 has no hashes.
var Twins = Looker{
	Name:    "twins1-" + images.Decoder,
	Columns: []string{"pixels", "hashes"},
	Look: func(p *Picture) []string {
		if p.Verdict == images.Blank {
			return []string{"", ""}
		}
		sum := images.PixelSum(p.Stored, p.Orientation)
		return []string{hex.EncodeToString(sum[:]), hashesText(p.Square())}
	},
}

func hashesText(s *images.Square) string {
	if s.Flat() {
		return ""
	}
	var texts []string
	for _, hash := range s.Hashes() {
		texts = append(texts, hashText(hash))
	}
	return strings.Join(texts, " ")
}

// Print is what twins of a content are found by: the hashes of its picture upright, mirrored left to right, mirrored
// top to bottom and turned by a half. There is none of a picture without contrast, or that nobody has looked at.
func (f *Facts) Print(content [32]byte) (hashes [4]uint64, has bool) {
	texts := strings.Fields(f.twins(content)[1])
	for i, text := range texts {
		hashes[i], _ = strconv.ParseUint(text, 16, 64)
	}
	return hashes, len(texts) == len(hashes)
}

// Pixels is the SHA-256 of the upright pixels of a content, in hex; empty if they show nobody or nobody has looked.
func (f *Facts) Pixels(content [32]byte) string { return f.twins(content)[0] }

func (f *Facts) twins(content [32]byte) []string {
	if fields, known := f.open(Twins.Name).text().Get(content); known {
		return fields
	}
	return make([]string, len(Twins.Columns))
}
