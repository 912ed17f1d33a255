//go:build turbo && (linux || darwin)

package turbo

import (
	"runtime"

	"github.com/dermset/dermset/images/jpeg"
)

// Of turbojpeg.h.
const (
	flagAccurateDCT   = 4096 // islow
	flagStopOnWarning = 8192
	flagLimitScans    = 32768

	coloursYCbCr = 1
	coloursGrey  = 2

	subsamplingGrey = 3
)

// subsamplings are the library's numbers for how many luma samples share one of chroma, across and down.
var subsamplings = map[[2]int]int32{{1, 1}: 0, {2, 1}: 1, {2, 2}: 2, {1, 2}: 4, {4, 1}: 5}

// Decode fills the planes of a proven picture, if the library can be loaded, says the same of the picture's form, and decodes it without a
// warning. If not, the planes hold anything.
func Decode(data []byte, form *jpeg.Form) bool {
	l, err := loaded()
	if err != nil || len(data) == 0 {
		return false
	}
	handle := l.initDecompress() // a microsecond: nothing is left of the picture before
	if handle == 0 {
		return false
	}
	defer l.destroy(handle)

	// C sees memory of Go during the call, and pointers in it.
	var pinned runtime.Pinner
	defer pinned.Unpin()
	planes, strides := new([3]*byte), new([3]int32)
	pinned.Pin(&data[0])
	pinned.Pin(planes)
	for i, plane := range form.Planes {
		planes[i], strides[i] = &plane[0], int32(form.Strides[i])
		pinned.Pin(planes[i])
	}
	if !l.agrees(handle, data, form) {
		return false
	}
	flags := int32(flagAccurateDCT | flagStopOnWarning | flagLimitScans)
	return l.decompressToYUVPlane(handle, &data[0], uintptr(len(data)), &planes[0], int32(form.Width), &strides[0], int32(form.Height), flags) == 0
}

// agrees says whether the library reads the same from the header as we do: what it writes into the planes depends on it.
func (l *library) agrees(handle uintptr, data []byte, form *jpeg.Form) bool {
	var width, height, subsampling, colours int32
	if l.decompressHeader3(handle, &data[0], uintptr(len(data)), &width, &height, &subsampling, &colours) != 0 {
		return false
	}
	wantColours, want, known := int32(coloursGrey), int32(subsamplingGrey), true
	if len(form.Planes) == 3 {
		wantColours = coloursYCbCr
		want, known = subsamplings[[2]int{form.H, form.V}]
	}
	return known && int(width) == form.Width && int(height) == form.Height && subsampling == want && colours == wantColours
}
