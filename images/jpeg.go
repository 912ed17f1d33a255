package images

import "github.com/dermset/dermset/images/jpeg"

func readJPEG(data []byte) (header, error) {
	found, err := jpeg.ReadHeader(data)
	return header{
		width: found.Width, height: found.Height, orientation: exifOrientation(found.Exif), memory: found.Memory,
		decode: func(s *source) (decoded, error) {
			picture, err := jpeg.Decode(s.data)
			d := decoded{Image: picture.Image, release: picture.Release}
			if picture.MissingEOI {
				d.warnings = append(d.warnings, MissingEOI)
			}
			if picture.Incomplete {
				d.warnings = append(d.warnings, Incomplete)
			}
			if picture.ExtraData {
				d.warnings = append(d.warnings, ExtraData)
			}
			return d, err
		},
	}, err
}
