package mapping

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/dermset/dermset/icd11"
)

// byTitles finds the label among the titles of ICD-11: as it is, by its meanings, as part of a title, and with words in
// common.
func (s *suggester) byTitles(label string, c candidates) {
	readings := words().readings(label)
	s.byExact(readings, c)
	if vague(readings[0].words) {
		return
	}
	effect := effectOf(label)
	for _, r := range append(readings[:min(len(readings), 4)], s.corrected(readings[0])...) {
		for _, t := range s.titles.holding(r.words) {
			if told := s.titles.share(t.words, r.words); told < 1 && narrows(t.words, r.words) &&
				!s.titles.invents(t, r.words) {
				s.addTitle(c, holdsAll+int(10*told)-s.rest(t)-placing(t.words, r.words)-hidden(t, r.words), t, holdsAll, r)
			}
		}
		for _, n := range s.titles.near(r.words) {
			if !contrary(r.words, n.words) && !ofAnother(n.words, r.words) && !s.titles.invents(n.title, r.words) &&
				(effect == nil || n.entity.Chapter != "21" && s.titles.share(n.words, effect) > 0) {
				s.addTitle(c, int(likeTitle*n.likeness)-s.rest(n.title)-hidden(n.title, r.words), n.title, likeTitle, r)
			}
		}
	}
}

// cause begins what a label says of where its disease comes from.
var cause = regexp.MustCompile(`(?i) (due|secondary) to | caused by `)

// effectOf are the words of a label before its cause, which is not what it names; nil where it gives none. A sign
// (chapter 21) is no answer to one that gives a cause.
func effectOf(label string) []string {
	parts := cause.Split(label, 2)
	if len(parts) < 2 {
		return nil
	}
	return wordsOfAll(words().readings(parts[0]))
}

// parts are places on the body; a title that names one which a text does not goes behind those that name none.
var parts = stemSet("scalp face hand hands foot feet limb leg legs nail nails trunk arm finger toe")

// placing is what is taken off for a place that a title names and a text does not.
func placing(title, text []string) int {
	if slices.ContainsFunc(title, func(w string) bool { return parts[w] && !slices.Contains(text, w) }) {
		return 5
	}
	return 0
}

// byExact finds readings that are titles, or are coded under one.
func (s *suggester) byExact(readings []reading, c candidates) {
	for i, r := range readings {
		reason := sameTitle
		if i > 0 {
			reason = meansTitle
		}
		for _, t := range s.titles.called(readings[i : i+1]) {
			s.addTitle(c, reason, t, reason, r)
		}
		for _, t := range s.titles.unspecified(r) {
			s.addTitle(c, reason-1+s.shown(t, r.words), t, reason, r)
		}
		for _, at := range s.titles.byBag[bag(r.words)] {
			if t := s.titles.all[at]; !contrary(r.words, t.words) && s.shown(t, r.words) > 0 {
				s.addTitle(c, reason+s.shown(t, r.words), t, reason, r)
			}
		}
	}
	for _, r := range words().coded(readings) {
		for _, t := range s.titles.called([]reading{r}) {
			s.addTitle(c, codedUnder, t, codedUnder, r)
		}
	}
}

// shown is what is added for a title of the skin where the label names no place: a picture shows the skin.
func (s *suggester) shown(t title, text []string) int {
	if ofSkin(t.words) && !ofSkin(text) {
		return 2
	}
	return 0
}

// hidden is what is taken off for a title of no disease of the skin where the label names the skin.
func hidden(t title, text []string) int {
	if ofSkin(text) && !ofSkin(t.words) && t.entity.Chapter != "14" {
		return 6
	}
	return 0
}

// rest is what is taken off for a residual category: one for what has none of its own, a little for one that says no
// more.
func (s *suggester) rest(t title) int {
	switch {
	case !t.entity.Residual:
		return 0
	case strings.HasSuffix(t.entity.Code, "Z"):
		return 1
	}
	return residual
}

// narrows reports whether a title that holds the telling words of a text may be a kind of it: it lacks none of the
// words of which one makes another wrong, and does not turn the text into what is other than it, or not it.
func narrows(title, text []string) bool {
	if mucosal(text) != mucosal(title) {
		return false
	}
	for _, group := range opposites {
		for w := range group {
			if says(text, w) && !says(title, w) {
				return false
			}
		}
	}
	if ofAnother(title, text) {
		return false
	}
	return !slices.ContainsFunc([]string{"other", "not", "without", "due"},
		func(w string) bool { return says(title, w) && !says(text, w) })
}

// kinds are words for what a thing is, where nothing else of its name tells: a cat scratch injury is no cat scratch
// disease, and of a syndrome that is called by a person's name the rest means little.
var kinds = stemSet("syndrome injury wound bite sting burn")

// ofAnother reports whether a text says that it is of a kind that a title is not of.
func ofAnother(title, text []string) bool {
	return slices.ContainsFunc(text, func(w string) bool { return kinds[w] && !slices.Contains(title, w) })
}

// invents reports whether a title names a site that a text does not, or the skin where the text names another organ,
// or, outside the chapters whose diseases show on the skin, anything that it does not.
func (t *titles) invents(c title, text []string) bool {
	elsewhere := func(w string) bool { return inner[w] && !slices.Contains(c.words, w) }
	if ofSkin(c.words) && slices.ContainsFunc(text, elsewhere) {
		return true
	}
	if slices.ContainsFunc(c.words, func(w string) bool { return sites[w] && !slices.Contains(text, w) }) {
		return true
	}
	return !slices.Contains(chapters, c.entity.Chapter) && !ofSkin(c.words) && t.share(c.words, text) < 1
}

// addTitle suggests a category whose title a reading of the label meets.
func (s *suggester) addTitle(c candidates, score int, t title, reason int, r reading) {
	why := ""
	if len(r.terms) > 0 {
		why = "; " + words().why(r)
		score -= len(r.terms) - 1 // each further word that was put in place is a step away
	}
	s.addCode(c, score, t.entity.Code, reason, titleText(t.entity)+why)
}

// addCode suggests a code: the Target Name that the workbook has for it, with all its codes, else the title as a new
// name. Of several names the one that is the title goes first, then one that joins the code with others, for that is
// where such labels go. A name that says less than the title does is of a disease without a code of its own (a
// syringoma among the benign neoplasms of epidermal appendages): the label need not be of that one, so the title is
// suggested, and the evidence tells of the name.
func (s *suggester) addCode(c candidates, score int, code string, reason int, evidence string) {
	named := s.named[code]
	if s.titles == nil {
		if len(named) == 0 {
			c.add(score, "", []string{code}, reason, evidence+"; no release is imported that says what it is called")
			return
		}
		c.add(score, firstJoined(named).target, firstJoined(named).codes, reason, evidence)
		return
	}
	result := s.titles.release.Check(code)
	if result.Status != icd11.Valid {
		return // the release has no such disease
	}
	words := wordsOf(result.Title)
	if i := slices.IndexFunc(named, func(g goal) bool { return bag(g.words) == bag(words) }); i >= 0 {
		c.add(score, named[i].target, named[i].codes, reason, evidence)
		return
	}
	if len(named) > 0 {
		g := firstJoined(named)
		if len(g.codes) > 1 || s.titles.tells(words, g.target) {
			c.add(score, g.target, g.codes, reason, evidence)
			return
		}
		evidence += fmt.Sprintf("; the workbook gives this code to %q", g.target)
	}
	c.add(score, cleanTitle(result.Title), []string{code}, reason, evidence)
}

// firstJoined is the first name that joins codes, else the first.
func firstJoined(named []goal) goal {
	return named[max(0, slices.IndexFunc(named, func(g goal) bool { return len(g.codes) > 1 }))]
}

// tells reports whether the words of a title tell most of a name, in one of its readings.
func (t *titles) tells(title []string, name string) bool {
	return slices.ContainsFunc(words().readings(name),
		func(r reading) bool { return t.share(r.words, title) >= explainedShare })
}

func titleText(e *icd11.Entity) string { return fmt.Sprintf("%s is %q", e.Code, e.Title) }

// cleanTitle is a title as a Target Name: single plain spaces only.
func cleanTitle(title string) string { return strings.Join(strings.Fields(title), " ") }
