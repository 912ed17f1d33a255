package images

import (
	"bytes"
	"fmt"
	"image"
	"path"
	"runtime/debug"
	"time"
)

// A header is what a picture says of itself before any pixel is decoded.
type header struct {
	format        string
	width, height int // of the stored pixels, or the canvas
	orientation   int // 1 to 8
	animated      bool
	memory        int64 // bytes that decoding takes at most, about
	decode        func(*source) (decoded, error)
}

// decoded is a picture and what only its decoder could see. The picture is as stored: not turned upright.
type decoded struct {
	image.Image
	warnings []Warning
	release  func() // gives the memory of the pixels back; nil if there is nothing to give
}

// Decode decodes a picture and says what it is. It never fails: whatever is wrong with data is the verdict. The pixels
// of a picture that was decoded whole (OK, TooSmall or Blank; else nil) are as they are stored, not turned upright, in
// the decoder's own form. They may share memory with data. After release, which may be left out, nobody may look at
// them: their memory is used for pictures to come.
func Decode(data []byte, limits Limits) (result Result, stored image.Image, release func()) {
	result, picture := decode(data, limits)
	if picture.release == nil {
		picture.release = func() {}
	}
	return result, picture.Image, picture.release
}

func decode(data []byte, limits Limits) (Result, decoded) {
	result := Result{Orientation: 1}
	picture, err := result.read(data, limits)
	if err != nil {
		p := problemOf(err)
		result.Verdict, result.Detail = p.verdict, p.detail
		return result.Under(limits), decoded{}
	}
	for _, warning := range picture.warnings {
		result.Warn(warning)
	}
	result.Verdict = OK
	if isBlank(picture.Image) {
		result.Verdict, result.Detail = Blank, "all pixels are equal"
	}
	return result.Under(limits), picture
}

// read notes what the header says, and decodes if the limits allow it.
func (r *Result) read(data []byte, limits Limits) (picture decoded, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = corrupt("the decoder broke: %v (%s)", broken, panicPlace(debug.Stack()))
		}
	}()
	h, err := inspect(data)
	r.Format, r.Width, r.Height, r.Orientation = h.format, h.width, h.height, max(h.orientation, 1)
	if err == nil && r.tooLarge(limits) {
		err = errTooLarge
	}
	if err != nil {
		return picture, err
	}
	if h.animated {
		r.Warn(Animated)
	}
	s := newSource(data, r.pixels())
	picture, err = h.decode(s)
	if s.overdue {
		r.ByClock = true
		return picture, errOverdue
	}
	if err != nil {
		return picture, err
	}
	if size := picture.Bounds().Size(); size.X != h.width || size.Y != h.height {
		return picture, corrupt("the header says %d×%d, the pixels are %d×%d", h.width, h.height, size.X, size.Y)
	}
	return picture, nil
}

func (r Result) pixels() int64 { return int64(r.Width) * int64(r.Height) }

// A side that a header says to be longer counts as longestSide. A picture with such a side, or of more than mostPixels,
// is too large under any limit: tables hold sides of 31 bits, and the memory that a picture takes is counted in 63.
const (
	longestSide = 1<<31 - 1
	mostPixels  = 1 << 40
)

// tooLarge says whether the limits forbid a picture of that size to be decoded.
// One whose size is not known has other troubles.
func (r Result) tooLarge(limits Limits) bool {
	return r.Width > 0 && r.Height > 0 &&
		(max(r.Width, r.Height) >= longestSide || r.pixels() > min(limits.MaxPixels, mostPixels))
}

// Stands says whether the result can be asked what it is under other limits: not if it is of a picture that was over
// the limit of pixels and now is not, since nobody has decoded that one yet.
func (r Result) Stands(limits Limits) bool {
	return r.Verdict != TooManyPixels || r.tooLarge(limits)
}

// Under is the result of the same bytes under other limits, if it Stands.
func (r Result) Under(limits Limits) Result {
	switch {
	case r.tooLarge(limits):
		detail := fmt.Sprintf("%d×%d is over %d pixels (images.max_pixels)", r.Width, r.Height, limits.MaxPixels)
		if max(r.Width, r.Height) >= longestSide || r.pixels() > mostPixels {
			detail = fmt.Sprintf("claims a side of %d pixels or more, or over %d pixels: no setting admits it",
				longestSide, int64(mostPixels))
		}
		return Result{Format: r.Format, Width: r.Width, Height: r.Height, Orientation: r.Orientation,
			Verdict: TooManyPixels, Detail: detail}
	case (r.Verdict == OK || r.Verdict == Blank) && min(r.Width, r.Height) < limits.MinSide:
		r.Verdict, r.Detail = TooSmall, fmt.Sprintf("%d×%d has a side under %d pixels (images.min_side)",
			r.Width, r.Height, limits.MinSide)
	}
	return r
}

// Memory is about how many bytes Decode of data takes beside data, at most. It is 0 for what is not decoded.
func Memory(data []byte, limits Limits) (bytes int64) {
	defer func() {
		if recover() != nil {
			bytes = 0
		}
	}()
	h, err := inspect(data)
	if err != nil || (Result{Width: h.width, Height: h.height}).tooLarge(limits) {
		return 0
	}
	return h.memory
}

// inspect reads the header. With an error, what it knows before the error is returned too.
func inspect(data []byte) (header, error) {
	format := sniff(data)
	if read, decoded := readers[format]; decoded {
		h, err := read(data)
		h.format = format
		if err == nil && (h.width < 1 || h.height < 1) {
			err = corrupt("the header says %d×%d pixels", h.width, h.height)
		}
		h.width, h.height = max(h.width, 0), max(h.height, 0)
		return h, err
	}
	switch {
	case len(data) == 0:
		return header{}, &problem{Empty, "has no bytes"}
	case format == "":
		return header{},
			&problem{NotAnImage, fmt.Sprintf("begins with %.16q, which is no picture format", data[:min(len(data), 16)])}
	}
	return header{format: format}, unsupported("%s is not decoded; convert it to PNG", format)
}

// side is a side that a header says as a number that every int can hold.
func side[number uint32 | uint64](pixels number) int { return int(min(pixels, longestSide)) }

// readers read the headers of the formats that are decoded.
var readers map[string]func([]byte) (header, error)

func init() { // the readers reach inspect's callers, which Go takes for a cycle in a plain declaration
	readers = map[string]func([]byte) (header, error){
		"jpeg": readJPEG, "png": readPNG, "gif": readGIF, "webp": readWebP, "tiff": readTIFF, "bmp": readBMP,
	}
}

// errTooLarge keeps a picture from being decoded. Under has the words for it.
var errTooLarge = &problem{TooManyPixels, "is too large"}

// errOverdue ends a decoder that takes too long.
var errOverdue = &problem{Corrupt, "decoding does not come to an end"}

// overdue is far more than any picture needs: 20 seconds and 2 µs a pixel, when the slowest decoders take 0.1 µs. Work
// that grows with something else than bytes and pixels is bounded before (see maxScans);
// this is for what nobody thought of.
func overdue(pixels int64) time.Duration {
	return 20*time.Second + time.Duration(pixels)*2*time.Microsecond
}

// panicPlace is the function that a stack says broke: the first one below the panic that is not the runtime's.
func panicPlace(stack []byte) string {
	lines := bytes.Split(stack, []byte("\n"))
	for i, line := range lines {
		if !bytes.HasPrefix(line, []byte("panic(")) {
			continue
		}
		for _, below := range lines[i+2:] {
			if !bytes.HasPrefix(below, []byte("\t")) && !bytes.HasPrefix(below, []byte("runtime.")) {
				name, _, _ := bytes.Cut(below, []byte("("))
				return path.Base(string(name))
			}
		}
	}
	return "unknown place"
}
