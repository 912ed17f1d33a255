package columnio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// maxFooter is the most bytes that a footer may have: some hundred thousand column chunks.
const maxFooter = 64 << 20

// rowsPerByte is how many rows a file may claim per byte of its own, beyond a first million. Rows of one value for all
// take next to no space, and a claim that costs nothing must not cost others memory.
const rowsPerByte = 256

// A footer is what is used of a file's metadata. The names are those of
// https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift.
type footer struct {
	schema []element
	rows   int64
	groups []group
	packed bool // pages of the second kind are packed, whatever they say
}

// An element is a column of the schema, or a group of them.
type element struct {
	name       string
	leaf       bool // has a physical type
	physical   int32
	width      int32 // of FIXED_LEN_BYTE_ARRAY
	repetition int32
	children   int32
	converted  int32 // -1: none
	scale      int32
	precision  int32
	logical    logical
}

// A logical type is a member of a union: id says which, 0 none.
type logical struct {
	id       int16
	width    int8 // of a whole number
	signed   bool
	scale    int32
	decimals int32
}

type group struct {
	chunks []chunk
	rows   int64
}

// A chunk is the part of a column in one row group.
type chunk struct {
	elsewhere  bool // in another file
	encrypted  bool
	physical   int32
	codec      int32
	values     int64
	size       int64 // packed
	pages      int64 // where the first data page is
	dictionary int64 // where the dictionary is; 0: perhaps at pages
}

// readFooter reads the metadata at a file's end.
func readFooter(in io.ReaderAt, size int64) (*footer, error) {
	var tail [8]byte
	if size < int64(len(tail))+4 {
		return nil, errors.New("is no Parquet file: it is too short")
	}
	if err := readFull(in, tail[:], size-int64(len(tail))); err != nil {
		return nil, err
	}
	switch string(tail[4:]) {
	case "PAR1":
	case "PARE":
		return nil, errors.New("is encrypted, which is not read; write it without encryption")
	default:
		return nil, errors.New("is no Parquet file, or is cut off: it does not end with PAR1")
	}
	length := int64(binary.LittleEndian.Uint32(tail[:]))
	if left := size - int64(len(tail)) - 4; length > left || length > maxFooter {
		return nil, fmt.Errorf("is damaged: its metadata are said to have %d bytes, at most %d can be", length,
			min(left, maxFooter))
	}
	data := make([]byte, length)
	if err := readFull(in, data, size-int64(len(tail))-length); err != nil {
		return nil, err
	}
	c := &compact{data: data}
	f := c.footer()
	if c.err != nil {
		return nil, fmt.Errorf("is damaged: %w", errMetadata)
	}
	return f, f.check(size, size-int64(len(tail))-length)
}

func readFull(in io.ReaderAt, into []byte, at int64) error {
	n, err := in.ReadAt(into, at)
	switch {
	case n == len(into):
		return nil
	case err == io.EOF:
		return io.ErrUnexpectedEOF
	}
	return err
}

// check holds what the footer says against itself and the file, whose chunks end before end.
func (f *footer) check(size, end int64) error {
	rows := int64(0)
	for _, g := range f.groups {
		if g.rows < 0 || g.rows > math.MaxInt64-rows {
			return errors.New("is damaged: its row groups have less than no rows")
		}
		rows += g.rows
	}
	if f.rows == 0 { // some writers leave it out
		f.rows = rows
	}
	if rows != f.rows {
		return fmt.Errorf("is damaged: it is said to have %d rows, but its row groups have %d", f.rows, rows)
	}
	if most := 1<<20 + size*rowsPerByte; rows > most {
		return fmt.Errorf("is damaged: it is said to have %d rows, which its %d bytes do not hold", rows, size)
	}
	for _, g := range f.groups {
		for at := range g.chunks {
			g.chunks[at].clamp(end)
		}
	}
	return nil
}

// missingHead is the most bytes of a dictionary's head that writers before 2014 forgot in the size of a chunk
// (PARQUET-816); the values of a chunk are counted, so that a few bytes more are never read as some.
const missingHead = 100

// clamp makes an impossible place of a chunk an empty one, which says so when it is read: it may not be wanted.
func (c *chunk) clamp(end int64) {
	if start := c.start(); start < 0 || start > end || c.size < 0 || c.size > end-start {
		c.size = -1
	} else {
		c.size = min(c.size+missingHead, end-start)
	}
}

// start is where the chunk's first page is.
func (c *chunk) start() int64 {
	if c.dictionary > 0 && c.dictionary < c.pages {
		return c.dictionary
	}
	return c.pages
}

func (c *compact) footer() *footer {
	f := &footer{}
	c.structure(kindStruct, []int16{2, 3, 4}, func(id int16, kind byte) bool {
		switch id {
		case 2:
			c.list(kind, func(kind byte) { f.schema = append(f.schema, c.element(kind)) })
		case 3:
			f.rows = c.number(kind)
		case 4:
			c.list(kind, func(kind byte) { f.groups = append(f.groups, c.group(kind)) })
		case 6:
			f.packed = oldArrow(c.text(kind))
		default:
			return false
		}
		return true
	})
	return f
}

// oldArrow tells whether a file is of an Arrow before 3.0, whose pages say that they are not packed, and are
// (ARROW-17100).
func oldArrow(writer string) bool {
	version, arrow := strings.CutPrefix(writer, "parquet-cpp-arrow version ")
	return arrow && len(version) > 1 && version[0] < '3' && version[1] == '.' ||
		strings.HasPrefix(writer, "parquet-cpp version ")
}

func (c *compact) element(kind byte) element {
	e := element{converted: -1}
	c.structure(kind, []int16{4}, func(id int16, kind byte) bool {
		switch id {
		case 1:
			e.leaf, e.physical = true, c.small(kind)
		case 2:
			e.width = c.small(kind)
		case 3:
			e.repetition = c.small(kind)
		case 4:
			e.name = c.text(kind)
		case 5:
			e.children = c.small(kind)
		case 6:
			e.converted = c.small(kind)
		case 7:
			e.scale = c.small(kind)
		case 8:
			e.precision = c.small(kind)
		case 10:
			e.logical = c.logical(kind)
		default:
			return false
		}
		return true
	})
	return e
}

// logical reads a logical type: a union, whose members are structs.
func (c *compact) logical(kind byte) logical {
	l := logical{}
	c.structure(kind, nil, func(member int16, kind byte) bool {
		l.id = member
		c.structure(kind, nil, func(id int16, kind byte) bool {
			switch {
			case member == logicalInt && id == 1:
				l.width = int8(c.small(kind))
			case member == logicalInt && id == 2:
				l.signed = c.flag(kind)
			case member == logicalDecimal && id == 1:
				l.scale = c.small(kind)
			case member == logicalDecimal && id == 2:
				l.decimals = c.small(kind)
			default:
				return false
			}
			return true
		})
		return true
	})
	return l
}

func (c *compact) group(kind byte) group {
	g := group{}
	c.structure(kind, []int16{1, 3}, func(id int16, kind byte) bool {
		switch id {
		case 1:
			c.list(kind, func(kind byte) { g.chunks = append(g.chunks, c.chunk(kind)) })
		case 3:
			g.rows = c.number(kind)
		default:
			return false
		}
		return true
	})
	g.chunks = slices.Clip(g.chunks)
	return g
}

func (c *compact) chunk(kind byte) chunk {
	k := chunk{size: -1}
	c.structure(kind, nil, func(id int16, kind byte) bool {
		switch id {
		case 1:
			k.elsewhere = c.text(kind) != ""
		case 3:
			c.chunkData(kind, &k)
		case 8:
			k.encrypted = true
			return false
		default:
			return false
		}
		return true
	})
	return k
}

func (c *compact) chunkData(kind byte, k *chunk) {
	c.structure(kind, []int16{1, 4, 5, 7, 9}, func(id int16, kind byte) bool {
		switch id {
		case 1:
			k.physical = c.small(kind)
		case 4:
			k.codec = c.small(kind)
		case 5:
			k.values = c.number(kind)
		case 7:
			k.size = c.number(kind)
		case 9:
			k.pages = c.number(kind)
		case 11:
			k.dictionary = c.number(kind)
		default:
			return false
		}
		return true
	})
}
