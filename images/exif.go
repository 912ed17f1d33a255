package images

import "encoding/binary"

// tagOrientation is the tag of EXIF and TIFF that says how the picture is to be turned.
const tagOrientation = 0x0112

// exifOrientation is the orientation in an EXIF block, which is a TIFF file without pixels, with or without the name in
// front of it that JPEG requires. What cannot be read, and values other than 1 to 8, count as 1:
// bad EXIF does not make a picture bad.
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

// A tiffDirectory has the values of each tag that are whole numbers.
type tiffDirectory struct {
	tags   map[uint16]tiffValues
	sorted bool   // by tag, each once, as it has to be
	next   uint32 // where the next directory is; 0 for none
}

// tiffValues are the values of a tag, as they are stored. Fewer than count may be there.
type tiffValues struct {
	order binary.ByteOrder
	size  int // bytes of a value: 1, 2 or 4
	count uint32
	bytes []byte
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
	d := tiffDirectory{sorted: true}
	rest := tail(t.data, int64(at))
	if len(rest) < 2 {
		return d, truncated("the directory at byte %d is not there", at)
	}
	d.tags = map[uint16]tiffValues{}
	entries, before := int(t.order.Uint16(rest)), -1
	for rest = rest[2:]; entries > 0; entries-- {
		if len(rest) < 12 {
			return d, truncated("ends within the directory at byte %d", at)
		}
		tag := t.order.Uint16(rest)
		d.sorted, before = d.sorted && int(tag) > before, int(tag)
		if _, again := d.tags[tag]; !again {
			if values := t.values(rest[:12]); values.count > 0 {
				d.tags[tag] = values
			}
		}
		rest = rest[12:]
	}
	if len(rest) >= 4 {
		d.next = t.order.Uint32(rest)
	}
	return d, nil
}

// values are those of an entry of type BYTE, SHORT or LONG; none of another.
func (t tiffFile) values(entry []byte) tiffValues {
	size, whole := map[uint16]int{1: 1, 3: 2, 4: 4}[t.order.Uint16(entry[2:])]
	if !whole {
		return tiffValues{}
	}
	count, bytes := t.order.Uint32(entry[4:]), entry[8:]
	all := int64(size) * int64(count)
	if all > 4 {
		bytes = tail(t.data, int64(t.order.Uint32(bytes)))
	}
	return tiffValues{t.order, size, count, bytes[:min(all, int64(len(bytes)))]}
}

// at is one of the values; 0 where they are not there.
func (v tiffValues) at(i int) uint32 {
	switch b := tail(v.bytes, int64(i)*int64(v.size)); {
	case v.size == 0 || len(b) < v.size:
		return 0
	case v.size == 1:
		return uint32(b[0])
	case v.size == 2:
		return uint32(v.order.Uint16(b))
	default:
		return v.order.Uint32(b)
	}
}

// first is the first value of a tag; 0 if it has none.
func (d tiffDirectory) first(tag uint16) uint32 { return d.tags[tag].at(0) }

func (d tiffDirectory) orientation() int {
	if v := d.first(tagOrientation); v >= 1 && v <= 8 {
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
