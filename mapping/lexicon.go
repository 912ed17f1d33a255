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

// Labels in other languages: the words of the field in Spanish, Portuguese, French and German.
//
//go:embed words/languages.csv
var languagesFile []byte

// A term is a line of the words file, or of that of languages.
type term struct {
	text, meaning, kind, note string
	words, means              []string // of text and meaning
}

// Kinds of terms.
const (
	abbreviation = "abbreviation" // means its meaning where it is the whole label, or stands in it as it is written here
	synonym      = "synonym"      // and its meaning can stand for each other anywhere in a label
	whole        = "whole"        // a synonym only where it is the whole label: in longer ones it is part of another name
	under        = "under"        // has no code of its own: its meaning is the title that it is coded under
	foreign      = "foreign"      // stands for its meaning anywhere in a label, its note being the language
)

// A lexicon is the words files, ready to be asked.
type lexicon struct {
	terms  []term
	short  map[string][]int // abbreviations, by spelling
	alone  map[string][]int // whole terms, by their words
	first  map[string][]int // synonyms by the first word of their text; ^i by the first word of their meaning
	below  map[string][]int // under terms, by bag
	abroad map[string][]int // foreign terms by their first word, the longest first
}

// words is the lexicon that the program holds. A words file that cannot be read is a bug of the build.
var words = sync.OnceValue(func() *lexicon {
	l := &lexicon{short: map[string][]int{}, alone: map[string][]int{}, first: map[string][]int{},
		below: map[string][]int{}, abroad: map[string][]int{}}
	for _, f := range records(wordsFile) {
		l.add(term{text: f[0], meaning: f[1], kind: f[2], note: f[3]})
	}
	for _, f := range records(languagesFile) {
		kind := foreign
		if f[3] == whole {
			kind = whole
		}
		l.add(term{text: f[1], meaning: f[2], kind: kind, note: f[0]})
	}
	for _, list := range l.abroad {
		slices.SortStableFunc(list, func(a, b int) int { return len(l.terms[b].words) - len(l.terms[a].words) })
	}
	return l
})

// records are the rows of a file that the program holds.
func records(file []byte) (all [][]string) {
	table, err := csvio.Read(bytes.NewReader(file), "words")
	if err != nil {
		panic(err)
	}
	for _, r := range table.Records {
		all = append(all, r.Fields)
	}
	return all
}

func (l *lexicon) add(t term) {
	i := len(l.terms)
	t.words, t.means = wordsOf(t.text), wordsOf(t.meaning)
	l.terms = append(l.terms, t)
	switch t.kind {
	case abbreviation:
		l.short[spelling(t.text)] = append(l.short[spelling(t.text)], i)
	case whole:
		key := strings.Join(withoutIdle(t.words), " ")
		l.alone[key] = append(l.alone[key], i)
	case under:
		l.below[bag(t.words)] = append(l.below[bag(t.words)], i)
	case foreign:
		l.abroad[t.words[0]] = append(l.abroad[t.words[0]], i)
	default:
		l.first[t.words[0]] = append(l.first[t.words[0]], i)
		l.first[t.means[0]] = append(l.first[t.means[0]], ^i)
	}
}

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
	if r, ok := l.translate(all[0].words); ok {
		add(r)
	}
	for from := 0; from < len(all); from++ {
		for _, i := range l.alone[strings.Join(withoutIdle(all[from].words), " ")] {
			if !slices.Contains(all[from].terms, i) {
				add(reading{l.terms[i].means, append(slices.Clone(all[from].terms), i)})
			}
		}
		if len(all[from].terms) < mostTerms {
			l.replace(all[from], add)
		}
	}
	return all
}

// coded are the readings of a text that are titles under which it is coded, where it has no code of its own.
func (l *lexicon) coded(readings []reading) (all []reading) {
	for _, r := range readings {
		for _, i := range l.below[bag(r.words)] {
			if !contrary(r.words, l.terms[i].words) && len(all) < mostReadings {
				all = append(all, reading{l.terms[i].means, append(slices.Clone(r.terms), i)})
			}
		}
	}
	return all
}

// mostTerms bounds how many terms are put in a text one after another; foreign ones count as one.
const mostTerms = 2

// little are words of other languages that tell nothing, and are left out of what is translated.
var little = stemSet("de del la el los las en por da do das dos du des le les der die das den dem mit und von l d")

// translate puts the foreign words of a text in English, the longest terms first; ok is false if it holds none.
func (l *lexicon) translate(words []string) (r reading, ok bool) {
	for at := 0; at < len(words); {
		n := 0
		for _, i := range l.abroad[words[at]] {
			t := l.terms[i]
			if at+len(t.words) <= len(words) && slices.Equal(t.words, words[at:at+len(t.words)]) {
				r.words, n = append(r.words, t.means...), len(t.words)
				if len(r.terms) == 0 { // one is named for all
					r.terms = []int{i}
				}
				break
			}
		}
		if n == 0 && !little[words[at]] {
			r.words = append(r.words, words[at])
		}
		at += max(n, 1)
	}
	return r, len(r.terms) > 0
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
		text := t.kind + " " + t.text + " = " + t.meaning
		switch t.kind {
		case whole:
			text = synonym + " " + t.text + " = " + t.meaning
		case under:
			text = t.text + " is coded under " + t.meaning
		case foreign:
			out = append(out, t.note+" "+t.text+" = "+t.meaning)
			continue
		}
		if t.note != "" {
			text += " (" + t.note + ")"
		}
		out = append(out, text)
	}
	return "by the word list of dermset: " + strings.Join(out, "; ")
}
