package icd11

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// Search finds the categories whose titles hold all words; a word may be the beginning of a longer one, and case does
// not count. The best come first: extension codes (chapter X) after all others, then titles with more whole words of
// those asked for, then shorter titles, then the order of the file.
func (r *Release) Search(words string) []*Entity {
	asked := titleWords(words)
	if len(asked) == 0 {
		return nil
	}
	type hit struct {
		e           *Entity
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
			hits = append(hits, hit{e, whole, len(title)})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(compareBool(a.e.extension(), b.e.extension()),
			cmp.Compare(b.whole, a.whole), cmp.Compare(a.size, b.size))
	})
	found := make([]*Entity, len(hits))
	for i, h := range hits {
		found[i] = h.e
	}
	return found
}

// titleWords are the words of a text in lower case: what is between anything but letters and digits.
func titleWords(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text),
		func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
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
