package images

import "golang.org/x/image/tiff"

// readTIFF reads the first directory, which is the picture, and looks whether a further page follows.
func readTIFF(data []byte) (header, error) {
	h := header{orientation: 1, decode: func(s *source) (decoded, error) {
		m, err := tiff.Decode(s)
		return decoded{Image: m}, err
	}}
	t, err := openTIFF(data)
	if err != nil {
		return h, err
	}
	first, err := t.directory(t.first)
	h.width, h.height, h.orientation = int(first.tags[256]), int(first.tags[257]), first.orientation()
	if err != nil {
		return h, err
	}
	const samplesPerPixel, planar = 277, 284
	if first.tags[planar] == 2 && first.tags[samplesPerPixel] > 1 { // the decoder takes the first plane for all of them
		return h, unsupported("TIFF with a plane for each colour is not decoded; convert it to PNG")
	}
	if first.next != 0 {
		const thumbnail = 1 // a bit of NewSubfileType
		second, err := t.directory(first.next)
		h.animated = err == nil && second.tags[254]&thumbnail == 0
	}
	const bitsPerSample = 258
	pixel := int64(20) // bytes: the picture, and the strips that the decoder unpacks into memory that grows
	if first.tags[bitsPerSample] > 8 {
		pixel = 40
	}
	h.memory = pixel*int64(h.width)*int64(h.height) + int64(len(data))
	return h, nil
}
