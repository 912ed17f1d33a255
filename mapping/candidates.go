package mapping

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dermset/dermset/slips"
)

// candidates are suggestions for one label, the best for each name and list of codes.
type candidates map[string]Suggestion

func (c candidates) add(score int, target string, codes []string, reason int, evidence string) {
	key := target + "\x00" + CodesText(codes)
	old, ok := c[key]
	if ok && cmp.Or(cmp.Compare(score, old.Score), cmp.Compare(len(old.Evidence), len(evidence)),
		strings.Compare(old.Evidence, evidence)) <= 0 {
		return // of equal ones the shorter evidence stays
	}
	c[key] = Suggestion{Score: score, Target: target, Codes: codes, Reason: reasons[reason], Evidence: evidence}
}

func (c candidates) addGoal(g goal, reason int, why string) {
	if why != "" {
		why = "; " + why
	}
	c.add(reason, g.target, g.codes, reason, g.where+why)
}

// byGoals finds the label among labels and names, by its bytes, its spelling and its words.
func (s *suggester) byGoals(label string, c candidates) {
	for _, i := range s.byText[label] {
		reason := sameLabel
		if s.goals[i].isName {
			reason = sameName
		}
		c.addGoal(s.goals[i], reason, "")
	}
	for _, i := range s.byKey[spelling(label)] {
		c.addGoal(s.goals[i], sameSpelling, "")
	}
	words := wordsOf(label)
	if len(words) == 0 {
		return
	}
	for _, i := range s.byBag[bag(words)] {
		if !contrary(words, s.goals[i].words) {
			c.addGoal(s.goals[i], sameWords, "")
		}
	}
}

// byMeaning finds what the label means by the words file.
func (s *suggester) byMeaning(label string, c candidates) {
	readings := words().readings(label)
	for _, r := range readings[1:] {
		for _, i := range s.byBag[bag(r.words)] {
			if g := s.goals[i]; !contrary(r.words, g.words) && g.target != Excludes {
				c.addGoal(g, sameMeaning, words().why(r))
			}
		}
	}
}

// bySlips finds labels and names that are a few slips of the pen away. A label of known words only is no slip:
// melasma is not melanoma.
func (s *suggester) bySlips(label string, c candidates) {
	key := spelling(label)
	if len(key) < 5 {
		return
	}
	bits, said := letters(key), wordsOf(label)
	if !slices.ContainsFunc(said, func(w string) bool { return !s.known[w] && !plain[w] }) {
		return
	}
	allowed := mostSlips(len(key))
	for _, g := range s.goals {
		if g.target == Excludes || abs(len(g.key)-len(key)) > allowed || differing(bits, g.letters) > 2*allowed {
			continue
		}
		if d := slips.Count(key, g.key, allowed); d <= allowed && !contrary(said, g.words) {
			c.add(slip-2*d, g.target, g.codes, slip, fmt.Sprintf("%s, %d slips away", g.where, d))
		}
	}
}

// byTables finds the label in the imported crosswalks.
func (s *suggester) byTables(label string, c candidates) {
	for _, x := range s.tables.find(label) {
		score := byCrosswalk
		if x.broad() {
			score -= 8
		}
		s.addCode(c, score, x.To, byCrosswalk, x.where())
	}
}

// corrected reads a text with each word that nobody knows put right, where one known word is a few slips away.
func (s *suggester) corrected(r reading) []reading {
	out := slices.Clone(r.words)
	changed := false
	for i, w := range r.words {
		if s.known[w] || len(w) < 5 {
			continue
		}
		if right := s.correct(w); right != "" {
			out[i], changed = right, true
		}
	}
	if !changed {
		return nil
	}
	return []reading{{words: out}}
}

// correct is the known word nearest to an unknown one; empty if there is none, or two are as near.
func (s *suggester) correct(word string) string {
	allowed := 1 + len(word)/14 // fewer than in a label: parakeratosis is not porokeratosis
	bits := letters(word)
	best, least, tied := "", allowed+1, false
	for n := len(word) - allowed; n <= len(word)+allowed; n++ {
		for _, w := range s.lengths[n] {
			if w[0] != word[0] || differing(bits, letters(w)) > 2*allowed || opposed(w, word) {
				continue
			}
			switch d := slips.Count(word, w, min(least, allowed)); {
			case d < least:
				best, least, tied = w, d, false
			case d == least && d <= allowed:
				tied = true
			}
		}
	}
	if tied {
		return ""
	}
	return best
}
