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
	tagJPEGTables      = 347
	tagCoefficients    = 529
	tagSubsampling     = 530
	tagBlackWhite      = 532
)

// What a sample stands for.
const (
	whiteIsZero   = 0
	blackIsZero   = 1
	rgbColour     = 2
	paletteColour = 3
	inks          = 5
	lumaAndChroma = 6
)

// What a sample beside the colours is.
const (
	multipliedAlpha = 1 // the colours are multiplied with it
	alphaApart      = 2
)

// A tiffPicture is what a directory says of its picture.
type tiffPicture struct {
	data          []byte
	directory     uint64 // where it is
	order         binary.ByteOrder
	width, height int
	samples, bits int // of a pixel, of a sample: 1, 2, 4, 8 or 16
	colour        uint64
	alpha         uint64  // 0 for none
	into          [][]int // where each sample of a pixel goes in the picture's; no place for one that says nothing
	palette       color.Palette
	compression   uint64
	predicted     bool   // samples are stored as differences to those of the pixel before
	lowFirst      bool   // of the bits of a byte, the lowest comes first
	planes        int    // 1 if all samples of a pixel are together, else one for each
	luma          bool   // its colours are stored as luma and chroma
	shared        [2]int // of how many pixels across and down there is one chroma sample; 1 if it is a JPEG
	tables        []byte // that its JPEGs share
	warnings      []Warning

	// A block is a strip, as wide as the picture, or a tile.
	tiled                   bool
	blockWidth, blockHeight int
	across, blocks          int // of a plane
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
	p := &tiffPicture{data: data, directory: t.first, order: t.order, width: h.width, height: h.height}
	if first.odd {
		p.warn(OddTags)
	}
	if err := p.read(first); err != nil {
		return h, err
	}
	if first.next != 0 {
		const thumbnail = 1 // a bit of NewSubfileType
		second, err := t.directory(first.next)
		h.animated = err == nil && second.first(tagSubfile)&thumbnail == 0
	}
	h.memory = int64(p.pixelBytes())*int64(h.width)*int64(h.height) + int64(p.rowBytes()) + unpackerBytes
	if p.lowFirst {
		h.memory += int64(len(data)) // turned before they are unpacked
	}
	if p.compression == jpegPacked { // samples, coefficients, copies; the data, put together twice
		h.memory += 20*int64(p.blockWidth)*int64(p.blockHeight) + 2*int64(len(data))
	}
	h.decode = func(s *source) (decoded, error) {
		m, err := p.decode(s)
		return decoded{Image: m, warnings: p.warnings}, err
	}
	return h, nil
}

func (p *tiffPicture) warn(w Warning) {
	if !slices.Contains(p.warnings, w) {
		p.warnings = append(p.warnings, w)
	}
}

// read notes what the tags say. What TIFF allows and decode does not know is an unsupported format.
func (p *tiffPicture) read(d tiffDirectory) error {
	for _, tag := range []uint16{tagBitsPerSample, tagColourMap} {
		if v := d.tags[tag]; uint64(len(v.bytes)) < v.count*uint64(v.size) {
			return truncated("ends within the values of tag %d", tag)
		}
	}
	if err := p.readSamples(d); err != nil {
		return err
	}
	p.colour, p.compression, p.lowFirst = d.first(tagPhotometric),
		max(d.first(tagCompression), notPacked), d.first(tagFillOrder) == 2
	p.predicted, p.planes = d.first(tagPredictor) == 2, 1
	if d.first(tagPlanar) == 2 {
		p.planes = p.samples
	}
	if err := p.known(d); err != nil {
		return err
	}
	p.shared = [2]int{1, 1}
	if p.colour == lumaAndChroma {
		p.colour, p.luma = rgbColour, true
		if p.compression != jpegPacked {
			if err := p.readLuma(d); err != nil {
				return err
			}
		}
	}
	p.tables = jpegTables(d.tags[tagJPEGTables].bytes)
	p.place(d)
	if p.colour == paletteColour {
		if err := p.readPalette(d.tags[tagColourMap]); err != nil {
			return err
		}
	}
	return p.readBlocks(d)
}

// readSamples notes how many samples a pixel has, all of as many bits. As in libtiff one number of bits may stand for
// all samples, and those that are too many are left out of account.
func (p *tiffPicture) readSamples(d tiffDirectory) error {
	bits, said := d.tags[tagBitsPerSample]
	p.bits = 1
	if said {
		p.bits = int(min(bits.at(0), math.MaxUint16))
	}
	samples := max(bits.count, 1)
	if n := d.first(tagSamplesPerPixel); n > 0 {
		if said && n != bits.count {
			if bits.count > 1 && bits.count < n {
				return corrupt("has %d samples a pixel, and bits for %d", n, bits.count)
			}
			p.warn(OddTags)
		}
		samples = n
	}
	p.samples = int(min(samples, math.MaxUint16))
	for i := 1; i < p.samples && uint64(i) < bits.count; i++ {
		if bits.at(i) != bits.at(0) {
			return tiffUnsupported("samples of %d and %d bits", bits.at(0), bits.at(i))
		}
	}
	if p.bits == 0 {
		return corrupt("has samples of no bits")
	}
	return nil
}

// colours is how many samples of a pixel are colours.
func (p *tiffPicture) colours() int {
	switch p.colour {
	case rgbColour, lumaAndChroma:
		return 3
	case inks:
		return 4
	}
	return 1
}

// known says whether decode knows pictures of this kind.
func (p *tiffPicture) known(d tiffDirectory) error {
	const most = 8 // samples
	colours, fax, jpeg := p.colours(), p.compression == ccittGroup3 || p.compression == ccittGroup4,
		p.compression == jpegPacked
	switch predictor := d.first(tagPredictor); {
	case p.colour == lumaAndChroma && (p.bits != 8 || p.samples != 3 || p.planes > 1 || p.predicted):
		return tiffUnsupported("luma and chroma in %d samples of %d bits", p.samples, p.bits)
	case p.colour > paletteColour && p.colour != inks && p.colour != lumaAndChroma:
		return tiffUnsupported("colours of kind %d", p.colour)
	case p.samples < colours:
		return corrupt("has %d samples a pixel, want %d", p.samples, colours)
	case p.samples > most, p.samples > 1 && p.colour == whiteIsZero:
		return tiffUnsupported("%d samples a pixel of colours of kind %d", p.samples, p.colour)
	case p.bits != 8 && (p.bits != 16 || p.colour == paletteColour) &&
		(p.bits != 1 && p.bits != 2 && p.bits != 4 || p.samples > 1):
		return tiffUnsupported("samples of %d bits", p.bits)
	case d.first(tagSampleFormat) > 1:
		return tiffUnsupported("samples that are no whole numbers")
	case !slices.Contains(tiffPackings, p.compression):
		return tiffUnsupported("compression %d", p.compression)
	case jpeg && (p.bits != 8 || p.samples != colours || p.planes > 1 || p.colour == paletteColour):
		return tiffUnsupported("JPEG of %d samples of %d bits of colours of kind %d", p.samples, p.bits, p.colour)
	case fax && p.bits != 1:
		return tiffUnsupported("samples of %d bits that are packed as fax", p.bits)
	case p.compression == ccittGroup3 && d.first(tagT4Options)&1 != 0:
		return tiffUnsupported("two-dimensional CCITT group 3")
	case predictor > 2 || p.predicted && p.bits < 8:
		return tiffUnsupported("predictor %d for samples of %d bits", predictor, p.bits)
	}
	return nil
}

func tiffUnsupported(format string, args ...any) error {
	return unsupported("TIFF with "+format+" is not decoded; convert it to PNG", args...)
}

// place finds where each sample goes, by how many there are and what the first beside the colours is said to be. Of
// four whose last is not said to be anything, it is the alpha, as Pillow has it.
func (p *tiffPicture) place(d tiffDirectory) {
	colours, kinds := p.colours(), d.tags[tagExtraSamples]
	if kind := kinds.at(0); p.samples > colours && p.colour != inks && p.colour != paletteColour {
		p.alpha = kind
		if kind > alphaApart || kinds.count == 0 && p.samples == 4 {
			p.alpha = alphaApart
		}
	}
	p.into = make([][]int, p.samples)
	for i := range colours {
		p.into[i] = []int{i}
	}
	if p.alpha != 0 {
		if p.into[colours] = []int{3}; colours == 1 {
			p.into[0] = []int{0, 1, 2}
		}
	}
}

func (p *tiffPicture) readPalette(v tiffValues) error {
	n := int(min(v.count/3, 257))
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
	rows := d.tags[tagRowsPerStrip]
	if rows.count > 0 && rows.at(0) > 0 {
		p.blockHeight = min(p.height, side(rows.at(0)))
	}
	if width := d.first(tagTileWidth); width > 0 {
		p.tiled, p.blockWidth, p.blockHeight, p.offsets, p.counts = true, side(width), side(d.first(tagTileHeight)),
			d.tags[tagTileOffsets], d.tags[tagTileBytes]
		// A tile may stand over the picture, but what it takes must not be up to it alone.
		const small = 1024
		if p.blockHeight == 0 || p.blockWidth > max(p.width+16, small) || p.blockHeight > max(p.height+16, small) {
			return corrupt("has tiles of %d×%d, and %d×%d pixels", p.blockWidth, p.blockHeight, p.width, p.height)
		}
	} else if rows.count > 0 && rows.at(0) == 0 {
		return corrupt("has strips of no rows")
	}
	p.across = (p.width-1)/p.blockWidth + 1
	blocks := uint64(p.across) * uint64((p.height-1)/p.blockHeight+1)
	p.blocks = int(blocks)
	blocks *= uint64(p.planes)
	if p.counts.count == 0 {
		if p.blocks > 1 && p.compression != notPacked {
			return corrupt("has %d strips or tiles that are packed, and says the size of none", blocks)
		}
		p.warn(OddSizes) // they are as long as they need to be
	}
	for _, v := range []tiffValues{p.offsets, p.counts} {
		if v.count < blocks && (v.count > 0 || len(p.offsets.bytes) == 0) {
			return corrupt("has %d strips or tiles, and places or sizes of %d", blocks, v.count)
		}
		if v.count > 0 && uint64(len(v.bytes)) < blocks*uint64(v.size) {
			return truncated("ends within the table of its strips or tiles")
		}
	}
	return nil
}
