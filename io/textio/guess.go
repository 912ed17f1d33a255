package textio

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
)

// A candidate is an encoding and a language that is written in it: its letters beyond ASCII, in lower case, or scripts.
type candidate struct {
	encoding string
	letters  string
	scripts  []*unicode.RangeTable
}

const (
	spanish    = "áéíóúüñ"
	cyrillic   = "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ"
	polish     = "ąćęłńóśźż"
	czech      = "áčďéěíňóřšťúůýž"
	slovak     = "áäčďéíĺľňóôŕšťúýž"
	hungarian  = "áéíóöőúüű"
	romanian   = "ăâîşţ"
	croatian   = "čćžšđ"
	french     = "àâçéèêëîïôùûüÿœæ"
	german     = "äöüß"
	portuguese = "áâãàçéêíóôõúü"
	italian    = "àèéìòù"
	nordic     = "åäöæø"
)

// candidates are in the order in which they are preferred where they read a text alike.
var candidates = slices.Concat(
	spoken("windows-1252", spanish, french, german, portuguese, italian, nordic),
	spoken("windows-1250", polish, czech, slovak, hungarian, romanian, croatian, german),
	spoken("macintosh", spanish, french, german, portuguese, italian, nordic),
	spoken("ibm850", spanish, french, german, portuguese, italian, nordic),
	spoken("iso-8859-2", polish, czech, slovak, hungarian, romanian, croatian, german),
	spoken("windows-1254", "çğıöşüâîû"),
	[]candidate{{"windows-1255", "", []*unicode.RangeTable{unicode.Hebrew}}},
	spoken("koi8-r", cyrillic), spoken("windows-1251", cyrillic), spoken("ibm866", cyrillic),
	spoken("iso-8859-5", cyrillic), spoken("windows-1253", "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ"),
	[]candidate{
		{"windows-1256", "", []*unicode.RangeTable{unicode.Arabic}},
		{"windows-874", "", []*unicode.RangeTable{unicode.Thai}},
		{"shift_jis", "", []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana}},
		{"euc-kr", "", []*unicode.RangeTable{unicode.Hangul}},
		{"gbk", "", []*unicode.RangeTable{unicode.Han}},
		{"euc-jp", "", []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana}},
		{"big5", "", []*unicode.RangeTable{unicode.Han}},
	})

func spoken(encoding string, languages ...string) (all []candidate) {
	for _, letters := range languages {
		all = append(all, candidate{encoding: encoding, letters: letters})
	}
	return all
}

// Guess names the encodings in which text may be that is no UTF-8, the likeliest first and at most three; none if it is
// UTF-8. What it says is for a person to look at. The text may end within a character.
func Guess(head []byte) []string {
	if mark := byMark(head); mark != "" {
		return []string{mark}
	}
	if wide := withoutMark(head); wide != "" {
		return []string{wide}
	}
	if mostlyUTF8(head) {
		return nil
	}
	odd := oddLines(head)
	best, known := map[string]int{}, map[string]string{} // by name; the first name that reads the text so
	var names []string
	for _, c := range candidates {
		e, _ := Encoding(c.encoding)
		text := decodeLoosely(e, odd)
		score, ok := c.score(text)
		if least := 4 * (c.width() - 1); !ok || score <= least { // one letter of two bytes is one by chance
			continue
		}
		switch first := known[string(text)]; {
		case first == "":
			known[string(text)] = c.encoding
			names = append(names, c.encoding)
		case first != c.encoding:
			continue
		}
		best[c.encoding] = max(best[c.encoding], score)
	}
	slices.SortStableFunc(names, func(a, b string) int { return best[b] - best[a] })
	if len(names) == 0 {
		return []string{"windows-1252"}
	}
	return names[:min(len(names), 3)]
}

// mostlyUTF8 reports whether a text is UTF-8, or was before some bytes of it were damaged: two in three of its
// characters beyond ASCII are. Bytes of another encoding are UTF-8 by chance only.
func mostlyUTF8(head []byte) bool {
	good, bad := 0, 0
	for rest := head[:WholeRunes(head)]; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			bad++
		case size > 1:
			good++
		}
		rest = rest[size:]
	}
	return bad == 0 || good > 2*bad
}

// byMark is the encoding that a byte order mark tells, but for UTF-8.
func byMark(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe, 0, 0}):
		return "utf-32"
	case bytes.HasPrefix(head, []byte{0, 0, 0xfe, 0xff}):
		return "utf-32"
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return "utf-16"
	}
	return ""
}

// withoutMark is utf-16le or utf-16be where every other byte is mostly zero, as in the letters of ASCII.
func withoutMark(head []byte) string {
	var zeros [2]int
	some := head[:min(len(head), 4096)&^1]
	for i, c := range some {
		if c == 0 {
			zeros[i&1]++
		}
	}
	switch pairs := len(some) / 2; {
	case pairs == 0:
	case zeros[1]*3 > pairs && zeros[0]*20 < pairs:
		return "utf-16le"
	case zeros[0]*3 > pairs && zeros[1]*20 < pairs:
		return "utf-16be"
	}
	return ""
}

// oddLines are the lines with bytes beyond ASCII: all that tells encodings apart. The last one is left out where it is
// not whole, unless it is the only one.
func oddLines(head []byte) []byte {
	if end := bytes.LastIndexByte(head, '\n'); end >= 0 && !ascii(head[:end]) {
		head = head[:end]
	}
	var odd []byte
	for line := range bytes.Lines(head) {
		if !ascii(line) {
			odd = append(odd, line...)
		}
	}
	return odd
}

func ascii(text []byte) bool {
	return !slices.ContainsFunc(text, func(c byte) bool { return c >= utf8.RuneSelf })
}

// decodeLoosely is for looking at: what cannot be decoded is U+FFFD.
func decodeLoosely(e encoding.Encoding, text []byte) []rune {
	decoded, _ := e.NewDecoder().Bytes(text)
	return []rune(string(decoded))
}

// score says how well a text reads in a language; not at all if it has what the encoding does not have. A letter of the
// language is good, another one is not, and still less a capital after a small letter or a sign within a word.
func (c *candidate) score(text []rune) (score int, ok bool) {
	for i, r := range text {
		if r < utf8.RuneSelf {
			continue
		}
		before, after := runeAt(text, i-1), runeAt(text, i+1)
		alone := !unicode.IsLetter(before) && !unicode.IsLetter(after)
		switch {
		case r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Co, r):
			return 0, false
		case r == 'µ': // a letter to Unicode
			score += sign(r, before, after)
		case unicode.IsUpper(r) && unicode.IsLower(before):
			score -= 4
		case (unicode.IsLetter(r) && !latin(r) || unicode.In(r, c.scripts...)) && (latin(before) || latin(after)):
			score -= 6
		case alone && c.width() == 1 && (unicode.In(r, c.scripts...) || strings.ContainsRune(c.letters, unicode.ToLower(r))):
			if score++; unicode.IsDigit(before) || unicode.IsDigit(after) {
				score -= 2
			}
		case misplaced(unicode.ToLower(r), unicode.ToLower(before), after):
			score -= 6
		case c.scripts == nil && strings.ContainsRune(c.letters, unicode.ToLower(r)):
			if !strings.ContainsRune("ъщюфц", unicode.ToLower(r)) { // which are 3 in 100 of Russian's letters
				score += 2
			}
		case r >= '｡' && r <= 'ﾟ': // half as wide, of one byte: what other encodings look like in shift_jis
			score--
		case unicode.Is(unicode.Thai, r) && unicode.Is(unicode.Lo, r) && len(c.scripts) > 0:
			score++ // most bytes beyond ASCII are one
		case unicode.In(r, c.scripts...):
			score += 2 * c.width()
		case unicode.IsLetter(r):
			score -= 2
		default:
			score += sign(r, before, after)
		}
	}
	return score, true
}

func runeAt(text []rune, i int) rune {
	if i < 0 || i >= len(text) {
		return ' '
	}
	return text[i]
}

// misplaced reports whether a letter does not stand between such in words: in Russian й behind a consonant, or a word
// that begins with a letter of no sound or ends with ъ; in Hebrew and Greek the form of a letter at a word's end within
// one; in Thai and Hebrew a mark without the letter that bears it, and in Thai a digit behind a letter, or a vowel that
// is written before its consonant without one.
func misplaced(r, before, after rune) bool {
	switch {
	case r == 'й':
		return strings.ContainsRune("бвгджзйклмнпрстфхцчшщъь", before)
	case r == 'ъ' || r == 'ь' || r == 'ы':
		return !unicode.IsLetter(before) || r == 'ъ' && !unicode.IsLetter(after)
	case strings.ContainsRune("ךםןףץς", r):
		return unicode.IsLetter(after)
	case unicode.Is(unicode.Hebrew, r) && unicode.Is(unicode.Mn, r):
		return !unicode.IsLetter(before)
	case unicode.Is(unicode.Thai, r) && unicode.Is(unicode.Mn, r):
		return !unicode.Is(unicode.Thai, before)
	case r >= 'เ' && r <= 'ไ':
		return !unicode.IsLetter(after) || after >= 'เ' && after <= 'ไ'
	case r >= '๐' && r <= '๙':
		return unicode.IsLetter(before) || unicode.IsLetter(after)
	}
	return false
}

// sign says how well a character that is no letter stands between two others.
func sign(r, before, after rune) int {
	behind, follows := unicode.IsLetter(before), unicode.IsLetter(after)
	well := false
	switch {
	case r == '’':
		well = behind
	case strings.ContainsRune("‘“„«‹¿¡", r):
		well = !behind && follows
	case strings.ContainsRune("”»›…™®", r):
		well = behind && !follows
	case strings.ContainsRune("²³°", r):
		well = behind || unicode.IsDigit(before)
	case r == 'µ':
		well = !behind && follows
	case strings.ContainsRune("–—•€", r):
		well = !behind && !follows
	case strings.ContainsRune("·£×±½§©", r) && !behind && !follows:
		return 1
	}
	switch {
	case well:
		return 2
	case behind && follows:
		return -6
	case strings.ContainsRune("°ºª€–—‘’“”«»¿¡…·•×µ±²³½§©®™\u00a0", r):
		return 0
	}
	return -1
}

// width is how many bytes a letter mostly has.
func (c *candidate) width() int {
	if len(c.scripts) == 0 || unicode.In('א', c.scripts...) || unicode.In('ا', c.scripts...) ||
		unicode.In('ก', c.scripts...) {
		return 1
	}
	return 2
}

func latin(r rune) bool { return unicode.Is(unicode.Latin, r) }

// Sample is the first word of a text with a byte beyond ASCII, as an encoding reads it; empty: there is none. Of UTF-16
// and UTF-32 no word need be shown: nobody doubts them.
func Sample(head []byte, name string) string {
	e, err := Encoding(name)
	if err != nil || strings.HasPrefix(name, "utf-") {
		return ""
	}
	at := slices.IndexFunc(head, func(c byte) bool { return c >= utf8.RuneSelf })
	if at < 0 {
		return ""
	}
	from := 1 + bytes.LastIndexAny(head[:at], " ,;|\t\"\r\n")
	word := head[from:]
	if end := bytes.IndexAny(word[at-from:], " ,;|\t\"\r\n"); end >= 0 {
		word = word[:at-from+end]
	}
	runes := decodeLoosely(e, word)
	return string(runes[:min(len(runes), 30)])
}

// WholeRunes is the length of UTF-8 without a character at its end that may go on.
func WholeRunes(text []byte) int {
	for back := 1; back < utf8.UTFMax && back <= len(text); back++ {
		if at := len(text) - back; utf8.RuneStart(text[at]) {
			if !utf8.FullRune(text[at:]) {
				return at
			}
			break
		}
	}
	return len(text)
}

// Loosely is text of an encoding as UTF-8, for looking at: what cannot be decoded is U+FFFD.
func Loosely(text []byte, name string) string {
	e, err := Encoding(name)
	if err != nil {
		return string(text)
	}
	return string(decodeLoosely(e, text))
}
