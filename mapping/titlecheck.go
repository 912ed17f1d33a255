package mapping

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/icd11"
)

// explainedShare is how much of what a title tells must be said by the name, its labels or its notes (see
// titles.share). Chosen on the public workbook: below it are codes of a neighbour that shares a common word
// ("dermatitis", "naevus") and lacks the telling one.
const explainedShare = 0.7

// said is what the rows of one name say, for comparing it with titles.
type said struct {
	codes map[string]string // place of the first cell that gives a code
	texts map[string]bool   // the name and the labels of its rows
	notes map[string]bool
}

func (n *name) say(t *tab, row int, r Row) {
	if n.said.texts == nil {
		n.said = said{map[string]string{}, map[string]bool{r.Target: true}, map[string]bool{}}
	}
	n.said.texts[r.Label] = true
	n.said.notes[r.Notes] = true
	for _, c := range r.Codes {
		place := t.place(row, 2)
		if first := n.said.codes[c]; first == "" || findings.ComparePlaces(place, first) < 0 {
			n.said.codes[c] = place
		}
	}
}

// checkRelease holds the codes of a row against the release.
func (p *parser) checkRelease(t *tab, row int, r Row, images int64) {
	var unknown []string
	for _, code := range r.Codes {
		if result := p.titles.release.Check(code); result.Status != icd11.Valid {
			unknown = append(unknown, fmt.Sprintf("code %s%s", result.Why, p.titles.instead(code, r)))
		}
	}
	if len(unknown) > 0 {
		p.find("invalid_code", t.place(row, 2), r.Source, r.Label, images, strings.Join(unknown, "; "))
	}
	if r.Target == "" || r.Target == Excludes || strings.TrimSpace(r.Notes) != "" {
		return
	}
	var vague []string
	for _, code := range r.Codes {
		if e, ok := p.titles.release.Entity(code); ok && p.titles.vague(e, r) {
			vague = append(vague, fmt.Sprintf("%s is %s, %q", code, breadth(e), e.Title))
		}
	}
	if len(vague) > 0 {
		p.find("vague_without_note", t.place(row, 3), r.Source, r.Label, images,
			strings.Join(vague, "; ")+", and no note says why nothing more exact can be told")
	}
}

func breadth(e *icd11.Entity) string {
	if e.Residual {
		return "a category for what has none of its own"
	}
	return "a parent category"
}

// vague reports whether a code holds more than the label: a residual or parent category whose title is
// neither the label nor the name.
func (t *titles) vague(e *icd11.Entity, r Row) bool {
	if e.Kind != icd11.Category || e.Leaf && !e.Residual {
		return false
	}
	key := bag(wordsOf(e.Title))
	for _, text := range []string{r.Label, r.Target} {
		for _, reading := range words().readings(text) {
			if bag(reading.words) == key {
				return false
			}
		}
	}
	return true
}

// instead names the code that was probably meant: of those one slip away, and those at most two levels up, the one
// whose title is most like the name and the label; else the one that has the name for its title.
func (t *titles) instead(code string, r Row) string {
	best, likeness := title{}, 0.0
	texts := append(words().readings(r.Target), words().readings(r.Label)...)
	consider := func(c title, least float64) {
		for _, text := range texts {
			if l := least + t.likeness(text.words, c.words); l > likeness {
				best, likeness = c, l
			}
		}
	}
	stem, _, _ := strings.Cut(code, "&")
	for _, c := range t.all {
		if distance(c.entity.Code, stem, 1) <= 1 {
			consider(c, 0.01) // one slip counts a little, even without a common word
		}
	}
	for up := stem; len(up) > 4; {
		up = strings.TrimSuffix(up[:len(up)-1], ".")
		if at, ok := t.place[up]; ok {
			consider(t.all[at], 0.01)
		}
	}
	if likeness < 0.5 {
		for _, c := range t.called(texts) {
			consider(c, 1)
		}
	}
	if best.entity == nil {
		return ""
	}
	return fmt.Sprintf("; the nearest is %s, %q", best.entity.Code, best.entity.Title)
}

// checkTitles compares the titles of a name's codes with what its rows say.
func (p *parser) checkTitles(text string, n *name) {
	e := p.titles.evidence(text, n)
	for _, code := range slices.Sorted(maps.Keys(n.said.codes)) {
		result := p.titles.release.Check(code)
		if result.Status != icd11.Valid {
			continue // invalid_code tells
		}
		if id, why := e.mismatch(code); why != "" {
			f := findings.New(id, n.said.codes[code], "", text, n.images,
				fmt.Sprintf("%s is %q, %s", code, result.Title, why))
			f.Code = code
			p.found.add(f)
		}
	}
}

// An evidence is what there is to explain the titles of a name's codes.
type evidence struct {
	*titles
	codes    []string
	readings []reading // of the name
	texts    []reading // of the name and its labels
	said     []string  // every word of texts and notes

	titlesNoted []title // titles that a note says word for word
	widerNoted  bool    // a note says that a parent category is meant
}

func (t *titles) evidence(text string, n *name) *evidence {
	e := &evidence{titles: t, codes: slices.Sorted(maps.Keys(n.said.codes)), readings: words().readings(text)}
	for _, said := range slices.Sorted(maps.Keys(n.said.texts)) {
		e.texts = append(e.texts, words().readings(said)...)
	}
	all := slices.Clone(e.texts)
	for _, note := range slices.Sorted(maps.Keys(n.said.notes)) {
		for _, sentence := range sentences(note) {
			readings := words().readings(sentence)
			all = append(all, readings...)
			for _, at := range t.exact[strings.Join(readings[0].words, " ")] {
				e.titlesNoted = append(e.titlesNoted, t.all[at])
			}
		}
		e.widerNoted = e.widerNoted || wider.MatchString(note)
	}
	all = append(all, words().coded(e.texts)...) // what has no code of its own is explained by the title above it
	for _, r := range all {
		e.said = append(e.said, r.words...)
	}
	slices.Sort(e.said)
	e.said = slices.Compact(e.said)
	return e
}

// mismatch says in words why a code is not explained, and of which id that is a finding; empty if it is.
func (e *evidence) mismatch(code string) (id, why string) {
	stems := e.stems(code)
	if len(stems) == 0 {
		return "title_mismatch", "which is no disease of a chapter that a label can be mapped to"
	}
	if id, why := e.better(); why != "" {
		return id, why
	}
	if slices.ContainsFunc(stems, e.explains) {
		return e.noted(stems[0])
	}
	if below := e.children(stems[0]); len(below) > 1 || len(below) == 1 && (e.widerNoted || below[0].Residual) {
		return "", ""
	} else if len(below) == 1 {
		return "parent_for_named", fmt.Sprintf("which neither the Target Name nor its labels and notes say; they say %s "+
			"below it, %q", below[0].Code, below[0].Title)
	}
	return "title_mismatch", "which neither the Target Name nor its labels and notes say" + e.hint(code)
}

// better names the category whose title is the Target Name, where the name has one code that is another one: the parent
// of the right one too, or its child. Names of several codes join diseases on purpose, and each code must be explained.
// A name without a code of its own is called by the title that the words file codes it under.
func (e *evidence) better() (id, why string) {
	if len(e.codes) > 1 {
		return "", ""
	}
	own := e.stems(e.codes[0])
	called := e.called(e.readings)
	if len(called) == 0 {
		called = e.called(words().coded(e.readings))
		if !e.kin(own, called) {
			return "", ""
		}
	} else if slices.ContainsFunc(own, e.isCalled) {
		return "", ""
	}
	right := called[0].entity
	if len(own) == 1 && e.above(own[0].entity, right) {
		return "parent_for_named", fmt.Sprintf("a parent of %s, %q, which the name is", right.Code, right.Title)
	}
	return "title_mismatch", fmt.Sprintf("but %s is %q", right.Code, right.Title)
}

// kin reports whether a code is beside or above the categories that it should be, and none of them.
func (e *evidence) kin(own, called []title) bool {
	if len(own) != 1 || len(called) == 0 ||
		slices.ContainsFunc(called, func(c title) bool { return c.entity == own[0].entity }) {
		return false
	}
	right := called[0].entity
	return right.Parent == own[0].entity.Parent || e.above(own[0].entity, right)
}

// noted compares a code with a title that a note gives word for word: a note that says "other specified X" is not about
// X itself, nor about its neighbour.
func (e *evidence) noted(own title) (id, why string) {
	if slices.ContainsFunc(e.titlesNoted, func(t title) bool { return t.entity == own.entity }) {
		return "", ""
	}
	for _, t := range e.titlesNoted {
		if slices.Contains(e.codes, t.entity.Code) {
			continue
		}
		switch {
		case e.above(own.entity, t.entity):
			return "parent_for_named", fmt.Sprintf("a parent of %s, %q, which a note says", t.entity.Code, t.entity.Title)
		case t.entity.Parent == own.entity.Parent && len(e.codes) == 1:
			return "title_mismatch", fmt.Sprintf("but a note says %q, which is %s", t.entity.Title, t.entity.Code)
		}
	}
	return "", ""
}

// isCalled reports whether a title is the Target Name.
func (e *evidence) isCalled(t title) bool {
	key := bag(t.words)
	return slices.ContainsFunc(e.readings, func(r reading) bool {
		return bag(r.words) == key && (ofSkin(t.words) || !ofSkin(r.words)) && mucosal(t.words) == mucosal(r.words)
	})
}

// wider is how a note says that a parent category is meant.
var wider = regexp.MustCompile(`(?i)\bparent categor|\ball (forms|types|kinds|sites|grades|stages|degrees)\b`)

// explains reports whether the rows say what a title says; or what the title right above a residual category says.
func (e *evidence) explains(t title) bool {
	if e.says(t.words) {
		return true
	}
	if !t.entity.Residual {
		return false
	}
	above := e.release.Parents(t.entity)
	return e.saysAround(above[len(above)-1])
}

// children are the categories right below a title that the rows say in its place. A parent may join several.
func (e *evidence) children(t title) []*icd11.Entity {
	if t.entity.Leaf {
		return nil
	}
	return slices.DeleteFunc(e.release.Children(t.entity), func(c *icd11.Entity) bool { return !e.saysAround(c) })
}

func (e *evidence) saysAround(other *icd11.Entity) bool {
	words := wordsOf(other.Title)
	return e.says(words) &&
		slices.ContainsFunc(e.texts, func(r reading) bool { return e.share(r.words, words) >= explainedShare })
}

// says reports whether most of a title's telling words, and all that name a site or a mucous membrane,
// are in the name, a label or a note.
func (e *evidence) says(title []string) bool {
	if mucosal(title) && !slices.ContainsFunc(e.said, func(w string) bool { return mucosa[w] }) {
		return false
	}
	for _, w := range title {
		if sites[w] && !slices.Contains(e.said, w) {
			return false
		}
	}
	return slices.ContainsFunc(either(title),
		func(words []string) bool { return e.share(words, e.said) >= explainedShare })
}

// hint names the title that is most like the name, if there is one but the code's own.
func (e *evidence) hint(code string) string {
	best := near{}
	for _, r := range e.readings {
		for _, n := range e.near(r.words) {
			if n.entity.Code != code && cmp.Compare(n.likeness, best.likeness) > 0 {
				best = n
			}
		}
	}
	if best.entity == nil {
		return ""
	}
	return fmt.Sprintf("; %s is %q", best.entity.Code, best.entity.Title)
}
