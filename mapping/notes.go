package mapping

import (
	"regexp"
	"slices"
	"strings"
)

// A statement is a sentence of a note: what it says, and the codes of the release that it names. One that names codes
// is about these alone: "EF31 is traumatic purpura" does not explain EF30.
type statement struct {
	codes    []string
	readings []reading // of its parts, as sentences cuts them
	titles   []title   // that stand in it word for word
	whole    []bool    // of titles: whether a part is no more than it
}

var (
	ends        = regexp.MustCompile(`[;\n]|\.(\s|$)|\b(or )?(else|otherwise)\b`)
	codeInNote  = regexp.MustCompile(`\b[1-9A-HJ-NP-WYZ][A-HJ-NP-Z][0-9][0-9A-HJ-NP-Z](\.[0-9A-HJ-NP-Z]{1,2})?\b`)
	alternative = regexp.MustCompile(`(?i)^\W*alternatives?\b|\b(label|name|class|categor|row)(s|y|ies|es)? of (its|their) own\b`)
)

// statements reads a note. What it offers for an alternative, or has another name, says nothing of the codes that are
// there.
func (t *titles) statements(note string) (all []statement) {
	if len(note) > longestNote {
		note = note[:longestNote]
	}
	for _, text := range ends.Split(note, -1) {
		if strings.TrimSpace(text) == "" || alternative.MatchString(text) {
			continue
		}
		s := statement{}
		for _, code := range codeInNote.FindAllString(text, -1) {
			if _, ok := t.place[code]; ok && !slices.Contains(s.codes, code) {
				s.codes = append(s.codes, code)
			}
		}
		text = codeInNote.ReplaceAllString(text, ",")
		for _, part := range append(sentences(text), sentences(brackets.ReplaceAllString(text, ""))...) {
			readings := words().readings(part)
			s.readings = append(s.readings, readings...)
			for _, found := range t.within(readings[0].words) {
				s.titles = append(s.titles, found)
				s.whole = append(s.whole, slices.Equal(found.words, readings[0].words))
			}
		}
		all = append(all, s)
	}
	return all
}

// longestNote is how much of a note is read, in bytes: a note is a few sentences.
const longestNote = 4000

// longestQuoted is how many words of a title are looked for in a note.
const longestQuoted = 12

// within lists the titles that stand in a text, word for word or but for the skin, the longest at each place; a title
// of one word only where it is the whole text.
func (t *titles) within(text []string) (all []title) {
	for from := 0; from < len(text); from++ {
		if !t.opens[text[from]] {
			continue
		}
		for to := min(len(text), from+longestQuoted); to > from+1 || to > from && len(text) == 1; to-- {
			if found := t.quoted(text[from:to]); len(found) > 0 {
				all = append(all, found...)
				from = to - 1
				break
			}
		}
	}
	return all
}

// quoted are the titles that a text is word for word, or as which it goes on with "of skin".
func (t *titles) quoted(text []string) (all []title) {
	key := strings.Join(text, " ")
	for _, k := range []string{key, key + " of skin", key + " of the skin"} {
		for _, at := range t.exact[k] {
			all = append(all, t.all[at])
		}
		if len(all) > 0 {
			break
		}
	}
	return all
}
