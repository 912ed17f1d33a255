package parquetio

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
)

// A lexicon is the dictionary of a row group: it numbers words in the order of first appearance. It is a map from words to codes whose
// words stand one after another, as the dictionary page has them, and whose memory serves the next row group.
type lexicon struct {
	plain  []byte  // the words in Parquet's plain encoding
	starts []int   // by code: where the word's bytes begin in plain; they end 4 bytes before the next word's, at the next one's length
	table  []entry // open addressing, at least twice as many as words
}

// An entry is a place for a word: its key, and its code and 1; 0: free.
type entry struct {
	key  uint64
	code int32
}

// seed is of the process; codes do not depend on it.
var seed = maphash.MakeSeed()

// shortWord is the longest word, in bytes, that its key holds as a whole. ICD-11 codes are mostly no longer.
const shortWord = 7

// wordKey is a word of at most shortWord bytes and its length, or a hash of a longer one.
func wordKey(word []byte) uint64 {
	n := len(word)
	switch {
	case n > shortWord:
		return maphash.Bytes(seed, word) | 0xff<<56
	case n >= 4: // the halves overlap, with the same bytes
		head, tail := binary.LittleEndian.Uint32(word), binary.LittleEndian.Uint32(word[n-4:])
		return uint64(head) | uint64(tail)<<(8*(n-4)) | uint64(n)<<56
	}
	key := uint64(n) << 56
	for i, b := range word {
		key |= uint64(b) << (8 * i)
	}
	return key
}

func (x *lexicon) clear() {
	if len(x.starts) == 0 {
		return
	}
	x.plain, x.starts = x.plain[:0], x.starts[:0]
	clear(x.table)
}

func (x *lexicon) len() int { return len(x.starts) }

// word is the word of a code.
func (x *lexicon) word(code int32) []byte {
	end := len(x.plain)
	if next := int(code) + 1; next < len(x.starts) {
		end = x.starts[next] - 4
	}
	return x.plain[x.starts[code]:end]
}

// code is the code of a word, a new one if it has none.
func (x *lexicon) code(word []byte) (code int32, isNew bool) {
	if 2*len(x.starts) >= len(x.table) {
		x.grow()
	}
	key := wordKey(word)
	mask := len(x.table) - 1
	for i := x.place(key); ; i = (i + 1) & mask {
		e := &x.table[i]
		if e.code == 0 {
			x.plain = appendText(x.plain, word)
			x.starts = append(x.starts, len(x.plain)-len(word))
			*e = entry{key, int32(len(x.starts))}
			return e.code - 1, true
		}
		if e.key == key && (len(word) <= shortWord || bytes.Equal(x.word(e.code-1), word)) {
			return e.code - 1, false
		}
	}
}

// place is where the search for a key begins: a multiplicative hash, as keys of short words are alike. (Knuth, The Art of Computer
// Programming, volume 3, section 6.4.)
func (x *lexicon) place(key uint64) int {
	const golden = 0x9e3779b97f4a7c15 // 2^64 by the golden ratio
	return int(key*golden>>32) & (len(x.table) - 1)
}

// grow makes room for more words.
func (x *lexicon) grow() {
	old := x.table
	x.table = make([]entry, max(64, 2*len(old)))
	mask := len(x.table) - 1
	for _, e := range old {
		if e.code == 0 {
			continue
		}
		i := x.place(e.key)
		for x.table[i].code != 0 {
			i = (i + 1) & mask
		}
		x.table[i] = e
	}
}
