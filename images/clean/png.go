package clean

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"

	"github.com/dermset/dermset/images"
)

const signature = "\x89PNG\r\n\x1a\n"

// kept are the bodies of the chunks of a PNG that stay, in the order in which they are written.
type kept map[string][]byte

// order is that of the chunks before the pixels (PNG 5.6). Of these colourNames say how colours are meant.
var (
	colourNames = []string{"cICP", "gAMA", "cHRM", "iCCP", "sRGB"}
	otherNames  = []string{"PLTE", "tRNS", "bKGD", "pHYs"}
)

func (k kept) colours() (out []byte) {
	for _, name := range colourNames {
		if body, has := k[name]; has {
			out = append(out, chunk(name, body)...)
		}
	}
	return out
}

func chunk(name string, body []byte) []byte {
	out := append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), name...)
	out = append(out, body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// ofPNG puts a PNG together from its chunks. What an animation has besides the picture that counts is gone with the
// rest.
func ofPNG(data []byte, result images.Result) (stripped, bool) {
	chunks, pixels := keptChunks(data)
	if chunks["IHDR"] == nil || pixels == nil || isOdd(result) || !isRegular(pixels) && !endsInTime(pixels) {
		return stripped{}, false // nobody knows where its pixels end
	}
	out := append(make([]byte, 0, len(pixels)+1024), signature...)
	out = append(append(out, chunk("IHDR", chunks["IHDR"])...), chunks.colours()...)
	for _, name := range otherNames {
		if body, has := chunks[name]; has {
			out = append(out, chunk(name, body)...)
		}
	}
	if result.Orientation > 1 {
		out = append(out, chunk("eXIf", exif(result.Orientation))...)
	}
	return stripped{data: append(append(out, pixels...), chunk("IEND", nil)...)}, true
}

// keptChunks are the chunks before the pixels that stay, and those of the pixels as they are: the first ones that
// stand together.
func keptChunks(data []byte) (chunks kept, pixels []byte) {
	chunks = kept{}
	for rest := data[min(len(data), len(signature)):]; len(rest) >= 12; {
		length, name := int64(binary.BigEndian.Uint32(rest)), string(rest[4:8])
		if length > int64(len(rest))-12 {
			break
		}
		body, sum := rest[8:8+length], binary.BigEndian.Uint32(rest[8+length:])
		whole := rest[:12+length]
		rest = rest[12+length:]
		if name == "IDAT" {
			pixels = append(pixels, whole...)
			continue
		}
		if pixels != nil {
			break
		}
		_, again := chunks[name]
		if right := crc32.ChecksumIEEE(whole[4:8+length]) == sum; right && !again {
			if body := chunks.body(name, body); body != nil {
				chunks[name] = body
			}
		}
	}
	return chunks, pixels
}

// isRegular says whether packed pixels are cut as encoders cut them: into pieces of one size, in kilobytes, but for a
// smaller last one. Behind the end of data that are not there may be a chunk of anything, which decoders skip.
func isRegular(pixels []byte) bool {
	size := binary.BigEndian.Uint32(pixels)
	for len(pixels) > 0 {
		length := binary.BigEndian.Uint32(pixels)
		pixels = pixels[12+length:]
		if len(pixels) > 0 && (length != size || length%1024 != 0) || length > size {
			return false
		}
	}
	return true
}

// endsInTime unpacks pixels and says whether their data end where their chunks do.
func endsInTime(pixels []byte) bool {
	var packed []byte
	for len(pixels) > 0 {
		length := binary.BigEndian.Uint32(pixels)
		packed, pixels = append(packed, pixels[8:8+length]...), pixels[12+length:]
	}
	rest := bytes.NewReader(packed[min(2, len(packed)):]) // behind the header of zlib
	_, err := io.Copy(io.Discard, flate.NewReader(rest))
	const checksum = 4
	return err == nil && rest.Len() == checksum
}

// lengths are those of chunks that have always the same: no more fits into them than they are for.
var lengths = map[string]int{"IHDR": 13, "cICP": 4, "gAMA": 4, "cHRM": 32, "sRGB": 1, "pHYs": 9}

// body is what stays of a chunk; nil if nothing does. A palette beside colours is a suggestion, and one that is longer
// than pixels have names has something behind it.
func (k kept) body(name string, body []byte) []byte {
	if length, is := lengths[name]; is && len(body) == length {
		return body
	}
	head := k["IHDR"]
	if head == nil {
		return nil
	}
	depth, colour := head[8], head[9]
	switch name {
	case "PLTE":
		if colour == 3 {
			return body[:min(len(body), 3<<min(depth, 8))]
		}
	case "tRNS":
		if n := len(body); colour == 3 && n > 0 && n <= 256 || colour == 0 && n == 2 || colour == 2 && n == 6 {
			return body
		}
	case "bKGD":
		if len(body) == map[byte]int{0: 2, 2: 6, 3: 1, 4: 2, 6: 6}[colour] {
			return body
		}
	case "iCCP":
		if icc := unpackedProfile(body); isProfile(icc) {
			return packedProfile(icc)
		}
	}
	return nil
}

// mostProfile bounds a profile that is unpacked: real ones have 4 MB at most.
const mostProfile = 16 << 20

// unpackedProfile is the profile of an iCCP chunk: its name, a zero, the method, then packed data.
func unpackedProfile(body []byte) []byte {
	end := bytes.IndexByte(body, 0)
	if end < 0 || end+2 > len(body) || body[end+1] != 0 {
		return nil
	}
	unpacked, err := zlib.NewReader(bytes.NewReader(body[end+2:]))
	if err != nil {
		return nil
	}
	icc, err := io.ReadAll(io.LimitReader(unpacked, mostProfile))
	if err != nil {
		return nil
	}
	return icc
}

// packedProfile is the body of an iCCP chunk. Its name tells nothing.
func packedProfile(icc []byte) []byte {
	out := bytes.NewBufferString("icc\x00\x00")
	packed := zlib.NewWriter(out)
	_, _ = packed.Write(icc) // a buffer takes everything
	_ = packed.Close()
	return out.Bytes()
}
