package images

import (
	"encoding/binary"
	"image/color"
	"math"
	"slices"
)

// Tags of TIFF 6.0.
const (
	tagSubfile         = 254
	tagWidth           = 256
	tagHeight          = 257
	tagBitsPerSample   = 258
	tagCompression     = 259
	tagPhotometric     = 262
	tagFillOrder       = 266
	tagStripOffsets    = 273
	tagSamplesPerPixel = 277
	tagRowsPerStrip    = 278
	tagStripBytes      = 279
	tagPlanar          = 284
	tagT4Options       = 292
	tagPredictor       = 317
	tagColourMap       = 320
	tagTileWidth       = 322
	tagTileHeight      = 323
	tagTileOffsets     = 324
	tagTileBytes       = 325
	tagExtraSamples    = 338
	tagSampleFormat    = 339
)

// What a sample stands for.
const (
	whiteIsZero = iota
	blackIsZero
	rgbColour
	paletteColour
)

// A tiffPicture is what a directory says of its picture.
type tiffPicture struct {
	data          []byte
	order         binary.ByteOrder
	width, height int
	samples, bits int // of a pixel, of a sample: 1, 8 or 16
	colour        uint32
	alpha         uint32 // 1: the colours are multiplied with it, 2: they are not
	palette       color.Palette
	compression   uint32
	predicted     bool // samples are stored as differences to those of the pixel before
	lowFirst      bool // of CCITT's codes, the lowest bit comes first

	// A block is a strip, as wide as the picture, or a tile.
	tiled                   bool
	blockWidth, blockHeight int
	across, blocks          int
	offsets, counts         tiffValues
}

// readTIFF reads the first directory, which is the picture, and looks whether a further page follows.
func readTIFF(data []byte) (header, error) {
	h := header{orientation: 1}
	t, err := openTIFF(data)
	if err != nil {
		return h, err
	}
	first, err := t.directory(t.first)
	h.width, h.height, h.orientation = side(first.first(tagWidth)), side(first.first(tagHeight)), first.orientation()
	if err != nil || h.width == 0 || h.height == 0 {
		return h, err
	}
	p := &tiffPicture{data: data, order: t.order, width: h.width, height: h.height}
	if err := p.read(first); err != nil {
		return h, err
	}
	if first.next != 0 {
		const thumbnail = 1 // a bit of NewSubfileType
		second, err := t.directory(first.next)
		h.animated = err == nil && second.first(tagSubfile)&thumbnail == 0
	}
	h.memory = int64(p.pixelBytes())*int64(h.width)*int64(h.height) + int64(p.rowBytes()) + unpackerBytes
	h.decode = func(s *source) (decoded, error) {
		m, err := p.decode(s)
		return decoded{Image: m}, err
	}
	return h, nil
}

// read notes what the tags say. What TIFF allows and decode does not know is an unsupported format.
func (p *tiffPicture) read(d tiffDirectory) error {
	if !d.sorted {
		return corrupt("its tags are not in ascending order")
	}
	for _, tag := range []uint16{tagBitsPerSample, tagColourMap} {
		if v := d.tags[tag]; int64(len(v.bytes)) < int64(v.count)*int64(v.size) {
			return truncated("ends within the values of tag %d", tag)
		}
	}
	bits, said := d.tags[tagBitsPerSample]
	p.samples, p.bits = 1, 1
	if said {
		p.samples, p.bits = int(min(bits.count, math.MaxUint16)), int(min(bits.at(0), math.MaxUint16))
	}
	if n, said := d.tags[tagSamplesPerPixel]; said && int64(n.at(0)) != int64(p.samples) {
		return corrupt("has %d samples a pixel, and bits for %d", n.at(0), p.samples)
	}
	for i := 1; i < p.samples; i++ {
		if bits.at(i) != bits.at(0) {
			return tiffUnsupported("samples of %d and %d bits", bits.at(0), bits.at(i))
		}
	}
	if p.bits == 0 {
		return corrupt("has samples of no bits")
	}
	p.colour, p.compression, p.lowFirst = d.first(tagPhotometric),
		max(d.first(tagCompression), notPacked), d.first(tagFillOrder) == 2
	p.predicted, p.alpha = d.first(tagPredictor) == 2, d.first(tagExtraSamples)
	if err := p.known(d); err != nil {
		return err
	}
	if p.colour == paletteColour {
		if err := p.readPalette(d.tags[tagColourMap]); err != nil {
			return err
		}
	}
	return p.readBlocks(d)
}

// known says whether decode knows pictures of this kind.
func (p *tiffPicture) known(d tiffDirectory) error {
	colours, fax := 1, p.compression == ccittGroup3 || p.compression == ccittGroup4
	if p.colour == rgbColour {
		colours = 3
	}
	switch predictor := d.first(tagPredictor); {
	case p.colour > paletteColour:
		return tiffUnsupported("colours of kind %d", p.colour)
	case d.first(tagPlanar) == 2 && p.samples > 1:
		return tiffUnsupported("a plane for each colour")
	case p.samples < colours:
		return corrupt("has %d samples a pixel, want %d", p.samples, colours)
	case p.samples > colours && !(colours == 3 && p.samples == 4 && (p.alpha == 1 || p.alpha == 2)):
		return tiffUnsupported("%d samples a pixel that are not only colours and alpha", p.samples)
	case p.bits != 8 && (p.bits != 16 || p.colour == paletteColour) && (p.bits != 1 || colours == 3):
		return tiffUnsupported("samples of %d bits", p.bits)
	case d.first(tagSampleFormat) > 1:
		return tiffUnsupported("samples that are no whole numbers")
	case !slices.Contains(tiffPackings, p.compression):
		return tiffUnsupported("compression %d", p.compression)
	case fax && p.bits != 1:
		return tiffUnsupported("samples of %d bits that are packed as fax", p.bits)
	case p.compression == ccittGroup3 && d.first(tagT4Options)&1 != 0:
		return tiffUnsupported("two-dimensional CCITT group 3")
	case p.lowFirst && !fax:
		return tiffUnsupported("the lowest bit first")
	case predictor > 2 || p.predicted && p.bits == 1:
		return tiffUnsupported("predictor %d for samples of %d bits", predictor, p.bits)
	}
	return nil
}

func tiffUnsupported(format string, args ...any) error {
	return unsupported("TIFF with "+format+" is not decoded; convert it to PNG", args...)
}

func (p *tiffPicture) readPalette(v tiffValues) error {
	n := int(v.count / 3)
	if v.count%3 != 0 || n < 1 || n > 256 {
		return corrupt("has a table of %d values for its colours, want 3 a colour, for 1 to 256", v.count)
	}
	for i := range n {
		p.palette = append(p.palette, color.RGBA64{uint16(v.at(i)), uint16(v.at(i + n)), uint16(v.at(i + 2*n)), 0xffff})
	}
	return nil
}

// readBlocks finds out how the picture is cut into strips or tiles, and where they are.
func (p *tiffPicture) readBlocks(d tiffDirectory) error {
	p.blockWidth, p.blockHeight, p.offsets, p.counts = p.width, p.height, d.tags[tagStripOffsets], d.tags[tagStripBytes]
	if rows := d.first(tagRowsPerStrip); rows > 0 {
		p.blockHeight = min(p.height, side(rows))
	}
	if width := d.first(tagTileWidth); width > 0 {
		p.tiled, p.blockWidth, p.blockHeight, p.offsets, p.counts = true, side(width), side(d.first(tagTileHeight)),
			d.tags[tagTileOffsets], d.tags[tagTileBytes]
		// A tile may stand over the picture, but what it takes must not be up to it alone.
		const small = 1024
		if p.blockHeight == 0 || p.blockWidth > max(p.width+16, small) || p.blockHeight > max(p.height+16, small) {
			return corrupt("has tiles of %d×%d, and %d×%d pixels", p.blockWidth, p.blockHeight, p.width, p.height)
		}
	}
	p.across = (p.width-1)/p.blockWidth + 1
	blocks := int64(p.across) * int64((p.height-1)/p.blockHeight+1)
	for _, v := range []tiffValues{p.offsets, p.counts} {
		if int64(v.count) < blocks {
			return corrupt("has %d strips or tiles, and places or sizes of %d", blocks, v.count)
		}
		if int64(len(v.bytes)) < blocks*int64(v.size) {
			return truncated("ends within the table of its strips or tiles")
		}
	}
	p.blocks = int(blocks)
	return nil
}
