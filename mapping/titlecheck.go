package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/slips"
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
	var vague []*icd11.Entity
	for _, code := range r.Codes {
		if e, ok := p.titles.release.Entity(code); ok && p.titles.vague(e, r) {
			vague = append(vague, e)
		}
	}
	if len(vague) > 0 {
		p.vague = append(p.vague, vagueRow{r, t.place(row, 3), images, vague})
	}
}

// A vagueRow is a row without a note whose codes hold more than its label.
type vagueRow struct {
	Row
	place  string
	images int64
	codes  []*icd11.Entity
}

// doubts are what other findings say is wrong: rows, and codes of names. A note there would cover it up.
type doubts struct {
	rows  map[[2]string]bool // source, label
	codes map[[2]string]bool // name, code
}

// checkVague finds codes that hold more than their labels, where no note says why and nothing says that they are wrong.
func (p *parser) checkVague() {
	for _, r := range p.vague {
		var vague []string
		for _, e := range r.codes {
			if !p.doubted.rows[[2]string{r.Source, r.Label}] && !p.doubted.codes[[2]string{r.Target, e.Code}] {
				vague = append(vague, fmt.Sprintf("%s is %s, %q", e.Code, breadth(e), e.Title))
			}
		}
		if len(vague) > 0 {
			p.find("vague_without_note", r.place, r.Source, r.Label, r.images,
				strings.Join(vague, "; ")+", and no note says why nothing more exact can be told")
		}
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

// Wider reports whether a release knows a code, or a stem code of a cluster, for one that holds more than the label of
// a row, as vague_without_note has it.
func Wider(release *icd11.Release, code string, r Row) bool {
	return slices.ContainsFunc(icd11.Parts(code), func(part string) bool {
		e, ok := release.Entity(part)
		return ok && e.Chapter != "X" && titlesOf(release).vague(e, r)
	})
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
		if slips.Count(c.entity.Code, stem, 1) <= 1 {
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
			p.doubted.codes[[2]string{text, code}] = true
			p.found.add(f)
		}
	}
}
