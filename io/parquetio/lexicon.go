package parquetio

// A lexicon is the dictionary of a row group: it numbers words in the order of first appearance. The words stand one
// after another, as the dictionary page has them; its memory serves the next row group.
type lexicon struct {
	plain []byte // the words in Parquet's plain encoding
	// by code: where the word's bytes begin in plain; they end 4 bytes before the next word's, at the next one's length
	starts []int
	codes  map[string]int32
}

func (x *lexicon) clear() {
	x.plain, x.starts = x.plain[:0], x.starts[:0]
	clear(x.codes)
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
	if code, known := x.codes[string(word)]; known {
		return code, false
	}
	if x.codes == nil {
		x.codes = map[string]int32{}
	}
	code = int32(len(x.starts))
	x.codes[string(word)] = code
	x.plain = appendText(x.plain, word)
	x.starts = append(x.starts, len(x.plain)-len(word))
	return code, true
}
