package mapping

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/io/sheetio"
)

// A Suggestion is a Target Name and its codes that an unmapped label may mean.
// It is evidence for a person and never applied by itself.
type Suggestion struct {
	Source, Tab, Label string
	Images             int64 // that name the label
	Rank               int   // from 1, the best of its label
	Score              int   // 100 for the surest; only for comparing
	Target             string
	Codes              []string // sorted, unique
	Reason             string   // one of the reasons below
	Evidence           string   // where it comes from, in words
	crosses            bool     // the label's behaviour, or is grave where the label and its words say nothing of it
	Around             string   // of the first code: what it lies in and what lies beside it; empty without a release
}

// The reasons of suggestions, with their scores. A label written just so elsewhere is the surest, a title of ICD-11
// that only has words in common the least. The scores order; they are no probabilities.
const (
	sameLabel    = 100 // the same label, byte for byte, in another tab
	sameName     = 97  // the label is a Target Name
	sameSpelling = 94  // but for case, spaces, dashes, invisible characters
	sourceCode   = 92  // a code of ICD-11 that the source itself gives
	sameWords    = 90  // but for British or American spelling, plural, the order of words
	sameMeaning  = 84  // by an abbreviation or a synonym of the words file
	sameTitle    = 80  // the title of an ICD-11 category
	byCrosswalk  = 76  // by a table from ICD-10 or SNOMED CT
	slip         = 70  // a slip of the pen
	meansTitle   = 68  // the title of an ICD-11 category, by an abbreviation or a synonym
	codedUnder   = 66  // the title of the category under which the words file codes it
	likeTitle    = 50  // at most; a title with words in common
	holdsAll     = 40  // at most; a title that holds all words of the label, and more
	residual     = 30  // taken off where the category holds what has none of its own
	silent       = 20  // taken off where the category is malignant, in situ or uncertain and the label does not say so
	crossed      = 60  // taken off where label and category cross behaviours
)

var reasons = map[int]string{sameLabel: "same label", sameName: "same name", sameSpelling: "same spelling",
	sourceCode: "source's own code",
	sameWords:  "same words", sameMeaning: "same meaning", sameTitle: "official title", byCrosswalk: "crosswalk",
	slip: "nearly the same", meansTitle: "official title by meaning", codedUnder: "coded under",
	likeTitle: "similar title", holdsAll: "part of a title"}

// chapters are those whose diseases show on the skin: infections, neoplasms, skin.
var chapters = []string{"01", "02", "14"}

// A Request is what suggestions are made from.
type Request struct {
	Book       *sheetio.Book
	Sources    []Source
	Known      []Category
	Release    *icd11.Release // nil: none from ICD-11
	Crosswalks []Crosswalk
	Only       string // a source; empty: all
	Limit      int    // of suggestions per label
}

// mostSuggested is for how many labels there are suggestions: a person who has mapped so many asks again.
const mostSuggested = 10_000

// Suggest proposes what the unmapped labels of the sources and of their tabs may mean, ordered by images, source, label
// and rank. Labels for which there is nothing have no suggestion. More labels than mostSuggested, those of fewer
// images, are left to the next time; left is how many.
func Suggest(r Request) (all []Suggestion, left int) {
	m, _ := Parse(r.Book, r.Sources, Given{Known: r.Known})
	labels := unmapped(r, m)
	s := newSuggester(r, m)
	for _, u := range labels[:min(len(labels), mostSuggested)] {
		all = append(all, s.suggest(r.Sources[u.source], u.label)...)
	}
	return all, max(0, len(labels)-mostSuggested)
}

// An unmappedLabel is one that the request asks about.
type unmappedLabel struct {
	source int // place in Request.Sources
	label  string
	images int64
}

// unmapped are the labels that a request asks about, by images, source and label.
func unmapped(r Request, m *Mapping) (all []unmappedLabel) {
	for i, source := range r.Sources {
		if r.Only != "" && source.Name != r.Only {
			continue
		}
		for label, to := range m.Labels[source.Name] {
			if to == Unmapped && label != "" {
				all = append(all, unmappedLabel{i, label, source.Labels[label]})
			}
		}
	}
	slices.SortFunc(all, func(a, b unmappedLabel) int {
		return cmp.Or(cmp.Compare(b.images, a.images), strings.Compare(r.Sources[a.source].Name, r.Sources[b.source].Name),
			strings.Compare(a.label, b.label))
	})
	return all
}

// A goal is a mapping that is there already: a label or a name, and what it is mapped to.
type goal struct {
	text, target string
	codes        []string
	where        string // in words
	isName       bool
	words        []string
	key          string // spelling
	letters      uint64 // of key
}

// A suggester answers for one label after another. All keys are made once.
type suggester struct {
	Request
	goals   []goal
	byText  map[string][]int
	byKey   map[string][]int
	byBag   map[string][]int
	named   map[string][]goal // by code: the names that have it, those of one code first, then those with most rows
	titles  *titles           // nil without a release
	known   map[string]bool   // words of goals and titles
	lengths map[int][]string  // known words by length
	tables  crossings
	own     map[[2]string][]ownCode // by source and label
}

func newSuggester(r Request, m *Mapping) *suggester {
	s := &suggester{Request: r, byText: map[string][]int{}, byKey: map[string][]int{}, byBag: map[string][]int{},
		named: map[string][]goal{}, known: map[string]bool{}, lengths: map[int][]string{}, tables: crossingsOf(r.Crosswalks),
		own: ownCodes(m)}
	s.addGoals(m)
	for i, g := range s.goals {
		s.byText[g.text] = append(s.byText[g.text], i)
		s.byKey[g.key] = append(s.byKey[g.key], i)
		s.byBag[bag(g.words)] = append(s.byBag[bag(g.words)], i)
		for _, w := range g.words {
			s.known[w] = true
		}
	}
	if r.Release != nil {
		s.titles = titlesOf(r.Release)
		for w := range s.titles.byWord {
			s.known[w] = true
		}
	}
	for _, t := range words().terms {
		for _, w := range slices.Concat(t.words, t.means) {
			s.known[w] = true
		}
	}
	for _, w := range slices.Sorted(maps.Keys(s.known)) {
		s.lengths[len(w)] = append(s.lengths[len(w)], w)
	}
	return s
}

// addGoals gathers the labels that are mapped, the names, and the known categories.
// A label that is left out counts too.
func (s *suggester) addGoals(m *Mapping) {
	rows := map[string]int{}
	add := func(text, target string, codes []string, where string, isName bool) {
		g := goal{text: text, target: target, codes: codes, where: where, isName: isName,
			words: wordsOf(text), key: spelling(text)}
		g.letters = letters(g.key)
		s.goals = append(s.goals, g)
		rows[target]++
		if isName {
			for _, code := range codes {
				s.named[code] = append(s.named[code], g)
			}
		}
	}
	for _, row := range m.Rows {
		if row.Target == "" {
			continue
		}
		codes := row.Codes
		if i, ok := slices.BinarySearch(m.Names, row.Target); ok {
			codes = m.Codes[i]
		}
		add(row.Label, row.Target, codes, fmt.Sprintf("%q in tab %q", row.Label, row.Tab), false)
	}
	for i, name := range m.Names {
		add(name, name, m.Codes[i], fmt.Sprintf("Target Name %q", name), true)
	}
	for _, c := range s.Known {
		if _, ok := slices.BinarySearch(m.Names, c.Name); !ok {
			add(c.Name, c.Name, c.Codes, fmt.Sprintf("known category %q", c.Name), true)
		}
	}
	for _, goals := range s.named {
		slices.SortFunc(goals, func(a, b goal) int {
			return cmp.Or(compareBool(len(a.codes) > 1, len(b.codes) > 1), cmp.Compare(rows[b.target], rows[a.target]),
				strings.Compare(a.target, b.target))
		})
	}
}

// suggest ranks what one label may mean. A label that names no disease means nothing; a number or a text that is longer
// than labels are is only looked for as it is. What crosses the label's behaviour is said to, and never comes first.
func (s *suggester) suggest(source Source, label string) []Suggestion {
	c := candidates{}
	s.byGoals(label, c)
	s.byOwn(source.Name, label, c)
	if !claimed().nothing(label) {
		s.byTables(label, c)
		if strings.ContainsFunc(label, unicode.IsLetter) && len(label) <= longestMeant {
			s.byMeaning(label, c)
			s.bySlips(label, c)
			if s.titles != nil {
				s.byTitles(label, c)
			}
			if s.titles != nil && len(c) == 0 {
				s.byLess(label, c)
			}
		}
	}
	s.warn(label, c)
	all := slices.Collect(maps.Values(c))
	slices.SortFunc(all, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(a.Target, b.Target),
			strings.Compare(CodesText(a.Codes), CodesText(b.Codes)))
	})
	if len(all) > 0 && all[0].crosses {
		return nil
	}
	all = all[:min(len(all), s.Limit)]
	for i := range all {
		all[i].Source, all[i].Tab, all[i].Label, all[i].Images, all[i].Rank = source.Name,
			source.tab(), label, source.Labels[label], i+1
		if s.titles != nil && len(all[i].Codes) > 0 {
			all[i].Around = s.titles.around(all[i].Codes[0])
		}
	}
	return all
}

// warn says which candidates are of another behaviour than the label, and moves them behind the others.
func (s *suggester) warn(label string, c candidates) {
	if len(label) > longestMeant {
		return
	}
	said := s.titles.behaviour(label)
	for key, one := range c {
		is := s.titles.behaviourOfCodes(one.Codes)
		if is == 0 {
			is = s.titles.behaviour(one.Target)
		}
		switch {
		case said.crosses(is):
			one.Score -= crossed
			one.crosses = true
			one.Evidence += fmt.Sprintf("; but the label is %s, and this is %s", said, is)
		case said == 0 && is != 0 && is&harmless == 0 &&
			(one.Reason == reasons[likeTitle] || one.Reason == reasons[holdsAll]):
			one.Score -= silent
			one.crosses = true
			one.Evidence += fmt.Sprintf("; but the label does not say that it is %s", is)
		}
		c[key] = one
	}
}

// mostAround bounds how many siblings are shown beside a code.
const mostAround = 4

// around is what a code lies in, and the first categories beside it.
func (t *titles) around(code string) string {
	stems := t.stems(code)
	if len(stems) == 0 || stems[0].entity.Parent < 0 {
		return ""
	}
	e := stems[0].entity
	above := &t.release.Entities()[e.Parent]
	var beside []string
	for _, sibling := range t.release.Children(above) {
		if sibling != e && sibling.Kind == icd11.Category && len(beside) <= mostAround {
			beside = append(beside, titleText(sibling))
		}
	}
	text := "in " + above.Name()
	if len(beside) > mostAround {
		beside[mostAround] = "…"
	}
	if len(beside) > 0 {
		text += "; beside it " + strings.Join(beside, ", ")
	}
	return text
}
