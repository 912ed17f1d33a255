package images

import (
	"encoding/binary"
	"image/jpeg"
)

func readJPEG(data []byte) (header, error) {
	h := header{orientation: 1, decode: func(s *source) (decoded, error) {
		m, err := jpeg.Decode(s.stream())
		return decoded{Image: m}, err
	}}
	for rest := data[2:]; ; {
		for len(rest) > 0 && rest[0] != 0xff {
			rest = rest[1:]
		}
		for len(rest) > 1 && rest[1] == 0xff {
			rest = rest[1:]
		}
		if len(rest) < 4 {
			return h, truncated("ends within its header")
		}
		marker, length := rest[1], int64(binary.BigEndian.Uint16(rest[2:]))
		body := tail(rest, 4)
		body = body[:min(int64(len(body)), max(0, length-2))]
		switch {
		case marker == 0xe1:
			h.orientation = exifOrientation(body)
		case marker >= 0xc0 && marker <= 0xc2 && len(body) >= 6:
			h.height, h.width = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
			h.memory = 15 * int64(h.height) * int64(h.width)
			return h, nil
		}
		rest = tail(rest, 2+length)
	}
}
