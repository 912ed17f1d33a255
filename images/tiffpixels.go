package images

import (
	"bytes"
	stdlzw "compress/lzw"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"image"
	"io"
	"math/bits"

	"golang.org/x/image/ccitt"
	"golang.org/x/image/tiff/lzw"
)

// Pixels of a TIFF are unpacked row by row, straight into the picture. golang.org/x/image/tiff unpacks a strip at once,
// into memory that grows; a strip may be the whole picture, and then takes three times as much as its pixels.

// How the data are packed.
const (
	notPacked   = 1
	ccittGroup3 = 3
	ccittGroup4 = 4
	lzwPacked   = 5
	jpegPacked  = 7
	deflate     = 8
	packBits    = 32773
	deflateOld  = 32946
)

var tiffPackings = []uint64{notPacked, ccittGroup3, ccittGroup4, lzwPacked, jpegPacked, deflate, packBits,
	deflateOld}

// unpackerBytes is what unpacking takes beside a row.
const unpackerBytes = 128 << 10

// sampleBytes is what a sample takes as it is stored, or when its bits are apart.
func (p *tiffPicture) sampleBytes() int { return (p.bits + 7) / 8 }

// pixelBytes is what a pixel takes in the picture: red, green and blue are given an alpha, and inks have 8 bits.
func (p *tiffPicture) pixelBytes() int {
	switch {
	case p.colour == inks:
		return 4
	case p.colour == rgbColour || p.alpha != 0:
		return 4 * p.sampleBytes()
	}
	return p.sampleBytes()
}

// together is how many samples of a pixel stand side by side.
func (p *tiffPicture) together() int { return p.samples / p.planes }

// rowBytes is what a row of a block takes as it is stored, or as many rows as share their chroma.
func (p *tiffPicture) rowBytes() int {
	if p.luma {
		return ((p.blockWidth-1)/p.shared[0] + 1) * (p.shared[0]*p.shared[1] + 2)
	}
	return (p.blockWidth*p.together()*p.bits + 7) / 8
}

func (p *tiffPicture) newImage() (image.Image, []byte) {
	box, wide := image.Rect(0, 0, p.width, p.height), p.bits == 16
	switch {
	case p.colour == paletteColour:
		m := image.NewPaletted(box, p.palette)
		return m, m.Pix
	case p.colour == inks:
		m := image.NewCMYK(box)
		return m, m.Pix
	case p.alpha != 0 && wide:
		m := image.NewNRGBA64(box)
		return m, m.Pix
	case p.alpha != 0:
		m := image.NewNRGBA(box)
		return m, m.Pix
	case p.colour == rgbColour && wide:
		m := image.NewRGBA64(box)
		return m, m.Pix
	case p.colour == rgbColour:
		m := image.NewRGBA(box)
		return m, m.Pix
	case wide:
		m := image.NewGray16(box)
		return m, m.Pix
	}
	m := image.NewGray(box)
	return m, m.Pix
}

func (p *tiffPicture) decode(s *source) (image.Image, error) {
	m, pix := p.newImage()
	row := make([]byte, p.rowBytes())
	var unpack tiffUnpacker
	for plane := range p.planes {
		for i := range p.blocks {
			if err := p.decodeBlock(s, &unpack, pix, row, plane, i); err != nil {
				return nil, err
			}
		}
	}
	if p.alpha == multipliedAlpha {
		p.divide(pix)
	}
	return m, nil
}

// part is what a block of a plane shows of the picture.
func (p *tiffPicture) part(block int) (left, top, right, bottom int) {
	left, top = block%p.across*p.blockWidth, block/p.across*p.blockHeight
	return left, top, min(left+p.blockWidth, p.width), min(top+p.blockHeight, p.height)
}

// decodeBlock brings a block of a plane into the picture. The row is room for one of them.
func (p *tiffPicture) decodeBlock(s *source, unpack *tiffUnpacker, pix, row []byte, plane, i int) error {
	if p.compression == jpegPacked {
		if err := s.late(); err != nil {
			return err
		}
		return p.jpegBlock(pix, i)
	}
	left, top, right, bottom := p.part(i)
	rows, pixel := p.blockHeight, p.pixelBytes()
	if !p.tiled {
		rows = bottom - top // the last strip is cut, the last tile is not
	}
	block, err := unpack.open(p, plane*p.blocks+i, rows)
	if err != nil {
		return err
	}
	for y := top; y < bottom; y += p.shared[1] {
		if err := s.late(); err != nil {
			return err
		}
		if _, err := io.ReadFull(block, row); err != nil {
			return err
		}
		if p.luma {
			p.putLuma(pix, row, left, right, y, bottom)
		} else if err := p.put(pix[(y*p.width+left)*pixel:(y*p.width+right)*pixel], row, plane); err != nil {
			return err
		}
	}
	hidden := (rows+p.shared[1]-1)/p.shared[1] - (bottom-top+p.shared[1]-1)/p.shared[1]
	return block.finish(p, int64(hidden)*int64(len(row)))
}

// put brings a row into the form of the picture, whose 16-bit samples have their high byte first. It changes the row.
func (p *tiffPicture) put(dst, row []byte, plane int) error {
	if p.bits == 16 && p.order == binary.LittleEndian {
		for i := 1; i < len(row); i += 2 {
			row[i-1], row[i] = row[i], row[i-1]
		}
	}
	if p.predicted {
		p.unpredict(row)
	}
	switch size := p.sampleBytes(); {
	case p.bits < 8:
		p.apart(dst, row)
	case p.samples == 3 && p.planes == 1:
		for n := 3 * size; len(dst) > 0; dst, row = dst[n+n/3:], row[n:] {
			copy(dst, row[:n])
			for i := n; i < n+n/3; i++ {
				dst[i] = 255
			}
		}
	case p.samples == 1, p.samples == 4 && p.planes == 1 && size*4 == p.pixelBytes() && (p.colour == inks || p.alpha != 0):
		copy(dst, row)
	default:
		p.spread(dst, row, plane)
	}
	if p.colour == whiteIsZero {
		for i := range dst {
			dst[i] = ^dst[i]
		}
	}
	if p.colour == paletteColour {
		for _, index := range dst {
			if int(index) >= len(p.palette) {
				return corrupt("has a pixel of colour %d, of %d", index, len(p.palette))
			}
		}
	}
	return nil
}

// apart gives each sample of less than 8 bits a byte: of a palette the index, else the shade.
func (p *tiffPicture) apart(dst, row []byte) {
	most, shade := byte(1)<<p.bits-1, byte(1)
	if p.colour != paletteColour {
		shade = 255 / most
	}
	for x := range dst {
		at := x * p.bits
		dst[x] = row[at/8] >> (8 - p.bits - at%8) & most * shade
	}
}

// spread brings the samples of a row to their places, one after another: those of a plane, or all of a pixel.
func (p *tiffPicture) spread(dst, row []byte, plane int) {
	size, pixel := p.sampleBytes(), p.pixelBytes()
	out := max(1, pixel/4)
	if pixel <= 2 {
		out = pixel
	}
	step := p.together() * size
	for i := range p.together() {
		for _, channel := range p.into[plane+i] {
			for from, to := i*size, channel*out; to < len(dst); from, to = from+step, to+pixel {
				copy(dst[to:to+out], row[from:])
			}
		}
	}
	if plane == 0 && p.colour == rgbColour && p.alpha == 0 {
		for at := 3 * out; at < len(dst); at += pixel {
			for i := range out {
				dst[at+i] = 255
			}
		}
	}
}

// divide takes the alpha out of the colours that are multiplied with it, rounding down as Pillow does.
func (p *tiffPicture) divide(pix []byte) {
	if p.bits == 8 {
		for ; len(pix) >= 4; pix = pix[4:] {
			if a := uint32(pix[3]); a > 0 {
				for i := range 3 {
					pix[i] = byte(min(255, uint32(pix[i])*255/a))
				}
			}
		}
		return
	}
	for ; len(pix) >= 8; pix = pix[8:] {
		if a := uint32(binary.BigEndian.Uint16(pix[6:])); a > 0 {
			for i := 0; i < 6; i += 2 {
				v := min(0xffff, uint32(binary.BigEndian.Uint16(pix[i:]))*0xffff/a)
				binary.BigEndian.PutUint16(pix[i:], uint16(v))
			}
		}
	}
}

// unpredict adds to each sample that of the pixel before (TIFF 6.0, section 14).
func (p *tiffPicture) unpredict(row []byte) {
	n := p.together()
	if p.bits == 8 {
		for i := n; i < len(row); i++ {
			row[i] += row[i-n]
		}
		return
	}
	for i := 2 * n; i < len(row); i += 2 {
		binary.BigEndian.PutUint16(row[i:], binary.BigEndian.Uint16(row[i:])+binary.BigEndian.Uint16(row[i-2*n:]))
	}
}

// A tiffUnpacker unpacks one block after another.
type tiffUnpacker struct{ inflater io.ReadCloser }

// packed is the data of a block, and what is to be said if they are too few. As in Pillow, sizes that are missing, or
// wrong for strips that are not packed, are as large as they need to be.
func (p *tiffPicture) packed(block, rows int) (body []byte, short, err error) {
	place, length, needed := p.offsets.at(block), p.counts.at(block), uint64((rows-1)/p.shared[1]+1)*uint64(p.rowBytes())
	body = tail(p.data, place)
	single := p.blocks*p.planes == 1 && !p.tiled
	wrong := single && length == 0 ||
		!p.tiled && p.compression == notPacked && (length < needed || length > uint64(len(body)))
	if p.counts.count == 0 || wrong {
		p.warn(OddSizes)
		length = uint64(len(body))
		others := []uint64{p.directory} // what says where they are belongs to no pixels
		if block+1 < p.blocks*p.planes {
			others = append(others, p.offsets.at(block+1)) // nor does the next strip to those of this
		}
		for _, other := range others {
			if place < other && other < place+length {
				length = other - place
			}
		}
	}
	if length > uint64(len(body)) {
		return nil, nil, truncated("ends within strip or tile %d: %d of %d bytes are there", block, len(body), length)
	}
	return body[:length], truncated("strip or tile %d holds less than its rows", block), nil
}

// open begins with a block, of so many rows.
func (u *tiffUnpacker) open(p *tiffPicture, block, rows int) (*tiffBlock, error) {
	body, short, err := p.packed(block, rows)
	if err != nil {
		return nil, err
	}
	fax := p.compression == ccittGroup3 || p.compression == ccittGroup4
	if p.lowFirst && !fax {
		body = bytes.Clone(body)
		for i, b := range body {
			body[i] = bits.Reverse8(b)
		}
	}
	src := bytes.NewReader(body)
	b := &tiffBlock{Reader: src, short: short}
	switch p.compression {
	case lzwPacked:
		// The first code clears the table: in the bit order of the first versions of libtiff, which is GIF's, it looks so.
		if len(body) > 1 && body[0] == 0 && body[1]&1 == 1 {
			b.Reader = stdlzw.NewReader(src, stdlzw.LSB, 8)
		} else {
			b.Reader = lzw.NewReader(src, lzw.MSB, 8)
		}
	case packBits:
		b.Reader = &packBitsReader{src: body}
	case deflate, deflateOld:
		if u.inflater == nil {
			u.inflater, err = zlib.NewReader(src)
		} else {
			err = u.inflater.(zlib.Resetter).Reset(src, nil)
		}
		b.Reader = u.inflater
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = short
		}
	case ccittGroup3, ccittGroup4:
		format, order := ccitt.Group3, ccitt.MSB
		if p.compression == ccittGroup4 {
			format = ccitt.Group4
		}
		if p.lowFirst {
			order = ccitt.LSB
		}
		// Fax's white is 0, whatever 0 then stands for (TIFF 6.0, section 11).
		b.Reader = ccitt.NewReader(src, order, format, p.blockWidth, rows, &ccitt.Options{Invert: true})
	}
	return b, err
}

// A tiffBlock is the rows of a strip or tile. It must not end before they do.
type tiffBlock struct {
	io.Reader
	short error
}

func (b *tiffBlock) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = b.short
	}
	return n, err
}

// finish proves the checksum of a deflated block, if it has one: behind so many bytes that the picture does not show.
// What else follows the rows, and whether the data have an end, is of no account: all pixels are there.
func (b *tiffBlock) finish(p *tiffPicture, hidden int64) error {
	if p.compression != deflate && p.compression != deflateOld {
		return nil
	}
	switch n, err := io.CopyN(io.Discard, b.Reader, hidden+1); {
	case errors.Is(err, zlib.ErrChecksum):
		return err
	case n > hidden:
		p.warn(ExtraData)
	}
	return nil
}

// A packBitsReader unpacks PackBits (TIFF 6.0, section 9): bytes as they are, and bytes to be repeated.
type packBitsReader struct {
	src      []byte
	left     int // bytes of the run that is begun
	repeated bool
}

func (r *packBitsReader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		for r.left == 0 {
			if len(r.src) == 0 {
				return n, io.EOF
			}
			switch code := int8(r.src[0]); {
			case code >= 0:
				r.left, r.repeated = int(code)+1, false
			case code != -128:
				r.left, r.repeated = 1-int(code), true
			}
			r.src = r.src[1:]
		}
		if len(r.src) == 0 {
			return n, io.ErrUnexpectedEOF
		}
		part := p[n:min(n+r.left, len(p))]
		if r.repeated {
			for i := range part {
				part[i] = r.src[0]
			}
		} else {
			part = part[:copy(part, r.src)]
			r.src = r.src[len(part):]
		}
		n, r.left = n+len(part), r.left-len(part)
		if r.repeated && r.left == 0 {
			r.src = r.src[1:]
		}
	}
	return n, nil
}
