package mapping

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/slips"
)

// A parser gathers what the tabs say.
type parser struct {
	book       *sheetio.Book
	claimed    map[string]bool // tabs of sources
	known      map[string]bool // names of known_categories.csv
	knownCodes map[string][]string
	noCode     map[string]bool
	found      *few
	rows       []Row
	columns    map[string][]string
	tabs       map[string]*tab                  // of sources
	names      map[string]*name                 // Target Names
	near       *nearNames                       // known and mapped names, once nearName has been asked
	labels     map[string]map[string]resolution // by source
	rules      rules
	titles     *titles // nil: no release to compare with
	vague      []vagueRow
	doubted    doubts
	answered   map[Question]bool
}

// A name is a Target Name and what is said about it.
type name struct {
	place, codePlace string // of the first row that uses it
	codes            map[string]bool
	lists            map[string]map[string]bool // tabs by list of codes
	listPlace        string                     // of the first row that gives it codes
	unreadable       bool                       // some code cell holds no codes
	rows, images     int64
	said             said // only with a release
}

// A resolution is what the rows of a label in its tab come to.
type resolution struct {
	target string // empty: unmapped
	row    int32  // the first row; 0: the label is not in the tab
	told   bool   // another finding says why it is unmapped
}

// Given is what Parse holds a workbook against.
type Given struct {
	Known   []Category     // categories of earlier versions
	NoCode  []string       // names that need no ICD-11 code
	Release *icd11.Release // every code is looked up in it, and its title held beside the Target Name; nil leaves that out

	// Before is what was left out and merged in the version that split.lock names; nil without one.
	Before *Before

	// Answered are the questions that people have answered: they are no findings any more, though the cell still asks.
	Answered map[Question]bool

	// Images is how many images are mapped to each Target Name. Nil, where no row has been joined yet: then the rows that
	// name its labels are added up, and one that names several of them counts as often.
	Images map[string]int64

	// OnlyBlocking leaves out what compares meanings, of which nothing blocks a build.
	OnlyBlocking bool
}

// Parse reads the workbook for the sources. It returns the mapping and all findings that the workbook alone can give,
// sorted. Whatever the workbook holds, there is a mapping.
func Parse(book *sheetio.Book, sources []Source, given Given) (*Mapping, []findings.Finding) {
	p := &parser{book: book, found: newFew(), known: map[string]bool{}, noCode: map[string]bool{},
		columns: map[string][]string{}, tabs: map[string]*tab{}, knownCodes: map[string][]string{},
		claimed: map[string]bool{}, names: map[string]*name{}, labels: map[string]map[string]resolution{},
		rules: rules{}, answered: given.Answered,
		doubted: doubts{map[[2]string]bool{}, map[[2]string]bool{}}}
	for _, c := range given.Known {
		p.known[c.Name], p.knownCodes[c.Name] = true, c.Codes
	}
	for _, n := range given.NoCode {
		p.noCode[n] = true
	}
	if given.Release != nil {
		p.titles = titlesOf(given.Release)
	}
	sources = slices.Clone(sources)
	slices.SortFunc(sources, func(a, b Source) int { return strings.Compare(a.Name, b.Name) })
	for _, s := range sources {
		p.claimed[s.tab()] = true
	}
	for _, s := range sources {
		p.readSource(s)
	}
	p.readUnclaimed()
	p.countImages(sources, given.Images)
	p.readRefinements()
	m := p.mapping(sources)
	p.checkNames(m)
	if !given.OnlyBlocking {
		p.checkMeanings(sources)
		p.checkVague()
		p.checkLarge(sources, given.Before)
	}
	return m, p.found.all()
}

func (p *parser) find(id, place, source, subject string, images int64, detail string) {
	p.found.add(findings.New(id, place, source, subject, images, detail))
}

// readSource reads the tab of a source and compares it with the labels of its dataset.
func (p *parser) readSource(s Source) {
	p.labels[s.Name] = map[string]resolution{}
	sheet := p.book.Sheet(s.tab())
	if sheet == nil {
		if !s.Pending {
			p.find("missing_tab", s.tab(), s.Name, s.tab(), s.Rows, p.noTab(s.tab(), s.Name, s.Labels))
		}
		return
	}
	t, problems := openTab(sheet, mappingColumns)
	if t == nil {
		p.find("bad_header", sheet.Name, s.Name, sheet.Name, s.Rows, strings.Join(problems, "; "))
		return
	}
	if sheet.Hidden {
		p.find("hidden_tab", sheet.Name, s.Name, sheet.Name, s.Rows, "the tab is hidden")
	}
	p.readRows(t, s)
	p.checkLabels(t, s)
}

// countImages counts the images of each name, as Given.Images says.
func (p *parser) countImages(sources []Source, images map[string]int64) {
	if images != nil {
		for text, n := range p.names {
			n.images = images[text]
		}
		return
	}
	for _, s := range sources {
		for label, r := range p.labels[s.Name] {
			if n := p.names[r.target]; n != nil {
				n.images += s.Labels[label]
			}
		}
	}
}

// nearTab is a tab that may be the missing one, and what to say of it: one of the same spelling; of a source, which has
// labels, also one that no source claims and that has most of them, or nearly the name.
func (p *parser) nearTab(name string, labels map[string]int64) (near, said string) {
	var free []string
	for i := range p.book.Sheets {
		sheet := &p.book.Sheets[i]
		if spelling(sheet.Name) == spelling(name) || sheet.Name == sheetio.CutTabName(name) {
			return sheet.Name, itHolds(sheet.Name)
		}
		t, _ := openTab(sheet, mappingColumns)
		if t == nil || p.claimed[sheet.Name] || len(labels) == 0 {
			continue
		}
		free = append(free, sheet.Name)
		shared := 0
		for row := 1; row < len(sheet.Rows); row++ {
			if labels[t.cell(row, 0).Text] > 0 {
				shared++
			}
		}
		if 2*shared >= len(labels) {
			near, said = sheet.Name, fmt.Sprintf(", which has %d of its %d labels%s", shared, len(labels), itHolds(sheet.Name))
		}
	}
	if near == "" {
		near = slips.Nearest(name, free)
	}
	return near, said
}

// noTab is the text of missing_tab.
func (p *parser) noTab(name, source string, labels map[string]int64) string {
	text := fmt.Sprintf("the workbook has no tab %q", name)
	near, said := p.nearTab(name, labels)
	if near == "" {
		return text
	}
	text += fmt.Sprintf(", but one called %q%s: rename it", near, said)
	if source != "" {
		text += fmt.Sprintf(", or write `tabs: {%s: %q}` below mapping: in dermset.yaml", source, near)
	}
	return text
}

// readUnclaimed reads the tabs that have a mapping's columns but no source.
func (p *parser) readUnclaimed() {
	for i := range p.book.Sheets {
		sheet := &p.book.Sheets[i]
		t, _ := openTab(sheet, mappingColumns)
		switch {
		case p.claimed[sheet.Name]:
			continue
		case sheet.Err != nil && !isRefineTab(sheet.Name):
			p.find("unused_tab", sheet.Name, "", sheet.Name, 0, "is left out, for it cannot be read: "+sheet.Err.Error())
			continue
		case t == nil:
			continue
		}
		p.find("unused_tab", sheet.Name, "", sheet.Name, 0, "no source has a tab of this name")
		p.labels[""] = map[string]resolution{} // labels of different such tabs do not meet
		p.readRows(t, Source{})
	}
	delete(p.labels, "")
}

// readRows reads the rows of a tab.
func (p *parser) readRows(t *tab, s Source) {
	p.columns[t.sheet.Name], p.tabs[t.sheet.Name] = t.texts(0), t
	p.findMerged(t, mappingColumns[:3], s.Name, func(label string) int64 { return s.Labels[label] })
	first := len(p.rows)
	p.rows = slices.Grow(p.rows, len(t.sheet.Rows))
	for row := 1; row < len(t.sheet.Rows); row++ {
		if t.empty(row) {
			continue
		}
		if r, ok := p.readRow(t, row, s); ok {
			p.rows = append(p.rows, r)
		}
	}
	rows := p.rows[first:]
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(strings.Compare(a.Label, b.Label), cmp.Compare(a.Line, b.Line))
	})
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && rows[n].Label == rows[0].Label {
			n++
		}
		p.labels[s.Name][rows[0].Label] = p.resolve(t, s, rows[0].Label, rows[:n])
		rows = rows[n:]
	}
}

// findMerged finds merged cells in the columns of these names, the first ones of the tab, and in the optional ones: a
// person sees a label, name, code or question in each of their rows, but only the first cell has it. Images are those
// of the first column's text.
func (p *parser) findMerged(t *tab, names []string, source string, images func(subject string) int64) {
	columns := t.columns[:len(names):len(names)]
	for _, name := range optionalColumns {
		if column, ok := t.optional[name]; ok {
			names, columns = append(names[:len(names):len(names)], name), append(columns, column)
		}
	}
	for _, m := range t.sheet.Merged {
		if m.ToRow == 0 || m.FromRow >= len(t.sheet.Rows) {
			continue // a header tells by itself when a column is missing
		}
		for i, name := range names {
			if !m.Has(m.ToRow, columns[i]) {
				continue
			}
			row := max(m.FromRow, 1)
			subject := t.cell(row, 0).Text
			p.find("merged_cell", t.cellName(row, columns[i]), source, subject, images(subject),
				fmt.Sprintf("%s is in the merged cells %s, of which only the first has a value: the others count as empty",
					name, m))
			break
		}
	}
}

// readRow reads one row and reports what is wrong with it; ok is false if it has no label that is text.
func (p *parser) readRow(t *tab, row int, s Source) (r Row, ok bool) {
	label, target, codes := t.cell(row, 0), t.cell(row, 1), t.cell(row, 2)
	images := s.Labels[label.Text]
	for column, c := range []sheetio.Cell{label, target, codes} {
		if why := NotText(mappingColumns[column], c); why != "" {
			p.find("number_cell", t.place(row, column), s.Name, label.Text, images, why)
		}
	}
	switch {
	case label.Kind != sheetio.Text:
		p.labels[s.Name][label.Text] = resolution{told: true, row: int32(row)}
		return r, false
	case label.Text == "" && t.merged(row, 0):
		return r, false // findMerged tells
	case label.Text == "":
		p.find("blank_label", t.place(row, 0), s.Name, target.Text, 0, "the row has no Source Label")
		return r, false
	}
	r = Row{Source: s.Name, Tab: t.sheet.Name, Line: row + 1, Label: label.Text,
		Notes: t.cell(row, 3).Text, Needed: t.text(row, neededColumn), Consult: t.text(row, consultColumn),
		Annotator: t.text(row, annotatorColumn), Extra: t.texts(row)}
	p.findQuestion(t, row, Question{r.Tab, r.Label, r.Consult}, r.Source, images)
	p.findSelfReview(t, row, r.Annotator, r.Source, r.Label, images)
	if target.Kind == sheetio.Text {
		r.Target = target.Text
	}
	readable := codes.Kind == sheetio.Text
	if readable {
		list, err := icd11.ParseCell(codes.Text)
		if err != nil {
			p.find("invalid_code", t.place(row, 2), s.Name, r.Label, images,
				err.Error()+p.unknownBeside(codes.Text)+itHolds(codes.Text)+asCode(codes.Text))
		}
		r.Codes, readable = list, err == nil
	}
	r.NoCode = !readable
	if p.titles != nil {
		p.checkRelease(t, row, r, images)
	}
	if target.Kind == sheetio.Text {
		p.checkRow(t, row, r, images, codes.Text != "", readable)
	}
	return r, true
}

// unknownBeside names the codes of a cell that holds others that are none, which are of the right form and not in the
// release.
func (p *parser) unknownBeside(cell string) (text string) {
	entries, err := icd11.Entries(cell)
	if err != nil || p.titles == nil {
		return ""
	}
	for _, entry := range entries {
		if one, err := icd11.ParseCell(entry); err == nil && len(one) == 1 {
			if result := p.titles.release.Check(one[0]); result.Status != icd11.Valid {
				text += "; code " + result.Why
			}
		}
	}
	return text
}

// checkRow looks at a row's Target Name together with its codes.
func (p *parser) checkRow(t *tab, row int, r Row, images int64, hasCodes, readable bool) {
	switch {
	case r.Target == "" && hasCodes:
		p.find("code_without_name", t.place(row, 1), r.Source, r.Label, images,
			fmt.Sprintf("codes %s without a Target Name", CodesText(r.Codes)))
	case r.Target == Excludes && hasCodes:
		p.find("excluded_with_code", t.place(row, 2), r.Source, r.Label, images,
			fmt.Sprintf("codes %s of a label that is left out", CodesText(r.Codes)))
	}
	if r.Target == "" || r.Target == Excludes {
		return
	}
	if len(r.Codes) > 1 {
		p.findUnexplained(t, row, r, images)
	}
	n := p.names[r.Target]
	if n == nil {
		n = &name{place: t.place(row, 1), codePlace: t.place(row, 2), codes: map[string]bool{},
			lists: map[string]map[string]bool{}}
		p.names[r.Target] = n
	}
	n.use(t, row, r, readable)
	if p.titles != nil {
		n.say(t, row, r)
	}
}

// use notes one row of the name.
func (n *name) use(t *tab, row int, r Row, readable bool) {
	n.rows++
	n.unreadable = n.unreadable || !readable
	if place := t.place(row, 1); findings.ComparePlaces(place, n.place) < 0 {
		n.place, n.codePlace = place, t.place(row, 2)
	}
	if len(r.Codes) == 0 {
		return
	}
	for _, c := range r.Codes {
		n.codes[c] = true
	}
	if place := t.place(row, 2); n.listPlace == "" || findings.ComparePlaces(place, n.listPlace) < 0 {
		n.listPlace = place
	}
	list := CodesText(r.Codes)
	if n.lists[list] == nil {
		n.lists[list] = map[string]bool{}
	}
	n.lists[list][r.Tab] = true
}

// resolve says what the rows of one label come to.
func (p *parser) resolve(t *tab, s Source, label string, rows []Row) resolution {
	targets := map[string]bool{}
	told := false
	for _, r := range rows {
		if t.cell(r.Line-1, 1).Kind != sheetio.Text {
			told = true
			continue
		}
		targets[r.Target] = true
	}
	first := resolution{row: int32(rows[0].Line - 1), told: told}
	if len(rows) > 1 {
		place := t.place(rows[1].Line-1, 0)
		if len(targets) > 1 {
			p.find("conflicting_label", place, s.Name, label, s.Labels[label],
				fmt.Sprintf("is listed %d times, with the Target Names %s", len(rows), quoted(slices.Sorted(maps.Keys(targets)))))
			first.told = true
			return first
		}
		p.find("duplicate_label", place, s.Name, label, s.Labels[label], fmt.Sprintf("is listed %d times", len(rows)))
	}
	if len(targets) == 1 {
		for target := range targets {
			first.target = target
		}
	}
	return first
}

func quoted(texts []string) string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = fmt.Sprintf("%q", t)
	}
	return strings.Join(out, ", ")
}

// asMapped says how a label is mapped.
func asMapped(r resolution) string {
	if r.target == "" {
		return ""
	}
	return fmt.Sprintf("; that one is mapped to %q", r.target)
}

// findFormulas finds the labels, of the tab and of the dataset, that begin as a formula does.
func (p *parser) findFormulas(t *tab, s Source) {
	labels := p.labels[s.Name]
	for label, r := range labels {
		if r.row > 0 && t.cell(int(r.row), 0).Kind == sheetio.Text && sheetio.RunsAsFormula(label) {
			p.find("formula_cell", t.place(int(r.row), 0), s.Name, label, s.Labels[label], beginsAsFormula(label))
		}
	}
	for label, images := range s.Labels {
		if labels[label].row == 0 && sheetio.RunsAsFormula(label) {
			p.find("formula_cell", t.sheet.Name, s.Name, label, images, beginsAsFormula(label))
		}
	}
}

func beginsAsFormula(text string) string {
	return fmt.Sprintf("begins with %q", strings.TrimLeft(text, "'")[:1])
}

// checkLabels finds the labels of the dataset that are unmapped, and labels that are nearly equal.
func (p *parser) checkLabels(t *tab, s Source) {
	labels := p.labels[s.Name]
	var inTab []string
	for _, label := range slices.Sorted(maps.Keys(labels)) {
		if r := labels[label]; r.row > 0 && !(r.told && r.target == "") {
			inTab = append(inTab, label)
		}
	}
	p.findFormulas(t, s)
	near := bySpelling(inTab)
	for _, group := range near {
		for _, label := range group[1:] {
			if first := group[0]; labels[label].target != labels[first].target {
				p.find("near_label", t.place(int(labels[label].row), 0), s.Name, label, s.Labels[label],
					fmt.Sprintf("differs from %q, which is mapped to %q, only in how it is written%s",
						first, labels[first].target, apart(label, first)))
			}
		}
	}
	if s.MoreLabels > 0 && !s.Pending {
		p.find("unmapped_label", t.sheet.Name, s.Name, "", s.MoreRows,
			fmt.Sprintf("%d more labels are not in the tab; the others are listed", s.MoreLabels))
	}
	for label, images := range s.Labels {
		r := labels[label]
		if label == "" || s.Pending || r.told || r.target != "" {
			continue
		}
		if r.row > 0 {
			p.find("unmapped_label", t.place(int(r.row), 1), s.Name, label, images, "has no Target Name")
			continue
		}
		p.find("unmapped_label", t.sheet.Name, s.Name, label, images, "is not in the tab")
		if like := near[spelling(label)]; len(like) > 0 {
			p.find("near_label", t.place(int(labels[like[0]].row), 0), s.Name, label, images,
				fmt.Sprintf("is not in the tab, but %q is, which differs only in how it is written%s",
					like[0], apart(label, like[0])+asMapped(labels[like[0]])))
		}
	}
}
