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

// A tiffFile reads the directories of a TIFF file. Of a BigTIFF places and counts have 8 bytes instead of 4.
type tiffFile struct {
	data  []byte
	order binary.ByteOrder
	big   bool
	first uint64 // where the first directory is
}

// A tiffDirectory has the values of each tag that are whole numbers or fractions. Of a tag that is repeated the first
// counts.
type tiffDirectory struct {
	tags map[uint16]tiffValues
	odd  bool   // a tag is repeated, or they are not in ascending order
	next uint64 // where the next directory is; 0 for none
}

// tiffValues are the values of a tag, as they are stored. Fewer than count may be there.
type tiffValues struct {
	order binary.ByteOrder
	size  int // bytes of a value: 1, 2, 4 or 8
	count uint64
	bytes []byte
}

func openTIFF(data []byte) (tiffFile, error) {
	t := tiffFile{data: data}
	if len(data) < 8 {
		return t, truncated("ends within its header")
	}
	switch string(data[:4]) {
	case "II*\x00", "II+\x00":
		t.order = binary.LittleEndian
	case "MM\x00*", "MM\x00+":
		t.order = binary.BigEndian
	default:
		return t, corrupt("has no TIFF header")
	}
	if t.big = data[2] == '+' || data[3] == '+'; !t.big {
		t.first = uint64(t.order.Uint32(data[4:]))
		return t, nil
	}
	if len(data) < 16 {
		return t, truncated("ends within its header")
	}
	if size := t.order.Uint16(data[4:]); size != 8 {
		return t, corrupt("has places of %d bytes, want 8", size)
	}
	t.first = t.order.Uint64(data[8:])
	return t, nil
}

// place is a place or a count; of the bytes of an entry that hold one, or of a directory's end.
func (t tiffFile) place(b []byte) uint64 {
	if t.big {
		return t.order.Uint64(b)
	}
	return uint64(t.order.Uint32(b))
}

// directory reads the directory at a place. If it ends early, the tags before the end are returned beside the error.
func (t tiffFile) directory(at uint64) (d tiffDirectory, err error) {
	counter, entry, place := 2, 12, 4
	if t.big {
		counter, entry, place = 8, 20, 8
	}
	rest := tail(t.data, at)
	if len(rest) < counter {
		return d, truncated("the directory at byte %d is not there", at)
	}
	d.tags = map[uint16]tiffValues{}
	entries, before := uint64(t.order.Uint16(rest)), -1
	if t.big {
		entries = t.order.Uint64(rest)
	}
	for rest = rest[counter:]; entries > 0; entries-- {
		if len(rest) < entry {
			return d, truncated("ends within the directory at byte %d", at)
		}
		tag := t.order.Uint16(rest)
		d.odd, before = d.odd || int(tag) <= before, int(tag)
		if _, again := d.tags[tag]; !again {
			if values := t.values(rest[:entry]); values.count > 0 {
				d.tags[tag] = values
			}
		}
		rest = rest[entry:]
	}
	if len(rest) >= place {
		d.next = t.place(rest)
	}
	return d, nil
}

// values are those of an entry of type BYTE, SHORT, LONG, LONG8, SSHORT or SLONG (of which no tag that is asked for is
// below 0), of bytes of no type or of fractions (see ratio); none of another.
func (t tiffFile) values(entry []byte) tiffValues {
	size, whole := map[uint16]int{1: 1, 3: 2, 4: 4, 5: 8, 7: 1, 8: 2, 9: 4, 16: 8}[t.order.Uint16(entry[2:])]
	if !whole {
		return tiffValues{}
	}
	half := 4 + (len(entry)-4)/2
	count, bytes := t.place(entry[4:]), entry[half:]
	all := uint64(size) * min(count, 1<<40)
	if all > uint64(len(bytes)) {
		bytes = tail(t.data, t.place(bytes))
	}
	return tiffValues{t.order, size, count, bytes[:min(all, uint64(len(bytes)))]}
}

// at is one of the values; 0 where they are not there.
func (v tiffValues) at(i int) uint64 {
	switch b := tail(v.bytes, uint64(i)*uint64(v.size)); {
	case v.size == 0 || len(b) < v.size:
		return 0
	case v.size == 1:
		return uint64(b[0])
	case v.size == 2:
		return uint64(v.order.Uint16(b))
	case v.size == 4:
		return uint64(v.order.Uint32(b))
	default:
		return v.order.Uint64(b)
	}
}

// first is the first value of a tag; 0 if it has none.
func (d tiffDirectory) first(tag uint16) uint64 { return d.tags[tag].at(0) }

func (d tiffDirectory) orientation() int {
	if v := d.first(tagOrientation); v >= 1 && v <= 8 {
		return int(v)
	}
	return 1
}

// tail is data from a place on; empty past the end.
func tail[place int | int64 | uint64](data []byte, at place) []byte {
	if at < 0 || uint64(at) > uint64(len(data)) {
		return nil
	}
	return data[at:]
}
