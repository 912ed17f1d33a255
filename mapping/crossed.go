package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dermset/dermset/findings"
)

// checkCrossed finds a label whose behaviour is not that of its Target Name. Where the words of both agree it is the
// code that crosses, which checkBehaviour tells once for all labels.
func (p *parser) checkCrossed(r *judged) {
	said, named := r.meaning.behaves, r.own.meaning.behaves
	if p.titles != nil && said == 0 && r.unheard() {
		p.cross(findings.New("behaviour_crossed", p.placeOfRow(r.Row, 1), r.Source, r.Label, r.images,
			fmt.Sprintf("the label says nothing of its Target Name %s, which is %s", p.named(r.own), r.own.behaves)),
			said, r.own.behaves)
		return
	}
	if said.crosses(r.own.behaves) && (named == 0 || said.crosses(named)) {
		p.doubted.rows[[2]string{r.Source, r.Label}] = true
		p.cross(findings.New("behaviour_crossed", p.placeOfRow(r.Row, 1), r.Source, r.Label, r.images,
			fmt.Sprintf("the label is %s, its Target Name %s is %s", said, p.named(r.own), r.own.behaves)), said, r.own.behaves)
	}
}

// unheard reports whether a label has words of its own and none of its name, which is malignant or in situ. Numbers and
// abbreviations that nobody knows are no words.
func (r *judged) unheard() bool {
	grave := r.own.behaves&(malignant|inSitu) != 0 && r.own.behaves&harmless == 0
	return grave && r.fit == noFit && len(r.readings) > 0 && slices.ContainsFunc(telling(r.readings[0].words),
		func(w string) bool { return len(w) >= leastWord && !plain[w] })
}

// leastWord is how many letters tell a word from an abbreviation.
const leastWord = 5

// checkBehaviour finds codes of a name whose behaviour is neither that of its words (or, where they say nothing, of
// its labels) nor said by a note; and, where words say nothing, codes of which one is malignant and one is not.
func (p *parser) checkBehaviour(text string, n *name) {
	said := p.titles.behaviour(text)
	whose := "the Target Name"
	if said == 0 {
		whose = "what its labels say"
		for label := range n.said.texts {
			said |= p.titles.behaviour(label)
		}
	}
	noted := behaviours(0)
	for note := range n.said.notes {
		for _, sentence := range sentences(note) {
			noted |= p.titles.behaviour(sentence)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(n.said.codes)) {
		is := p.titles.behaviourOfCodes([]string{code})
		if !(said | noted).crosses(is) || said == 0 || p.titles.entitled(words().readings(text)[:1], code) {
			continue
		}
		f := findings.New("behaviour_crossed", n.said.codes[code], "", text, n.images, fmt.Sprintf(
			"%s is %s, but %s %q is %s", whose, said, code, p.titles.release.Check(code).Title, is))
		f.Code = code
		p.doubted.codes[[2]string{text, code}] = true
		p.cross(f, said, is)
	}
}

// entitled reports whether a text is the title of a code word for word: then nothing can cross, whatever its words
// claim ("cutaneous markers of internal malignancy" are none).
func (t *titles) entitled(text []reading, code string) bool {
	return slices.ContainsFunc(t.stems(code), func(own title) bool { return slices.ContainsFunc(text, own.is) })
}

// checkMerger finds a merger of a category into one of another behaviour.
func (p *parser) checkMerger(m *meanings, r rule) {
	from, into := m.classes[r.Category], m.classes[r.Into]
	if from == nil || into == nil || !from.behaves.crosses(into.behaves) {
		return
	}
	p.cross(findings.New("behaviour_crossed", r.intoPlace, "", r.Category, p.images(r.Category), fmt.Sprintf(
		"%s is %s, and is merged into %s, which is %s", p.named(from), from.behaves, p.named(into), into.behaves)),
		from.behaves, into.behaves)
}

// cross adds a finding of behaviours that cross; malignant against harmless ones come first.
func (p *parser) cross(f findings.Finding, a, b behaviours) {
	f.Grave = a&malignant != 0 && b&harmless != 0 || a&harmless != 0 && b&malignant != 0
	p.found.add(f)
}

// sentences cuts a note where one thing ends and another begins.
func sentences(note string) []string {
	return strings.FieldsFunc(note, func(r rune) bool { return strings.ContainsRune(".;:,()", r) })
}
