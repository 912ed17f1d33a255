package images

import (
	"encoding/binary"
	"image"
	"image/draw"
	"image/gif"
)

// readGIF walks over the blocks until the second frame. The size is the canvas's,
// on which the first frame may cover a part only.
func readGIF(data []byte) (header, error) {
	h := header{orientation: 1}
	if len(data) < 13 {
		return h, truncated("ends within its header")
	}
	h.width, h.height = int(binary.LittleEndian.Uint16(data[6:])), int(binary.LittleEndian.Uint16(data[8:]))
	frames, whole := gifFrames(data, 2)
	if frames == 0 && !whole {
		return h, truncated("ends within its first frame")
	}
	h.animated = frames > 1
	h.memory = 5 * int64(h.width) * int64(h.height)
	h.decode = func(s *source) (decoded, error) {
		m, err := gif.Decode(s.stream())
		if err != nil {
			return decoded{}, err
		}
		return decoded{Image: onCanvas(m, h.width, h.height)}, nil
	}
	return h, nil
}

// onCanvas puts a frame on a transparent canvas, unless it covers it.
func onCanvas(m image.Image, width, height int) image.Image {
	all := image.Rect(0, 0, width, height)
	if m.Bounds() == all {
		return m
	}
	canvas := image.NewNRGBA(all)
	draw.Draw(canvas, m.Bounds(), m, m.Bounds().Min, draw.Src)
	return canvas
}

// gifFrames counts whole frames, up to most. whole says that the data did not end on the way.
func gifFrames(data []byte, most int) (frames int, whole bool) {
	rest := tail(data, 13+colourTable(data[10]))
	for frames < most {
		if len(rest) == 0 {
			return frames, false
		}
		switch rest[0] {
		case 0x21: // an extension: a label, then blocks
			rest, whole = skipBlocks(tail(rest, 2))
		case 0x2c: // a frame: 9 bytes, its colours, a code size, then blocks
			if len(rest) < 10 {
				return frames, false
			}
			if rest, whole = skipBlocks(tail(rest, 11+colourTable(rest[9]))); whole {
				frames++
			}
		default: // the end, or what only the decoder has words for
			return frames, true
		}
		if !whole {
			return frames, false
		}
	}
	return frames, true
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
