package mapping

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// spellingRounds bounds how often a key is made of a key: NFKC and case folding can each give the other new work.
const spellingRounds = 6

// spelling is equal for texts that are nearly equal, as the package comment says. It is its own spelling.
func spelling(text string) string {
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
