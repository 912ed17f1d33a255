package mapping

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dermset/dermset/findings"
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
		if !p.known[text] {
			p.find("new_category", n.place, "", text, n.images, fmt.Sprintf("is new%s", p.nearName(text)))
		}
		if sheetio.RunsAsFormula(text) {
			p.find("formula_cell", n.place, "", text, n.images, beginsAsFormula(text))
		}
		if p.titles != nil {
			p.checkTitles(text, n)
		}
	}
	p.checkSpellings(m.Names)
	p.checkRules()
}

func listsText(lists map[string]map[string]bool) string {
	var out []string
	for _, list := range slices.Sorted(maps.Keys(lists)) {
		out = append(out, list+" in "+strings.Join(slices.Sorted(maps.Keys(lists[list])), ", "))
	}
	return strings.Join(out, "; ")
}

// checkSpellings finds names that are nearly equal: all of a group but the one that is known,
// else has most images, else most rows.
func (p *parser) checkSpellings(names []string) {
	for _, group := range bySpelling(names) {
		slices.SortFunc(group, func(a, b string) int {
			return cmp.Or(-compareBool(p.known[a], p.known[b]), cmp.Compare(p.images(b), p.images(a)),
				cmp.Compare(p.uses(b), p.uses(a)), strings.Compare(a, b))
		})
		for i, text := range group {
			var why []string
			if strings.TrimSpace(text) != text {
				why = append(why, "begins or ends with a space")
			}
			if looksExcluded(text) {
				why = append(why, "looks like the mark - for leaving out, but is a name")
			}
			if odd := unseen(text); odd != "" {
				why = append(why, odd)
			}
			if i > 0 {
				why = append(why, fmt.Sprintf("differs from %q only in how it is written", group[0]))
			}
			if len(why) > 0 {
				p.find("name_variant", p.placeOf(text), "", text, p.images(text), strings.Join(why, "; "))
			}
		}
	}
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
