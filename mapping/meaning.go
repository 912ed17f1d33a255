package mapping

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dermset/dermset/icd11"
)

// A fit says how well a label means a Target Name, by the evidence there is.
type fit int

const (
	noFit     fit = iota
	sharing       // half of what the label tells is said by the name or its titles
	partOf        // a code of the name lies above the title that the label is
	byTitle       // the label is the official title of a code of the name, by its words or by the words file
	byPart        // the label is one of the diseases that the name joins
	bySynonym     // the label means the name by the words file
	byWords       // the label is the name but for spelling, forms and order of words
)

// A meaning is a label or name, read.
type meaning struct {
	text     string
	readings []reading
	bags     []string // of readings
	called   []title  // the titles that it is; nil without a release
	behaves  behaviours
}

// A class is a Target Name, of the workbook or of known categories, with what its codes say.
type class struct {
	meaning
	parts   []string // bags of the diseases that its text joins; none if it joins none
	codes   []string
	titles  []title
	behaves behaviours // of its codes, else of its words
}

// partsOf are the diseases that a name joins with "or", "and" or a slash. What follows the last of them, such as "of
// the hands", may be about all of them: then there are none.
func partsOf(name string) (bags []string) {
	parts := strings.Split(alternatives.Replace(name), "\x00")
	for _, part := range parts {
		words := wordsOf(part)
		if key := bag(words); len(parts) > 1 && !placed.MatchString(part) && len(key) >= leastForm && !plainOnly(words) {
			bags = append(bags, key)
		}
	}
	if len(bags) < len(parts) {
		return nil
	}
	return bags
}

// plainOnly reports whether no word tells one disease from another.
func plainOnly(words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !plain[w] })
}

// meanings answers what labels mean among all Target Names.
type meanings struct {
	titles  *titles
	classes map[string]*class
	byBag   map[string][]*class // by the bags of their readings
	byCode  map[string][]*class
}

// read reads a text: cut, where it is longer than any label that means something.
func (t *titles) read(text string) *meaning {
	if len(text) > longestMeant {
		return &meaning{text: text}
	}
	m := &meaning{text: text, readings: words().readings(text), behaves: t.behaviour(text)}
	for _, r := range m.readings {
		m.bags = append(m.bags, bag(r.words))
	}
	if t != nil {
		m.called = t.called(append(m.readings, words().coded(m.readings)...))
	}
	return m
}

// longestMeant is how many bytes of a text may mean something; the longest label of the public sets has 132.
const longestMeant = 400

// newMeanings reads all Target Names. Codes are those of the whole workbook, and of known categories.
func (p *parser) newMeanings() *meanings {
	m := &meanings{titles: p.titles, classes: map[string]*class{}, byBag: map[string][]*class{},
		byCode: map[string][]*class{}}
	codes := map[string][]string{}
	maps.Copy(codes, p.knownCodes)
	for name, n := range p.names {
		codes[name] = slices.Sorted(maps.Keys(n.codes))
	}
	for _, name := range slices.Sorted(maps.Keys(codes)) {
		c := &class{meaning: *p.titles.read(name), parts: partsOf(name), codes: codes[name]}
		c.behaves = p.titles.behaviourOfCodes(c.codes)
		for _, code := range c.codes {
			c.titles = append(c.titles, p.titles.stems(code)...)
			m.byCode[code] = append(m.byCode[code], c)
		}
		if c.behaves == 0 && (p.titles != nil || len(c.codes) < 2) { // of several codes one may be another
			c.behaves = c.meaning.behaves
		}
		m.classes[name] = c
		for _, key := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(c.bags, c.parts)))) {
			m.byBag[key] = append(m.byBag[key], c)
		}
	}
	return m
}

// fits is how well a label means a class.
func (m *meanings) fits(l *meaning, c *class) fit {
	best := noFit
	for i, r := range l.readings {
		for j, key := range c.bags {
			if l.bags[i] != key || contrary(r.words, c.readings[j].words) {
				continue
			}
			switch {
			case i+j > 0:
				best = bySynonym
			case idleApart(r.words, c.readings[j].words):
				return byWords
			}
		}
	}
	if best > noFit {
		return best
	}
	for _, key := range c.parts {
		if slices.Contains(l.bags, key) {
			return byPart
		}
	}
	for _, t := range l.called {
		for _, own := range c.titles {
			switch {
			case own.entity == t.entity || m.residualOf(own, t) || m.residualOf(t, own):
				return byTitle
			case m.titles.above(own.entity, t.entity):
				best = partOf
			}
		}
	}
	if best == noFit && m.shares(l, c) {
		best = sharing
	}
	return best
}

// residualOf reports whether a is "unspecified" or "other" of b.
func (m *meanings) residualOf(a, b title) bool {
	return a.entity.Residual && a.entity.Parent >= 0 && &m.titles.release.Entities()[a.entity.Parent] == b.entity
}

// withoutIdle is words but for idle ones.
func withoutIdle(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return idle[w] })
}

// idle are words that make no other name of one: melanoma, of skin or not, is melanoma.
var idle = stemSet("skin cutaneous cutis disease disorder lesion nos unspecified of the a an in on by and with type")

// idleApart reports whether two names differ in idle words alone, and in their order.
func idleApart(a, b []string) bool {
	lacks := func(a, b []string) bool {
		return slices.ContainsFunc(a, func(w string) bool { return !idle[w] && !slices.Contains(b, w) })
	}
	return !lacks(a, b) && !lacks(b, a) && !contrary(a, b)
}

// nearly are the codes of a category and of its "unspecified", or, of a residual one, of what it is the rest of.
func (t *titles) nearly(e *icd11.Entity) []string {
	if e.Residual && e.Parent >= 0 {
		return []string{e.Code, t.release.Entities()[e.Parent].Code}
	}
	if strings.Contains(e.Code, ".") {
		return []string{e.Code, e.Code + "Z"}
	}
	return []string{e.Code, e.Code + ".Z"}
}

// above reports whether one category holds another.
func (t *titles) above(e, below *icd11.Entity) bool {
	entities := t.release.Entities()
	for at := below.Parent; at >= 0; at = entities[at].Parent {
		if &entities[at] == e {
			return true
		}
	}
	return false
}

// halfSaid is the share of what a label tells that its name and its titles must say to be taken for it.
const halfSaid = 0.5

// shares reports whether a class says half of what a label tells.
func (m *meanings) shares(l *meaning, c *class) bool {
	var said []string
	for _, r := range c.readings {
		said = append(said, r.words...)
	}
	for _, t := range c.titles {
		said = append(said, t.words...)
	}
	return slices.ContainsFunc(l.readings, func(r reading) bool { return m.titles.share(r.words, said) >= halfSaid })
}

// best is the class that a label means best, and how well; of equal ones the first by name. Nil if none fits at least
// by its title.
func (m *meanings) best(l *meaning) (*class, fit) {
	seen := map[*class]bool{}
	for _, key := range l.bags {
		for _, c := range m.byBag[key] {
			seen[c] = true
		}
	}
	for _, t := range l.called {
		for _, code := range m.titles.nearly(t.entity) {
			for _, c := range m.byCode[code] {
				seen[c] = true
			}
		}
	}
	var best *class
	level := partOf
	for c := range seen {
		if f := m.fits(l, c); f > level || f == level && best != nil && c.before(best) {
			best, level = c, f
		}
	}
	return best, level
}

// before orders classes that fit as well: of fewer codes first, for they are more exact.
func (c *class) before(o *class) bool {
	return cmp.Or(cmp.Compare(len(c.codes), len(o.codes)), strings.Compare(c.text, o.text)) < 0
}

// why says in words how a label means a class.
func (m *meanings) why(l *meaning, c *class, f fit) string {
	switch f {
	case byWords:
		return fmt.Sprintf("is the Target Name %q", c.text)
	case bySynonym:
		for i, r := range l.readings {
			if len(r.terms) > 0 && l.bags[i] == c.bags[0] {
				return fmt.Sprintf("means the Target Name %q (%s)", c.text, words().why(r))
			}
		}
		return fmt.Sprintf("means the Target Name %q", c.text)
	case byPart:
		return fmt.Sprintf("is one of what the Target Name %q joins", c.text)
	}
	for _, t := range l.called {
		for _, own := range c.titles {
			if own.entity == t.entity || m.residualOf(own, t) || m.residualOf(t, own) {
				return fmt.Sprintf("is %q, %s, the code of %q", own.entity.Title, own.entity.Code, c.text)
			}
		}
	}
	return fmt.Sprintf("means %q", c.text)
}
