package png

import (
	"encoding/binary"
	"hash/adler32"
	"hash/crc32"
	"image"
)

// maxPixels is the largest picture that is decoded here. It takes the filtered rows beside the pixels, which the
// standard library does not.
const maxPixels = 25_000_000

const signature = "\x89PNG\r\n\x1a\n"

// Decode decodes a picture, or says that it is none of its own. It asks late at every block of packed data, and gives
// the picture up when it is true. Beside the pixels it takes as much as the filtered rows,
// and as the data if they are not one chunk.
func Decode(data []byte, late func() bool) (m image.Image, ok bool) {
	h, packed, ok := chunks(data)
	if !ok {
		return nil, false
	}
	rows := make([]byte, h.height*(1+h.width*h.samples))
	if !unzip(rows, packed, late) {
		return nil, false
	}
	return h.picture(rows)
}

type header struct {
	width, height int
	samples       int // a pixel
}

// chunks goes over all chunks and puts the packed data together. ok is false unless the picture is of the plain kind
// and all checksums are right.
func chunks(data []byte) (h header, packed []byte, ok bool) {
	if len(data) < len(signature) || string(data[:len(signature)]) != signature {
		return h, nil, false
	}
	const (
		start = iota
		beforeData
		inData
		afterData
	)
	state, single, rest := start, false, data[len(signature):]
	for {
		if len(rest) < 12 {
			return h, nil, false
		}
		length, id := binary.BigEndian.Uint32(rest), string(rest[4:8])
		if uint64(length)+12 > uint64(len(rest)) {
			return h, nil, false
		}
		body, sum := rest[8:8+length], binary.BigEndian.Uint32(rest[8+length:])
		if crc32.ChecksumIEEE(rest[4:8+length]) != sum {
			return h, nil, false
		}
		rest = rest[12+length:]
		switch {
		case state == start:
			if id != "IHDR" || !h.read(body) {
				return h, nil, false
			}
			state = beforeData
		case id == "IDAT" && state == beforeData:
			packed, state = body, inData
			single = true // so far: that of most pictures is not copied
		case id == "IDAT" && state == inData:
			if single {
				packed, single = append(make([]byte, 0, len(data)), packed...), false // room for all chunks
			}
			packed = append(packed, body...)
		case id == "IEND":
			return h, packed, state >= inData && length == 0
		case id == "IDAT", id == "IHDR", id == "PLTE", id == "tRNS":
			return h, nil, false // out of order, or another kind
		case state == inData:
			state = afterData
		}
	}
}

func (h *header) read(body []byte) bool {
	if len(body) != 13 {
		return false
	}
	width, height := binary.BigEndian.Uint32(body), binary.BigEndian.Uint32(body[4:])
	h.samples = map[byte]int{0: 1, 2: 3, 6: 4}[body[9]]
	if body[8] != 8 || h.samples == 0 || body[10] != 0 || body[11] != 0 || body[12] != 0 ||
		width == 0 || height == 0 || uint64(width)*uint64(height) > maxPixels {
		return false
	}
	h.width, h.height = int(width), int(height)
	return true
}

// unzip fills dst with what a zlib stream holds, if it holds exactly as much and nothing follows it.
func unzip(dst, packed []byte, late func() bool) bool {
	if len(packed) < 6 || packed[0]&0x0f != 8 || packed[0]>>4 > 7 || packed[1]&0x20 != 0 ||
		binary.BigEndian.Uint16(packed)%31 != 0 {
		return false
	}
	body, sum := packed[2:len(packed)-4], binary.BigEndian.Uint32(packed[len(packed)-4:])
	return inflate(dst, body, late) && adler32.Checksum(dst) == sum
}

// picture takes the filters off the rows, each of which begins with the filter's number.
func (h header) picture(rows []byte) (image.Image, bool) {
	bounds, width := image.Rect(0, 0, h.width, h.height), h.width*h.samples
	pix := make([]byte, 4*h.width*h.height)
	if h.samples == 1 {
		pix = pix[:h.width*h.height]
	}
	before := make([]byte, width)
	for y := range h.height {
		row := rows[y*(1+width):][:1+width]
		if !unfilter(row[0], row[1:], before, h.samples) {
			return nil, false
		}
		before = row[1:]
		if h.samples == 3 {
			widen(pix[4*y*h.width:][:4*h.width], before)
		} else {
			copy(pix[y*width:], before)
		}
	}
	switch h.samples {
	case 1:
		return &image.Gray{Pix: pix, Stride: h.width, Rect: bounds}, true
	case 3:
		return &image.RGBA{Pix: pix, Stride: 4 * h.width, Rect: bounds}, true
	}
	return &image.NRGBA{Pix: pix, Stride: 4 * h.width, Rect: bounds}, true
}

// widen makes RGBA of RGB.
func widen(dst, src []byte) {
	for len(src) >= 3 && len(dst) >= 4 {
		dst[0], dst[1], dst[2], dst[3] = src[0], src[1], src[2], 255
		dst, src = dst[4:], src[3:]
	}
}

// unfilter takes a row's filter off (PNG 9.2). before is the row above, zeros for the first.
func unfilter(filter byte, row, before []byte, samples int) bool {
	before = before[:len(row)]
	switch filter {
	case 0:
	case 1:
		for i := samples; i < len(row); i++ {
			row[i] += row[i-samples]
		}
	case 2:
		for i, above := range before {
			row[i] += above
		}
	case 3:
		for i := range samples {
			row[i] += before[i] / 2
		}
		for i := samples; i < len(row); i++ {
			row[i] += byte((int(row[i-samples]) + int(before[i])) / 2)
		}
	case 4:
		if samples == 3 {
			paeth3(row, before)
			break
		}
		for first := range samples {
			paeth(row[first:], before[first:], samples)
		}
	default:
		return false
	}
	return true
}

// paeth takes the filter of that name off every step-th sample.
func paeth(row, before []byte, step int) {
	left, corner := int32(0), int32(0)
	before = before[:len(row)]
	for i := 0; i < len(row); i += step {
		above := int32(before[i])
		left = (nearest(left, above, corner) + int32(row[i])) & 255
		row[i] = byte(left)
		corner = above
	}
}

// paeth3 is paeth of all samples of RGB at once, for each of them waits for the one on its left alone.
func paeth3(row, before []byte) {
	var r, g, b, cornerR, cornerG, cornerB int32
	for before = before[:len(row)]; len(row) >= 3 && len(before) >= 3; row, before = row[3:], before[3:] {
		aboveR, aboveG, aboveB := int32(before[0]), int32(before[1]), int32(before[2])
		r = (nearest(r, aboveR, cornerR) + int32(row[0])) & 255
		g = (nearest(g, aboveG, cornerG) + int32(row[1])) & 255
		b = (nearest(b, aboveB, cornerB) + int32(row[2])) & 255
		row[0], row[1], row[2] = byte(r), byte(g), byte(b)
		cornerR, cornerG, cornerB = aboveR, aboveG, aboveB
	}
}

// nearest is the sample that is nearest to left + above - corner, the first of them if several are. It has no branches
// that data decide: with the lesser and the larger of left and above, corner is nearest exactly if it is between them
// and so is what is to be met.
func nearest(left, above, corner int32) int32 {
	lesser, larger := min(left, above), max(left, above)
	mirrored := 3*corner - left - above
	best := corner
	if larger <= mirrored {
		best = lesser
	}
	if mirrored <= lesser {
		best = larger
	}
	return best
}
