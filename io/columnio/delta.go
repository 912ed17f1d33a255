package columnio

import (
	"errors"
)

// A delta reads whole numbers as differences: blocks of a least difference and, in smaller blocks, what goes beyond it.
type delta struct {
	data    []byte
	begun   bool
	first   bool // the next value stands in the head
	left    uint64
	number  int64
	minis   int // of a block
	perMini int
	least   int64
	widths  []byte // of the smaller blocks that are left of a block
	mini    []byte
	width   int
	count   int // values left of mini
	bit     int
}

var errDelta = errors.New("a page of differences is damaged")

// begin reads the head.
func (d *delta) begin() error {
	c := compact{data: d.data}
	block, minis := c.uvarint(), c.uvarint()
	d.left, d.number = c.uvarint(), c.number(kindInt64)
	if c.err != nil || minis == 0 || block > 1<<31 || block%minis != 0 || block/minis%8 != 0 || block == 0 {
		return errDelta
	}
	d.data, d.minis, d.perMini = d.data[c.at:], int(minis), int(block/minis)
	d.begun, d.first = true, true
	return nil
}

func (d *delta) next() (int64, error) {
	if !d.begun {
		if err := d.begin(); err != nil {
			return 0, err
		}
	}
	if d.left == 0 {
		return 0, errShort
	}
	d.left--
	if d.first {
		d.first = false
		return d.number, nil
	}
	if d.count == 0 {
		if err := d.nextMini(); err != nil {
			return 0, err
		}
	}
	bits, ok := unpack(d.mini, d.bit, d.width)
	if !ok {
		return 0, errShort
	}
	d.bit += d.width
	d.count--
	d.number += d.least + int64(bits)
	return d.number, nil
}

// nextMini begins the next smaller block. Of the last one, the end may be missing.
func (d *delta) nextMini() error {
	if len(d.widths) == 0 {
		c := compact{data: d.data}
		d.least = c.number(kindInt64)
		d.widths = c.take(uint64(d.minis))
		if c.err != nil {
			return errDelta
		}
		d.data = d.data[c.at:]
	}
	d.width, d.widths = int(d.widths[0]), d.widths[1:]
	if d.width > 64 {
		return errDelta
	}
	length := min(d.perMini/8*d.width, len(d.data))
	d.mini, d.data = d.data[:length], d.data[length:]
	d.count, d.bit = d.perMini, 0
	return nil
}

// rest is what stands behind the numbers.
func (d delta) rest() ([]byte, error) {
	if err := d.begin(); err != nil {
		return nil, err
	}
	for left := max(d.left, 1) - 1; left > 0; left -= min(left, uint64(d.perMini)) {
		if err := d.nextMini(); err != nil {
			return nil, err
		}
	}
	return d.data, nil
}

// deltaNumbers are numbers of a column.
type deltaNumbers struct {
	delta
	narrow bool
}

func (d *deltaNumbers) next() (value, error) {
	number, err := d.delta.next()
	if d.narrow {
		number = int64(int32(number)) // differences of 32 bits wrap around
	}
	return value{bits: uint64(number)}, err
}

// deltaLengths are lengths, then the bytes of all values.
type deltaLengths struct {
	lengths delta
	data    []byte
	begun   bool
}

func (d *deltaLengths) next() (value, error) {
	if !d.begun {
		var err error
		if d.data, err = d.lengths.rest(); err != nil {
			return value{}, err
		}
		d.begun = true
	}
	length, err := d.lengths.next()
	if err != nil {
		return value{}, err
	}
	if length < 0 || length > int64(len(d.data)) {
		return value{}, errDelta
	}
	bytes := d.data[:length]
	d.data = d.data[length:]
	return value{bytes: bytes}, nil
}

// deltaBytes are values that have a beginning in common with the one before.
type deltaBytes struct {
	prefixes delta
	suffixes deltaLengths
	last     []byte
	begun    bool
}

func (d *deltaBytes) next() (value, error) {
	if !d.begun {
		rest, err := d.prefixes.rest()
		if err != nil {
			return value{}, err
		}
		d.begun, d.suffixes = true, deltaLengths{lengths: delta{data: rest}}
	}
	prefix, err := d.prefixes.next()
	if err != nil {
		return value{}, err
	}
	suffix, err := d.suffixes.next()
	switch {
	case err != nil:
		return value{}, err
	case prefix < 0 || prefix > int64(len(d.last)):
		return value{}, errDelta
	case int(prefix)+len(suffix.bytes) > MaxCell:
		return value{}, tooLong(int(prefix) + len(suffix.bytes))
	}
	d.last = append(d.last[:prefix], suffix.bytes...)
	return value{bytes: d.last}, nil
}
