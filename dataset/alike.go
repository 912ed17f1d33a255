package dataset

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// IsASCII says whether a text has no other letters, as most have.
func IsASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
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

// AsLatin writes look-alikes as the letters they look like, if then all letters are Latin. A text with other Cyrillic
// or Greek letters is meant to be in that alphabet and stays as it is.
func AsLatin(text string) string {
	if IsASCII(text) {
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

// LooksLike is the Latin letter that a Cyrillic or Greek one looks like.
func LooksLike(r rune) (latin rune, is bool) {
	latin, is = lookAlikes[r]
	return latin, is
}

// AppendFoldedID appends what is left of a patient or lesion id when all is taken away that programs and hands change
// about one: equal for ids that are likely meant to be one (finding id_variant). It is for comparing alone; ids are
// joined byte for byte. What does not count:
//
//   - the case of letters, and of look-alikes and digits in what script or width they are
//   - spaces wherever they are, quotes, and what cannot be seen
//   - which dash, underscore or slash parts an id
//   - zeros before a whole number (007, P-007), and a fraction of zeros behind it (12.0, 12,00), as tables write them
func AppendFoldedID(dst []byte, id string) []byte {
	from, begins, zeros := len(dst), true, false
	for i := range len(id) {
		switch c := foldedBytes[id[i]]; {
		case c == 0:
		case c == unfolded:
			return appendFoldedSlowly(dst[:from], id)
		case c == '0' && begins: // held back until it is known whether it stands before another digit
			zeros = true
		default:
			begins = !isDigit(c)
			if zeros && begins {
				dst = append(dst, '0')
			}
			zeros = false
			dst = append(dst, c)
		}
	}
	if zeros {
		dst = append(dst, '0')
	}
	return dst
}

// unfolded stands for bytes that AppendFoldedID has to look at more closely: points, and what is not ASCII.
const unfolded = utf8.RuneSelf

// foldedBytes is what each byte becomes; 0 where it does not count.
var foldedBytes = func() (table [256]byte) {
	for c := range table {
		switch c := byte(c); {
		case c <= ' ' || c == '"' || c == '\'' || c == '`' || c == 0x7f:
		case c == '_' || c == '/' || c == '\\':
			table[c] = '-'
		case 'A' <= c && c <= 'Z':
			table[c] = c + 'a' - 'A'
		case c == '.' || c == ',' || c >= utf8.RuneSelf:
			table[c] = unfolded
		default:
			table[c] = c
		}
	}
	return table
}()

// appendFoldedSlowly is AppendFoldedID for any id.
func appendFoldedSlowly(dst []byte, id string) []byte {
	if !IsASCII(id) {
		id = foldedLetters(id)
	}
	from := len(dst)
	for i := range len(id) {
		switch c := foldedBytes[id[i]]; c {
		case 0:
		case unfolded:
			dst = append(dst, id[i])
		default:
			dst = append(dst, c)
		}
	}
	return dst[:from+len(foldNumbers(dst[from:]))]
}

// foldRounds bounds how often letters are folded: NFKC and case folding can each give the other new work.
const foldRounds = 6

// foldedLetters folds what is not ASCII. A text that is no UTF-8 is what its bytes are.
func foldedLetters(id string) string {
	if !utf8.ValidString(id) {
		return id
	}
	for range foldRounds {
		next := strings.Map(foldedRune, cases.Fold().String(AsLatin(norm.NFKC.String(id))))
		if next == id {
			break
		}
		id = next
	}
	return id
}

// foldedRune is a letter, digit or mark as ASCII has it; -1 where it does not count.
func foldedRune(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		return r
	case unicode.IsSpace(r), unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r),
		strings.ContainsRune("‘’‚‛“”„‟′″´«»‹›", r):
		return -1
	case unicode.Is(unicode.Pd, r), strings.ContainsRune("−⁄∕", r):
		return '-'
	case unicode.IsDigit(r):
		return '0' + digitValue(r)
	}
	return r
}

// digitValue is what a decimal digit of any script counts: each script has its ten in a row, and Unicode's table of
// them begins its ranges with a zero.
func digitValue(r rune) rune {
	for _, of := range unicode.Nd.R16 {
		if rune(of.Lo) <= r && r <= rune(of.Hi) {
			return (r - rune(of.Lo)) % 10
		}
	}
	for _, of := range unicode.Nd.R32 {
		if rune(of.Lo) <= r && r <= rune(of.Hi) {
			return (r - rune(of.Lo)) % 10
		}
	}
	return 0
}

// foldNumbers takes zeros away, in place: those before a whole number, and a fraction that has nothing else and ends
// there. In 1.02 the zero counts, and in 10.0.1 both do.
func foldNumbers(id []byte) []byte {
	out := id[:0]
	for i := 0; i < len(id); {
		if !isDigit(id[i]) {
			out = append(out, id[i])
			i++
			continue
		}
		end := endOfDigits(id, i)
		for i < end-1 && id[i] == '0' {
			i++
		}
		out = append(out, id[i:end]...)
		i = end
		if end+1 >= len(id) || id[end] != '.' && id[end] != ',' || !isDigit(id[end+1]) {
			continue
		}
		i = endOfDigits(id, end+1)
		ends := i == len(id) || id[i] == '-'
		if !ends || len(bytes.Trim(id[end+1:i], "0")) > 0 {
			out = append(out, id[end:i]...)
		}
	}
	return out
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func endOfDigits(text []byte, from int) int {
	for from < len(text) && isDigit(text[from]) {
		from++
	}
	return from
}
