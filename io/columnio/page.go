package columnio

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/bits"
)

// maxWork is the most bytes that pages and dictionaries take at once, over all columns that are read.
const maxWork = 256 << 20

// maxHeader is the most bytes that the head of a page may have: it may name a least and a greatest value, each twice.
const maxHeader = 4*MaxCell + 64<<10

// Kinds of pages.
const (
	pageData       = 0
	pageDictionary = 2
	pageData2      = 3
)

// A header is the head of a page.
type header struct {
	kind        int32
	size        int32 // unpacked
	packed      int32
	checksum    int32
	checked     bool // there is a checksum
	values      int32
	encoding    int32
	defEncoding int32
	repEncoding int32
	defBytes    int32 // of the second kind of data pages
	repBytes    int32
	unpacked    bool // the second kind's values are not packed, whatever the codec
}

func (c *compact) header() header {
	h := header{kind: -1, values: -1}
	c.structure(kindStruct, []int16{1, 2, 3}, func(id int16, kind byte) bool {
		switch id {
		case 1:
			h.kind = c.small(kind)
		case 2:
			h.size = c.small(kind)
		case 3:
			h.packed = c.small(kind)
		case 4:
			h.checked, h.checksum = true, c.small(kind)
		case 5, 7:
			c.pageHeader(kind, &h)
		case 8:
			c.pageHeader2(kind, &h)
		default:
			return false
		}
		return true
	})
	return h
}

// pageHeader reads what is peculiar to data pages of the first kind, and to dictionaries.
func (c *compact) pageHeader(kind byte, h *header) {
	c.structure(kind, []int16{1, 2}, func(id int16, kind byte) bool {
		switch {
		case id == 1:
			h.values = c.small(kind)
		case id == 2:
			h.encoding = c.small(kind)
		case id == 3 && h.kind == pageData:
			h.defEncoding = c.small(kind)
		case id == 4 && h.kind == pageData:
			h.repEncoding = c.small(kind)
		default:
			return false
		}
		return true
	})
}

func (c *compact) pageHeader2(kind byte, h *header) {
	c.structure(kind, []int16{1, 4, 5, 6}, func(id int16, kind byte) bool {
		switch id {
		case 1:
			h.values = c.small(kind)
		case 4:
			h.encoding = c.small(kind)
		case 5:
			h.defBytes = c.small(kind)
		case 6:
			h.repBytes = c.small(kind)
		case 7:
			h.unpacked = !c.flag(kind)
		default:
			return false
		}
		return true
	})
}

// nextHeader reads the head of the next page.
func (c *column) nextHeader() (header, error) {
	for size := int64(4 << 10); ; size *= 8 {
		size = min(size, c.end-c.at, maxHeader)
		data, err := c.work.read(c.at, size)
		if err != nil {
			return header{}, err
		}
		in := compact{data: data}
		h := in.header()
		switch {
		case in.err == nil:
			c.at += int64(in.at)
			return h, h.check(c.end - c.at)
		case in.err != io.ErrUnexpectedEOF || size == c.end-c.at || size == maxHeader:
			return header{}, errors.New("the head of a page is damaged")
		}
	}
}

func (h *header) check(left int64) error {
	levels := int64(h.defBytes) + int64(h.repBytes)
	switch {
	case h.packed < 0 || h.size < 0 || int64(h.packed) > left:
		return fmt.Errorf("a page is said to have %d bytes, its column has %d left", h.packed, left)
	case h.kind != pageData && h.kind != pageDictionary && h.kind != pageData2:
	case h.values < 0:
		return errors.New("a page does not say how many values it has")
	case h.defBytes < 0 || h.repBytes < 0 || levels > int64(min(h.packed, h.size)):
		return errors.New("a page is damaged: it is shorter than its levels")
	}
	return nil
}

// nextPage makes the next data page ready, and a dictionary before it.
func (c *column) nextPage() error {
	for c.left == 0 {
		h, err := c.nextHeader()
		if err != nil {
			return err
		}
		body := c.at
		c.at += int64(h.packed)
		switch h.kind {
		case pageDictionary:
			err = c.readDictionary(h, body)
		case pageData, pageData2:
			err = c.readPage(h, body)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readPage reads a data page.
func (c *column) readPage(h header, at int64) error {
	if int64(h.values) > c.unread {
		return errors.New("its pages have more values than its column")
	}
	levels := int(h.defBytes) + int(h.repBytes)
	data, err := c.unpackPage(&c.page, h, at, levels)
	if err != nil {
		return err
	}
	var reps, defs []byte
	if h.kind == pageData2 {
		reps, defs, data = data[:h.repBytes], data[h.repBytes:levels], data[levels:]
	} else {
		if reps, data, err = levelsOf(c.leaf.repeats, h.repEncoding, data); err != nil {
			return err
		}
		if defs, data, err = levelsOf(c.leaf.defined, h.defEncoding, data); err != nil {
			return err
		}
	}
	c.reps, c.defs = levelReader(reps, c.leaf.repeats), levelReader(defs, c.leaf.defined)
	c.left = int(h.values)
	c.unread -= int64(h.values)
	if c.coded = h.encoding == encodingDictionary || h.encoding == encodingPlainDictionary; c.coded {
		return c.readCodes(data)
	}
	c.values, err = valuesOf(h.encoding, c.leaf.physical, data)
	return err
}

// levelsOf cuts the levels off a page of the first kind.
func levelsOf(highest int, encoding int32, data []byte) (levels, rest []byte, err error) {
	switch {
	case highest == 0:
		return nil, data, nil
	case encoding != encodingRuns:
		return nil, nil, fmt.Errorf("a page has levels encoded as %s, which is not read", nameOf(encodingNames, encoding))
	}
	return prefixed(data)
}

// readCodes begins a page of codes: their width, then runs of them. A page of nulls has neither.
func (c *column) readCodes(data []byte) error {
	c.codes = runs{}
	if len(data) == 0 {
		return nil
	}
	if c.codes = (runs{data: data[1:], width: int(data[0])}); c.codes.width > 32 {
		return errors.New("a page of codes is damaged")
	}
	return nil
}

// readDictionary reads a page of values that codes of later pages stand for.
func (c *column) readDictionary(h header, at int64) error {
	switch {
	case c.dictionary.count >= 0:
		return errors.New("it has two dictionaries")
	case h.encoding != encodingPlain && h.encoding != encodingPlainDictionary:
		return fmt.Errorf("its dictionary is encoded as %s, which is not read", nameOf(encodingNames, h.encoding))
	}
	data, err := c.unpackPage(&c.dictionary.page, h, at, 0)
	if err != nil {
		return err
	}
	return c.dictionary.read(c, int(h.values), data)
}

// unpackPage reads a page into a buffer; its first bytes, the levels, are not packed.
func (c *column) unpackPage(into *[]byte, h header, at int64, levels int) ([]byte, error) {
	codec := c.codec
	if h.unpacked && !c.packed {
		codec = codecNone
	}
	packed, size := int64(h.packed)-int64(levels), int64(h.size)-int64(levels)
	if !holds(codec, packed, size) || codec == codecNone && packed != size {
		return nil, errUnpacked
	}
	if err := c.work.grow(into, int(h.size)); err != nil {
		return nil, err
	}
	raw, err := c.work.read(at, int64(h.packed))
	if err != nil {
		return nil, err
	}
	if h.checked && crc32.ChecksumIEEE(raw) != uint32(h.checksum) {
		return nil, errors.New("a page is damaged: its checksum is another")
	}
	page := (*into)[:h.size]
	copy(page, raw[:levels])
	return page, c.work.unpack(codec, page[levels:], raw[levels:])
}

// A levels reads repetition or definition levels.
type levels struct {
	runs
	highest uint32
	peeked  bool
	level   uint32
}

func levelReader(data []byte, highest int) levels {
	return levels{runs: runs{data: data, width: bits.Len(uint(highest))}, highest: uint32(highest)}
}

// peek is the next level; it stays the next one until it is taken.
func (l *levels) peek() (int, error) {
	if l.highest == 0 || l.peeked {
		return int(l.level), nil
	}
	level, err := l.runs.next()
	if err == nil && level > l.highest {
		err = errors.New("a page is damaged: it has a level that its column does not have")
	}
	l.level, l.peeked = level, err == nil
	return int(level), err
}

func (l *levels) taken() { l.peeked = false }
