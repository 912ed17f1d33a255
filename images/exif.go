package images

import "encoding/binary"

// tagOrientation is the tag of EXIF and TIFF that says how the picture is to be turned.
const tagOrientation = 0x0112

// exifOrientation is the orientation in an EXIF block, which is a TIFF file without pixels, with or without the name in front of it that
// JPEG requires. What cannot be read, and values other than 1 to 8, count as 1: bad EXIF does not make a picture bad.
func exifOrientation(data []byte) int {
	if len(data) >= 6 && string(data[:6]) == "Exif\x00\x00" {
		data = data[6:]
	}
	t, err := openTIFF(data)
	if err != nil {
		return 1
	}
	first, err := t.directory(t.first)
	if err != nil && first.tags == nil {
		return 1
	}
	return first.orientation()
}

// A tiffFile reads the directories of a TIFF file.
type tiffFile struct {
	data  []byte
	order binary.ByteOrder
	first uint32 // where the first directory is
}

// A tiffDirectory is the first value of each tag that is a whole number.
type tiffDirectory struct {
	tags map[uint16]uint32
	next uint32 // where the next directory is; 0 for none
}

func openTIFF(data []byte) (tiffFile, error) {
	t := tiffFile{data: data}
	if len(data) < 8 {
		return t, truncated("ends within its header")
	}
	switch string(data[:4]) {
	case "II*\x00":
		t.order = binary.LittleEndian
	case "MM\x00*":
		t.order = binary.BigEndian
	default:
		return t, corrupt("has no TIFF header")
	}
	t.first = t.order.Uint32(data[4:])
	return t, nil
}

// directory reads the directory at a place. If it ends early, the tags before the end are returned beside the error.
func (t tiffFile) directory(at uint32) (tiffDirectory, error) {
	d := tiffDirectory{}
	rest := tail(t.data, int64(at))
	if len(rest) < 2 {
		return d, truncated("the directory at byte %d is not there", at)
	}
	d.tags = map[uint16]uint32{}
	entries := int(t.order.Uint16(rest))
	for rest = rest[2:]; entries > 0; entries-- {
		if len(rest) < 12 {
			return d, truncated("ends within the directory at byte %d", at)
		}
		if value, ok := t.number(rest[:12]); ok {
			if _, again := d.tags[t.order.Uint16(rest)]; !again {
				d.tags[t.order.Uint16(rest)] = value
			}
		}
		rest = rest[12:]
	}
	if len(rest) >= 4 {
		d.next = t.order.Uint32(rest)
	}
	return d, nil
}

// number is the first value of an entry of type BYTE, SHORT or LONG.
func (t tiffFile) number(entry []byte) (uint32, bool) {
	kind, count, value := t.order.Uint16(entry[2:]), t.order.Uint32(entry[4:]), entry[8:]
	sizes := map[uint16]uint64{1: 1, 3: 2, 4: 4}
	size, whole := sizes[kind]
	if !whole || count == 0 {
		return 0, false
	}
	if size*uint64(count) > 4 {
		value = tail(t.data, int64(t.order.Uint32(value)))
	}
	switch {
	case uint64(len(value)) < size:
		return 0, false
	case kind == 1:
		return uint32(value[0]), true
	case kind == 3:
		return uint32(t.order.Uint16(value)), true
	}
	return t.order.Uint32(value), true
}

func (d tiffDirectory) orientation() int {
	if v := d.tags[tagOrientation]; v >= 1 && v <= 8 {
		return int(v)
	}
	return 1
}

// tail is data from a place on; empty past the end.
func tail(data []byte, at int64) []byte {
	if at < 0 || at > int64(len(data)) {
		return nil
	}
	return data[at:]
}
