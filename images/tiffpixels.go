package images

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"image"
	"io"

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
	deflate     = 8
	packBits    = 32773
	deflateOld  = 32946
)

var tiffPackings = []uint32{notPacked, ccittGroup3, ccittGroup4, lzwPacked, deflate, packBits, deflateOld}

// unpackerBytes is what unpacking takes beside a row.
const unpackerBytes = 128 << 10

// sampleBytes is what a sample takes in the picture.
func (p *tiffPicture) sampleBytes() int { return (p.bits + 7) / 8 }

// pixelBytes is what a pixel takes in the picture: red, green and blue are given an alpha.
func (p *tiffPicture) pixelBytes() int {
	if p.colour == rgbColour {
		return 4 * p.sampleBytes()
	}
	return p.sampleBytes()
}

// rowBytes is what a row of a block takes as it is stored.
func (p *tiffPicture) rowBytes() int { return (p.blockWidth*p.samples*p.bits + 7) / 8 }

func (p *tiffPicture) newImage() (image.Image, []byte) {
	box, wide, apart := image.Rect(0, 0, p.width, p.height), p.bits == 16, p.samples == 4 && p.alpha == 2
	switch {
	case p.colour == paletteColour:
		m := image.NewPaletted(box, p.palette)
		return m, m.Pix
	case p.colour != rgbColour && wide:
		m := image.NewGray16(box)
		return m, m.Pix
	case p.colour != rgbColour:
		m := image.NewGray(box)
		return m, m.Pix
	case apart && wide:
		m := image.NewNRGBA64(box)
		return m, m.Pix
	case wide:
		m := image.NewRGBA64(box)
		return m, m.Pix
	case apart:
		m := image.NewNRGBA(box)
		return m, m.Pix
	}
	m := image.NewRGBA(box)
	return m, m.Pix
}

func (p *tiffPicture) decode(s *source) (image.Image, error) {
	m, pix := p.newImage()
	row, pixel := make([]byte, p.rowBytes()), p.pixelBytes()
	var unpack tiffUnpacker
	for i := range p.blocks {
		left, top := i%p.across*p.blockWidth, i/p.across*p.blockHeight
		right, bottom := min(left+p.blockWidth, p.width), min(top+p.blockHeight, p.height)
		rows := p.blockHeight
		if !p.tiled {
			rows = bottom - top // the last strip is cut, the last tile is not
		}
		block, err := unpack.open(p, i, rows)
		if err != nil {
			return nil, err
		}
		for y := top; y < bottom; y++ {
			if err := s.late(); err != nil {
				return nil, err
			}
			if _, err := io.ReadFull(block, row); err != nil {
				return nil, err
			}
			if err := p.put(pix[(y*p.width+left)*pixel:(y*p.width+right)*pixel], row); err != nil {
				return nil, err
			}
		}
		if err := block.finish(8 * int64(p.blockWidth) * int64(p.blockHeight)); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// put brings a row into the form of the picture, whose 16-bit samples have their high byte first. It changes the row.
func (p *tiffPicture) put(dst, row []byte) error {
	if p.bits == 16 && p.order == binary.LittleEndian {
		for i := 1; i < len(row); i += 2 {
			row[i-1], row[i] = row[i], row[i-1]
		}
	}
	if p.predicted {
		p.unpredict(row)
	}
	switch {
	case p.bits == 1:
		one := byte(255)
		if p.colour == paletteColour {
			one = 1
		}
		for x := range dst {
			dst[x] = row[x/8] >> (7 - x%8) & 1 * one
		}
	case p.samples == 3:
		for n := 3 * p.sampleBytes(); len(dst) > 0; dst, row = dst[n+n/3:], row[n:] {
			copy(dst, row[:n])
			for i := n; i < n+n/3; i++ {
				dst[i] = 255
			}
		}
	default:
		copy(dst, row)
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

// unpredict adds to each sample that of the pixel before (TIFF 6.0, section 14).
func (p *tiffPicture) unpredict(row []byte) {
	n := p.samples
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

// open begins with a block, of so many rows.
func (u *tiffUnpacker) open(p *tiffPicture, block, rows int) (*tiffBlock, error) {
	body, length := tail(p.data, int64(p.offsets.at(block))), int64(p.counts.at(block))
	cut := length > int64(len(body))
	body = body[:min(length, int64(len(body)))]
	src := bytes.NewReader(body)
	b := &tiffBlock{Reader: src, short: corrupt("strip or tile %d holds less than its rows", block)}
	if cut {
		b.short = truncated("ends within strip or tile %d: %d of %d bytes are there", block, len(body), length)
	}
	var err error
	switch p.compression {
	case notPacked:
		if cut {
			err = b.short
		}
	case lzwPacked:
		b.Reader = lzw.NewReader(src, lzw.MSB, 8)
	case packBits:
		b.Reader = &packBitsReader{src: body}
	case deflate, deflateOld:
		if u.inflater == nil {
			u.inflater, err = zlib.NewReader(src)
		} else {
			err = u.inflater.(zlib.Resetter).Reset(src, nil)
		}
		b.Reader = u.inflater
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
	if err == io.EOF {
		err = b.short
	}
	return n, err
}

// finish reads what follows the rows, with the checksum that may be there, unless it is more than most bytes.
func (b *tiffBlock) finish(most int64) error {
	switch _, err := io.CopyN(io.Discard, b.Reader, most+1); err {
	case io.EOF:
		return nil
	case nil:
		return corrupt("has a strip or tile with %d bytes behind its rows", most+1)
	default:
		return err
	}
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
