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
