package parquetio

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

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
	bytes []byte // dictionary page, then data pages
	meta  format.ColumnMetaData
}

// encodeChunk encodes one leaf of a row group. Its answer depends on the rows alone, not on how they are cut into spans.
func encodeChunk(l leaf, index int, spans []span) (chunk, error) {
	b := spare.Get().(*buffers)
	b.clear()
	defer spare.Put(b)
	e := encoder{pager: pager{leaf: l, buffers: b}, known: map[string]int32{}}
	e.bounds.kind = l.kind
	for _, s := range spans {
		if err := e.add(s.pieces[index], s.from, s.to); err != nil {
			return chunk{}, fmt.Errorf("parquet: column %q: %w", l.name(), err)
		}
	}
	c, err := e.end()
	if err != nil {
		return chunk{}, fmt.Errorf("parquet: column %q: %w", l.name(), err)
	}
	return c, nil
}

// An encoder makes a chunk from pieces.
type encoder struct {
	pager
	bounds bounds
	nulls  int64

	// The dictionary of the row group: each entry's code, the entries as plain text, and the codes of the entries of the last piece,
	// one more than the code, 0 while unknown.
	known  map[string]int32
	dict   []byte
	remap  []int32
	origin any
}

// add appends rows [from, to) of a piece, page by page.
func (e *encoder) add(p *piece, from, to int) error {
	if p == nil {
		p = absent(e.leaf, to)
	}
	if e.leaf.kind == Dictionary && p.codes != nil && p.origin != e.origin {
		e.remap = make([]int32, p.entries.Len())
		e.origin = p.origin
	}
	value := p.valuesIn(e.leaf, 0, p.slot(from)) // index of the first value of the row
	for row := from; row < to; {
		end := e.room(p, value, row, to)
		value = e.append(p, value, row, end)
		row = end
		if e.full() {
			if err := e.finish(len(e.known)); err != nil {
				return err
			}
		}
	}
	return nil
}

// absent is a piece of nulls.
func absent(l leaf, rows int) *piece {
	p := &piece{def: make([]uint8, rows)}
	if l.list {
		p.slots = make([]int32, rows+1)
		for i := range p.slots {
			p.slots[i] = int32(i)
		}
	}
	return p
}

// slot is the first slot of a row.
func (p *piece) slot(row int) int {
	if p.slots == nil {
		return row
	}
	return int(p.slots[row])
}

// valuesIn counts the values in slots [from, to).
func (p *piece) valuesIn(l leaf, from, to int) int {
	if p.def == nil {
		return to - from
	}
	return bytes.Count(p.def[from:to], []byte{l.max})
}

// room is the end of the rows from row on that still go into the page: at least one, at most up to limit.
func (e *encoder) room(p *piece, value, row, limit int) int {
	end := min(limit, row+pageRows-e.rows)
	switch {
	case e.leaf.list:
		for r := row; r < end; r++ {
			if len(e.def)+p.slot(r+1)-p.slot(row) >= pageSlots {
				return r + 1
			}
		}
	case e.leaf.kind == Text && e.textSize()+p.text.most(value, value+p.valuesIn(e.leaf, row, end)) >= pageText:
		size := e.textSize()
		for r := row; r < end; r++ {
			if p.def == nil || p.def[r] == e.leaf.max {
				size += 4 + len(p.text.value(value))
				value++
			}
			if size >= pageText {
				return r + 1
			}
		}
	}
	return end
}

// append adds rows [from, to) to the page and returns where the values of row to begin.
func (e *encoder) append(p *piece, value, from, to int) int {
	a, b := p.slot(from), p.slot(to)
	n := p.valuesIn(e.leaf, a, b)
	e.rows += to - from
	e.pager.nulls += b - a - n
	e.nulls += int64(b - a - n)
	if e.leaf.max > 0 {
		if p.def != nil {
			e.def = append(e.def, p.def[a:b]...)
		} else {
			for range b - a {
				e.def = append(e.def, e.leaf.max)
			}
		}
	}
	if e.leaf.list {
		for r := from; r < to; r++ {
			e.rep = append(e.rep, 0)
			for range p.slot(r+1) - p.slot(r) - 1 {
				e.rep = append(e.rep, 1)
			}
		}
	}
	switch e.leaf.kind {
	case Text:
		e.text = slices.Grow(e.text, p.text.most(value, value+n))
		for i := value; i < value+n; i++ {
			v := p.text.value(i)
			e.bounds.text(v)
			e.text = append(binary.LittleEndian.AppendUint32(e.text, uint32(len(v))), v...)
		}
	case Dictionary:
		for _, code := range p.codes[value : value+n] {
			known := e.remap[code]
			if known == 0 {
				known = e.code(p.entries.Value(int(code))) + 1
				e.remap[code] = known
			}
			e.codes = append(e.codes, known-1)
		}
	default:
		w := width[e.leaf.kind]
		some := p.fixed[w*value : w*(value+n)]
		e.bounds.fixed(some)
		e.fixed = append(e.fixed, some...)
	}
	return value + n
}

// code is the dictionary's code of an entry, a new one if there is none yet.
func (e *encoder) code(s string) int32 {
	if code, ok := e.known[s]; ok {
		return code
	}
	code := int32(len(e.known))
	e.known[s] = code
	at := len(e.dict) + 4
	e.dict = appendText(e.dict, s)
	e.bounds.text(e.dict[at:])
	return code
}

// end finishes the last page and describes the chunk.
func (e *encoder) end() (chunk, error) {
	if err := e.finish(len(e.known)); err != nil {
		return chunk{}, err
	}
	c := chunk{meta: format.ColumnMetaData{
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
	if e.leaf.kind != Dictionary {
		c.bytes = e.pages
		c.meta.TotalCompressedSize = int64(len(c.bytes))
		return c, nil
	}
	header := format.PageHeader{Type: format.DictionaryPage}
	header.DictionaryPageHeader.Set(format.DictionaryPageHeader{NumValues: int32(len(e.known)), Encoding: format.Plain})
	page, _, plain, err := appendPage(nil, nil, e.dict, &header)
	if err != nil {
		return chunk{}, fmt.Errorf("the dictionary: %w", err)
	}
	c.bytes = append(page, e.pages...)
	c.meta.DataPageOffset = int64(len(page))
	c.meta.TotalUncompressedSize += plain
	c.meta.TotalCompressedSize = int64(len(c.bytes))
	c.meta.Encoding = append(c.meta.Encoding, format.RLEDictionary)
	c.meta.EncodingStats = thrift.Slice[format.PageEncodingStats]{
		{PageType: format.DataPage, Encoding: format.RLEDictionary, Count: int32(e.count)},
		{PageType: format.DictionaryPage, Encoding: format.Plain, Count: 1},
	}
	return c, nil
}
