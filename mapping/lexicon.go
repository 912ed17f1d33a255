package mapping

import (
	"bytes"
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/dermset/dermset/io/csvio"
)

//go:embed words/words.csv
var wordsFile []byte

// A term is a line of the words file.
type term struct {
	text, meaning, kind, note string
	words, means              []string // of text and meaning
}

// Kinds of terms.
const (
	abbreviation = "abbreviation" // means its meaning where it is the whole label, or stands in it as it is written here
	synonym      = "synonym"      // and its meaning can stand for each other anywhere in a label
	whole        = "whole"        // a synonym only where it is the whole label: in longer ones it is part of another name
)

// A lexicon is the words file, ready to be asked.
type lexicon struct {
	terms []term
	short map[string][]int // abbreviations, by spelling
	alone map[string][]int // whole terms, by their words
	first map[string][]int // synonyms by the first word of their text; ^i by the first word of their meaning
}

// words is the lexicon that the program holds. A words file that cannot be read is a bug of the build.
var words = sync.OnceValue(func() *lexicon {
	table, err := csvio.Read(bytes.NewReader(wordsFile), "words.csv")
	if err != nil {
		panic(err)
	}
	l := &lexicon{short: map[string][]int{}, alone: map[string][]int{}, first: map[string][]int{}}
	for i, r := range table.Records {
		t := term{text: r.Fields[0], meaning: r.Fields[1], kind: r.Fields[2], note: r.Fields[3]}
		t.words, t.means = wordsOf(t.text), wordsOf(t.meaning)
		l.terms = append(l.terms, t)
		switch t.kind {
		case abbreviation:
			l.short[spelling(t.text)] = append(l.short[spelling(t.text)], i)
		case whole:
			key := strings.Join(t.words, " ")
			l.alone[key] = append(l.alone[key], i)
		default:
			l.first[t.words[0]] = append(l.first[t.words[0]], i)
			l.first[t.means[0]] = append(l.first[t.means[0]], ^i)
		}
	}
	return l
})

// A reading is one way to read a text: its words after terms of the lexicon were put in place of others.
type reading struct {
	words []string
	terms []int // that were used, in order; none: the text as it is
}

// mostReadings bounds the readings of one text; a text with more terms than that is no label.
const mostReadings = 16

// readings lists the ways to read a text, itself first, then those with one term replaced, then those with two.
func (l *lexicon) readings(text string) []reading {
	all := []reading{{words: wordsOf(text)}}
	seen := map[string]bool{strings.Join(all[0].words, " "): true}
	add := func(r reading) {
		if key := strings.Join(r.words, " "); !seen[key] && len(all) < mostReadings {
			seen[key] = true
			all = append(all, r)
		}
	}
	for _, i := range l.short[spelling(text)] {
		add(reading{l.terms[i].means, []int{i}})
	}
	l.expand(text, add)
	for _, i := range l.alone[strings.Join(all[0].words, " ")] {
		add(reading{l.terms[i].means, []int{i}})
	}
	for from := 0; from < len(all); from++ {
		if len(all[from].terms) < 2 {
			l.replace(all[from], add)
		}
	}
	return all
}

// expand reads the abbreviations of three or more letters that stand in a longer text exactly as the words file writes
// them. A text all in capitals tells no abbreviation from a word.
func (l *lexicon) expand(text string, add func(reading)) {
	fields := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t()[],;:/-–", r) })
	if len(fields) < 2 || strings.ToUpper(text) == text {
		return
	}
	for _, field := range fields {
		if utf8.RuneCountInString(field) < 3 {
			continue
		}
		for _, i := range l.short[spelling(field)] {
			if t := l.terms[i]; t.text == field {
				add(reading{splice(wordsOf(text), wordsOf(field), t.means), []int{i}})
			}
		}
	}
}

// replace puts every synonym that a reading holds in place of what it means, and the other way round.
func (l *lexicon) replace(r reading, add func(reading)) {
	for at, w := range r.words {
		for _, i := range l.first[w] {
			old, put := []string(nil), []string(nil)
			if i >= 0 {
				old, put = l.terms[i].words, l.terms[i].means
			} else {
				i = ^i
				old, put = l.terms[i].means, l.terms[i].words
			}
			if at+len(old) <= len(r.words) && slices.Equal(r.words[at:at+len(old)], old) && !slices.Contains(r.terms, i) {
				add(reading{slices.Concat(r.words[:at], put, r.words[at+len(old):]), append(slices.Clone(r.terms), i)})
			}
		}
	}
}

// splice puts words in place of the first run of old.
func splice(words, old, put []string) []string {
	for at := 0; len(old) > 0 && at+len(old) <= len(words); at++ {
		if slices.Equal(words[at:at+len(old)], old) {
			return slices.Concat(words[:at], put, words[at+len(old):])
		}
	}
	return words
}

// why says which terms a reading used.
func (l *lexicon) why(r reading) string {
	var out []string
	for _, i := range r.terms {
		t := l.terms[i]
		what := t.kind
		if what == whole {
			what = synonym
		}
		text := what + " " + t.text + " = " + t.meaning
		if t.note != "" {
			text += " (" + t.note + ")"
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}
