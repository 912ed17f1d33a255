package demo

import "encoding/binary"

// A tag of EXIF (CIPA DC-008, 4.6): its number, the type and number of its values, and these: in place if they take no
// more than 4 bytes.
type tag struct {
	number, kind uint16
	count        uint32
	values       []byte
}

// upright says that pixels are to be turned by a quarter with the clock.
var upright = []tag{{number: 0x0112, kind: 3, count: 1, values: []byte{0, 6}}}

// place is a camera's model, and a place on the open sea (0° N, 0° E): nobody lives there.
var place = []tag{
	{number: 0x0110, kind: 2, count: 8, values: []byte("Camera A")},
	{number: 0x8825, kind: 4, count: 1}, // where the tags of GPS stand
}

// gps are latitude and longitude as degrees, minutes and seconds, each a fraction.
var gps = []tag{
	{number: 1, kind: 2, count: 2, values: []byte("N\x00")},
	{number: 2, kind: 5, count: 3, values: fractions(0, 0, 0)},
	{number: 3, kind: 2, count: 2, values: []byte("E\x00")},
	{number: 4, kind: 5, count: 3, values: fractions(0, 0, 0)},
}

func fractions(whole ...uint32) (out []byte) {
	for _, n := range whole {
		out = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(out, n), 1)
	}
	return out
}

// directory is a directory of tags that stands so many bytes behind the begin of EXIF, and its longer values behind it.
// A tag without values names where it ends.
func directory(at int, tags []tag) []byte {
	out := binary.BigEndian.AppendUint16(nil, uint16(len(tags)))
	far := []byte{}
	behind := at + 2 + 12*len(tags) + 4
	end := behind
	for _, t := range tags {
		if len(t.values) > 4 {
			end += len(t.values)
		}
	}
	for _, t := range tags {
		out = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(out, t.number), t.kind)
		out = binary.BigEndian.AppendUint32(out, t.count)
		switch {
		case t.values == nil:
			out = binary.BigEndian.AppendUint32(out, uint32(end))
		case len(t.values) > 4:
			out = binary.BigEndian.AppendUint32(out, uint32(behind+len(far)))
			far = append(far, t.values...)
		default:
			out = append(out, append(t.values[:len(t.values):len(t.values)], 0, 0, 0, 0)[:4]...)
		}
	}
	return append(append(out, 0, 0, 0, 0), far...)
}

// withExif puts EXIF behind the first marker of a JPEG.
func withExif(file []byte, tags ...tag) []byte {
	exif := append([]byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08"), directory(8, tags)...)
	if tags[len(tags)-1].values == nil {
		exif = append(exif, directory(len(exif)-6, gps)...)
	}
	return withSegment(file, 0xe1, exif)
}

// withNotes puts a comment there.
func withNotes(file []byte) []byte {
	return withSegment(file, 0xfe, []byte("exported by the clinic's archive"))
}

func withSegment(file []byte, marker byte, body []byte) []byte {
	head := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, marker}, uint16(len(body)+2))
	return append(append(head, body...), file[2:]...)
}
