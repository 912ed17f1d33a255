package pictures

import (
	"encoding/binary"
	"encoding/hex"

	"github.com/dermset/dermset/images"
)

// Twins is the looker that tells by what equal pictures and near duplicates are found: the SHA-256 of the upright
// pixels, and the perceptual hashes of the upright picture, its mirror left to right, its mirror top to bottom and its
// half turn, the high byte first. A picture of one colour is nobody's twin: all is zero. In one of which no contrast is
// left in 32×32 the hashes are.
var Twins = Looker{
	Name:    "twins1-" + images.Decoder,
	Columns: []string{"pixels and hashes"},
	Bytes:   printedBytes,
	Look: func(p *Picture) []string {
		var found printed
		if p.Verdict != images.Blank {
			found.pixels = images.PixelSum(p.Stored, p.Orientation)
			if square := p.Square(); !square.Flat() {
				found.hashes = square.Hashes()
			}
		}
		return []string{string(found.bytes())}
	},
}

// A printed is what a fact of Twins says.
type printed struct {
	pixels [32]byte
	hashes [4]uint64
}

const printedBytes = 32 + 4*8

func (p *printed) bytes() []byte {
	all := append(make([]byte, 0, printedBytes), p.pixels[:]...)
	for _, hash := range p.hashes {
		all = binary.BigEndian.AppendUint64(all, hash)
	}
	return all
}

// Print is what near duplicates of a content are found by: images.Square.Hashes. There is none of a picture without
// contrast, of what could not be decoded, or where nobody has looked.
func (f *Facts) Print(content [32]byte) (hashes [4]uint64, has bool) {
	p := f.printed(content)
	return p.hashes, p.hashes[0] != 0 // the first frequency is above the median of any picture that is not black
}

// Pixels is the SHA-256 of the upright pixels of a content, in hex; empty of a picture of one colour, of what could not
// be decoded, or where nobody has looked.
func (f *Facts) Pixels(content [32]byte) string {
	p := f.printed(content)
	if p.pixels == ([32]byte{}) {
		return ""
	}
	return hex.EncodeToString(p.pixels[:])
}

func (f *Facts) printed(content [32]byte) (p printed) {
	if all, known := f.open(Twins.Name).bytes().Get(content); known {
		copy(p.pixels[:], all)
		for i := range p.hashes {
			p.hashes[i] = binary.BigEndian.Uint64(all[len(p.pixels)+8*i:])
		}
	}
	return p
}
