package images

import (
	"encoding/binary"
	"image"
	"image/color"
	"math/bits"
	"slices"
)

// How the pixels of a BMP are stored.
const (
	bmpPlain = 0
	bmpRuns8 = 1
	bmpRuns4 = 2
	bmpMasks = 3
)

// usualMasks are those of pixels of 16 bits that others read too; of 32 bits each colour has a byte.
var usualMasks = [][3]uint32{{0x7c00, 0x3e0, 0x1f}, {0xf800, 0x7e0, 0x1f}}

// A bmpPicture is what the headers say. golang.org/x/image/bmp takes no runs, no 16 bits, no masks, no gap before the
// pixels, and the byte that is unused in a header of version 4 or 5 for alpha.
type bmpPicture struct {
	width, height int
	topDown       bool
	bits          int // of a pixel
	packing       uint32
	masks         [4]uint32 // of red, green, blue and alpha, of pixels of 16 and 32 bits
	palette       color.Palette
	colours       int // that the file has; pixels of others are black, as everywhere
	pixels        []byte
}

func readBMP(data []byte) (header, error) {
	h := header{orientation: 1}
	if len(data) < 26 {
		return h, truncated("ends within its header")
	}
	p := &bmpPicture{}
	size := int64(binary.LittleEndian.Uint32(data[14:]))
	if size == 12 { // the core header of OS/2
		p.width, p.height = int(binary.LittleEndian.Uint16(data[18:])), int(binary.LittleEndian.Uint16(data[20:]))
		p.bits = int(binary.LittleEndian.Uint16(data[24:]))
	} else {
		height := binary.LittleEndian.Uint32(data[22:])
		if p.topDown = int32(height) < 0; p.topDown {
			height = -height
		}
		p.width, p.height = int(int32(binary.LittleEndian.Uint32(data[18:]))), side(height)
	}
	h.width, h.height = p.width, p.height
	h.memory = 4 * int64(h.width) * int64(h.height)
	if h.width < 1 || h.height < 1 {
		return h, nil
	}
	if err := p.read(data, size); err != nil {
		return h, err
	}
	h.decode = func(s *source) (decoded, error) {
		if p.packing == bmpRuns8 || p.packing == bmpRuns4 {
			return p.runs()
		}
		return p.rows(s)
	}
	return h, nil
}

// read notes what else the headers say, and where colours and pixels are.
func (p *bmpPicture) read(data []byte, size int64) error {
	colours, entry := uint32(0), int64(3) // bytes of a colour
	if size != 12 {
		if !slices.Contains([]int64{40, 52, 56, 64, 108, 124}, size) {
			return unsupported("a BMP with a header of %d bytes is not decoded; convert it to PNG", size)
		}
		if int64(len(data)) < 14+size {
			return truncated("ends within its header")
		}
		p.bits, p.packing = int(binary.LittleEndian.Uint16(data[28:])), binary.LittleEndian.Uint32(data[30:])
		colours, entry = binary.LittleEndian.Uint32(data[46:]), 4
	}
	place := 14 + size
	if err := p.known(size); err != nil {
		return err
	}
	if p.packing == bmpMasks {
		if err := p.readMasks(data, size); err != nil {
			return err
		}
		if size == 40 {
			place += 12
		}
	}
	if p.bits <= 8 {
		if colours == 0 {
			colours = 1 << p.bits
		}
		if colours > 256 {
			return corrupt("has a table of %d colours, want at most 256", colours)
		}
		p.colours = int(colours)
		for range colours {
			c := tail(data, place)
			if int64(len(c)) < entry {
				return truncated("ends within its colours")
			}
			p.palette = append(p.palette, color.RGBA{c[2], c[1], c[0], 255})
			place += entry
		}
		for len(p.palette) < 1<<p.bits {
			p.palette = append(p.palette, color.RGBA{A: 255})
		}
	}
	if said := int64(binary.LittleEndian.Uint32(data[10:])); said > 0 {
		place = said
	}
	p.pixels = tail(data, place)
	return nil
}

// known says whether pixels of this kind are decoded, and gives those of 16 and 32 bits the usual masks.
func (p *bmpPicture) known(size int64) error {
	switch {
	case p.packing == bmpRuns8 && p.bits == 8, p.packing == bmpRuns4 && p.bits == 4:
		return nil
	case p.packing == bmpMasks && (p.bits == 16 || p.bits == 32) && size != 64:
		return nil
	case p.packing != bmpPlain:
	case p.bits == 16:
		copy(p.masks[:], usualMasks[0][:])
		return nil
	case p.bits == 32:
		p.masks = [4]uint32{0xff0000, 0xff00, 0xff}
		return nil
	case p.bits == 1, p.bits == 4, p.bits == 8, p.bits == 24:
		return nil
	}
	return unsupported("a BMP of %d bits and compression %d is not decoded; convert it to PNG", p.bits, p.packing)
}

// readMasks takes masks that the common decoders agree on. Alpha is a colour of its own in larger headers and 32 bits.
func (p *bmpPicture) readMasks(data []byte, size int64) error {
	if len(data) < 54+16 {
		return truncated("ends within its header")
	}
	for i := range p.masks {
		p.masks[i] = binary.LittleEndian.Uint32(data[54+4*i:])
	}
	if size < 56 || p.bits == 16 {
		p.masks[3] = 0
	}
	usual := slices.Contains(usualMasks, [3]uint32(p.masks[:3]))
	if p.bits == 32 {
		usual = !slices.ContainsFunc(p.masks[:], func(mask uint32) bool {
			return mask != 0 && (mask>>bits.TrailingZeros32(mask) != 0xff || bits.TrailingZeros32(mask)%8 != 0)
		})
	}
	if !usual {
		return unsupported("a BMP of %d bits with masks %x is not decoded; convert it to PNG", p.bits, p.masks)
	}
	return nil
}

// rows reads pixels that are stored row by row, each filled up to four bytes; what fills up the last may be missing.
func (p *bmpPicture) rows(s *source) (decoded, error) {
	used := (int64(p.width)*int64(p.bits) + 7) / 8
	stride := (used + 3) / 4 * 4
	if all := stride*int64(p.height-1) + used; int64(len(p.pixels)) < all {
		return decoded{}, truncated("ends within its pixels: %d of %d bytes are there", len(p.pixels), all)
	}
	d := decoded{}
	if int64(len(p.pixels)) < stride*int64(p.height) {
		d.warnings = []Warning{OddSizes}
	}
	put := p.rowPutter(&d)
	for i := range p.height {
		if err := s.late(); err != nil {
			return decoded{}, err
		}
		y := p.height - 1 - i
		if p.topDown {
			y = i
		}
		put(y, p.pixels[int64(i)*stride:][:used])
	}
	return d, nil
}

// rowPutter makes the picture, and gives what brings a row into it.
func (p *bmpPicture) rowPutter(d *decoded) func(y int, row []byte) {
	box := image.Rect(0, 0, p.width, p.height)
	switch {
	case p.bits <= 8:
		m := image.NewPaletted(box, p.palette)
		d.Image = m
		return func(y int, row []byte) { p.putIndexes(d, m.Pix[y*m.Stride:][:p.width], row) }
	case p.bits == 24:
		m := image.NewRGBA(box)
		d.Image = m
		return func(y int, row []byte) {
			for dst := m.Pix[y*m.Stride:][:4*p.width]; len(dst) >= 4 && len(row) >= 3; dst, row = dst[4:], row[3:] {
				dst[0], dst[1], dst[2], dst[3] = row[2], row[1], row[0], 255
			}
		}
	case p.masks[3] != 0:
		m := image.NewNRGBA(box)
		d.Image = m
		return func(y int, row []byte) { p.putMasked(m.Pix[y*m.Stride:][:4*p.width], row) }
	}
	m := image.NewRGBA(box)
	d.Image = m
	return func(y int, row []byte) { p.putMasked(m.Pix[y*m.Stride:][:4*p.width], row) }
}

func (p *bmpPicture) putIndexes(d *decoded, dst, row []byte) {
	mask := byte(1)<<p.bits - 1
	for x := range dst {
		at := x * p.bits
		dst[x] = p.index(d, row[at/8]>>(8-p.bits-at%8)&mask)
	}
}

// index is the colour of a pixel, and a warning if the file does not have it.
func (p *bmpPicture) index(d *decoded, index byte) byte {
	if int(index) >= p.colours && len(d.warnings) == 0 {
		d.warnings = append(d.warnings, OddColours)
	}
	return index
}

// putMasked takes the colours out of pixels by their masks, and stretches them to eight bits.
func (p *bmpPicture) putMasked(dst, row []byte) {
	size := p.bits / 8
	for x := range p.width {
		pixel := uint32(binary.LittleEndian.Uint16(row[x*size:]))
		if size == 4 {
			pixel = binary.LittleEndian.Uint32(row[x*size:])
		}
		for i, mask := range p.masks {
			value := byte(255)
			if mask != 0 {
				shift := bits.TrailingZeros32(mask)
				value = byte(uint64(pixel&mask>>shift) * 255 / uint64(mask>>shift))
			} else if i < 3 {
				value = 0
			}
			dst[4*x+i] = value
		}
	}
}

// runs reads pixels that are stored in runs: a count and a colour (of 4 bits: two in turn), or 0 and what else follows.
func (p *bmpPicture) runs() (d decoded, err error) {
	m := image.NewPaletted(image.Rect(0, 0, p.width, p.height), p.palette)
	d.Image = m
	x, y, rest := 0, 0, p.pixels
	for y < p.height && (y < p.height-1 || x < p.width) {
		if len(rest) < 2 {
			return d, truncated("ends within its pixels, at row %d of %d", y+1, p.height)
		}
		count, what, run := int(rest[0]), int(rest[1]), rest[1:2]
		rest = rest[2:]
		step := 0 // from one byte of the run to the next
		switch {
		case count > 0:
			count = min(count, p.width-x) // what is over the end of the row is left out
		case what == 0: // the end of the row
			x, y = 0, y+1
			continue
		case what == 1: // the end of all
			return d, truncated("its runs end at row %d of %d", y+1, p.height)
		default: // a step, or so many pixels as they are, filled up to two bytes
			size := (what*p.bits + 15) / 16 * 2
			if what == 2 {
				size = 2
			}
			if len(rest) < size {
				return d, truncated("ends within its pixels, at row %d of %d", y+1, p.height)
			}
			run, rest = rest[:size], rest[size:]
			if what == 2 {
				x, y, count = x+int(run[0]), y+int(run[1]), 0
			} else {
				count, step = what, 1
			}
		}
		if x+count > p.width || y >= p.height && count > 0 {
			return d, corrupt("has a run over the end of row %d", y+1)
		}
		for i := range count {
			row := p.height - 1 - y
			if p.topDown {
				row = y
			}
			m.Pix[row*m.Stride+x] = p.index(&d, p.runColour(run, i*p.bits/8*step, i))
			x++
		}
	}
	return d, nil
}

// runColour is the i-th colour of a run, in a byte of it.
func (p *bmpPicture) runColour(run []byte, at, i int) byte {
	switch {
	case p.bits == 8:
		return run[at]
	case i%2 == 0:
		return run[at] >> 4
	}
	return run[at] & 15
}
