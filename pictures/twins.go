package pictures

import (
	"encoding/hex"
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
