package mapping

import (
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
	text = cases.Fold().String(norm.NFKC.String(text))
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
		default:
			r = lookalike(r)
		}
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
		}
		gap = false
		b.WriteRune(r)
	}
	return b.String()
}

// looksExcluded reports whether a name is like the mark -, but is not it.
func looksExcluded(name string) bool {
	if name == Excludes || strings.TrimSpace(name) == "" {
		return false
	}
	for _, r := range strings.TrimSpace(name) {
		if !unicode.Is(unicode.Pd, r) && r != '−' {
			return false
		}
	}
	return true
}
