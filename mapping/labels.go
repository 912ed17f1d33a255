package mapping

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dermset/dermset/findings"
)

// A judged row is one label of a source's tab, held against what it is mapped to.
type judged struct {
	Row
	*meaning
	images int64
	own    *class // nil: left out, or no name
	fit    fit    // to own
	told   bool   // another finding says what is wrong
}

// checkMeanings compares what labels mean with what they are mapped to, tab by tab.
func (p *parser) checkMeanings(sources []Source) {
	m := p.newMeanings()
	for _, r := range p.rules {
		if r.Merge {
			p.checkMerger(m, r)
		}
	}
	bySource := p.rowsBySource()
	otherwise := p.mappedOtherwise(sources, bySource)
	for _, s := range sources {
		rows := p.judge(m, s, bySource[s.Name])
		p.checkShifts(m, s, rows)
		for i := range rows {
			r := &rows[i]
			if r.told {
				continue
			}
			if r.own != nil {
				p.checkCrossed(r)
				p.checkParent(m, r)
			}
			if r.own != nil || !otherwise[[2]string{s.Name, r.Label}] {
				p.checkOther(m, r)
			}
		}
	}
}

// rowsBySource are the rows with a Target Name of each source's tab: of each label the first.
func (p *parser) rowsBySource() map[string][]Row {
	all := map[string][]Row{}
	for _, r := range p.rows {
		if r.Source != "" && r.Target != "" && p.labels[r.Source][r.Label].row == int32(r.Line-1) {
			all[r.Source] = append(all[r.Source], r)
		}
	}
	return all
}

// judge holds the rows of a source's tab, in their order, against their Target Names.
func (p *parser) judge(m *meanings, s Source, of []Row) (rows []judged) {
	for _, r := range of {
		rows = append(rows, judged{Row: r, images: s.Labels[r.Label], own: m.classes[r.Target]})
	}
	slices.SortFunc(rows, func(a, b judged) int { return cmp.Compare(a.Line, b.Line) })
	for i := range rows {
		r := &rows[i]
		r.meaning = p.titles.read(r.Label)
		if r.own != nil {
			r.fit = m.fits(r.meaning, r.own)
		}
	}
	return rows
}

func (p *parser) placeOfRow(r Row, column int) string { return p.tabs[r.Tab].place(r.Line-1, column) }

// mostTitles bounds how many codes a message gives with their titles.
const mostTitles = 3

// named is a class with its codes and their official titles.
func (p *parser) named(c *class) string {
	if c == nil {
		return fmt.Sprintf("%q", Excludes)
	}
	var codes []string
	for i, code := range c.codes {
		if i == mostTitles {
			codes = append(codes, "…")
			break
		}
		if p.titles != nil {
			if title := p.titles.release.Check(code).Title; title != "" {
				code += fmt.Sprintf(" %q", title)
			}
		}
		codes = append(codes, code)
	}
	if len(codes) == 0 {
		return fmt.Sprintf("%q", c.text)
	}
	return fmt.Sprintf("%q (%s)", c.text, strings.Join(codes, ", "))
}

// checkOther finds a label that means another Target Name better than its own, and one that names no disease.
func (p *parser) checkOther(m *meanings, r *judged) {
	find := func(detail string) {
		p.doubted.rows[[2]string{r.Source, r.Label}] = true
		p.find("label_names_other", p.placeOfRow(r.Row, 1), r.Source, r.Label, r.images, detail)
	}
	if r.own != nil && len(r.own.codes) > 0 && claimed().nothing(r.Label) {
		find("names no disease, and is mapped to " + p.named(r.own))
		return
	}
	best, f := m.best(r.meaning)
	if best == nil && p.elsewhere(r) != "" {
		find(p.elsewhere(r) + ", but is mapped to " + p.named(r.own))
		return
	}
	if best == nil || best == r.own || f <= r.fit || f < byWords && r.fit >= byTitle ||
		f == bySynonym && r.ambiguous() && (r.fit >= partOf || r.own != nil && r.own.holds(best)) ||
		p.names[best.text] == nil && r.fit >= bySynonym || // an earlier version's name for what its own one means too
		r.own != nil && (p.merged(best.text, r.own.text) || f <= byPart && r.noteNames(best.codes)) {
		return
	}
	if r.own == nil {
		if f >= byPart {
			find(m.why(r.meaning, best, f) + ", and is left out")
		}
		return
	}
	find(fmt.Sprintf("%s, but is mapped to %s", m.why(r.meaning, best, f), p.named(r.own)))
}

// elsewhere names the category whose title a label is, where its name has neither that nor what lies above or below it,
// and no note explains it; else it is empty.
func (p *parser) elsewhere(r *judged) string {
	if r.own == nil || len(r.own.titles) == 0 || r.fit >= byTitle {
		return ""
	}
	called := p.titles.called(r.readings[:min(1, len(r.readings))])
	if strings.TrimSpace(r.Notes) != "" {
		if called = r.called; r.fit > noFit || r.explained() {
			return ""
		}
	}
	if len(called) == 0 || slices.ContainsFunc(called, func(t title) bool {
		return slices.ContainsFunc(r.own.titles, func(own title) bool {
			return p.titles.above(own.entity, t.entity) || p.titles.above(t.entity, own.entity)
		})
	}) {
		return ""
	}
	return fmt.Sprintf("is %q, %s", called[0].entity.Title, called[0].entity.Code)
}

// explained reports whether a note says anything of its label or of the title that the label is. One that does not was
// copied from another row of the name.
func (r *judged) explained() bool {
	if codeInNote.MatchString(r.Notes) {
		return true
	}
	said := wordsOfAll(words().readings(r.Notes))
	about := wordsOfAll(r.readings)
	for _, t := range r.called {
		about = append(about, t.words...)
	}
	return slices.ContainsFunc(about, func(w string) bool { return !plain[w] && slices.Contains(said, w) })
}

// ambiguous reports whether a label is an abbreviation of several things, of which its name may join some.
func (r *judged) ambiguous() bool {
	n := 0
	for _, reading := range r.readings {
		if len(reading.terms) == 1 && words().terms[reading.terms[0]].kind == abbreviation {
			n++
		}
	}
	return n > 1
}

// holds reports whether one name has a code of another: it joins that with others.
func (c *class) holds(o *class) bool {
	return slices.ContainsFunc(o.codes, func(code string) bool { return slices.Contains(c.codes, code) })
}

// noteNames reports whether the note of a row names one of the codes, so that whoever wrote it knew of them.
func (r *judged) noteNames(codes []string) bool {
	return slices.ContainsFunc(codes, func(code string) bool { return findings.NamesCode(r.Notes, code) })
}

// merged reports whether mergers bring two names together.
func (p *parser) merged(a, b string) bool {
	one, keptOne, _ := p.rules.follow(a)
	two, keptTwo, _ := p.rules.follow(b)
	return keptOne && keptTwo && one == two
}

// checkParent finds a label that is, by its own words, the title of a category below its code, where no note says why.
func (p *parser) checkParent(m *meanings, r *judged) {
	if p.titles == nil || r.fit >= byTitle || strings.TrimSpace(r.Notes) != "" {
		return
	}
	for _, t := range p.titles.called(r.readings[:min(1, len(r.readings))]) {
		for _, own := range r.own.titles {
			if m.titles.above(own.entity, t.entity) {
				p.doubted.rows[[2]string{r.Source, r.Label}] = true
				p.find("parent_for_named", p.placeOfRow(r.Row, 2), r.Source, r.Label, r.images, fmt.Sprintf(
					"%s is %q, a parent of %s %q, which the label is", own.entity.Code, own.entity.Title, t.entity.Code,
					t.entity.Title))
				return
			}
		}
	}
}

// mappedOtherwise finds labels that are nearly equal and have other names in other tabs: all but those of the name with
// most images. It returns source and label of those found.
func (p *parser) mappedOtherwise(sources []Source, bySource map[string][]Row) map[[2]string]bool {
	type use struct {
		Row
		images int64
	}
	uses := map[string][]use{}
	for _, s := range sources {
		for _, r := range bySource[s.Name] {
			if key := strings.Join(wordsOf(r.Label), " "); key != "" {
				uses[key] = append(uses[key], use{r, s.Labels[r.Label]})
			}
		}
	}
	found := map[[2]string]bool{}
	for _, list := range uses {
		images := map[string]int64{}
		for _, u := range list {
			images[u.Target] += u.images
		}
		slices.SortFunc(list, func(a, b use) int {
			return cmp.Or(cmp.Compare(images[b.Target], images[a.Target]), strings.Compare(a.Target, b.Target),
				strings.Compare(a.Tab, b.Tab), strings.Compare(a.Label, b.Label))
		})
		first := list[0]
		for _, u := range list[1:] {
			if u.Target == first.Target || u.Tab == first.Tab {
				continue
			}
			found[[2]string{u.Source, u.Label}], found[[2]string{first.Source, first.Label}] = true, true
			p.find("mapped_otherwise", p.placeOfRow(u.Row, 1), u.Source, u.Label, u.images, fmt.Sprintf(
				"is mapped to %q (%d images), and %q in tab %q to %q (%d images)", u.Target, u.images, first.Label,
				first.Tab, first.Target, first.images)) // no cell: rows may move
		}
	}
	return found
}
