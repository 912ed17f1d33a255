package parquetio

import (
	"bytes"
	"fmt"
	"sort"
	"sync"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// A span is rows [from, to) of a batch. A leaf without a piece is null in every row.
type span struct {
	pieces   []*piece // by leaf
	from, to int
}

// A chunk is a column chunk: one leaf of one row group, encoded. Offsets in meta are relative to its start.
type chunk struct {
	dictionary []byte // its page; comes first
	pages      []byte
	meta       format.ColumnMetaData
}

// encodeChunk encodes one leaf of a row group. Its answer depends on the rows alone,
// not on how they are cut into spans.
func encodeChunk(l leaf, index int, spans []span) (chunk, error) {
	b := spare.Get().(*buffers)
	defer b.putBack()
	e := encoder{buffers: b, leaf: l}
	e.bounds.kind = l.kind
	for _, s := range spans {
		e.left += s.to - s.from
	}
	plain := l.kind == kindDictionary && !l.list && !e.pays(spans, index)
	if plain {
		e.leaf.kind = kindText
	}
	for _, s := range spans {
		p, from, to := s.pieces[index], s.from, s.to
		if plain {
			p, from, to = p.spelled(from, to), 0, to-from
		}
		if err := e.add(p, from, to); err != nil {
			return chunk{}, fmt.Errorf("parquet: column %q: %w", l.name(), err)
		}
	}
	c, err := e.end()
	if err != nil {
		return chunk{}, fmt.Errorf("parquet: column %q: %w", l.name(), err)
	}
	return c, nil
}

// An encoder makes a chunk from pieces. It first finds out where a page ends, and makes the page then,
// straight from the batches.
type encoder struct {
	*buffers
	leaf   leaf
	bounds bounds
	nulls  int64
	left   int // rows that no finished page holds

	// The page: rows and slots of cuts, slots of them below the maximum level, bytes of plain text.
	rows, slots, missing, text int

	pages  []byte // finished pages
	count  int    // how many
	values int64  // slots in them
	plain  int64  // bytes of them before compression, headers included
}

// buffers are the memory of an encoder, for the next one to use.
type buffers struct {
	cuts   []cut
	at     []int32
	bits   []byte
	def    []uint8
	same   run
	codes  []int32
	fixed  []byte
	levels []byte
	raw    []byte
	packed []byte
	head   bytes.Buffer
	thrift *thrift.Encoder // into head

	lexicon lexicon
	// remap has the code and 1 of each of origin's words, 0 while unknown. origin are the words of the last piece.
	remap  []int32
	origin texts
}

// spare are buffers that no encoder uses.
var spare = sync.Pool{New: func() any {
	b := new(buffers)
	b.thrift = thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(&b.head))
	return b
}}

// putBack gives buffers to the next encoder; they keep no batch in memory.
func (b *buffers) putBack() {
	clear(b.cuts[:cap(b.cuts)])
	b.cuts, b.origin = b.cuts[:0], texts{}
	b.same, b.codes = run{}, b.codes[:0]
	b.lexicon.clear()
	spare.Put(b)
}

// A cut is rows [from, to) of a piece, all of one page.
type cut struct {
	*piece
	from, to    int
	first, last int // lists: their values by number, [first, last)
}

// add appends rows [from, to) of a piece, page by page.
func (e *encoder) add(p *piece, from, to int) error {
	if p == nil {
		p = absent
	}
	value := 0
	if e.leaf.list {
		value = p.valuesIn(e.leaf, 0, from)
	}
	for from < to {
		c := cut{piece: p, from: from, to: e.room(p, from, to), first: value}
		from, value = c.to, e.append(c)
		if e.full() {
			if err := e.finish(); err != nil {
				return err
			}
		}
	}
	return nil
}

// append adds a cut to the page and returns the number of the first value behind it.
func (e *encoder) append(c cut) int {
	slots := c.slot(c.to) - c.slot(c.from)
	values := c.valuesIn(e.leaf, c.from, c.to)
	c.last = c.first + values
	if e.leaf.kind == kindText {
		e.text += c.textIn(e.leaf, c.from, c.to, c.first, c.last)
	}
	e.rows += c.to - c.from
	e.slots += slots
	e.missing += slots - values
	e.nulls += int64(slots - values)
	e.cuts = append(e.cuts, c)
	return c.last
}

func (e *encoder) full() bool {
	return e.rows >= pageRows || e.text >= pageText || e.slots >= pageSlots
}

// room is the end of the rows from row on that still go into the page: at least one, at most up to limit.
func (e *encoder) room(p *piece, row, limit int) int {
	end := min(limit, row+pageRows-e.rows)
	var full func(end int) bool
	switch {
	case e.leaf.list:
		full = func(end int) bool { return e.slots+p.slot(end)-p.slot(row) >= pageSlots }
	case e.leaf.kind == kindText:
		full = func(end int) bool { return e.text+p.textIn(e.leaf, row, end, 0, 0) >= pageText }
	}
	if full == nil || !full(end) {
		return end
	}
	return row + 1 + sort.Search(end-row-1, func(i int) bool { return full(row + 1 + i) })
}

// slot is the first slot of a row.
func (p *piece) slot(row int) int {
	if p.slots == nil {
		return row
	}
	return int(p.slots[row] - p.slots[0])
}

// valuesIn counts the values in rows [from, to).
func (p *piece) valuesIn(l leaf, from, to int) int {
	switch {
	case p.none:
		return 0
	case p.def != nil:
		return bytes.Count(p.def[p.slot(from):p.slot(to)], []byte{l.max})
	case l.list:
		return p.slot(to) - p.slot(from)
	default:
		return p.valid.count(from, to)
	}
}

// textIn is the size of the plain encoding of rows [from, to), which have the values [first, last) if they are lists.
func (p *piece) textIn(l leaf, from, to, first, last int) (size int) {
	switch {
	case p.none:
		return 0
	case p.def != nil:
		for _, i := range p.at[first:last] {
			size += 4 + len(p.text.value(int(i)))
		}
		return size
	case l.list:
		from, to = p.first+first, p.first+last
	}
	return 4*p.valid.count(from, to) + int(p.text.offsets[to]-p.text.offsets[from])
}

// end finishes the last page and describes the chunk.
func (e *encoder) end() (chunk, error) {
	if err := e.finish(); err != nil {
		return chunk{}, err
	}
	c := chunk{pages: e.pages, meta: format.ColumnMetaData{
		Type:                  physical[e.leaf.kind],
		PathInSchema:          thrift.Slice[string](e.leaf.path),
		Codec:                 format.Zstd,
		NumValues:             e.values,
		TotalUncompressedSize: e.plain,
		Statistics:            e.bounds.statistics(e.nulls),
		Encoding:              thrift.Slice[format.Encoding]{format.Plain, format.RLE},
		EncodingStats: thrift.Slice[format.PageEncodingStats]{
			{PageType: format.DataPage, Encoding: format.Plain, Count: int32(e.count)},
		},
	}}
	if e.leaf.kind == kindDictionary {
		header := format.PageHeader{Type: format.DictionaryPage}
		header.DictionaryPageHeader.Set(format.DictionaryPageHeader{NumValues: int32(e.lexicon.len()),
			Encoding: format.Plain})
		plain := int64(0)
		var err error
		if c.dictionary, plain, err = e.appendPage(nil, e.lexicon.plain, &header); err != nil {
			return chunk{}, fmt.Errorf("the dictionary: %w", err)
		}
		c.meta.DataPageOffset = int64(len(c.dictionary))
		c.meta.TotalUncompressedSize += plain
		c.meta.Encoding = append(c.meta.Encoding, format.RLEDictionary)
		c.meta.EncodingStats = thrift.Slice[format.PageEncodingStats]{
			{PageType: format.DataPage, Encoding: format.RLEDictionary, Count: int32(e.count)},
			{PageType: format.DictionaryPage, Encoding: format.Plain, Count: 1},
		}
	}
	c.meta.TotalCompressedSize = int64(len(c.dictionary) + len(c.pages))
	return c, nil
}
