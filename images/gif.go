package images

import (
	"bytes"
	"compress/lzw"
	"encoding/binary"
	"image"
	"image/color"
	"io"
)

// A gifFrame is the first frame of a GIF. The standard library's decoder refuses frames that have more data than
// pixels, or that are larger than the canvas, which others take, and forgets the colour of what is transparent.
type gifFrame struct {
	box         image.Rectangle // on the canvas
	interlaced  bool
	colours     []byte // red, green and blue of each
	transparent int    // a colour; -1 for none
	codeBits    int
	data        []byte // blocks, each with its length in front
}

// readGIF walks over the blocks until the second frame. The size is the canvas's, on which the first frame may cover a
// part only; a frame that is larger makes it larger.
func readGIF(data []byte) (header, error) {
	h := header{orientation: 1}
	if len(data) < 13 {
		return h, truncated("ends within its header")
	}
	h.width, h.height = int(binary.LittleEndian.Uint16(data[6:])), int(binary.LittleEndian.Uint16(data[8:]))
	frame, frames, whole := gifFrames(data)
	switch {
	case frames == 0 && !whole:
		return h, truncated("ends within its first frame")
	case frames == 0:
		return h, corrupt("has no frame before its end, or a block of no kind that there is")
	case frame.box.Empty():
		return h, corrupt("its first frame has %v pixels", frame.box.Size())
	}
	h.width, h.height = max(h.width, frame.box.Max.X), max(h.height, frame.box.Max.Y)
	h.animated = frames > 1
	h.memory = 5 * int64(h.width) * int64(h.height)
	if frame.interlaced {
		h.memory += int64(frame.box.Dx()) * int64(frame.box.Dy())
	}
	h.decode = func(*source) (decoded, error) {
		m, more, err := frame.decode()
		if err != nil {
			return decoded{}, err
		}
		d := decoded{Image: onCanvas(m, h.width, h.height)}
		if more {
			d.warnings = []Warning{ExtraData}
		}
		return d, nil
	}
	return h, nil
}

// decode reads the pixels. more says that there are more of them than the frame has.
func (f *gifFrame) decode() (m *image.Paletted, more bool, err error) {
	switch {
	case len(f.colours) == 0:
		return nil, false, corrupt("has no table of colours")
	case f.codeBits < 2 || f.codeBits > 8:
		return nil, false, corrupt("has codes of %d bits a pixel, want 2 to 8", f.codeBits)
	}
	m = image.NewPaletted(f.box, f.palette())
	reader := lzw.NewReader(&gifBlocks{rest: f.data}, lzw.LSB, f.codeBits)
	switch _, err := io.ReadFull(reader, m.Pix); err {
	case nil:
	case io.EOF, io.ErrUnexpectedEOF:
		return nil, false, truncated("its first frame holds less than its pixels")
	default:
		return nil, false, err
	}
	for _, index := range m.Pix {
		if int(index) >= len(m.Palette) {
			return nil, false, corrupt("has a pixel of colour %d, of %d", index, len(m.Palette))
		}
	}
	if f.interlaced {
		m.Pix = inOrder(m.Pix, m.Stride)
	}
	n, _ := reader.Read(make([]byte, 1))
	return m, n > 0, nil
}

// palette is the colours; of what is transparent the colour stays too.
func (f *gifFrame) palette() color.Palette {
	p := make(color.Palette, len(f.colours)/3, 256)
	for i := range p {
		p[i] = color.NRGBA{f.colours[3*i], f.colours[3*i+1], f.colours[3*i+2], 255}
	}
	for f.transparent >= len(p) {
		p = append(p, color.NRGBA{})
	}
	if f.transparent >= 0 {
		c := p[f.transparent].(color.NRGBA)
		c.A = 0
		p[f.transparent] = c
	}
	return p
}

// inOrder puts rows that are stored in four passes (GIF89a, appendix E) in their order.
func inOrder(stored []byte, width int) []byte {
	pix, from := make([]byte, len(stored)), 0
	for _, pass := range [4]struct{ first, step int }{{0, 8}, {4, 8}, {2, 4}, {1, 2}} {
		for to := pass.first * width; to < len(pix); to += pass.step * width {
			from += copy(pix[to:to+width], stored[from:])
		}
	}
	return pix
}

// onCanvas puts a frame on a transparent canvas, unless it covers it. What the first frame of a GIF leaves free has,
// out of sight, the colour that Pillow gives it: the one that is transparent, else the first.
func onCanvas(m image.Image, width, height int) image.Image {
	all := image.Rect(0, 0, width, height)
	if m.Bounds() == all {
		return m
	}
	canvas := image.NewNRGBA(all)
	if p, ok := m.(*image.Paletted); ok {
		free := straight(p.Palette[0])
		for _, c := range p.Palette {
			if c := straight(c); c.A == 0 {
				free = c
			}
		}
		for i := 0; i < len(canvas.Pix); i += 4 {
			canvas.Pix[i], canvas.Pix[i+1], canvas.Pix[i+2] = free.R, free.G, free.B
		}
	}
	b := m.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			canvas.SetNRGBA(x, y, straight(m.At(x, y)))
		}
	}
	return canvas
}

// straight is a colour as it is stored, also behind what is transparent.
func straight(c color.Color) color.NRGBA {
	return color.NRGBAModel.Convert(c).(color.NRGBA)
}

// gifFrames reads what the first frame says of itself, if it is whole, and counts it and a second, which need only have
// begun. whole says that the data did not end on the way.
func gifFrames(data []byte) (first gifFrame, frames int, whole bool) {
	first.transparent = -1
	all := data[13:]
	rest := tail(all, colourTable(data[10]))
	for {
		if len(rest) == 0 {
			return first, frames, false
		}
		switch rest[0] {
		case 0x21: // an extension: a label, then blocks
			const control = 0xf9
			if frames == 0 && len(rest) > 6 && rest[1] == control && rest[2] >= 4 && rest[3]&1 == 1 {
				first.transparent = int(rest[6])
			}
			rest, whole = skipBlocks(tail(rest, 2))
		case 0x2c: // a frame: 9 bytes, its colours, a code size, then blocks
			if frames == 1 {
				return first, 2, true
			}
			if len(rest) < 10 {
				return first, frames, false
			}
			own := colourTable(rest[9])
			blocks := tail(rest, 11+own)
			behind, ended := skipBlocks(blocks)
			if ended {
				first.read(rest, own)
				if own == 0 {
					first.colours = all[:colourTable(data[10])]
				}
				frames = 1
			}
			rest, whole = behind, ended
		default: // the end, or what is no block
			return first, frames, true
		}
		if !whole {
			return first, frames, false
		}
	}
}

// read notes what a frame says of itself, with a table of its own of so many bytes. All of it is there.
func (f *gifFrame) read(frame []byte, own int64) {
	left, top := int(binary.LittleEndian.Uint16(frame[1:])), int(binary.LittleEndian.Uint16(frame[3:]))
	width, height := int(binary.LittleEndian.Uint16(frame[5:])), int(binary.LittleEndian.Uint16(frame[7:]))
	f.box, f.interlaced = image.Rect(left, top, left+width, top+height), frame[9]&0x40 != 0
	f.colours, f.codeBits, f.data = frame[10:10+own], int(frame[10+own]), frame[11+own:]
}

// colourTable is the size in bytes of the table that a flags byte announces.
func colourTable(flags byte) int64 {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (1 + flags&7)
}

// skipBlocks goes behind the empty block that ends others, if it is there.
func skipBlocks(rest []byte) (behind []byte, whole bool) {
	for len(rest) > 0 && rest[0] != 0 {
		rest = tail(rest, 1+int64(rest[0]))
	}
	return tail(rest, 1), len(rest) > 0
}

// gifBlocks gives the bytes of blocks, without their lengths.
type gifBlocks struct {
	rest  []byte
	block bytes.Reader
}

func (b *gifBlocks) ReadByte() (byte, error) {
	for b.block.Len() == 0 {
		if len(b.rest) == 0 || b.rest[0] == 0 {
			return 0, io.EOF
		}
		n := min(1+int(b.rest[0]), len(b.rest))
		b.block.Reset(b.rest[1:n])
		b.rest = b.rest[n:]
	}
	return b.block.ReadByte()
}

func (b *gifBlocks) Read(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var c byte
		if c, err = b.ReadByte(); err == nil {
			p[n] = c
			n++
		}
	}
	return n, err
}
