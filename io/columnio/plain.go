package columnio

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// values gives the values of a page one after another; bytes of one are there until the next. What is left of a page
// when its levels are read is nobody's: some writers pad pages.
type values interface{ next() (value, error) }

// Encodings.
const (
	encodingPlain            = 0
	encodingPlainDictionary  = 2
	encodingRuns             = 3
	encodingBitPacked        = 4
	encodingDelta            = 5
	encodingDeltaLengthBytes = 6
	encodingDeltaBytes       = 7
	encodingDictionary       = 8
	encodingSplit            = 9
)

var encodingNames = []string{
	"PLAIN", "GROUP_VAR_INT", "PLAIN_DICTIONARY", "RLE", "BIT_PACKED", "DELTA_BINARY_PACKED", "DELTA_LENGTH_BYTE_ARRAY",
	"DELTA_BYTE_ARRAY", "RLE_DICTIONARY", "BYTE_STREAM_SPLIT",
}

// nameOf is a number of the format as an error names it.
func nameOf(names []string, n int32) string {
	if n >= 0 && int(n) < len(names) {
		return names[n]
	}
	return fmt.Sprint(n)
}

// valuesOf reads a page's values, but for codes of a dictionary.
func valuesOf(encoding, physical int32, data []byte) (values, error) {
	width := widths[physical]
	whole := physical == physicalInt32 || physical == physicalInt64
	switch {
	case encoding == encodingPlain && physical == physicalBoolean:
		return &plainBits{data: data}, nil
	case encoding == encodingPlain && physical == physicalBytes:
		return &plainBytes{data: data}, nil
	case encoding == encodingPlain && width > 0:
		return &plainNumbers{data: data, width: width}, nil
	case encoding == encodingRuns && physical == physicalBoolean:
		return &booleans{data: data}, nil
	case encoding == encodingDelta && whole:
		return &deltaNumbers{delta: delta{data: data}, narrow: width == 4}, nil
	case encoding == encodingDeltaLengthBytes && physical == physicalBytes:
		return &deltaLengths{lengths: delta{data: data}}, nil
	case encoding == encodingDeltaBytes && physical == physicalBytes:
		return &deltaBytes{prefixes: delta{data: data}}, nil
	case encoding == encodingSplit && width > 0:
		return split(data, width)
	}
	return nil, fmt.Errorf("a page is encoded as %s, which is not read", nameOf(encodingNames, encoding))
}

// widths are the bytes of a number, by physical type.
var widths = [...]int{physicalInt32: 4, physicalInt64: 8, physicalFloat: 4, physicalDouble: 8, physicalFixed: 0}

// plainNumbers are numbers side by side.
type plainNumbers struct {
	data  []byte
	width int
}

func (p *plainNumbers) next() (value, error) {
	if len(p.data) < p.width {
		return value{}, errShort
	}
	number := p.data[:p.width]
	p.data = p.data[p.width:]
	if p.width == 4 {
		return value{bits: littleEndian32(number)}, nil
	}
	return value{bits: binary.LittleEndian.Uint64(number)}, nil
}

// plainBytes are lengths and bytes in turn.
type plainBytes struct{ data []byte }

func (p *plainBytes) next() (value, error) {
	if len(p.data) < 4 {
		return value{}, errShort
	}
	end := 4 + int(binary.LittleEndian.Uint32(p.data))
	if end > len(p.data) {
		return value{}, errShort
	}
	bytes := p.data[4:end]
	p.data = p.data[end:]
	return value{bytes: bytes}, nil
}

// plainBits are booleans, eight to a byte.
type plainBits struct {
	data []byte
	bit  int
}

func (p *plainBits) next() (value, error) {
	bits, ok := unpack(p.data, p.bit, 1)
	if !ok {
		return value{}, errShort
	}
	p.bit++
	return value{bits: bits}, nil
}

// booleans are runs behind their length, which counts: what follows is not theirs.
type booleans struct {
	data  []byte
	runs  runs
	begun bool
}

func (b *booleans) next() (value, error) {
	if !b.begun {
		data, _, err := prefixed(b.data)
		if err != nil {
			return value{}, err
		}
		b.begun, b.runs = true, runs{data: data, width: 1}
	}
	bit, err := b.runs.next()
	return value{bits: uint64(bit)}, err
}

// prefixed cuts off what stands behind a length of four bytes.
func prefixed(data []byte) (first, rest []byte, err error) {
	if len(data) < 4 {
		return nil, nil, errShort
	}
	length := binary.LittleEndian.Uint32(data)
	if data = data[4:]; uint64(length) > uint64(len(data)) {
		return nil, nil, errShort
	}
	return data[:length], data[length:], nil
}

// splitNumbers are numbers whose first bytes stand together, then their second bytes, and so on.
type splitNumbers struct {
	data         []byte
	count, width int
	at           int
}

func split(data []byte, width int) (values, error) {
	if len(data)%width != 0 {
		return nil, errors.New("a page of numbers ends within one")
	}
	return &splitNumbers{data: data, count: len(data) / width, width: width}, nil
}

func (s *splitNumbers) next() (value, error) {
	if s.at >= s.count {
		return value{}, errShort
	}
	bits := uint64(0)
	for i := range s.width {
		bits |= uint64(s.data[i*s.count+s.at]) << (8 * i)
	}
	if s.at++; s.width == 4 {
		bits = uint64(int64(int32(bits)))
	}
	return value{bits: bits}, nil
}
