package parquetio

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/parquet-go/parquet-go/encoding/rle"
)

// A run is n equal codes.
type run struct {
	code int32
	n    int
}

// appendCodes appends the codes of the page's values, as wide as the dictionary needs by now.
func (e *encoder) appendCodes() (err error) {
	e.same, e.codes = run{}, e.codes[:0]
	for _, c := range e.cuts {
		from, to, at, some := e.where(c)
		switch {
		case c.none:
		case c.codes == nil:
			e.number(c.text, from, to, at, some)
		default:
			e.translate(c.piece, from, to, at, some)
		}
	}
	r := rle.Encoding{BitWidth: max(1, bits.Len(uint(max(e.lexicon.len(), 1)-1)))}
	e.raw = append(e.raw, byte(r.BitWidth))
	if len(e.codes) == 0 {
		e.appendRun(r.BitWidth)
		return nil
	}
	e.levels, err = r.EncodeInt32(e.levels, e.codes)
	e.raw = append(e.raw, e.levels...)
	return err
}

// appendRun appends e.same in the bytes that parquet-go's rle.Encoding gives for such codes: a run of as many as 8
// divides, a run of the rest.
func (e *encoder) appendRun(width int) {
	var code [4]byte
	binary.LittleEndian.PutUint32(code[:], uint32(e.same.code))
	for _, n := range []int{e.same.n &^ 7, e.same.n & 7} {
		if n > 0 {
			e.raw = binary.AppendUvarint(e.raw, uint64(n)<<1)
			e.raw = append(e.raw, code[:(width+7)/8]...)
		}
	}
}

// number adds codes of texts that come without.
func (e *encoder) number(t texts, from, to int, at []int32, some bool) {
	if some {
		for _, i := range at {
			e.codes = append(e.codes, e.code(t.value(int(i))))
		}
		return
	}
	for i := from; i < to; i++ {
		e.codes = append(e.codes, e.code(t.value(i)))
	}
}

// code is the row group's code of a word.
func (e *encoder) code(word []byte) int32 {
	code, isNew := e.lexicon.code(word)
	if isNew {
		e.bounds.text(e.lexicon.word(code))
	}
	return code
}

// translate adds the row group's codes of a piece's codes.
func (e *encoder) translate(p *piece, from, to int, at []int32, some bool) {
	n := to - from
	if some {
		n = len(at)
	}
	if n == 0 {
		return
	}
	if !p.words.same(e.origin) {
		e.origin = p.words
		e.remap = appendSame(e.remap[:0], 0, p.words.len())
	}
	if p.words.len() == 1 || !some && allSame(p.codes[from:to]) {
		first := from
		if some {
			first = int(at[0])
		}
		e.repeat(e.known(p, p.codes[first]), n)
		return
	}
	e.spread()
	done := len(e.codes)
	e.codes = slices.Grow(e.codes, n)[:done+n]
	out := e.codes[done:]
	if some {
		for i, j := range at {
			out[i] = e.known(p, p.codes[j])
		}
		return
	}
	for i, code := range p.codes[from:to] {
		out[i] = e.known(p, code)
	}
}

// known is the row group's code of a piece's code.
func (e *encoder) known(p *piece, code int32) int32 {
	if known := e.remap[code]; known > 0 {
		return known - 1
	}
	return e.learn(p, code)
}

func (e *encoder) learn(p *piece, code int32) int32 {
	known := e.code(p.words.value(int(code)))
	e.remap[code] = known + 1
	return known
}

// repeat adds a code n times. Pages of one code are many, and stay a run from here to their bytes.
func (e *encoder) repeat(code int32, n int) {
	if len(e.codes) == 0 && (e.same.n == 0 || e.same.code == code) {
		e.same = run{code, e.same.n + n}
		return
	}
	e.spread()
	e.codes = appendSame(e.codes, code, n)
}

// spread makes codes of the run.
func (e *encoder) spread() {
	e.codes = appendSame(e.codes, e.same.code, e.same.n)
	e.same = run{}
}

func allSame(codes []int32) bool {
	b := arrow.Int32Traits.CastToBytes(codes)
	return bytes.Equal(b[4:], b[:len(b)-4])
}

// same tells whether two dictionaries have the same words, by their memory or else by their bytes: batches of one
// source have equal dictionaries that are read anew for each batch.
func (t texts) same(o texts) bool {
	if len(t.offsets) != len(o.offsets) || t.len() == 0 {
		return false
	}
	if &t.offsets[0] == &o.offsets[0] && len(t.bytes) > 0 && len(o.bytes) > 0 && &t.bytes[0] == &o.bytes[0] {
		return true
	}
	from, to := t.offsets[0], t.offsets[t.len()]
	return slices.Equal(t.offsets, o.offsets) && bytes.Equal(t.bytes[from:to], o.bytes[from:to])
}
