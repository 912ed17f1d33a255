package mapping

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/dermset/dermset/icd11"
)

// An evidence is what there is to explain the titles of a name's codes.
type evidence struct {
	*titles
	codes    []string
	readings []reading  // of the name
	texts    []reading  // of the name and its labels
	parts    [][]string // words of what the name joins
	coded    []reading  // titles under which the words file codes texts
	words    []string   // of texts, and of notes that name no code
	said     []string   // what explains the code that is looked at: words, and those of notes that name it

	statements []statement
	widerNoted bool // a note says that a parent category is meant
	restNoted  bool // a note says that there is no code of its own
}

func (t *titles) evidence(text string, n *name) *evidence {
	e := &evidence{titles: t, codes: slices.Sorted(maps.Keys(n.said.codes)), readings: words().readings(text)}
	for part := range strings.SplitSeq(alternatives.Replace(text), "\x00") {
		e.parts = append(e.parts, wordsOf(part))
	}
	for _, said := range slices.Sorted(maps.Keys(n.said.texts)) {
		e.texts = append(e.texts, words().readings(said)...)
	}
	e.coded = words().coded(e.texts) // what has no code of its own is explained by the title above it
	all := append(slices.Clone(e.texts), e.coded...)
	for _, note := range slices.Sorted(maps.Keys(n.said.notes)) {
		for _, s := range t.statements(note) {
			e.statements = append(e.statements, s)
			if len(s.codes) == 0 {
				all = append(all, s.readings...)
			}
		}
		e.widerNoted = e.widerNoted || wider.MatchString(note)
		e.restNoted = e.restNoted || rest.MatchString(note)
	}
	e.words = wordsOfAll(all)
	return e
}

// wordsOfAll are the words of readings, each once.
func wordsOfAll(readings []reading) (all []string) {
	for _, r := range readings {
		all = append(all, r.words...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// about turns to a code: what names it explains it, too.
func (e *evidence) about(code string) {
	e.said = e.words
	for _, s := range e.statements {
		if slices.ContainsFunc(icd11.Parts(code), func(part string) bool { return slices.Contains(s.codes, part) }) {
			e.said = slices.Concat(e.said, wordsOfAll(s.readings))
		}
	}
}

// mismatch says in words why a code is not explained, and of which id that is a finding; empty if it is.
func (e *evidence) mismatch(code string) (id, why string) {
	e.about(code)
	stems := e.stems(code)
	if len(stems) == 0 {
		return "title_mismatch", "which is no disease of a chapter that a label can be mapped to"
	}
	if id, why := e.better(); why != "" {
		return id, why
	}
	if len(stems) == 1 {
		for _, look := range []func(title) (id, why string){e.joined, e.noted, e.unsaid} {
			if id, why := look(stems[0]); why != "" {
				return id, why
			}
		}
	}
	if slices.ContainsFunc(stems, e.explains) {
		return "", ""
	}
	if below := e.children(stems[0]); len(below) > 1 || len(below) == 1 && (e.widerNoted || below[0].Residual) {
		return "", ""
	} else if len(below) == 1 {
		return "parent_for_named", fmt.Sprintf("which neither the Target Name nor its labels and notes say; they say %s "+
			"below it, %q", below[0].Code, below[0].Title)
	}
	return "title_mismatch", "which neither the Target Name nor its labels and notes say" + e.hint()
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

// joined compares a code with what the name joins: each part of it that is a title word for word wants the code of that
// title, and not a parent or a neighbour of it.
func (e *evidence) joined(own title) (id, why string) {
	if slices.ContainsFunc(e.readings, own.is) {
		return "", ""
	}
	for _, part := range e.parts {
		for _, t := range e.quoted(part) {
			switch {
			case slices.Contains(e.codes, t.entity.Code):
			case e.above(own.entity, t.entity) && !e.widerNoted:
				return "parent_for_named", fmt.Sprintf("a parent of %s, %q, which the name says", t.entity.Code, t.entity.Title)
			case t.entity.Parent == own.entity.Parent && !slices.ContainsFunc(e.texts, own.is):
				return "title_mismatch", fmt.Sprintf("but %s is %q", t.entity.Code, t.entity.Title)
			}
		}
	}
	return "", ""
}

// noted compares a code with the titles that a note gives word for word: a note that says "other specified X" is not
// about X itself, nor about its neighbour. What the name and its labels say is not taken for one of its kinds that a
// note gives for an example.
func (e *evidence) noted(own title) (id, why string) {
	for _, s := range e.statements {
		if slices.ContainsFunc(s.titles, func(t title) bool { return t.entity == own.entity }) {
			return "", ""
		}
	}
	for _, s := range e.statements {
		for i, t := range s.titles {
			names := slices.Contains(s.codes, t.entity.Code)
			switch {
			case slices.Contains(e.codes, t.entity.Code):
			case e.above(own.entity, t.entity) && (names || s.whole[i] || !e.texted(own)):
				return "parent_for_named", fmt.Sprintf("a parent of %s, %q, which a note says", t.entity.Code, t.entity.Title)
			case t.entity.Parent == own.entity.Parent && (names || s.whole[i] && len(e.codes) == 1):
				return "title_mismatch", fmt.Sprintf("but a note says %q, which is %s", t.entity.Title, t.entity.Code)
			}
		}
	}
	return "", ""
}

// texted reports whether the name and its labels say most of a title.
func (e *evidence) texted(t title) bool {
	words := wordsOfAll(e.texts)
	return slices.ContainsFunc(either(t.words), func(way []string) bool { return e.share(way, words) >= explainedShare })
}

// unsaid finds "other specified", which is for what has a name and no code of its own, where nobody says so. Beside two
// others of the group whose name it is, it stands for the rest of them.
func (e *evidence) unsaid(own title) (id, why string) {
	if !own.other() || e.restNoted || slices.ContainsFunc([]string{"other", "another"}, e.hears) ||
		slices.ContainsFunc(slices.Concat(e.texts, e.coded), own.is) {
		return "", ""
	}
	beside := 0
	for _, code := range e.codes {
		if stems := e.stems(code); len(stems) == 1 && stems[0].entity.Parent == own.entity.Parent {
			beside++
		}
	}
	if beside > 2 && e.share(own.words, e.readings[0].words) == 1 {
		return "", ""
	}
	why = "which is for what has a name but no code of its own, and neither labels nor notes say that"
	if rest, ok := e.release.Entity(strings.TrimSuffix(own.entity.Code, "Y") + "Z"); ok && own.entity.Residual {
		why += fmt.Sprintf("; %s is %q", rest.Code, rest.Title)
	}
	return "title_mismatch", why
}

// hears reports whether a word is said.
func (e *evidence) hears(word string) bool { return slices.Contains(e.said, word) }

// isCalled reports whether a title is the Target Name.
func (e *evidence) isCalled(t title) bool {
	key := bag(t.words)
	return slices.ContainsFunc(e.readings, func(r reading) bool {
		return bag(r.words) == key && (ofSkin(t.words) || !ofSkin(r.words)) && mucosal(t.words) == mucosal(r.words)
	})
}

// wider is how a note says that a parent category is meant.
var wider = regexp.MustCompile(`(?i)\bparent categor|\ball (forms|types|kinds|sites|grades|stages|degrees)\b`)

// rest is how a note says that a disease has no code of its own.
var rest = regexp.MustCompile(`(?i)\bno (icd-?11 )?(code|category) of (its|their) own\b`)

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

// hint names the title that is most like the name, if there is one but those of its codes.
func (e *evidence) hint() string {
	best := near{}
	for _, r := range e.readings {
		for _, n := range e.near(r.words) {
			if !slices.Contains(e.codes, n.entity.Code) && cmp.Compare(n.likeness, best.likeness) > 0 {
				best = n
			}
		}
	}
	if best.entity == nil {
		return ""
	}
	return fmt.Sprintf("; %s is %q", best.entity.Code, best.entity.Title)
}
