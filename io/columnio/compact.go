package columnio

import (
	"encoding/binary"
	"errors"
	"io"
)

// Kinds of values in Thrift's compact protocol.
const (
	kindTrue   = 1
	kindFalse  = 2
	kindByte   = 3
	kindInt16  = 4
	kindInt32  = 5
	kindInt64  = 6
	kindDouble = 7
	kindText   = 8
	kindList   = 9
	kindSet    = 10
	kindMap    = 11
	kindStruct = 12
	kindUUID   = 13
)

// maxDepth is how deep what is skipped may be nested; nothing in the format is deeper than 8.
const maxDepth = 32

var errMetadata = errors.New("its metadata are damaged")

// A compact reads Thrift's compact protocol
// (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md). Nothing that the bytes claim
// takes memory. After the first error, which err keeps, everything reads as zero; bytes that end early are
// io.ErrUnexpectedEOF.
type compact struct {
	data []byte
	at   int
	err  error
}

func (c *compact) fail(err error) {
	if c.err == nil {
		c.err = err
	}
	c.at = len(c.data)
}

func (c *compact) byte() byte {
	if c.at >= len(c.data) {
		c.fail(io.ErrUnexpectedEOF)
		return 0
	}
	c.at++
	return c.data[c.at-1]
}

func (c *compact) uvarint() uint64 {
	n, size := binary.Uvarint(c.data[c.at:])
	switch {
	case size == 0:
		c.fail(io.ErrUnexpectedEOF)
		return 0
	case size < 0:
		c.fail(errMetadata)
		return 0
	}
	c.at += size
	return n
}

// take is a view of the next bytes.
func (c *compact) take(n uint64) []byte {
	if n > uint64(len(c.data)-c.at) {
		c.fail(io.ErrUnexpectedEOF)
		return nil
	}
	c.at += int(n)
	return c.data[c.at-int(n) : c.at]
}

// number reads a whole number of a field of the given kind.
func (c *compact) number(kind byte) int64 {
	if kind == kindByte {
		return int64(int8(c.byte()))
	}
	if kind < kindInt16 || kind > kindInt64 {
		c.fail(errMetadata)
		return 0
	}
	n := c.uvarint()
	return int64(n>>1) ^ -int64(n&1)
}

// small reads a number of 32 bits.
func (c *compact) small(kind byte) int32 {
	n := c.number(kind)
	if n != int64(int32(n)) {
		c.fail(errMetadata)
	}
	return int32(n)
}

func (c *compact) flag(kind byte) bool {
	if kind != kindTrue && kind != kindFalse {
		c.fail(errMetadata)
	}
	return kind == kindTrue
}

func (c *compact) text(kind byte) string {
	if kind != kindText {
		c.fail(errMetadata)
		return ""
	}
	return string(c.take(c.uvarint()))
}

// structure calls read for each field of a struct; read tells whether it took the value. Fields of the given numbers
// must be there: one that damage gave another number must not pass for one that is missing.
func (c *compact) structure(kind byte, required []int16, read func(id int16, kind byte) bool) {
	if kind != kindStruct {
		c.fail(errMetadata)
	}
	seen := uint64(0)
	c.fields(func(id int16, kind byte) bool {
		took := read(id, kind)
		if took && id >= 0 && id < 64 {
			seen |= 1 << id
		}
		return took
	}, 0)
	for _, id := range required {
		if c.err == nil && seen>>id&1 == 0 {
			c.fail(errMetadata)
		}
	}
}

func (c *compact) fields(read func(id int16, kind byte) bool, depth int) {
	id := int16(0)
	for c.err == nil {
		head := c.byte()
		kind := head & 15
		if kind == 0 {
			return
		}
		if delta := head >> 4; delta != 0 {
			id += int16(delta)
		} else {
			id = int16(c.number(kindInt16))
		}
		if c.err == nil && !read(id, kind) {
			c.skip(kind, depth)
		}
	}
}

// list calls read for each element of a list.
func (c *compact) list(kind byte, read func(kind byte)) {
	if kind != kindList {
		c.fail(errMetadata)
	}
	n, element := c.listHead()
	for ; n > 0 && c.err == nil; n-- {
		read(element)
	}
}

func (c *compact) listHead() (n uint64, element byte) {
	head := c.byte()
	if n, element = uint64(head>>4), head&15; n == 15 {
		n = c.uvarint()
	}
	if n > uint64(len(c.data)-c.at) { // an element has a byte at least
		c.fail(io.ErrUnexpectedEOF)
	}
	return n, element
}

func (c *compact) skip(kind byte, depth int) {
	if depth > maxDepth {
		c.fail(errMetadata)
	}
	switch kind {
	case kindTrue, kindFalse:
	case kindByte:
		c.byte()
	case kindInt16, kindInt32, kindInt64:
		c.uvarint()
	case kindDouble:
		c.take(8)
	case kindText:
		c.take(c.uvarint())
	case kindUUID:
		c.take(16)
	case kindList, kindSet:
		n, element := c.listHead()
		for ; n > 0 && c.err == nil; n-- {
			c.skipElement(element, depth+1)
		}
	case kindMap:
		n, kinds := c.uvarint(), byte(0)
		if n > 0 {
			kinds = c.byte()
		}
		for ; n > 0 && c.err == nil; n-- {
			c.skipElement(kinds>>4, depth+1)
			c.skipElement(kinds&15, depth+1)
		}
	case kindStruct:
		c.fields(func(int16, byte) bool { return false }, depth+1)
	default:
		c.fail(errMetadata)
	}
}

// skipElement skips an element of a list, set or map, where a boolean is a byte.
func (c *compact) skipElement(kind byte, depth int) {
	if kind == kindTrue || kind == kindFalse {
		kind = kindByte
	}
	c.skip(kind, depth)
}
