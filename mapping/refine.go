package mapping

import (
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strings"

	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/slips"
)

const (
	actionExclude = "exclude"
	actionMerge   = "merge"
)

// rules are the exclusions and mergers that stand, by category.
type rules map[string]rule

type rule struct {
	Refinement
	place, intoPlace string
}

// refineSheet finds the exclude and merge tab under its name, or under the one that an XLSX can hold.
func (p *parser) refineSheet() *sheetio.Sheet {
	full, short := p.book.Sheet(RefineTab), p.book.Sheet(refineTabXLSX)
	switch {
	case full != nil && short != nil:
		p.find("bad_header", short.Name, "", short.Name, 0,
			fmt.Sprintf("the tabs %q and %q are both there", full.Name, short.Name))
	case full == nil && short == nil:
		p.find("missing_tab", RefineTab, "", RefineTab, 0,
			p.noTab(RefineTab, "", nil))
	case full == nil:
		return short
	}
	return full
}

// readRefinements reads the exclude and merge tab into p.rules.
func (p *parser) readRefinements() {
	sheet := p.refineSheet()
	if sheet == nil {
		return
	}
	t, problems := openTab(sheet, refineColumns)
	if t == nil {
		p.find("bad_header", sheet.Name, "", sheet.Name, 0, strings.Join(problems, "; "))
		return
	}
	if sheet.Hidden {
		p.find("hidden_tab", sheet.Name, "", sheet.Name, 0, "the tab is hidden")
	}
	p.columns[sheet.Name] = t.texts(0)
	p.findMerged(t, refineColumns[:3], "", p.images)
	byCategory := map[string][]rule{}
	for row := 1; row < len(sheet.Rows); row++ {
		if t.empty(row) {
			continue
		}
		if r, ok := p.readRefinement(t, row); ok {
			byCategory[r.Category] = append(byCategory[r.Category], r)
		}
	}
	for category, same := range byCategory {
		p.addRule(category, same)
	}
}

// readRefinement reads one row and reports what is wrong with it; ok is false if it says nothing that can be done.
func (p *parser) readRefinement(t *tab, row int) (r rule, ok bool) {
	category, action, into := t.cell(row, 0), t.cell(row, 1), t.cell(row, 2)
	ok = true
	for column, c := range []sheetio.Cell{category, action, into} {
		if why := NotText(refineColumns[column], c); why != "" {
			p.find("number_cell", t.place(row, column), "", category.Text, 0, why)
			ok = false
		}
	}
	if !ok {
		return r, false
	}
	if category.Text == "" {
		if t.merged(row, 0) {
			return r, false // findMerged tells
		}
		p.find("blank_label", t.place(row, 0), "", into.Text, 0, "the row has no Category")
		return r, false
	}
	r = rule{Refinement{Line: row + 1, Category: category.Text, Into: into.Text, Reason: t.cell(row, 3).Text,
		Consult: t.text(row, consultColumn), Annotator: t.text(row, annotatorColumn), Extra: t.texts(row)},
		t.place(row, 0), t.place(row, 2)}
	images := p.images(category.Text)
	p.findQuestion(t, row, Question{RefineTab, r.Category, r.Consult}, "", images)
	p.findSelfReview(t, row, r.Annotator, "", r.Category, images)
	word := strings.ToLower(strings.TrimSpace(action.Text))
	r.Merge = word == actionMerge
	why := ""
	switch {
	case word != actionExclude && word != actionMerge:
		why = fmt.Sprintf("action %q: want exclude or merge%s", action.Text, itHolds(action.Text))
	case category.Text == Excludes:
		why = "the category is the mark - : want the name of a category"
	case r.Merge && r.Into == "":
		why = "merge without a category to merge into"
	case r.Merge && r.Into == Excludes:
		why = "merge into the mark - : to leave a category out, write exclude"
	case !r.Merge && r.Into != "":
		why = fmt.Sprintf("exclude with a category to merge into, %q", r.Into)
	}
	if why != "" {
		p.find("bad_action", t.place(row, 1), "", category.Text, images, why)
	}
	return r, why == ""
}

// addRule takes the rows of one category.
func (p *parser) addRule(category string, same []rule) {
	if len(same) > 1 {
		for _, r := range same[1:] {
			if r.Merge != same[0].Merge || r.Into != same[0].Into {
				p.find("conflicting_action", r.place, "", category, p.images(category),
					fmt.Sprintf("is listed %d times, with different actions", len(same)))
				return
			}
		}
		p.find("duplicate_label", same[1].place, "", category, p.images(category),
			fmt.Sprintf("is listed %d times in the tab of exclusions and mergers", len(same)))
	}
	slices.SortFunc(same, func(a, b rule) int { return slices.Compare(a.key(), b.key()) })
	p.rules[category] = same[0]
}

// images counts the images of a mapped name.
func (p *parser) images(name string) int64 {
	if n := p.names[name]; n != nil {
		return n.images
	}
	return 0
}

// follow follows mergers from a name to their end. Ends is false if they lead into a cycle;
// kept is false if they end in an exclusion.
func (r rules) follow(name string) (final string, kept, ends bool) {
	seen := map[string]bool{}
	for at := name; !seen[at]; {
		seen[at] = true
		next, ok := r[at]
		switch {
		case !ok:
			return at, true, true
		case !next.Merge:
			return at, false, true
		}
		at = next.Into
	}
	return name, true, false
}

// checkRules finds cycles and unknown categories.
func (p *parser) checkRules() {
	into := map[string]bool{}
	for _, r := range p.rules {
		if r.Merge {
			into[r.Into] = true
		}
	}
	known := func(name string) bool { return p.names[name] != nil || p.known[name] }
	told := map[string]bool{}
	for _, category := range slices.Sorted(maps.Keys(p.rules)) {
		r := p.rules[category]
		if !known(category) && !into[category] {
			p.find("merge_unknown", r.place, "", category, 0, fmt.Sprintf("no label maps to it%s", p.nearName(category)))
		}
		if _, listed := p.rules[r.Into]; r.Merge && !known(r.Into) && !listed {
			p.find("merge_unknown", r.intoPlace, "", r.Into, p.images(category),
				fmt.Sprintf("%q is to be merged into it, but no label maps to it and it is not known%s",
					category, p.nearName(r.Into)))
		}
		if _, _, ends := p.rules.follow(category); !ends && !told[category] {
			if cycle := p.rules.cycle(category); cycle[0] == category { // told at its bytewise smallest
				for _, c := range cycle {
					told[c] = true
				}
				why := quoted(cycle) + " lead to each other"
				if len(cycle) == 1 {
					why = quoted(cycle) + " is to be merged into itself"
				}
				p.find("merge_cycle", r.place, "", category, p.imagesOf(cycle), why)
			}
		}
	}
}

func (p *parser) imagesOf(names []string) (sum int64) {
	for _, n := range names {
		sum += p.images(n)
	}
	return sum
}

// cycle is the cycle that a category's mergers lead into, beginning with its bytewise smallest member.
func (r rules) cycle(category string) []string {
	at := category
	for range r { // now inside the cycle
		at = r[at].Into
	}
	members := []string{at}
	for next := r[at].Into; next != at; next = r[next].Into {
		members = append(members, next)
	}
	smallest := slices.Index(members, slices.Min(members))
	return slices.Concat(members[smallest:], members[:smallest])
}

// nearName names a mapped or known name that is nearly equal: in how it is written, in the forms of its words, by the
// words file, or a slip of the pen away. A code that stands in the place of a name is told too.
func (p *parser) nearName(name string) string {
	if p.near == nil {
		p.near = newNearNames(slices.Sorted(maps.Keys(p.known)), slices.Sorted(maps.Keys(p.names)))
	}
	if other := p.near.find(name); other != "" {
		return fmt.Sprintf("; did you mean %q?", other)
	}
	if title := p.titled(name); title != "" {
		return fmt.Sprintf("; did you mean %q%s as a code?", name, title)
	}
	return ""
}

// senses are the bags of the readings of a name, each once.
func senses(name string) (keys []string) {
	if len(name) > longestMeant {
		return nil
	}
	for _, r := range words().readings(name) {
		if key := bag(r.words); key != "" && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// A nearNames finds names that are nearly equal.
type nearNames struct {
	bySpelling, byForm, bySense map[string][]string
	cut                         map[uint64][]string // by the hash of what is left without one letter, and of the whole
}

// longestSlipped is how long a name may be, in bytes, to be looked for with a slip of the pen.
const longestSlipped = 64

func newNearNames(lists ...[]string) *nearNames {
	n := &nearNames{bySpelling(lists...), map[string][]string{}, map[string][]string{}, map[uint64][]string{}}
	for _, list := range lists {
		for _, name := range list {
			n.byForm[formKey(name)] = append(n.byForm[formKey(name)], name)
			for _, key := range senses(name) {
				n.bySense[key] = append(n.bySense[key], name)
			}
			for _, key := range cuts(spelling(name)) {
				n.cut[key] = append(n.cut[key], name)
			}
		}
	}
	return n
}

// cuts are hashes of a text and of what is left of it without one letter: texts one slip apart share one. Short texts
// have none, for there a slip makes another word.
func cuts(text string) (keys []uint64) {
	if len(text) < 5 || len(text) > longestSlipped {
		return nil
	}
	keys = append(keys, maphash.String(cutSeed, text))
	for i := range len(text) {
		keys = append(keys, maphash.String(cutSeed, text[:i]+text[i+1:]))
	}
	return keys
}

// cutSeed does not show: what shares a hash is compared.
var cutSeed = maphash.MakeSeed()

// mostNear bounds how many names are compared for one.
const mostNear = 100

func (n *nearNames) find(name string) string {
	for _, same := range [][]string{n.bySpelling[spelling(name)], n.byForm[formKey(name)]} {
		for _, other := range same {
			if other != name {
				return other
			}
		}
	}
	for _, sense := range senses(name) {
		for _, other := range n.bySense[sense] {
			if other != name {
				return other
			}
		}
	}
	key, best, compared := spelling(name), "", 0
	for _, cut := range cuts(key) {
		for _, other := range n.cut[cut] {
			if compared++; compared > mostNear {
				return best
			}
			if other != name && (best == "" || other < best) && slips.Count(key, spelling(other), 1) <= 1 &&
				!contrary(wordsOf(name), wordsOf(other)) {
				best = other
			}
		}
	}
	return best
}

// bySpelling lists texts by their spelling: those of the first list before those of the next, each in order.
func bySpelling(lists ...[]string) map[string][]string {
	near := map[string][]string{}
	for _, list := range lists {
		for _, text := range list {
			key := spelling(text)
			near[key] = append(near[key], text)
		}
	}
	return near
}
