package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/mapping"
)

// suggestions proposes for the labels of the gold list, with a workbook that maps none of them.
//
// A proposal is acceptable if one of its codes is in the label's list; there 2C30* holds for 2C30 and all below it, and
// "none" says that nothing fits, so that every proposal is wrong and none is right. A proposal crosses if one of its
// codes lies in another block of behaviour than all that are acceptable, and the proposal does not say so.
func suggestions(release *icd11.Release, golds []gold, verbose bool) score {
	book := &sheetio.Book{Sheets: []sheetio.Sheet{{Name: mapping.RefineTab, Rows: row("Category", "Action", "Merge into",
		"Reason")}}}
	request := mapping.Request{Book: book, Release: release, Limit: 5}
	bySet := map[string]*mapping.Source{}
	for _, g := range golds {
		s := bySet[g.set]
		if s == nil {
			s = &mapping.Source{Name: g.set, Labels: map[string]int64{}}
			bySet[g.set] = s
			book.Sheets = append(book.Sheets, sheetio.Sheet{Name: g.set, Rows: row("Source Label", "Target Name",
				"ICD-11 Code(s)", "Notes/Justification")})
		}
		s.Labels[g.label] = 1
	}
	for _, s := range bySet {
		request.Sources = append(request.Sources, *s)
	}
	all, _ := mapping.Suggest(request)
	proposed := map[string][]mapping.Suggestion{}
	for _, s := range all {
		proposed[s.Source+"\x00"+s.Label] = append(proposed[s.Source+"\x00"+s.Label], s)
	}
	var total score
	var order []string
	sets := map[string]*score{}
	for _, g := range golds {
		if sets[g.set] == nil {
			sets[g.set] = &score{}
			order = append(order, g.set)
		}
		one := judge(release, g, proposed[g.set+"\x00"+g.label], verbose)
		sets[g.set].add(one)
		total.add(one)
	}
	for _, set := range order {
		fmt.Printf("suggest %s %s\n", set, sets[set])
	}
	return total
}

// A score counts labels: those without a proposal, and those whose first, or one of whose first five, is acceptable.
type score struct{ labels, none, first, five, crossed int }

func (s *score) add(o score) {
	s.labels += o.labels
	s.none += o.none
	s.first += o.first
	s.five += o.five
	s.crossed += o.crossed
}

func (s score) String() string {
	return fmt.Sprintf("labels=%d none=%d top1=%d top5=%d crossed=%d", s.labels, s.none, s.first, s.five, s.crossed)
}

func judge(release *icd11.Release, g gold, proposals []mapping.Suggestion, verbose bool) score {
	one := score{labels: 1}
	nothing := slices.Contains(g.accept, "none")
	if len(proposals) == 0 {
		one.none = 1
		if nothing {
			one.first, one.five = 1, 1
		} else if verbose {
			fmt.Printf("nothing proposed, %s: %q, want %v\n", g.set, g.label, g.accept)
		}
		return one
	}
	for i, p := range proposals {
		if slices.ContainsFunc(p.Codes, g.accepts) {
			if i == 0 {
				one.first = 1
			}
			one.five = 1
		}
		if g.crossed(release, p) {
			one.crossed = 1
			fmt.Printf("crossed, %s: %q: %d %s %v (%s)\n", g.set, g.label, p.Rank, p.Target, p.Codes, p.Evidence)
		}
	}
	if one.first == 0 && verbose {
		var list []string
		for _, p := range proposals {
			list = append(list, fmt.Sprintf("%s %v %d", p.Target, p.Codes, p.Score))
		}
		fmt.Printf("not first, %s: %q, want %v: %s\n", g.set, g.label, g.accept, strings.Join(list, " | "))
	}
	return one
}

func (g gold) accepts(code string) bool {
	return slices.ContainsFunc(g.accept, func(a string) bool {
		stem, below := strings.CutSuffix(a, "*")
		return a == code || below && strings.HasPrefix(code, stem)
	})
}

// crossed reports whether a proposal crosses without saying so.
func (g gold) crossed(release *icd11.Release, p mapping.Suggestion) bool {
	if strings.Contains(p.Evidence, "but the label") || slices.Contains(g.accept, "none") {
		return false
	}
	blocks := map[string]bool{}
	for _, a := range g.accept {
		blocks[block(release, strings.TrimSuffix(a, "*"))] = true
	}
	return slices.ContainsFunc(p.Codes, func(code string) bool {
		in := block(release, code)
		return in != "" && !blocks[""] && !blocks[in]
	})
}

// block is the block of behaviour that a code lies in, or below which a prefix lies: the benign ones and what is no
// neoplasm count as one.
func block(release *icd11.Release, code string) string {
	for i := range release.Entities() {
		e := &release.Entities()[i]
		if e.Kind != icd11.Category || !strings.HasPrefix(e.Code, code) {
			continue
		}
		for _, up := range release.Parents(e) {
			switch up.Code {
			case "BlockL1-2B5", "BlockL1-2E6", "BlockL1-2F7":
				return up.Code
			case "BlockL1-2A2", "BlockL1-2F9": // mixed, or not known
				return ""
			}
		}
		return "harmless"
	}
	return ""
}
