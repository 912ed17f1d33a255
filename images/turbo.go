//go:build turbo

package images

import (
	"github.com/dermset/dermset/images/jpeg"
	"github.com/dermset/dermset/images/turbo"
)

const jpegDecoder = "-turbo"

// Ready says whether pictures can be decoded as this program was built to. Its error says what is missing.
func Ready() error { return turbo.Load() }

// decodeJPEG has libturbojpeg decode what is proven to be whole, and gives the same samples without it. So the verdicts are those of the
// static build.
func decodeJPEG(data []byte) (jpeg.Picture, error) {
	if form := jpeg.Proven(data); form != nil && turbo.Decode(data, form) {
		return form.Picture(), nil
	}
	return jpeg.Decode(data)
}
