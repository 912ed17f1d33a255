package icd11

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/dermset/dermset/slips"
)

// Search finds the categories whose titles hold all words; a word may be the beginning of a longer one, and neither
// case nor accents count. The best come first: extension codes (chapter X) after all others, then the title that is
// what is asked for, "unspecified" or not, then titles with more whole words of those asked for, then shorter titles,
// then the order of the file. A code, or what was probably meant for one, finds itself.
func (r *Release) Search(words string) []*Entity {
	for _, code := range []string{strings.TrimSpace(words), suggestion(words)} {
		if e, ok := r.Entity(code); ok && e.Kind == Category {
			return []*Entity{e}
		}
	}
	asked := titleWords(words)
	if len(asked) == 0 {
		return nil
	}
	type hit struct {
		e           *Entity
		other       bool // than what is asked for
		whole, size int
	}
	var hits []hit
	for i := range r.entities {
		e := &r.entities[i]
		if e.Kind != Category {
			continue
		}
		title := titleWords(e.Title)
		if whole, all := countWords(asked, title); all {
			exact := slices.Equal(title, asked) || e.Residual && slices.Equal(title, append(asked, "unspecified"))
			hits = append(hits, hit{e, !exact, whole, len(title)})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(compareBool(a.e.extension(), b.e.extension()), compareBool(a.other, b.other),
			cmp.Compare(b.whole, a.whole), cmp.Compare(a.size, b.size))
	})
	found := make([]*Entity, len(hits))
	for i, h := range hits {
		found[i] = h.e
	}
	return found
}

// ligatures have no accent to take off.
var ligatures = strings.NewReplacer("æ", "ae", "œ", "oe", "ø", "o", "ß", "ss")

// titleWords are the words of a text in lower case and without accents: what is between anything but letters and
// digits.
func titleWords(text string) []string {
	text = ligatures.Replace(strings.ToLower(text))
	text = slips.WithoutAccents(text)
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// countWords says whether every word that is asked for begins a word of the title, and how many are one.
func countWords(asked, title []string) (whole int, all bool) {
	for _, word := range asked {
		if slices.Contains(title, word) {
			whole++
		} else if !slices.ContainsFunc(title, func(t string) bool { return strings.HasPrefix(t, word) }) {
			return 0, false
		}
	}
	return whole, true
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
