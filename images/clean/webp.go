package clean

import (
	"encoding/binary"

	"github.com/dermset/dermset/images"
)

// Flags of VP8X (RFC 9649, 2.7.1).
const (
	hasICC   = 0x20
	hasAlpha = 0x10
	hasExif  = 0x08
)

// webpParts are the chunks of a WebP that make its picture.
type webpParts struct {
	extended, icc, alpha []byte // bodies of VP8X, ICCP and ALPH; nil if there are none
	name                 string // of the picture's chunk
	picture              []byte
	animated             bool
}

func webpOf(data []byte) (w webpParts) {
	if len(data) < 12 {
		return w
	}
	all := 8 + int64(binary.LittleEndian.Uint32(data[4:]))
	for rest := data[12:max(12, min(int64(len(data)), all))]; len(rest) >= 8; {
		name, length := string(rest[:4]), int64(binary.LittleEndian.Uint32(rest[4:]))
		if length > int64(len(rest))-8 {
			break
		}
		body := rest[8 : 8+length]
		switch {
		case name == "VP8X" && len(body) >= 10 && w.extended == nil:
			w.extended = body[:10]
		case name == "ICCP" && w.icc == nil:
			w.icc = body
		case name == "ANMF":
			w.animated = true
		case w.picture != nil:
		case name == "ALPH":
			w.alpha = body
		case name == "VP8 ", name == "VP8L":
			w.name, w.picture = name, body
		}
		rest = rest[min(int64(len(rest)), 8+length+length&1):]
	}
	return w
}

func profileOfWebP(data []byte) []byte { return webpOf(data).icc }

// ofWebP puts a WebP of one frame together from its chunks, in the order that the format asks for.
func ofWebP(data []byte, result images.Result) (stripped, bool) {
	w := webpOf(data)
	if w.animated || w.picture == nil {
		return stripped{}, false
	}
	var flags byte
	if w.extended != nil {
		flags = w.extended[0] & hasAlpha
	}
	if w.name == "VP8L" {
		w.alpha = nil // it is in the picture
	}
	if w.alpha != nil {
		flags |= hasAlpha
	}
	if !isProfile(w.icc) {
		w.icc = nil
	} else {
		flags |= hasICC
	}
	if result.Orientation > 1 {
		flags |= hasExif
	}
	out := append(make([]byte, 0, len(w.picture)+256), "RIFF\x00\x00\x00\x00WEBP"...)
	add := func(name string, body []byte) {
		out = append(binary.LittleEndian.AppendUint32(append(out, name...), uint32(len(body))), body...)
		if len(body)%2 == 1 {
			out = append(out, 0)
		}
	}
	if flags != 0 || w.extended != nil {
		across, down := result.Width-1, result.Height-1
		add("VP8X", []byte{flags, 0, 0, 0, byte(across), byte(across >> 8), byte(across >> 16),
			byte(down), byte(down >> 8), byte(down >> 16)})
	}
	if w.icc != nil {
		add("ICCP", w.icc)
	}
	if w.alpha != nil {
		add("ALPH", w.alpha)
	}
	add(w.name, w.picture)
	if result.Orientation > 1 {
		add("EXIF", exif(result.Orientation))
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return stripped{data: out}, true
}
