package mapping

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// spellingRounds bounds how often a key is made of a key: NFKC and case folding can each give the other new work.
const spellingRounds = 6

// spelling is equal for texts that are nearly equal, as the package comment says. It is its own spelling.
func spelling(text string) string {
	if isASCII(text) {
		return spellingOfASCII(text)
	}
	key := text
	for range spellingRounds {
		next := foldOnce(key)
		if next == key {
			break
		}
		key = next
	}
	return key
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// spellingOfASCII is foldOnce for a text that has no other letters, as most have; once is enough for it.
func spellingOfASCII(text string) string {
	out := make([]byte, 0, len(text))
	gap := false
	for i := range len(text) {
		c := text[i]
		switch {
		case c == ' ', c == '-', c == '_', c == '/', '\t' <= c && c <= '\r':
			gap = true
			continue
		case c == '`':
			c = '\''
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		if gap && len(out) > 0 {
			out = append(out, ' ')
		}
		gap = false
		out = append(out, c)
	}
	return string(out)
}

func foldOnce(text string) string {
	text = cases.Fold().String(asLatin(norm.NFKC.String(text)))
	var b strings.Builder
	gap := false
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Cf, r):
			continue
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r), r == '_', r == '/', r == '−':
			gap = true
			continue
		case strings.ContainsRune("‘’‛′`´", r):
			r = '\''
		case strings.ContainsRune("“”„‟″", r):
			r = '"'
		}
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
		}
		gap = false
		b.WriteRune(r)
	}
	return b.String()
}

// lookAlikes are Cyrillic and Greek letters that common typefaces draw as a Latin letter, and that letter. A keyboard
// switched at the wrong moment, or text recognition, puts them into labels. The table is our own, for lower and upper
// case apart: Н looks like H, but н not like h.
var lookAlikes = map[rune]rune{
	// Cyrillic
	'а': 'a', 'е': 'e', 'ё': 'ë', 'о': 'o', 'р': 'p', 'с': 'c', 'у': 'y', 'х': 'x', 'к': 'k', 'ѕ': 's', 'і': 'i', 'ї': 'ï',
	'ј': 'j', 'һ': 'h', 'ԁ': 'd', 'ԛ': 'q', 'ԝ': 'w', 'ӏ': 'l',
	'А': 'A', 'В': 'B', 'Е': 'E', 'Ё': 'Ë', 'К': 'K', 'М': 'M', 'Н': 'H', 'О': 'O', 'Р': 'P', 'С': 'C', 'Т': 'T', 'У': 'Y',
	'Х': 'X', 'Ѕ': 'S', 'І': 'I', 'Ї': 'Ï', 'Ј': 'J', 'Ԛ': 'Q', 'Ԝ': 'W', 'Ӏ': 'I',
	// Greek
	'α': 'a', 'ι': 'i', 'κ': 'k', 'ν': 'v', 'ο': 'o', 'ρ': 'p', 'υ': 'u', 'ϲ': 'c', 'ϳ': 'j',
	'Α': 'A', 'Β': 'B', 'Ε': 'E', 'Ζ': 'Z', 'Η': 'H', 'Ι': 'I', 'Κ': 'K', 'Μ': 'M', 'Ν': 'N', 'Ο': 'O', 'Ρ': 'P', 'Τ': 'T',
	'Υ': 'Y', 'Χ': 'X', 'Ϲ': 'C', 'Ϳ': 'J',
}

// asLatin writes look-alikes as the letters they look like, if then all letters are Latin. A text with other Cyrillic
// or Greek letters is meant to be in that alphabet and stays as it is.
func asLatin(text string) string {
	if isASCII(text) {
		return text
	}
	alike := false
	for _, r := range text {
		_, is := lookAlikes[r]
		if !is && unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r) {
			return text
		}
		alike = alike || is
	}
	if !alike {
		return text
	}
	return strings.Map(func(r rune) rune {
		if latin, is := lookAlikes[r]; is {
			return latin
		}
		return r
	}, text)
}

// unseen says which letters and spaces of a text are not what they look like: look-alikes of Latin letters, full-width
// forms, spaces that are not the one of the space bar, and characters that cannot be seen. Empty if there are none.
func unseen(text string) string {
	latin := asLatin(text) != text
	var said []string
	for _, r := range text {
		like, isAlike := lookAlikes[r]
		why := ""
		switch {
		case latin && isAlike:
			why = fmt.Sprintf("U+%04X, which looks like %c", r, like)
		case '！' <= r && r <= '～': // the full-width forms of ASCII, in its order
			why = fmt.Sprintf("U+%04X, which looks like %c", r, r-'！'+'!')
		case unicode.IsSpace(r) && r != ' ':
			why = fmt.Sprintf("U+%04X, which looks like a space", r)
		case unicode.Is(unicode.Cf, r):
			why = fmt.Sprintf("U+%04X, which cannot be seen", r)
		}
		if why != "" && !slices.Contains(said, why) {
			said = append(said, why)
		}
	}
	if len(said) == 0 {
		return ""
	}
	return "holds " + strings.Join(said, " and ")
}

// itHolds is what unseen says of texts, to go on with a sentence about the first of them; the others are named.
func itHolds(text string, others ...string) string {
	var said string
	if odd := unseen(text); odd != "" {
		said += "; it " + odd
	}
	for _, other := range others {
		if odd := unseen(other); odd != "" {
			said += fmt.Sprintf("; %q %s", other, odd)
		}
	}
	return said
}

// looksExcluded reports whether a name is like the mark -, but is not it.
func looksExcluded(name string) bool {
	marks := strings.TrimSpace(name)
	return name != Excludes && marks != "" &&
		!strings.ContainsFunc(marks, func(r rune) bool { return !unicode.Is(unicode.Pd, r) && r != '−' })
}
