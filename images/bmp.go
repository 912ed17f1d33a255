package images

import (
	"encoding/binary"

	"golang.org/x/image/bmp"
)

func readBMP(data []byte) (header, error) {
	h := header{orientation: 1, decode: func(s *source) (decoded, error) {
		m, err := bmp.Decode(s.stream())
		return decoded{Image: m}, err
	}}
	if len(data) < 26 {
		return h, truncated("ends within its header")
	}
	if size := binary.LittleEndian.Uint32(data[14:]); size == 12 { // the core header of OS/2
		h.width, h.height = int(binary.LittleEndian.Uint16(data[18:])), int(binary.LittleEndian.Uint16(data[20:]))
	} else {
		height := binary.LittleEndian.Uint32(data[22:])
		if int32(height) < 0 { // rows from the top down
			height = -height
		}
		h.width, h.height = int(int32(binary.LittleEndian.Uint32(data[18:]))), side(height)
	}
	h.memory = 4 * int64(h.width) * int64(h.height)
	return h, nil
}
