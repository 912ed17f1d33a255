package clean

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/png"
	"slices"

	"github.com/dermset/dermset/images"
)

// Version names how pictures are cleaned. It changes whenever the same bytes may be cleaned to others.
const Version = "1"

// A Copy is a picture that may be published.
type Copy struct {
	Data   []byte // may be the bytes it was made of
	Format string // jpeg, png or webp
	// Rewritten says why its pixels were written anew; empty where their data were copied.
	Rewritten string
}

// Of is the clean copy of a picture of which Decode said what result tells; it had pixels. It decodes only what must be
// written anew, and odd files, of which it makes sure that they show the same. Damaged data are an error.
func Of(data []byte, result images.Result) (Copy, error) {
	strip := strips[result.Format]
	why := "a picture of this format may hold what is no pixel in many places"
	if strip != nil {
		why = "is an animation, of which the first frame counts"
		s, ok := strip(data, result)
		switch {
		case ok && slices.Contains(result.Warnings, images.ExtraData):
			why = "holds more data than pixels"
		case ok && (s.odd || isOdd(result)) && !sameStored(data, s.data, limitsOf(result)):
			why = "is odd, and would show something else without what is left out"
		case ok:
			return Copy{Data: s.data, Format: result.Format}, nil
		case result.Format != "webp" || isOdd(result):
			why = "is odd in a way that a copy cannot be"
		}
	}
	rewritten, err := rewrite(data, limitsOf(result))
	return Copy{rewritten, "png", why}, err
}

// strips are the formats that are cleaned without writing pixels anew. They are false for what they cannot take apart.
var strips = map[string]func([]byte, images.Result) (stripped, bool){
	"jpeg": ofJPEG, "png": ofPNG, "webp": ofWebP,
}

// Memory is about how many bytes Of takes beside data, at most.
func Memory(data []byte, result images.Result) int64 {
	if strips[result.Format] != nil && len(result.Warnings) == 0 && !(result.Format == "webp" && webpOf(data).animated) {
		return int64(len(data))
	}
	pixels := int64(result.Width) * int64(result.Height)
	return 2*images.Memory(data, limitsOf(result)) + 8*pixels + int64(len(data))
}

// stripped is a picture without what is no pixel.
type stripped struct {
	data []byte
	odd  bool // it is not certain that it shows the same
}

// isOdd says whether decoders may see more in a picture than its plain parts.
func isOdd(result images.Result) bool {
	return slices.ContainsFunc(result.Warnings, func(w images.Warning) bool {
		return w != images.Animated && w != images.ExtensionDiffers
	})
}

// limitsOf let a picture be decoded that is as large as it was found to be.
func limitsOf(r images.Result) images.Limits {
	return images.Limits{MinSide: 1, MaxPixels: int64(r.Width) * int64(r.Height)}
}

// sameStored says whether two files are decoded to the same.
func sameStored(a, b []byte, limits images.Limits) bool {
	if bytes.Equal(a, b) {
		return true
	}
	first, m, releaseA := images.Decode(a, limits)
	defer releaseA()
	second, n, releaseB := images.Decode(b, limits)
	defer releaseB()
	if m == nil || n == nil || first.Orientation != second.Orientation || m.Bounds() != n.Bounds() {
		return false
	}
	box := m.Bounds()
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			if m.At(x, y) != n.At(x, y) {
				return false
			}
		}
	}
	return true
}

// rewrite is a picture's upright pixels as a PNG, with how their colours are meant.
func rewrite(data []byte, limits images.Limits) ([]byte, error) {
	result, stored, release := images.Decode(data, limits)
	defer release()
	if stored == nil {
		return nil, fmt.Errorf("%s: %s", result.Verdict, result.Detail)
	}
	upright := images.Plain(stored, result.Orientation)
	var out bytes.Buffer
	if err := png.Encode(&out, upright); err != nil {
		return nil, err
	}
	const head = 33 // signature and IHDR
	return slices.Concat(out.Bytes()[:head], colourChunks(data, result.Format, upright), out.Bytes()[head:]), nil
}

// colourChunks are the chunks of a PNG that say how the colours of a picture are meant that was written anew.
func colourChunks(data []byte, format string, m image.Image) []byte {
	var icc []byte
	switch format {
	case "jpeg":
		icc = profileOfJPEG(data)
	case "webp":
		icc = profileOfWebP(data)
	case "png":
		chunks, _ := keptChunks(data)
		if !fits(unpackedProfile(chunks["iCCP"]), m) { // of grey with alpha, which is colours now
			delete(chunks, "iCCP")
		}
		return chunks.colours()
	case "tiff":
		icc = images.TIFFProfile(data)
	}
	if !fits(icc, m) {
		return nil
	}
	return chunk("iCCP", packedProfile(icc))
}

// fits says whether a profile is one of colours that the pixels have: of inks there are none left.
func fits(icc []byte, m image.Image) bool {
	if !isProfile(icc) {
		return false
	}
	space := "RGB "
	switch m.(type) {
	case *image.Gray, *image.Gray16:
		space = "GRAY"
	}
	return string(icc[16:20]) == space
}

// isProfile says whether bytes are an ICC profile (ICC.1:2022, 7.2): of the size that they say, and with its
// signature. What is none could be anything.
func isProfile(icc []byte) bool {
	return len(icc) >= 132 && uint64(binary.BigEndian.Uint32(icc)) == uint64(len(icc)) && string(icc[36:40]) == "acsp"
}

// exif is an EXIF block of the one tag Orientation (EXIF 2.32, 4.6.5): a TIFF file of one directory of one entry.
func exif(orientation int) []byte {
	return []byte{'M', 'M', 0, '*', 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, byte(orientation), 0, 0, 0, 0, 0, 0}
}
