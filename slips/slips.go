package slips

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Count is how many letters must be put in, taken out, changed or exchanged with their neighbour to make a of b, each
// place touched once (optimal string alignment). Where that is more than most it returns most+1. It compares bytes.
func Count(a, b string, most int) int {
	if abs(len(a)-len(b)) > most {
		return most + 1
	}
	var room [3][48]int
	before, last, now := room[0][:], room[1][:], room[2][:]
	if len(b) >= len(now) {
		before, last, now = make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	}
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			now[j] = d
			least = min(least, d)
		}
		if least > most {
			return most + 1
		}
		before, last, now = last, now, before
	}
	return min(last[len(b)], most+1)
}

func abs(n int) int { return max(n, -n) }

// Nearest is the one of the known names that was probably meant, or empty if none is near: one that differs in case,
// signs or a slip for every three letters; one that has the same words in another order; or the only one that begins
// with what was written, or whose words are among or around those that were written. Of equally near ones it is the
// first.
func Nearest(written string, known []string) string {
	words := wordsOf(written)
	if key := strings.Join(words, ""); key != "" {
		for _, rule := range []func(string, []string, []string) string{bySlips, bySorted, byStart, byWords} {
			if name := rule(key, words, known); name != "" {
				return name
			}
		}
	}
	return ""
}

// Meant is what a message says of a name that is not known: "; did you mean x?", or nothing if none is near.
func Meant(written string, known []string) string {
	if name := Nearest(written, known); name != "" {
		return fmt.Sprintf("; did you mean %s?", name)
	}
	return ""
}

// WithoutAccents is a text, decomposed (NFD), without the marks on its letters.
func WithoutAccents(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(text))
}

// wordsOf are the words of a name in lower case; what is not letter or digit parts them.
func wordsOf(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return strings.ContainsRune("-_. /:\u00a0\t", r)
	})
}

// longest is how long a name is that is looked at; no name of ours is longer.
const longest = 200

func bySlips(key string, _, known []string) (nearest string) {
	if len(key) > longest {
		return ""
	}
	least := utf8.RuneCountInString(key)/3 + 1
	for _, name := range known {
		if n := Count(key, strings.Join(wordsOf(name), ""), least); n < least {
			nearest, least = name, n
		}
	}
	return nearest
}

func bySorted(_ string, words, known []string) string {
	slices.Sort(words)
	return only(known, func(name string) bool { return slices.Equal(words, slices.Sorted(slices.Values(wordsOf(name)))) })
}

func byStart(key string, _, known []string) string {
	return only(known, func(name string) bool {
		return len(key) >= 3 && strings.HasPrefix(strings.Join(wordsOf(name), ""), key)
	})
}

func byWords(_ string, words, known []string) string {
	return only(known, func(name string) bool {
		of := wordsOf(name)
		return len(of) > 0 && (within(of, words) || within(words, of))
	})
}

// within says whether all words are among others.
func within(words, others []string) bool {
	return !slices.ContainsFunc(words, func(word string) bool { return !slices.Contains(others, word) })
}

// only is the name for which the rule holds, if it holds for no other.
func only(known []string, holds func(name string) bool) (found string) {
	for _, name := range known {
		switch {
		case !holds(name):
		case found != "":
			return ""
		default:
			found = name
		}
	}
	return found
}
