package jpeg

import (
	"bytes"
	"hash/crc32"
	"sync"
	"sync/atomic"
)

// fastBits is how many bits of the data the table of a Huffman code is looked up with.
const fastBits = 11

// A huffman is a Huffman code. fast answers most symbols together with the value that follows them: bits 0–7 how many
// bits both take, 8–15 how many zero coefficients come before, 16–31 the value; 0 where a longer look is needed.
type huffman struct {
	definition []byte // see huffmanOf
	isAC       bool
	broken     error // what is wrong with the definition; of no account where no scan uses it
	fast       [1 << fastBits]int32
	// Of codes of a length: the first code behind them, left-aligned to 16 bits,
	// and what takes a code to its place among the symbols.
	limit   [17]uint32
	offset  [17]int32
	symbols []byte
	// length and symbol of each code of at most fastBits bits, by the bits: length<<8 | symbol; 0 for longer codes.
	short [1 << fastBits]uint16
	// The table of AC codes that whole looks up two at once with, made when it is first needed.
	pairs func() *[1 << pairBits]uint64
}

// endOfBlock is a run of zeros longer than any block.
const endOfBlock = 128

// huffmanTables reads the codes of a segment.
func (d *decoder) huffmanTables(body []byte) error {
	for len(body) > 0 {
		if len(body) < 17 {
			return malformed("a Huffman table of %d bytes, want at least 17", len(body))
		}
		class, id := body[0]>>4, body[0]&15
		total := 0
		for _, n := range body[1:17] {
			total += int(n)
		}
		if class > 1 || id > 3 || total > 256 || len(body) < 17+total {
			return malformed("a broken Huffman table: class %d, id %d, %d symbols", class, id, total)
		}
		code := huffmanOf(body[1:17+total], class == 1)
		if class == 0 {
			d.dc[id] = code
		} else {
			d.ac[id] = code
		}
		body = body[17+total:]
	}
	return nil
}

// keptCodes are those that were made last, for most pictures have the same:
// to make them takes as long as to read a thousand blocks.
var keptCodes [32]atomic.Pointer[huffman]

// huffmanOf is the code with a definition, made or kept: how many codes there are of each length from 1 to 16,
// and their symbols.
func huffmanOf(definition []byte, isAC bool) *huffman {
	kept := &keptCodes[crc32.ChecksumIEEE(definition)%uint32(len(keptCodes))]
	if h := kept.Load(); h != nil && h.isAC == isAC && bytes.Equal(h.definition, definition) {
		return h
	}
	h := newHuffman(bytes.Clone(definition), isAC)
	kept.Store(h)
	return h
}

// newHuffman makes a code. In one of AC coefficients the high half of a symbol is a run of zeros.
func newHuffman(definition []byte, isAC bool) *huffman {
	counts, symbols := definition[:16], definition[16:]
	h := &huffman{definition: definition, isAC: isAC, symbols: symbols}
	h.pairs = sync.OnceValue(h.makePairs)
	code, place := uint32(0), 0
	for length := 1; length <= 16; length++ {
		h.offset[length] = int32(place) - int32(code)
		for range counts[length-1] {
			if code >= 1<<length {
				h.broken = malformed("a Huffman table with more codes of %d bits than there can be", length)
				return h
			}
			if !isAC && symbols[place] > 15 {
				h.broken = malformed("a Huffman table with differences of %d bits", symbols[place])
			}
			h.addShort(code, length, symbols[place], isAC)
			code, place = code+1, place+1
		}
		h.limit[length] = code << (16 - length)
		code <<= 1
	}
	return h
}

// addShort enters a code into the tables, if it is short enough.
func (h *huffman) addShort(code uint32, length int, symbol byte, isAC bool) {
	if length > fastBits {
		return
	}
	free := fastBits - length
	for low := range uint32(1) << free {
		at := code<<free | low
		h.short[at] = uint16(length)<<8 | uint16(symbol)
		run, size := int32(symbol>>4), int(symbol&15)
		if !isAC {
			run, size = 0, int(symbol)
		}
		switch {
		case isAC && size == 0:
			if run != 15 { // 15 is sixteen zeros: fifteen, and a value of zero
				run = endOfBlock
			}
			h.fast[at] = run<<8 | int32(length)
		case size <= free:
			value := extend(int32(low>>(free-size)), size)
			h.fast[at] = value<<16 | run<<8 | int32(length+size)
		}
	}
}

// extend makes a signed value of size bits (ITU T.81, F.2.2.1).
func extend(bits int32, size int) int32 {
	if size > 0 && bits < 1<<(size-1) {
		return bits - 1<<size + 1
	}
	return bits
}

// symbol is the symbol that the top bits of acc begin with, and its length; length 0 if there is none.
func (h *huffman) symbol(acc uint64) (symbol byte, length uint) {
	if s := h.short[acc>>(64-fastBits)]; s != 0 {
		return byte(s), uint(s >> 8)
	}
	top := uint32(acc >> 48)
	for length = fastBits + 1; length <= 16; length++ {
		if top < h.limit[length] {
			return h.symbols[int32(top>>(16-length))+h.offset[length]], length
		}
	}
	return 0, 0
}

// long is what fast says, for codes that are too long for it; 0 if the data hold no valid code.
// At least 32 bits are there.
func (h *huffman) long(acc uint64, isAC bool) int32 {
	symbol, length := h.symbol(acc)
	run, size := int32(symbol>>4), uint(symbol&15)
	if !isAC {
		run, size = 0, uint(symbol)
	}
	if length == 0 || size > 15 {
		return 0
	}
	if isAC && size == 0 && run != 15 {
		run = endOfBlock
	}
	value := extend(int32(acc<<length>>1>>(63-size)), int(size))
	return value<<16 | run<<8 | int32(length+size)
}

// codeAt is what fast or long says of the code at a bit.
func (h *huffman) codeAt(plain []byte, at int, isAC bool) int32 {
	acc := bitsAt(plain, at)
	if e := h.fast[acc>>(64-fastBits)]; e != 0 {
		return e
	}
	return h.long(acc, isAC)
}

// pairBits is how many bits of the data a pair is looked up with.
const pairBits = 11

// lastPair marks a pair that ends with the end of the block.
const lastPair = 1 << 7

// makePairs finds for all pairBits bits the first two AC codes, if they are whole within them: a code and its value
// take 5 bits in the mean. Bits 0–4 say how many bits they take, 8–15 how many coefficients; bits 16–23 and 24–31 where
// their values go, counted from the coefficient that is due, and 32–47 and 48–63 the values; 0 if the first is not
// whole. A value that is not there, since the block ends or the second code is not whole, is a zero that goes where
// there is one already: so both can be written in any case.
func (h *huffman) makePairs() *[1 << pairBits]uint64 {
	pairs := new([1 << pairBits]uint64)
	for bits := range pairs {
		acc, used, advance, pair := uint64(bits)<<(64-pairBits), uint64(0), uint64(0), uint64(0)
		for i := range 2 {
			e := h.fast[acc>>(64-fastBits)]
			taken, run, value := uint64(e&0xff), uint64(e>>8&0xff), uint64(uint16(e>>16))
			if e == 0 || used+taken > pairBits {
				run, value, taken = 0, 0, 0
			}
			if pair |= (advance + run&15) << (16 + 8*i); taken == 0 {
				break
			}
			acc <<= taken
			used += taken
			if run == endOfBlock {
				pair |= lastPair
				break
			}
			pair |= value << (32 + 16*i)
			advance += run + 1
		}
		if used > 0 {
			pairs[bits] = pair | advance<<8 | used
		}
	}
	return pairs
}
