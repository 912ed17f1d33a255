package mapping

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/dermset/dermset/dataset"
)

// spellingRounds bounds how often a key is made of a key: NFKC and case folding can each give the other new work.
const spellingRounds = 6

// spelling is equal for texts that are nearly equal, as the package comment says. It is its own spelling.
func spelling(text string) string {
	if dataset.IsASCII(text) {
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
	text = cases.Fold().String(dataset.AsLatin(norm.NFKC.String(text)))
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

// unseen says which letters and spaces of a text are not what they look like: look-alikes of Latin letters, full-width
// forms, spaces that are not the one of the space bar, and characters that cannot be seen. Empty if there are none.
func unseen(text string) string {
	latin := dataset.AsLatin(text) != text
	var said []string
	for _, r := range text {
		like, isAlike := dataset.LooksLike(r)
		why := ""
		switch {
		case latin && isAlike:
			why = fmt.Sprintf("U+%04X (%s), which looks like %c", r, scriptOf(r), like)
		case '！' <= r && r <= '～': // the full-width forms of ASCII, in its order
			why = fmt.Sprintf("U+%04X, which looks like %c", r, r-'！'+'!')
		case unicode.IsSpace(r) && r != ' ':
			why = fmt.Sprintf("U+%04X%s, which looks like a space", r, called(r))
		case unicode.Is(unicode.Cf, r):
			why = fmt.Sprintf("U+%04X%s, which cannot be seen", r, called(r))
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

// unseenNames are what Unicode calls the commonest of such characters, in short.
var unseenNames = map[rune]string{
	'\t': "tab", '\n': "line end", '\r': "carriage return", '\u00a0': "no-break space", '\u00ad': "soft hyphen",
	'\u2002': "en space", '\u2003': "em space", '\u2009': "thin space", '\u200b': "zero width space",
	'\u200c': "zero width non-joiner", '\u200d': "zero width joiner", '\u200e': "left-to-right mark",
	'\u200f': "right-to-left mark", '\u202f': "narrow no-break space", '\u2060': "word joiner",
	'\u3000': "ideographic space",
	'\ufeff': "byte order mark",
}

func called(r rune) string {
	if name := unseenNames[r]; name != "" {
		return " (" + name + ")"
	}
	return ""
}

func scriptOf(r rune) string {
	if unicode.Is(unicode.Greek, r) {
		return "Greek"
	}
	return "Cyrillic"
}

// apart says in what a text and another of the same spelling differ, where a person may not see it, to go on with a
// sentence about the first.
func apart(text, other string) string {
	switch said := itHolds(text, other); {
	case said != "":
		return said
	case norm.NFC.String(text) == norm.NFC.String(other):
		return composed(text, other)
	case strings.TrimSpace(text) == strings.TrimSpace(other):
		return spaceAround("it", text) + spaceAround(fmt.Sprintf("%q", other), other)
	case strings.EqualFold(text, other):
		return ": in small and capital letters"
	}
	return ""
}

func spaceAround(who, text string) string {
	switch {
	case strings.HasPrefix(text, " "):
		return "; " + who + " begins with a space"
	case strings.HasSuffix(text, " "):
		return "; " + who + " ends with a space"
	}
	return ""
}

// composed names the first character that is one in one of two texts and a letter with marks in the other.
func composed(text, other string) string {
	for _, r := range norm.NFC.String(text) {
		parts := norm.NFD.String(string(r))
		codes := func(of string) string {
			if strings.Contains(of, parts) {
				return strings.Trim(fmt.Sprintf("%U", []rune(parts)), "[]")
			}
			return fmt.Sprintf("%U", r)
		}
		if one, two := codes(text), codes(other); one != two {
			return fmt.Sprintf("; its %c is %s, that of the other %s", r, one, two)
		}
	}
	return ""
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
