package images

import (
	"bytes"
	"image"
	"slices"

	"github.com/dermset/dermset/images/jpeg"
)

// jpegTables are the tables that all blocks of a picture share, from a JPEG that has nothing else (TIFF Technical Note
// 2): without its beginning and its end.
func jpegTables(whole []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimPrefix(whole, []byte{0xff, 0xd8}), []byte{0xff, 0xd9})
}

// jpegBlock brings a block that is a JPEG into the picture. What its colours are the TIFF says, which Adobe's segment
// tells the decoder.
func (p *tiffPicture) jpegBlock(pix []byte, block int) error {
	left, top, right, bottom := p.part(block)
	body, short, err := p.packed(block, bottom-top)
	switch {
	case err != nil:
		return err
	case len(body) < 2:
		return short
	case body[0] != 0xff || body[1] != 0xd8:
		return corrupt("strip or tile %d is no JPEG", block)
	}
	adobe := []byte("\xff\xd8\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00")
	if p.luma {
		adobe[len(adobe)-1] = 1
	}
	data := slices.Concat(adobe, p.tables, body[2:])
	h, err := jpeg.ReadHeader(data)
	const fill = 15 // to whole blocks of the JPEG
	switch {
	case err != nil:
		return err
	case h.Width < right-left || h.Height < bottom-top || h.Width > p.blockWidth+fill || h.Height > p.blockHeight+fill:
		return corrupt("strip or tile %d is a JPEG of %d×%d, want %d×%d",
			block, h.Width, h.Height, p.blockWidth, p.blockHeight)
	}
	picture, err := jpeg.Decode(data)
	if err != nil {
		return err
	}
	defer picture.Release()
	pixel := p.pixelBytes()
	for y := range bottom - top {
		if !p.putJPEG(pix[((top+y)*p.width+left)*pixel:((top+y)*p.width+right)*pixel], picture.Image, y) {
			return corrupt("strip or tile %d is a JPEG of other colours", block)
		}
	}
	return nil
}

// putJPEG brings a row of a JPEG into the form of the picture, or says that it is of other colours.
func (p *tiffPicture) putJPEG(dst []byte, m image.Image, y int) bool {
	switch m := m.(type) {
	case *image.Gray:
		copy(dst, m.Pix[y*m.Stride:])
		for i := range dst {
			if p.colour == whiteIsZero {
				dst[i] = ^dst[i]
			}
		}
		return p.samples == 1
	case *image.RGBA:
		copy(dst, m.Pix[y*m.Stride:])
		return p.colour == rgbColour
	case *image.YCbCr:
		// Red, green and blue come to the end of their place, and from there to their pixels.
		n := len(dst) / 4
		jpeg.RGBRow(m, y, 0, n, dst[n:])
		for x := range n {
			copy(dst[4*x:4*x+3], dst[n+3*x:])
			dst[4*x+3] = 255
		}
		return p.colour == rgbColour
	case *image.CMYK:
		for x, ink := range m.Pix[y*m.Stride:][:len(dst)] {
			dst[x] = ^ink // in a TIFF 0 is none, which the decoder takes for Adobe's 255
		}
		return p.colour == inks
	}
	return false
}
