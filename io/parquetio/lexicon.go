package parquetio

// A dictionary of up to cheapDictionary bytes pays: that is where other writers give up. A larger one pays while it is
// at most half of what its words would take in every row, and never above mostDictionary: it is in memory whole, for
// who writes it and who reads it.
const (
	cheapDictionary = 1 << 20
	mostDictionary  = 8 << 20
)

// pays says whether a column of words is to have a dictionary, by all words of its rows: else they stand in its pages
// as they are. It leaves the lexicon empty.
func (e *encoder) pays(spans []span, index int) bool {
	if wordsOf(spans, index) <= cheapDictionary {
		return true
	}
	defer e.lexicon.clear()
	all := 0
	var words texts
	var seen []bool
	for _, s := range spans {
		p := s.pieces[index]
		if p == nil || p.none {
			continue
		}
		if !p.words.same(words) {
			words, seen = p.words, make([]bool, p.words.len())
		}
		for i, code := range p.codes[s.from:s.to] {
			if !p.valid.has(s.from + i) {
				continue
			}
			word := words.value(int(code))
			if all += 4 + len(word); !seen[code] {
				seen[code] = true
				e.lexicon.code(word)
			}
		}
		if len(e.lexicon.plain) > mostDictionary {
			return false
		}
	}
	return len(e.lexicon.plain) <= max(cheapDictionary, all/2)
}

// wordsOf is at least what the words of a column take in a dictionary.
func wordsOf(spans []span, index int) (bytes int) {
	var words texts
	for _, s := range spans {
		if p := s.pieces[index]; p != nil && !p.none && !p.words.same(words) {
			words = p.words
			bytes += 4*words.len() + len(words.bytes)
		}
	}
	return bytes
}

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
