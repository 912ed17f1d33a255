package jpeg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"slices"
)

// ErrTruncated is data that end before the picture does.
var ErrTruncated = errors.New("the data end before the picture does")

// A FormatError is data that break the rules of JPEG.
type FormatError string

func (e FormatError) Error() string { return string(e) }

// An UnsupportedError is a JPEG of a kind that this package does not decode.
type UnsupportedError string

func (e UnsupportedError) Error() string { return string(e) + " is not decoded" }

func malformed(format string, args ...any) error { return FormatError(fmt.Sprintf(format, args...)) }

// A Header is what a picture says of itself before its first scan.
type Header struct {
	Width, Height int
	Exif          []byte // the APP1 segment of that name, which it still begins with; nil if there is none
	// Memory is about how many bytes Decode takes beside the data.
	Memory int64
}

// A Picture is a decoded picture.
type Picture struct {
	// Image is *image.Gray, *image.YCbCr, *image.RGBA (three components that are red, green and blue) or *image.CMYK.
	Image      image.Image
	MissingEOI bool // all of it is there but the marker of the end
	Incomplete bool // it ends, by its own word, before all bits of all coefficients: only its first scans are there
	ExtraData  bool // bytes that belong to nothing stand in or behind a scan

	planes *[]byte // that Release gives back
}

// Markers.
const (
	tem   = 0x01
	sof0  = 0xc0 // baseline
	sof1  = 0xc1 // extended sequential
	sof2  = 0xc2 // progressive
	dht   = 0xc4
	jpg   = 0xc8
	dac   = 0xcc
	sof15 = 0xcf
	rst0  = 0xd0
	rst7  = 0xd7
	soi   = 0xd8
	eoi   = 0xd9
	sos   = 0xda
	dqt   = 0xdb
	dri   = 0xdd
	app0  = 0xe0
	app1  = 0xe1
	app14 = 0xee
	app15 = 0xef
	com   = 0xfe
)

// maxScans bounds the work of a progressive picture: a scan of a few bytes can touch every block. Real pictures have 10
// or so; the fuzzers of libjpeg-turbo draw the line at 500.
const maxScans = 500

type component struct {
	id         byte
	h, v       int // sampling factors
	table      byte
	wide, high int // blocks that hold samples of the picture
	stride     int // blocks in a row, those that fill up the last MCU among them
	rows       int
	plane      []byte  // stride*8 × rows*8 samples
	coef       []int16 // of a progressive picture, 64 a block, in zigzag order
	// exact says for each coefficient in zigzag order how many of its low bits are still missing; 255: all of it.
	exact [64]uint8
	// quant is the table in force at the component's first scan, in zigzag order: it may be defined anew behind it.
	quant *[64]uint16
}

type decoder struct {
	data          []byte
	pos           int
	width, height int
	progressive   bool
	framed        bool // a frame header was read
	components    []component
	hMax, vMax    int
	mcusX, mcusY  int
	quant         [4][64]uint16 // zigzag order
	quantKnown    [4]bool
	dc, ac        [4]*huffman
	planes        *[]byte // of all components
	interval      int     // MCUs between restart markers; 0: none
	scans         int
	headerOnly    bool // stop at the first scan

	jfif           bool
	adobe          bool
	adobeTransform byte
	exif           []byte
	careful        bool // without the short cut that whole is: one failed, or a test wants it so
	skipped        bool // bytes that belong to nothing were skipped since the last marker
	extra          bool // some were since the first scan
}

// ReadHeader reads up to the first scan. With an error it returns what it read before.
func ReadHeader(data []byte) (Header, error) {
	d := &decoder{data: data, headerOnly: true}
	err := d.segments()
	h := Header{Width: d.width, Height: d.height, Exif: d.exif}
	for _, c := range d.components {
		samples := int64(c.stride) * int64(c.rows) * 64
		h.Memory += samples
		if d.progressive {
			h.Memory += 2 * samples
		}
	}
	h.Memory += d.copied() * int64(d.width) * int64(d.height)
	if !d.progressive {
		h.Memory += int64(len(data)) // those of its scans, put together: see intervals
	}
	return h, err
}

// Decode decodes the first picture of data; what follows its end is not looked at. The caller has seen the header's
// size: memory is taken for all of it at once.
func Decode(data []byte) (Picture, error) {
	d := &decoder{data: data}
	return d.decode()
}

func (d *decoder) decode() (Picture, error) {
	err := d.segments()
	missing := false
	if errors.Is(err, errNoMarker) && d.framed && d.scans > 0 && !d.skipped && d.complete() {
		missing, err = true, nil
	}
	if err == nil && d.scans == 0 {
		err = malformed("has no picture before its end marker")
	}
	if err != nil {
		return Picture{}, err
	}
	if err := d.finish(); err != nil {
		return Picture{}, err
	}
	return Picture{Image: d.picture(), MissingEOI: missing, Incomplete: !d.complete(), ExtraData: d.extra,
		planes: d.planes}, nil
}

// errNoMarker is where a marker should be and the data end.
var errNoMarker = fmt.Errorf("%w: there is no end marker", ErrTruncated)

// segments reads all segments, and the scans behind them, up to the end marker; of a header, up to the first scan.
func (d *decoder) segments() error {
	if len(d.data) < 2 || d.data[0] != 0xff || d.data[1] != soi {
		return malformed("does not begin with the marker of a JPEG")
	}
	d.pos = 2
	for {
		marker, err := d.marker()
		if err != nil {
			return err
		}
		d.extra = d.extra || d.skipped && d.scans > 0
		if marker == eoi || marker == sos && d.headerOnly {
			return nil
		}
		if err := d.segment(marker); err != nil {
			return err
		}
	}
}

// marker goes to the next marker. As in libjpeg, bytes in between are skipped; those that are no fill are noted.
func (d *decoder) marker() (byte, error) {
	d.skipped = false
	for at := d.pos; at < len(d.data); at++ {
		if d.data[at] != 0xff {
			d.skipped = true
			continue
		}
		if at+1 < len(d.data) && d.data[at+1] != 0 && d.data[at+1] != 0xff {
			d.pos = at + 2
			return d.data[at+1], nil
		}
	}
	return 0, errNoMarker
}

// segment reads a segment, without its marker. Those of no use here are skipped: an end of lines (DNL) too, which as in
// libjpeg never says more than the frame header.
func (d *decoder) segment(marker byte) error {
	switch {
	case marker == tem || marker >= rst0 && marker <= rst7:
		return nil // no length follows
	case marker == soi:
		return malformed("begins a second time")
	case marker < sof0 || marker == jpg || marker > dri && marker < app0 || marker > app15 && marker != com:
		return UnsupportedError(fmt.Sprintf("a JPEG with a segment of kind 0x%02x", marker))
	}
	if d.pos+2 > len(d.data) {
		return ErrTruncated
	}
	length := int(binary.BigEndian.Uint16(d.data[d.pos:]))
	if length < 2 && marker >= app0 { // as in libjpeg, one that says less than its length's two bytes is empty
		length = 2
	}
	if length < 2 {
		return malformed("a segment of %d bytes, want at least 2", length)
	}
	if d.pos+length > len(d.data) {
		return ErrTruncated
	}
	body := d.data[d.pos+2 : d.pos+length]
	d.pos += length
	switch {
	case marker == sof0, marker == sof1, marker == sof2:
		return d.frame(marker, body)
	case marker == dht:
		return d.huffmanTables(body)
	case marker > sof2 && marker <= sof15 && marker != dac:
		return UnsupportedError(fmt.Sprintf("JPEG of kind SOF%d", marker-sof0))
	case marker == dqt:
		return d.quantisation(body)
	case marker == dri:
		if len(body) != 2 {
			return malformed("a restart interval of %d bytes, want 2", len(body))
		}
		d.interval = int(binary.BigEndian.Uint16(body))
	case marker == sos:
		return d.scan(body)
	case d.scans > 0: // what the picture is was decided at its first scan
	case marker == app0:
		d.jfif = d.jfif || len(body) >= 14 && string(body[:5]) == "JFIF\x00"
	case marker == app1:
		if d.exif == nil && len(body) > 6 && string(body[:5]) == "Exif\x00" {
			d.exif = body
		}
	case marker == app14:
		if len(body) >= 12 && string(body[:5]) == "Adobe" {
			d.adobe, d.adobeTransform = true, body[11]
		}
	}
	return nil
}

// frame reads the frame header: size, components, their sampling.
func (d *decoder) frame(marker byte, body []byte) error {
	if d.framed {
		return malformed("has a second frame header")
	}
	if len(body) < 6 {
		return malformed("a frame header of %d bytes, want at least 6", len(body))
	}
	d.height, d.width = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
	d.progressive = marker == sof2
	n := int(body[5])
	switch {
	case body[0] != 8:
		return UnsupportedError(fmt.Sprintf("JPEG with %d bits a sample", body[0]))
	case d.height == 0:
		return UnsupportedError("a JPEG whose height follows its pixels")
	case d.width == 0:
		return malformed("has a width of 0")
	case len(body) != 6+3*n:
		return malformed("a frame header of %d bytes, want %d for %d components", len(body), 6+3*n, n)
	case n != 1 && n != 3 && n != 4:
		return UnsupportedError(fmt.Sprintf("JPEG with %d components", n))
	}
	components := make([]component, n)
	for i := range components {
		c, spec := &components[i], body[6+3*i:]
		c.id, c.h, c.v, c.table = spec[0], int(spec[1]>>4), int(spec[1]&15), spec[2]
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.table > 3 {
			return malformed("component %d: sampling %d×%d, table %d: want 1 to 4 and 0 to 3", i, c.h, c.v, c.table)
		}
		if n == 1 {
			c.h, c.v = 1, 1 // of a single component they say nothing
		}
		d.hMax, d.vMax = max(d.hMax, c.h), max(d.vMax, c.v)
		for k := range c.exact {
			c.exact[k] = 255
		}
	}
	for i, c := range components {
		if d.hMax%c.h != 0 || d.vMax%c.v != 0 { // libjpeg does not either
			return UnsupportedError(fmt.Sprintf("JPEG whose component %d has %d×%d samples for %d×%d of another",
				i, c.h, c.v, d.hMax, d.vMax))
		}
	}
	d.mcusX, d.mcusY = ceil(d.width, 8*d.hMax), ceil(d.height, 8*d.vMax)
	for i := range components {
		c := &components[i]
		c.wide, c.high = ceil(ceil(d.width*c.h, d.hMax), 8), ceil(ceil(d.height*c.v, d.vMax), 8)
		c.stride, c.rows = d.mcusX*c.h, d.mcusY*c.v
	}
	d.components, d.framed = components, true
	return nil
}

func ceil(a, b int) int { return (a + b - 1) / b }

// quantisation reads tables of divisors.
func (d *decoder) quantisation(body []byte) error {
	for len(body) > 0 {
		precision, id := body[0]>>4, body[0]&15
		size := 64 << precision
		if precision > 1 || id > 3 || len(body) < 1+size {
			return malformed("a broken table of quantisation")
		}
		for k := range 64 {
			if precision == 0 {
				d.quant[id][k] = uint16(body[1+k])
			} else {
				d.quant[id][k] = binary.BigEndian.Uint16(body[1+2*k:])
			}
		}
		d.quantKnown[id] = true
		body = body[1+size:]
	}
	return nil
}

// complete says whether every coefficient of every component was read to its last bit.
func (d *decoder) complete() bool {
	return !slices.ContainsFunc(d.components, func(c component) bool { return c.exact != [64]uint8{} })
}
