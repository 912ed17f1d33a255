package parquetio

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/parquet-go/parquet-go/encoding/rle"
)

// runsOf makes n bits in runs of up to most.
func runsOf(r *rand.Rand, n, most int) []byte {
	out := make([]byte, n)
	for i := 0; i < n; {
		v, end := byte(r.IntN(2)), min(n, i+1+r.IntN(most))
		for ; i < end; i++ {
			out[i] = v
		}
	}
	return out
}

// TestBitLevels: eight levels at a time give the bytes that a level at a time gives.
func TestBitLevels(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for k := range 4000 {
		levels := runsOf(r, k%300, 1+k%50)
		packed := zeroBits(nil, len(levels))
		for i, v := range levels {
			bitutil.SetBitTo(packed, i, v == 1)
		}
		e := rle.Encoding{BitWidth: 1}
		want, err := e.EncodeLevels(nil, levels)
		if err != nil {
			t.Fatal(err)
		}
		if got := appendBitLevels(nil, packed, len(levels)); !bytes.Equal(got, want) {
			t.Fatalf("levels %v: %v, want %v", levels, got, want)
		}
	}
}

// TestRun: a page of one code has the bytes of its codes one by one.
func TestRun(t *testing.T) {
	for width := 1; width < 20; width++ {
		for n := range 200 {
			code := int32(1)<<(width-1) | 1
			e := encoder{buffers: &buffers{same: run{code, n}}}
			e.appendRun(width)
			r := rle.Encoding{BitWidth: width}
			want, err := r.EncodeInt32(nil, slices.Repeat([]int32{code}, n))
			if err != nil || !bytes.Equal(e.raw, want) {
				t.Fatalf("%d codes of %d bits: %v, want %v (%v)", n, width, e.raw, want, err)
			}
		}
	}
}

func TestBitmap(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for k := range 2000 {
		n, skip := r.IntN(200), r.IntN(70)
		cells := runsOf(r, skip+n, 1+k%20)
		m := bitmap{bits: zeroBits(nil, skip+n), skip: skip}
		for i, v := range cells {
			bitutil.SetBitTo(m.bits, i, v == 1)
		}
		from := r.IntN(n + 1)
		to := from + r.IntN(n-from+1)
		var want []int32
		for i := from; i < to; i++ {
			if cells[skip+i] == 1 {
				want = append(want, int32(i))
			}
		}
		got := m.appendSet([]int32{7}, from, to)[1:]
		if !slices.Equal(got, want) || m.count(from, to) != len(want) {
			t.Fatalf("cells [%d, %d) of %v from %d on: %v, want %v", from, to, cells, skip, got, want)
		}
	}
}

// someTexts are texts that begin alike, or do not, shorter and longer than eight bytes.
func someTexts(r *rand.Rand) []string {
	prefix := strings.Repeat("p", r.IntN(20))
	out := make([]string, 1+r.IntN(40))
	for i := range out {
		b := make([]byte, r.IntN(12))
		for j := range b {
			b[j] = "\x00\x01ab\xff"[r.IntN(5)]
		}
		out[i] = prefix[:len(prefix)-r.IntN(2)*r.IntN(len(prefix)+1)] + string(b)
		switch r.IntN(4) {
		case 0:
			out[i] = fmt.Sprintf("%s%08d", prefix, i)
		case 1:
			out[i] = prefix
		}
	}
	return out
}

func TestTextBounds(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 20000 {
		texts := someTexts(r)
		b := bounds{kind: kindText}
		for _, v := range texts {
			b.text([]byte(v))
		}
		if lo, hi := slices.Min(texts), slices.Max(texts); string(b.min) != lo || string(b.max) != hi {
			t.Fatalf("bounds of %q: %q to %q, want %q to %q", texts, b.min, b.max, lo, hi)
		}
	}
}

func TestLexicon(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	var x lexicon
	for range 300 {
		x.clear()
		known := map[string]int32{}
		for range 30 {
			for _, v := range someTexts(r) {
				code, isNew := x.code([]byte(v))
				want, ok := known[v]
				if !ok {
					want = int32(len(known))
					known[v] = want
				}
				if code != want || isNew == ok || string(x.word(code)) != v {
					t.Fatalf("%q: code %d of %q, new: %v; want %d, %v", v, code, x.word(code), isNew, want, !ok)
				}
			}
		}
		if x.len() != len(known) {
			t.Fatalf("%d words, want %d", x.len(), len(known))
		}
	}
}

// TestSliceKeepsLittle: a few rows of a large batch do not keep its text in memory.
func TestSliceKeepsLittle(t *testing.T) {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	lists := array.NewListBuilder(memory.DefaultAllocator, arrow.BinaryTypes.String)
	for range 1000 {
		b.Append(strings.Repeat("x", 1000))
		lists.Append(true)
		lists.ValueBuilder().(*array.StringBuilder).Append(strings.Repeat("x", 1000))
	}
	for _, c := range []struct {
		leaf leaf
		from arrow.Array
	}{{leaf{kind: kindText}, b.NewArray()},
		{leaf{kind: kindDictionary, list: true, field: -1, max: 1}, lists.NewArray()}} {
		var p piece
		if err := p.layOut(c.leaf, array.NewSlice(c.from, 500, 503)); err != nil {
			t.Fatal(err)
		}
		if got := string(p.text.value(p.first + 2)); len(got) != 1000 || cap(p.text.bytes) > 4000 {
			t.Errorf("%+v: a text of %d bytes, %d bytes kept", c.leaf, len(got), cap(p.text.bytes))
		}
	}
}
