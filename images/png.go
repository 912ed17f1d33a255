package images

import (
	"encoding/binary"
	"hash/crc32"
	std "image/png"

	"github.com/dermset/dermset/images/png"
)

// readPNG walks over the chunks. The decoders prove their checksums.
func readPNG(data []byte) (header, error) {
	h := header{orientation: 1, decode: decodePNG}
	if len(data) < 33 {
		return h, truncated("ends within its header")
	}
	if string(data[12:16]) != "IHDR" {
		return h, corrupt("begins with a chunk %q, want IHDR", data[12:16])
	}
	width, height, depth, colour, interlaced := binary.BigEndian.Uint32(data[16:]),
		binary.BigEndian.Uint32(data[20:]), data[24], data[25], data[28]
	h.width, h.height = side(width), side(height)
	turned := false
	for rest := data[8:]; len(rest) >= 12; {
		length := int64(binary.BigEndian.Uint32(rest))
		body := tail(rest, 8)
		body = body[:min(int64(len(body)), length)]
		switch string(rest[4:8]) {
		case "acTL":
			h.animated = len(body) >= 4 && binary.BigEndian.Uint32(body) > 1
		case "eXIf": // the first counts, if its checksum is right
			sum := tail(rest, 8+length)
			if !turned && len(sum) >= 4 && binary.BigEndian.Uint32(sum) == crc32.ChecksumIEEE(rest[4:8+length]) {
				h.orientation, turned = exifOrientation(body), true
			}
		case "IEND":
			length = int64(len(rest)) // nothing counts behind it
		}
		rest = tail(rest, 12+length)
	}
	bytes := int64(8) // a pixel: filtered rows and RGBA, or RGBA of 16 bits
	if depth < 8 || colour == 3 {
		bytes = 1
	}
	if interlaced != 0 {
		bytes *= 2 // a pass is a picture of its own before it is merged
	}
	h.memory = bytes*int64(h.width)*int64(h.height) + 2*int64(len(data)) // the data too, put together of their chunks
	return h, nil
}

// decodePNG tries one decoder after another: the short cut, the standard library's, the one for odd files.
func decodePNG(s *source) (decoded, error) {
	if m, ok := png.Decode(s.data, s.passed); ok {
		return decoded{Image: m}, nil
	}
	m, err := std.Decode(s.stream())
	if err == nil || s.overdue {
		return decoded{Image: m}, err
	}
	return decodeOddPNG(s)
}
