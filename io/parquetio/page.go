package parquetio

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"math/bits"
	"slices"
	"sync"

	"github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// A page ends with the row that reaches one of these, counted from the start of its row group, so that pages do not depend on batches.
const (
	pageRows  = 1 << 15
	pageText  = 1 << 20 // bytes of plain text
	pageSlots = 1 << 18 // list elements, empty and null lists
)

// codec is zstd level 1: the same bytes for the same input. It is safe for many goroutines.
var codec = &zstd.Codec{Level: zstd.SpeedFastest, Concurrency: 1}

// A pager turns levels and values into the data pages of one column chunk.
type pager struct {
	*buffers
	leaf  leaf
	rows  int
	nulls int // slots of the page below the maximum level

	pages  []byte // finished pages
	count  int    // how many
	values int64  // slots in them
	plain  int64  // bytes of them before compression, headers included
}

// headroom is how many bytes before the values of a text page wait for its levels, so that they stand in one piece without a copy of the
// values. Levels of a page without lists take no more than 4 KiB and some.
const headroom = 8 << 10

// buffers are the memory of a page in the making: its levels and values, and the steps to its bytes.
type buffers struct {
	rep    []uint8
	def    []uint8
	text   []byte // behind the headroom: each value with its length in 4 bytes before it
	fixed  []byte
	codes  []int32
	levels []byte
	raw    []byte
	packed []byte
}

// spare are buffers that no page is made in.
var spare = sync.Pool{New: func() any { return new(buffers) }}

// clear empties what the next page fills.
func (b *buffers) clear() {
	b.rep, b.def, b.fixed, b.codes = b.rep[:0], b.def[:0], b.fixed[:0], b.codes[:0]
	b.text = slices.Grow(b.text[:0], headroom)[:headroom]
}

// textSize is the bytes of text in the page so far.
func (b *buffers) textSize() int { return len(b.text) - headroom }

func (p *pager) full() bool {
	return p.rows >= pageRows || p.textSize() >= pageText || len(p.def) >= pageSlots
}

// finish ends the page. distinct is the number of entries that the dictionary has by now.
func (p *pager) finish(distinct int) error {
	if p.rows == 0 {
		return nil
	}
	slots := p.rows
	if p.leaf.list {
		slots = len(p.def)
	}
	p.raw = p.raw[:0]
	if p.leaf.list {
		if err := p.appendLevels(p.rep, 1); err != nil {
			return err
		}
	}
	if p.leaf.max > 0 {
		if err := p.appendDefinition(slots); err != nil {
			return err
		}
	}
	encoding, raw := format.Plain, []byte(nil)
	switch p.leaf.kind {
	case Text:
		raw = p.textBehind(p.raw)
	case Dictionary:
		encoding = format.RLEDictionary
		if err := p.appendCodes(distinct); err != nil {
			return err
		}
	case Bool:
		p.raw = appendBits(p.raw, p.fixed)
	default:
		p.raw = append(p.raw, p.fixed...)
	}
	if raw == nil {
		raw = p.raw
	}
	header := format.PageHeader{Type: format.DataPage}
	header.DataPageHeader.Set(format.DataPageHeader{
		NumValues: int32(slots), Encoding: encoding, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE,
	})
	var err error
	var plain int64
	p.pages, p.packed, plain, err = appendPage(p.pages, p.packed, raw, &header)
	if err != nil {
		return err
	}
	p.count++
	p.values += int64(slots)
	p.plain += plain
	p.rows, p.nulls = 0, 0
	p.clear()
	return nil
}

// textBehind is the page of these levels and the text.
func (p *pager) textBehind(levels []byte) []byte {
	start := headroom - len(levels)
	if start < 0 {
		return slices.Concat(levels, p.text[headroom:])
	}
	copy(p.text[start:], levels)
	return p.text[start:]
}

// appendDefinition appends the definition levels; a page without nulls is a single run.
func (p *pager) appendDefinition(slots int) error {
	if p.nulls > 0 {
		return p.appendLevels(p.def, p.leaf.max)
	}
	run := binary.AppendUvarint(nil, uint64(slots)<<1)
	p.raw = binary.LittleEndian.AppendUint32(p.raw, uint32(len(run)+1))
	p.raw = append(append(p.raw, run...), p.leaf.max)
	return nil
}

func (p *pager) appendLevels(levels []uint8, highest uint8) (err error) {
	e := rle.Encoding{BitWidth: bits.Len8(highest)}
	if p.levels, err = e.EncodeLevels(p.levels, levels); err != nil {
		return err
	}
	p.raw = binary.LittleEndian.AppendUint32(p.raw, uint32(len(p.levels)))
	p.raw = append(p.raw, p.levels...)
	return nil
}

func (p *pager) appendCodes(distinct int) (err error) {
	e := rle.Encoding{BitWidth: max(1, bits.Len(uint(max(distinct, 1)-1)))}
	if p.levels, err = e.EncodeInt32(p.levels, p.codes); err != nil {
		return err
	}
	p.raw = append(append(p.raw, byte(e.BitWidth)), p.levels...)
	return nil
}

func appendBits(dst, bools []byte) []byte {
	for i := 0; i < len(bools); i += 8 {
		var b byte
		for j, v := range bools[i:min(i+8, len(bools))] {
			b |= v << j
		}
		dst = append(dst, b)
	}
	return dst
}

// appendPage compresses a page and appends its header and its bytes. It returns the page's size before compression, header included.
func appendPage(dst, scratch, raw []byte, header *format.PageHeader) (out, packed []byte, plain int64, err error) {
	if len(raw) > math.MaxInt32 {
		return dst, scratch, 0, fmt.Errorf("a page of %d bytes; at most %d", len(raw), math.MaxInt32)
	}
	packed, err = codec.Encode(scratch, raw)
	if err != nil {
		return dst, packed, 0, err
	}
	if len(packed) > math.MaxInt32 {
		return dst, packed, 0, fmt.Errorf("a page of %d bytes after compression; at most %d", len(packed), math.MaxInt32)
	}
	header.UncompressedPageSize = int32(len(raw))
	header.CompressedPageSize = int32(len(packed))
	header.CRC = int32(crc32.ChecksumIEEE(packed))
	head, err := thrift.Marshal(new(thrift.CompactProtocol), header)
	if err != nil {
		return dst, packed, 0, err
	}
	return append(append(dst, head...), packed...), packed, int64(len(head) + len(raw)), nil
}
