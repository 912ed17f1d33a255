package images

import (
	"encoding/binary"
	"math"
)

// Luma and chroma that are no JPEG (TIFF 6.0, section 21): for so many pixels across and down their luma, and one blue
// and one red difference.

// readLuma notes how many pixels share their chroma. What the samples stand for otherwise than in JPEG is unsupported.
func (p *tiffPicture) readLuma(d tiffDirectory) error {
	p.shared = [2]int{2, 2}
	if sampling, said := d.tags[tagSubsampling]; said {
		p.shared = [2]int{int(min(sampling.at(0), 5)), int(min(sampling.at(1), 5))}
	}
	for _, n := range p.shared {
		if n != 1 && n != 2 && n != 4 {
			return corrupt("has a chroma sample for %d×%d pixels", p.shared[0], p.shared[1])
		}
	}
	for tag, usual := range map[uint16][]float64{
		tagCoefficients: {0.299, 0.587, 0.114}, tagBlackWhite: {0, 255, 128, 255, 128, 255},
	} {
		for i, want := range usual {
			if v, said := d.tags[tag]; said && math.Abs(v.ratio(i)-want) > 0.001 {
				return tiffUnsupported("luma and chroma of another kind than JPEG's")
			}
		}
	}
	return nil
}

// ratio is one of the values of a tag that are fractions.
func (v tiffValues) ratio(i int) float64 {
	pair := v.at(i)
	above, below := uint32(pair), uint32(pair>>32)
	if v.order == binary.BigEndian {
		above, below = below, above
	}
	return float64(above) / float64(below)
}

// putLuma brings a row of units into the picture, of whose pixel rows the first is dst, as long as there are some.
func (p *tiffPicture) putLuma(pix []byte, row []byte, left, right, top, bottom int) {
	across, down := p.shared[0], p.shared[1]
	unit := across*down + 2
	for y := top; y < min(top+down, bottom); y++ {
		for x := left; x < right; x++ {
			u := row[(x-left)/across*unit:][:unit]
			at := 4 * (y*p.width + x)
			pix[at], pix[at+1], pix[at+2] = lumaColour(u[(y-top)*across+(x-left)%across], u[unit-2], u[unit-1])
			pix[at+3] = 255
		}
	}
}

// lumaColour is the colour of a luma and its differences of blue and red as libtiff gives it (tif_color.c), which
// rounds 0.344136, where libjpeg rounds 0.34414.
func lumaColour(y, cb, cr uint8) (r, g, b uint8) {
	const half = 1 << 15
	luma, blue, red := int32(y), int32(cb)-128, int32(cr)-128
	colour := func(v int32) uint8 { return uint8(min(max(luma+(v+half)>>16, 0), 255)) }
	return colour(91881 * red), colour(-22553*blue - 46802*red), colour(116130 * blue)
}
