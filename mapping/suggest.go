package mapping

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
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

// What a label may say beside its disease: brackets, something behind a dash or slash, a place or cause, and words
// before it that are of one image.
var (
	brackets = regexp.MustCompile(`\([^)]*\)|\[[^\]]*\]`)
	parted   = regexp.MustCompile(` - |/|: |;`)
	placed   = regexp.MustCompile(`(?i) (of|due to|caused by|in|on|without|with) `)
	leading  = regexp.MustCompile(`(?i)^(acute|chronic|and|or|on|diffuse|disseminated|localised|localized|infected|crusted|` +
		`pruritic|resolving|recurrent|cutaneous|multiple|severe|mild|early|late|inflamed|irritated|o/e|acute-on-chronic)[ -]+`)
)

// byLess finds a label of which nothing else is known by less of it: the first of these that is a title, a meaning of
// one, or coded under one. What is left out stands in the evidence.
func (s *suggester) byLess(label string, c candidates) {
	label = strings.TrimSpace(brackets.ReplaceAllString(label, " "))
	parts := parted.Split(label, -1)
	tries := []string{label, placed.Split(label, 2)[0], leading.ReplaceAllString(label, "")}
	for less := label; leading.MatchString(less); {
		less = leading.ReplaceAllString(less, "")
		tries = append(tries, less, placed.Split(less, 2)[0])
	}
	if fields := strings.Fields(label); len(fields) > 1 && len(words().short[spelling(fields[len(fields)-1])]) > 0 {
		s.byTitles(strings.Join(fields[:len(fields)-1], " "), c) // an abbreviation that follows what it stands for
	}
	if len(c) == 0 && len(parts) > 1 {
		s.byParts(parts, c)
	}
	for _, less := range tries {
		if len(c) > 0 {
			return
		}
		s.byPart(less, cause.MatchString(label), c)
	}
}

// byParts finds parts of a label; what more of them mean comes first, for SK/ISK is no solar keratosis.
func (s *suggester) byParts(parts []string, c candidates) {
	for _, part := range parts {
		found := candidates{}
		s.byPart(part, false, found)
		for key, one := range found {
			if old, ok := c[key]; ok {
				one = old
				one.Score++
			}
			c[key] = one
		}
	}
}

// byPart finds less of a label. A sign is no answer to a label that gives a cause, which is left out.
func (s *suggester) byPart(less string, caused bool, c candidates) {
	if less = strings.TrimSpace(less); less == "" || claimed().nothing(less) || vagueKinds[bag(wordsOf(less))] {
		return
	}
	found := candidates{}
	s.byExact(words().readings(less), found)
	for key, one := range found {
		if caused && len(one.Codes) > 0 && strings.HasPrefix(one.Codes[0], "M") {
			continue
		}
		one.Score = min(one.Score, holdsAll)
		one.Evidence += fmt.Sprintf("; read as %q", less)
		c[key] = one
	}
}

// vagueKinds are words for so much that nothing is meant by one of them alone.
var vagueKinds = stemSet("infection injury neoplasm tumour tumor growth")

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
		if d := distance(key, g.key, allowed); d <= allowed && !contrary(said, g.words) {
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

// byTitles finds the label among the titles of ICD-11: as it is, by its meanings, as part of a title, and with words in
// common.
func (s *suggester) byTitles(label string, c candidates) {
	readings := words().readings(label)
	s.byExact(readings, c)
	if vagueKinds[bag(readings[0].words)] {
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
	if ofSkin(c.words) && slices.ContainsFunc(text, func(w string) bool { return inner[w] && !slices.Contains(c.words, w) }) {
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
			switch d := distance(word, w, min(least, allowed)); {
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
