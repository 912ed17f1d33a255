package images

import (
	"encoding/binary"
	"image"
	"image/color"

	"golang.org/x/image/webp"
)

// A webpFrame is the chunks of a still picture, or of the first frame of an animated one.
type webpFrame struct {
	bitstream, alpha []byte // bodies of VP8 or VP8L, and of ALPH
	lossless         bool
	width, height    int
}

// readWebP walks over the chunks of the file. The decoder then gets a file of only those that make the pixels:
// golang.org/x/image/webp knows no animation, and refuses files whose flags say more than their chunks do,
// which are common and harmless.
func readWebP(data []byte) (header, error) {
	h := header{orientation: 1}
	frame, frames, at := webpFrame{}, 0, image.Point{}
	all := 8 + int64(binary.LittleEndian.Uint32(data[4:]))
	err := webpChunks(data[12:max(12, min(int64(len(data)), all))], func(id string, body []byte) error {
		switch id {
		case "VP8X":
			if len(body) < 10 {
				return truncated("ends within its header")
			}
			h.width, h.height = 1+uint24(body[4:]), 1+uint24(body[7:])
		case "EXIF":
			h.orientation = exifOrientation(body)
		case "ANMF":
			if frames++; frames == 1 && len(body) >= 16 {
				at = image.Pt(2*uint24(body), 2*uint24(body[3:]))
				return webpChunks(body[16:], frame.add)
			}
		case "ALPH", "VP8 ", "VP8L":
			return frame.add(id, body)
		}
		return nil
	})
	if h.width == 0 {
		h.width, h.height = frame.width, frame.height
	}
	// What is cut behind the picture may be the start of its EXIF.
	if err == nil && int64(len(data)) < all {
		err = truncated("has %d of %d bytes", len(data), all)
	}
	if err == nil && frame.bitstream == nil {
		err = truncated("has no picture among its chunks")
	}
	// A picture that says more than its canvas could take more memory than the limit knows of. As in libwebp, one that
	// is no frame of an animation is as large as its canvas.
	area, canvas := image.Rectangle{at, at.Add(image.Pt(frame.width, frame.height))}, image.Rect(0, 0, h.width, h.height)
	if err == nil && (!area.In(canvas) || frames == 0 && area != canvas) {
		err = corrupt("its canvas is %d×%d, its picture %d×%d", h.width, h.height, frame.width, frame.height)
	}
	h.animated = frames > 1
	h.memory = 12*int64(h.width)*int64(h.height) + int64(len(data)) // and the chunks put together anew
	h.decode = func(s *source) (decoded, error) {
		s.Reader.Reset(frame.file())
		m, err := webp.Decode(s.stream())
		if err != nil {
			return decoded{}, err
		}
		if at == (image.Point{}) && m.Bounds().Size() == image.Pt(h.width, h.height) {
			return decoded{Image: vp8Colours(m)}, nil
		}
		return decoded{Image: onCanvas(moved{vp8Colours(m), at}, h.width, h.height)}, nil
	}
	return h, err
}

// webpChunks calls each for every whole chunk. A chunk that is cut is an error, unless it is none that a picture needs.
func webpChunks(rest []byte, each func(id string, body []byte) error) error {
	for len(rest) >= 8 {
		id, length := string(rest[:4]), int64(binary.LittleEndian.Uint32(rest[4:]))
		body := tail(rest, 8)
		if length > int64(len(body)) {
			if id == "VP8 " || id == "VP8L" {
				_ = each(id, body) // for its size
			}
			return truncated("ends within its chunk %q: %d of %d bytes are there", id, len(body), length)
		}
		if err := each(id, body[:length]); err != nil {
			return err
		}
		rest = tail(rest, 8+length+length&1)
	}
	return nil
}

// add notes a chunk of the picture, and its size. The first picture counts.
func (f *webpFrame) add(id string, body []byte) error {
	switch {
	case f.bitstream != nil:
	case id == "ALPH":
		f.alpha = body
	case id == "VP8 ":
		if len(body) < 10 {
			return truncated("ends within the header of its picture")
		}
		f.bitstream = body
		f.width, f.height = int(binary.LittleEndian.Uint16(body[6:])&0x3fff), int(binary.LittleEndian.Uint16(body[8:])&0x3fff)
	case id == "VP8L":
		if len(body) < 5 {
			return truncated("ends within the header of its picture")
		}
		f.bitstream, f.lossless = body, true
		bits := binary.LittleEndian.Uint32(body[1:])
		f.width, f.height = 1+int(bits&0x3fff), 1+int(bits>>14&0x3fff)
	}
	return nil
}

// file is the frame as a WebP file of its own.
func (f *webpFrame) file() []byte {
	b := []byte("RIFF\x00\x00\x00\x00WEBP")
	chunk := func(id string, body []byte) {
		b = append(binary.LittleEndian.AppendUint32(append(b, id...), uint32(len(body))), body...)
		if len(body)%2 == 1 {
			b = append(b, 0)
		}
	}
	switch {
	case f.lossless:
		chunk("VP8L", f.bitstream)
	default:
		if f.alpha != nil {
			const alphaFlag = 1 << 4
			w, h := f.width-1, f.height-1
			chunk("VP8X", []byte{alphaFlag, 0, 0, 0, byte(w), byte(w >> 8), byte(w >> 16), byte(h), byte(h >> 8), byte(h >> 16)})
			chunk("ALPH", f.alpha)
		}
		chunk("VP8 ", f.bitstream)
	}
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-8))
	return b
}

// vp8Colours is a lossy picture in colours, bit for bit as libwebp gives them unless it is told otherwise: VP8 stores
// luma from 16 to 235 and chroma from 16 to 240 (RFC 6386, 9.2, by BT.601), while image.YCbCr is read as JPEG's, from 0
// to 255. Other pictures stay as they are.
func vp8Colours(m image.Image) image.Image {
	switch m := m.(type) {
	case *image.YCbCr:
		return vp8Painted(m)
	case *image.NYCbCrA:
		out := vp8Painted(&m.YCbCr)
		for y := range m.Rect.Dy() {
			for x, a := range m.A[y*m.AStride:][:m.Rect.Dx()] {
				out.Pix[y*out.Stride+4*x+3] = a
			}
		}
		return out
	}
	return m
}

func vp8Painted(planes *image.YCbCr) *image.NRGBA {
	out, size := image.NewNRGBA(planes.Rect), planes.Rect.Size()
	wide := (size.X + 1) / 2
	blue, red := make([]uint8, 2*wide), make([]uint8, 2*wide)
	for y := range size.Y {
		near := y / 2 * planes.CStride
		far := min(max(y/2-1+y%2*2, 0), (size.Y-1)/2) * planes.CStride
		vp8Spread(blue, planes.Cb[near:][:wide], planes.Cb[far:][:wide])
		vp8Spread(red, planes.Cr[near:][:wide], planes.Cr[far:][:wide])
		luma, row := planes.Y[y*planes.YStride:][:size.X], out.Pix[y*out.Stride:][:4*size.X]
		for x, v := range luma {
			p := row[4*x : 4*x+4 : 4*x+4]
			p[0], p[1], p[2] = vp8RGB(v, blue[x], red[x])
			p[3] = 255
		}
	}
	return out
}

// vp8Spread makes twice as many samples of two rows of chroma, the nearer first: 9, 3, 3 and 1 sixteenths of those
// around a pixel, rounded on the way as in libwebp (dsp/upsampling.c). Beyond its sides a row goes on as it ends.
func vp8Spread(into, near, far []uint8) {
	far, into = far[:len(near)], into[:2*len(near)]
	n, f := uint32(near[0]), uint32(far[0])
	left, farLeft := n, f
	for i := range near {
		right, farRight := n, f
		if i+1 < len(near) {
			right, farRight = uint32(near[i+1]), uint32(far[i+1])
		}
		into[2*i] = uint8((n + (n+farLeft+3*(left+f)+8)>>3) >> 1)
		into[2*i+1] = uint8((n + (n+farRight+3*(right+f)+8)>>3) >> 1)
		left, farLeft, n, f = n, f, right, farRight
	}
}

// vp8RGB is the colour of a sample of each kind, in libwebp's numbers (dsp/yuv.h).
func vp8RGB(y, u, v uint8) (r, g, b uint8) {
	luma, blue, red := int32(y)*19077>>8, int32(u), int32(v)
	return vp8Clip(luma + red*26149>>8 - 14234), vp8Clip(luma - blue*6419>>8 - red*13320>>8 + 8708),
		vp8Clip(luma + blue*33050>>8 - 17685)
}

// vp8Clip is a colour of 6 bits behind the point, within its bounds.
func vp8Clip(v int32) uint8 {
	if v >>= 6; uint32(v) > 255 {
		v = ^v >> 31 // 0 below, all ones above
	}
	return uint8(v)
}

// moved is a picture at another place.
type moved struct {
	image.Image
	by image.Point
}

func (m moved) Bounds() image.Rectangle { return m.Image.Bounds().Add(m.by) }

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

func (m moved) At(x, y int) color.Color { return m.Image.At(x-m.by.X, y-m.by.Y) }
