//go:build !turbo

package images

import "github.com/dermset/dermset/images/jpeg"

const jpegDecoder = ""

// Ready says whether pictures can be decoded as this program was built to. Its error says what is missing.
func Ready() error { return nil }

func decodeJPEG(data []byte) (jpeg.Picture, error) { return jpeg.Decode(data) }
