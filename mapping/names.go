package mapping

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/io/sheetio"
)

// mapping makes the tables of what was read.
func (p *parser) mapping(sources []Source) *Mapping {
	m := &Mapping{Labels: map[string]map[string]int32{}, Rows: p.rows, Columns: p.columns}
	all := map[string]bool{}
	for n := range p.names {
		all[n] = true
	}
	for _, category := range slices.Sorted(maps.Keys(p.rules)) {
		r := p.rules[category]
		m.Refinements = append(m.Refinements, r.Refinement)
		if r.Merge {
			all[r.Into] = true
		}
	}
	m.Names = slices.Sorted(maps.Keys(all))
	number := map[string]int32{}
	for i, n := range m.Names {
		number[n] = int32(i)
	}
	for _, s := range sources {
		m.Labels[s.Name] = p.labelNumbers(s, number)
	}
	p.finals(m, number)
	m.sort()
	return m
}

// labelNumbers numbers what each label of a source maps to.
func (p *parser) labelNumbers(s Source, number map[string]int32) map[string]int32 {
	out := map[string]int32{}
	for label := range s.Labels {
		out[label] = Unmapped
	}
	for label, r := range p.labels[s.Name] {
		switch r.target {
		case "":
			out[label] = Unmapped
		case Excludes:
			out[label] = Excluded
		default:
			out[label] = number[r.target]
		}
	}
	delete(out, "")
	return out
}

func (p *parser) finals(m *Mapping, number map[string]int32) {
	m.Codes = make([][]string, len(m.Names))
	m.Final = make([]int32, len(m.Names))
	m.FinalCodes = make([][]string, len(m.Names))
	for i, text := range m.Names {
		if n := p.names[text]; n != nil && len(n.codes) > 0 {
			m.Codes[i] = slices.Sorted(maps.Keys(n.codes))
		}
		final, kept, _ := p.rules.follow(text)
		m.Final[i] = NotKept
		if kept {
			m.Final[i] = number[final]
		}
	}
	for i, final := range m.Final {
		if final != NotKept {
			m.FinalCodes[final] = append(m.FinalCodes[final], m.Codes[i]...)
		}
	}
	for i, codes := range m.FinalCodes {
		slices.Sort(codes)
		m.FinalCodes[i] = slices.Compact(codes)
	}
}

// checkNames reports what is wrong with Target Names, and with exclusions and mergers.
func (p *parser) checkNames(m *Mapping) {
	for text, n := range p.names {
		if len(n.codes) == 0 && !n.unreadable && !p.noCode[text] {
			p.find("missing_code", n.codePlace, "", text, n.images, "has no ICD-11 code anywhere in the workbook")
		}
		if len(n.lists) > 1 {
			p.find("conflicting_codes", n.listPlace, "", text, n.images, "has the codes "+listsText(n.lists))
		}
		p.checkExtensions(text, n)
		if known := p.knownCodes[text]; len(known) > 0 && len(n.codes) > 0 && len(n.lists) == 1 &&
			!slices.Equal(known, slices.Sorted(maps.Keys(n.codes))) {
			p.find("codes_changed", n.listPlace, "", text, n.images, fmt.Sprintf("has the codes %s, and in "+
				"known_categories.csv %s", CodesText(slices.Sorted(maps.Keys(n.codes))), CodesText(known)))
		}
		if !p.known[text] {
			p.find("new_category", n.place, "", text, n.images, fmt.Sprintf("is new%s", p.nearName(text)))
		}
		if sheetio.RunsAsFormula(text) {
			p.find("formula_cell", n.place, "", text, n.images, beginsAsFormula(text))
		}
		if p.titles != nil {
			p.checkTitles(text, n)
			p.checkBehaviour(text, n)
		}
	}
	p.checkSpellings(m.Names)
	p.checkRules()
}

// checkExtensions finds codes of a name that hold an extension code: a side, a severity or a place belongs to a patient
// and not to a class of images.
func (p *parser) checkExtensions(text string, n *name) {
	for _, code := range slices.Sorted(maps.Keys(n.codes)) {
		stems := slices.DeleteFunc(icd11.Parts(code), func(part string) bool { return strings.HasPrefix(part, "X") })
		if len(stems) == len(icd11.Parts(code)) || len(stems) == 0 {
			continue
		}
		p.find("cluster_on_class", n.listPlace, "", text, n.images, fmt.Sprintf("%s holds an extension code%s; the class "+
			"is %s", code, p.titled(code), strings.Join(stems, "/")))
	}
}

// titled is the official title of a code, in brackets; empty where there is none.
func (p *parser) titled(code string) string {
	if p.titles == nil {
		return ""
	}
	return p.titles.titled(code)
}

func listsText(lists map[string]map[string]bool) string {
	var out []string
	for _, list := range slices.Sorted(maps.Keys(lists)) {
		out = append(out, list+" in "+strings.Join(slices.Sorted(maps.Keys(lists[list])), ", "))
	}
	return strings.Join(out, "; ")
}

// checkSpellings finds names that are nearly equal or, with the same codes, mean the same: all of a group but the one
// that is known, else has most images, else most rows.
func (p *parser) checkSpellings(names []string) {
	first := func(a, b string) int {
		return cmp.Or(-compareBool(p.known[a], p.known[b]), cmp.Compare(p.images(b), p.images(a)),
			cmp.Compare(p.uses(b), p.uses(a)), strings.Compare(a, b))
	}
	why := map[string][]string{}
	for _, text := range names {
		if strings.TrimSpace(text) != text {
			why[text] = append(why[text], "begins or ends with a space")
		}
		if looksExcluded(text) {
			why[text] = append(why[text], "looks like the mark - for leaving out, but is a name")
		}
		if odd := unseen(text); odd != "" {
			why[text] = append(why[text], odd)
		}
	}
	told := map[string]bool{}
	for i, groups := range []map[string][]string{bySpelling(names), byForms(names), p.bySense(names)} {
		for _, group := range groups {
			slices.SortFunc(group, first)
			for _, text := range group[1:] {
				if !told[text] && text != group[0] && (i == 0 || !p.merged(text, group[0])) {
					told[text] = true
					why[text] = append(why[text], fmt.Sprintf(howAlike[i], group[0]))
				}
			}
		}
	}
	for text, list := range why {
		p.find("name_variant", p.placeOf(text), "", text, p.images(text), strings.Join(list, "; "))
	}
}

// howAlike says how the names of a group are nearly equal, in the order in which they are looked for.
var howAlike = [3]string{"differs from %q only in how it is written",
	"differs from %q only in plural, British or American spelling, doubled letters, the order of words, or words such " +
		"as skin and unspecified",
	"means the same as %q by the word list of dermset (mapping/words), and has the same codes"}

// formKey is equal for names of the same words, in whatever order, form and doubling of letters.
func formKey(name string) string {
	words := withoutIdle(wordsOf(name))
	for i, w := range words {
		words[i] = undoubled(w)
	}
	slices.Sort(words)
	return strings.Join(slices.Compact(words), " ")
}

// undoubled writes each letter once where it stands twice or more. Numbers, Roman ones too, stay: type II is not type
// I, and chromosome 22 is not 2.
func undoubled(word string) string {
	if len(word) <= 4 {
		return word
	}
	var out []rune
	for _, r := range word {
		if len(out) == 0 || out[len(out)-1] != r || unicode.IsDigit(r) {
			out = append(out, r)
		}
	}
	return string(out)
}

// leastForm is how short a key may be to say that two names are one: N and N. are not.
const leastForm = 4

// byForms groups names by formKey.
func byForms(names []string) map[string][]string {
	groups := map[string][]string{}
	for _, name := range names {
		if key := formKey(name); len(key) >= leastForm {
			groups[key] = append(groups[key], name)
		}
	}
	return groups
}

// bySense groups names of the same codes that one reading of both makes equal. Names without codes are in no group.
func (p *parser) bySense(names []string) map[string][]string {
	groups := map[string][]string{}
	for _, name := range names {
		n := p.names[name]
		if n == nil || len(n.codes) == 0 {
			continue
		}
		codes := CodesText(slices.Sorted(maps.Keys(n.codes)))
		for _, key := range senses(name) {
			if len(key) >= leastForm {
				groups[codes+key] = append(groups[codes+key], name)
			}
		}
	}
	return groups
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func (p *parser) uses(name string) int64 {
	if n := p.names[name]; n != nil {
		return n.rows
	}
	return 0
}

// placeOf is the first cell that holds the name: a Target Name, else a Merge into.
func (p *parser) placeOf(text string) string {
	if n := p.names[text]; n != nil {
		return n.place
	}
	first := ""
	for _, r := range p.rules {
		if r.Merge && r.Into == text && (first == "" || findings.ComparePlaces(r.intoPlace, first) < 0) {
			first = r.intoPlace
		}
	}
	return first
}
