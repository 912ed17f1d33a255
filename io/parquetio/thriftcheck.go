package parquetio

import (
	"encoding/binary"
	"errors"
)

// errThrift says that bytes are not a struct of thrift's compact protocol, or not a whole one.
var errThrift = errors.New("not a whole thrift struct")

// structSize is the size of the thrift struct that b begins with. It refuses lengths and counts that b cannot hold, which a decoder
// would allocate for before it reads.
func structSize(b []byte) (int, error) {
	s := skipper{b: b}
	s.skipStruct(0)
	if s.bad {
		return 0, errThrift
	}
	return s.at, nil
}

// The compact protocol's types that are more than themselves. Their numbers are in thrift-compact-protocol.md, "Struct encoding".
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftStruct = 12

	thriftDepth = 32 // of structs and lists; Parquet's go about six deep
)

type skipper struct {
	b   []byte
	at  int
	bad bool
}

func (s *skipper) take(n uint64) {
	if s.bad || n > uint64(len(s.b)-s.at) {
		s.bad = true
		return
	}
	s.at += int(n)
}

func (s *skipper) byte() byte {
	at := s.at
	s.take(1)
	if s.bad {
		return 0
	}
	return s.b[at]
}

func (s *skipper) uvarint() uint64 {
	v, n := binary.Uvarint(s.b[s.at:])
	if n <= 0 {
		s.bad = true
		return 0
	}
	s.at += n
	return v
}

func (s *skipper) skipStruct(depth int) {
	s.bad = s.bad || depth > thriftDepth
	for !s.bad {
		head := s.byte()
		if head == 0 {
			return
		}
		if head>>4 == 0 {
			s.uvarint() // the field's id
		}
		if kind := head & 0xF; kind != thriftTrue && kind != thriftFalse {
			s.skip(kind, depth+1)
		}
	}
}

func (s *skipper) skip(kind byte, depth int) {
	switch kind {
	case thriftTrue, thriftFalse, thriftByte:
		s.take(1)
	case thriftI16, thriftI32, thriftI64:
		s.uvarint()
	case thriftDouble:
		s.take(8)
	case thriftBinary:
		s.take(s.uvarint())
	case thriftList, thriftSet:
		head := s.byte()
		n := uint64(head >> 4)
		if n == 15 {
			n = s.uvarint()
		}
		if n > uint64(len(s.b)-s.at) || depth > thriftDepth { // an element takes a byte at least
			s.bad = true
		}
		for ; n > 0 && !s.bad; n-- {
			s.skip(head&0xF, depth+1)
		}
	case thriftStruct:
		s.skipStruct(depth)
	default:
		s.bad = true
	}
}
