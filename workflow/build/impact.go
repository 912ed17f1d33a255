package build

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/stages"
	"github.com/dermset/dermset/workflow/workspace"
)

// Changes are what another workbook does to the dataset: how the tables of a build with the one differ from those
// of a build with the other.
type Changes struct {
	// of the workbook, exclusions and mergers among them, that differ in what a build reads: notes do not count
	Rows int
	// labels that are mapped otherwise, or whose images stand elsewhere; most images first, then source and label
	Labels  []LabelChange
	Classes []ClassChange // classes of stage 2 that differ, by name
}

// A LabelChange is one label of one source. All its images go the same way: nothing else about a row decides where it
// stands, but for select.duplicates, which labels do not show.
type LabelChange struct {
	Source, Label string
	// rows with this label that are rejected neither before the mapping nor for the verdict of their image
	Images        int64
	Named         int64 // rows that name it, in differentials too: their soft labels may change
	Before, After LabelState
}

// A LabelState is what a workbook makes of a label.
type LabelState struct {
	Target   string // Target Name: empty (unmapped), - (left out), or a name
	Class    string // last name of its images: empty, -, the name if that is excluded, or the class it ends in
	Rejected string // why its images are not selected, as the rejected table says; empty if they are
}

// A ClassChange is one class of stage 2. Before or After has no images where the class is new or gone.
type ClassChange struct {
	Name          string
	Before, After ClassState
}

// A ClassState is a class as the tables of stages 2 and 3 have it.
type ClassState struct {
	Images, Groups int64
	Codes          []string // sorted; nil without images
	Selected       bool     // has enough images and groups (select.min_images, select.min_groups)
}

// Kind says in one word what happens to the label: mapped, unmapped, excluded or renamed by its own row, else moved by
// a merger, an exclusion or the threshold.
func (c LabelChange) Kind() string {
	switch before, after := c.Before.Target, c.After.Target; {
	case before == after:
		return "moved"
	case after == "":
		return "unmapped"
	case after == mapping.Excludes:
		return "excluded"
	case before == "" || before == mapping.Excludes:
		return "mapped"
	}
	return "renamed"
}

// Moves says whether the label's images stand elsewhere afterwards: in another class, or rejected for another reason.
func (c LabelChange) Moves() bool {
	return c.Images > 0 && (c.Before.Class != c.After.Class || c.Before.Rejected != c.After.Rejected)
}

// Kind says in one word what happens to the class: new, gone, falls (below the threshold), rises (above it),
// or changes.
func (c ClassChange) Kind() string {
	switch before, after := c.Before, c.After; {
	case before.Images == 0:
		return "new"
	case after.Images == 0:
		return "gone"
	case before.Selected && !after.Selected:
		return "falls"
	case !before.Selected && after.Selected:
		return "rises"
	}
	return "changes"
}

// Recoded says whether a class that stays has other ICD-11 codes.
func (c ClassChange) Recoded() bool {
	return c.Before.Images > 0 && c.After.Images > 0 && !slices.Equal(c.Before.Codes, c.After.Codes)
}

// Impact judges what the workbook at newer (an XLSX file or a folder of CSVs; empty: the workspace's) would do to the
// workspace's datasets in place of the one at older. It reads the datasets once, with pictures twice, whatever the
// workbooks say, and writes nothing. Its figures are those of two builds: the same stages make them.
//
// A workbook that cannot be read, or has findings that block a build, is an error of usage, with all reasons. An older
// one may lack the tab of a source: all labels of that source are then newly mapped.
func Impact(ctx context.Context, w *workspace.Workspace, older, newer string) (*Changes, error) {
	b := newBuild(ctx, w)
	books, err := b.beginImpact(older, newer)
	if err != nil {
		return nil, err
	}
	b.holdMemory()
	tables, err := b.mappings(books)
	if err != nil {
		return nil, err
	}
	return b.compare(tables)
}

// beginImpact reads the two workbooks and what else a build needs but the rows.
// What is wrong with any of it comes at once.
func (b *build) beginImpact(older, newer string) (books [2]*sheetio.Book, err error) {
	var errs [5]error
	b.sources, errs[0] = b.Sources(b.ctx)
	b.categories, errs[1] = mapping.ReadCategories(b.Path("mapping/known_categories.csv"))
	if errs[0] == nil {
		errs[2] = b.readCuration()
	}
	books[0], errs[3] = readWorkbook(older)
	if newer == "" {
		books[1], errs[4] = b.Workbook()
	} else {
		books[1], errs[4] = readWorkbook(newer)
	}
	return books, errors.Join(errs[0], errs[1], errs[2], workspace.Usage(errs[3]), workspace.Usage(errs[4]))
}

// mappings makes the mappings of the workbooks, older first. All that blocks a build with either is one error.
func (b *build) mappings(books [2]*sheetio.Book) (tables [2]*mapping.Mapping, err error) {
	var errs []error
	for i, book := range books {
		var found []findings.Finding
		b.book = book
		tables[i], found = b.parseMapping(counted{})
		for _, f := range blockers(found) {
			if i == 0 && f.ID == "missing_tab" && f.Source != "" {
				b.Log.Warn(fmt.Sprintf("%s: %s; its labels count as unmapped", book.Path, f.Detail))
				continue
			}
			errs = append(errs, blocked(book, f))
		}
	}
	return tables, workspace.Usage(errors.Join(errs...))
}

// readWorkbook reads a workbook that a person named.
func readWorkbook(path string) (*sheetio.Book, error) {
	book, err := sheetio.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: is not there: name an XLSX file, or a folder with a .csv per tab", path)
	}
	return book, err
}

// compare judges the two mappings on the rows of all sources.
func (b *build) compare(tables [2]*mapping.Mapping) (*Changes, error) {
	labels := b.everyLabel(tables)
	l, named, twins, err := b.labelLedger()
	if err != nil {
		return nil, err
	}
	for i, images := range l.CountNames(len(labels)) {
		labels[i].Images, labels[i].Named = images, named[labels[i].Source][labels[i].Label]
	}
	classes := map[string]*ClassChange{}
	for i, table := range tables {
		if err := b.judge(l, twins, table, i, labels, classes); err != nil {
			return nil, err
		}
	}
	return &Changes{Rows: changedRows(tables), Labels: changedLabels(labels), Classes: changedClasses(classes)}, nil
}

// judge fills in what one mapping makes of labels and classes: Before for i = 0, After for 1.
func (b *build) judge(l *ledger.Ledger, twins *ledger.Twins, table *mapping.Mapping, i int, labels []LabelChange,
	classes map[string]*ClassChange) error {
	mapped := make([]int32, len(labels))
	for n, l := range labels {
		mapped[n] = table.Label(l.Source, l.Label)
	}
	judged, err := ledger.Preview(l.Rejoin(mapped, twins), ledger.DecideOptions{
		Names: table.Names, Final: table.Final,
		MinImages: int64(b.Config.Select.MinImages), MinGroups: int64(b.Config.Select.MinGroups),
		First: b.Config.Select.Duplicates == "first",
	})
	if err != nil {
		return err
	}
	for n := range labels {
		*labels[n].state(i) = labelState(table, judged, mapped[n])
	}
	for _, c := range judged.Stage2 {
		name := table.Names[c.Name]
		if classes[name] == nil {
			classes[name] = &ClassChange{Name: name}
		}
		*classes[name].state(i) = ClassState{Images: c.Images, Groups: c.Groups, Codes: table.FinalCodes[c.Name],
			Selected: judged.ClassID[c.Name] >= 0}
	}
	return nil
}

func (c *LabelChange) state(i int) *LabelState { return [...]*LabelState{&c.Before, &c.After}[i] }
func (c *ClassChange) state(i int) *ClassState { return [...]*ClassState{&c.Before, &c.After}[i] }

// everyLabel lists the labels that either workbook has for a source, and makes b.mapping a mapping that gives each of
// them a name and a class of its own: their place in the list. Other labels are unmapped, whichever workbook is taken.
func (b *build) everyLabel(tables [2]*mapping.Mapping) []LabelChange {
	b.mapping = &mapping.Mapping{Labels: map[string]map[string]int32{}}
	var all []LabelChange
	for _, source := range b.sources {
		numbers := map[string]int32{}
		for _, table := range tables {
			for _, label := range workspace.SortedKeys(table.Labels[source.Name]) {
				if _, known := numbers[label]; known {
					continue
				}
				number := int32(len(all))
				numbers[label] = number
				all = append(all, LabelChange{Source: source.Name, Label: label})
				b.mapping.Names, b.mapping.Final = append(b.mapping.Names, label), append(b.mapping.Final, number)
			}
		}
		b.mapping.Labels[source.Name] = numbers
	}
	return all
}

// labelLedger joins every row with b.mapping, and counts the rows that name each label, by source.
func (b *build) labelLedger() (l *ledger.Ledger, named map[string]map[string]int64, twins *ledger.Twins, err error) {
	streams, err := b.openSources()
	if err != nil {
		return nil, nil, nil, err
	}
	groups := ledger.NewGroups(ledger.GroupOptions{Patient: b.groupsBy("patient"), Lesion: b.groupsBy("lesion"),
		Names: b.mapping.Names, MaxFindings: 1})
	table := stages.NewLabelTable()
	passes, counts := make([]engine.Pass, len(streams)), make([]*stages.Labels, len(streams))
	for i, source := range b.sources {
		counts[i] = table.Source(b.mapping.Labels[source.Name], 0)
		joined, err := stages.Joined(streams[i].Schema)
		if err != nil {
			return nil, nil, nil, err
		}
		sink, err := b.joinedSink(source, streams[i].Schema, joined, groups, counts[i])
		if err != nil {
			return nil, nil, nil, err
		}
		passes[i] = engine.Pass{Name: source.Name, In: streams[i], Into: []engine.Sink{sink}}
	}
	if err := b.drain("impact", b.csvBytes(), onePass(passes...)); err != nil {
		return nil, nil, nil, b.everyError(err)
	}
	if err := b.unchanged(); err != nil {
		return nil, nil, nil, err
	}
	named = map[string]map[string]int64{}
	for i, source := range b.sources {
		named[source.Name], _ = counts[i].Counts()
	}
	l, _ = groups.Ledger()
	twins, err = b.learnTwins(l)
	return l, named, twins, err
}

// learnTwins teaches a ledger without group ids what is known of the images, and is what joins the groups of those that
// show the same; nil if nothing does.
func (b *build) learnTwins(l *ledger.Ledger) (*ledger.Twins, error) {
	known, contents, err := b.learnPictures(l)
	if err != nil || !b.groupsBy("duplicate") {
		return nil, err
	}
	found := &ledger.Twins{Within: uint8(b.Config.Images.NearGroup)}
	if known != nil {
		if found.Near, _, err = b.near(known, contents); err != nil {
			return nil, err
		}
	}
	_, err = b.addVerdicts(l, found, b.eachSource)
	return found, err
}

// eachSource runs a pass over the rows of every source as its dataset CSV has them.
func (b *build) eachSource(what string, pass func(workspace.Source, engine.Stream) (engine.Pass, error)) error {
	streams, err := b.openSources()
	if err != nil {
		return err
	}
	passes := make([]engine.Pass, len(b.sources))
	for i, source := range b.sources {
		if passes[i], err = pass(source, streams[i]); err != nil {
			return err
		}
	}
	return b.drain(what, b.csvBytes(), onePass(passes...))
}

// learnPictures teaches a ledger what is known of the images, as the step pictures does, and gives the contents of the
// pictures it numbers; nil where nobody has looked at any. That needs one more look at the image paths, which nobody
// has kept.
func (b *build) learnPictures(l *ledger.Ledger) (known *knownPictures, contents [][32]byte, err error) {
	if !b.HasPictures() {
		return nil, nil, nil
	}
	if known, err = b.lastPictures(); err != nil {
		return nil, nil, err
	}
	if known == nil {
		b.Log.Warn("nothing is known of the pictures yet; all of them count as fit for use")
		return nil, nil, nil
	}
	survey := l.LearnPictures(maxAlike)
	err = b.eachSource("impact: pictures", func(source workspace.Source, paths engine.Stream) (engine.Pass, error) {
		facts := b.factsStage(source, known)
		of := facts.Of
		// of what nobody has asked for, as labels are unmapped, nobody knows anything bad
		facts.Of = func(path, mask string, values []string) bool {
			if !of(path, mask, values) {
				picture{verdict: images.OK}.fill(values)
			}
			return true
		}
		pictured, err := engine.Map(paths, facts)
		if err != nil {
			return engine.Pass{}, err
		}
		sink, err := survey.Sink(source.Ordinal, pictured.Schema)
		return engine.Pass{Name: source.Name, In: pictured, Into: []engine.Sink{sink}}, err
	})
	if err != nil {
		return nil, nil, err
	}
	contents, err = survey.End()
	return known, contents, err
}

// labelState is where the images of a label stand that is mapped to a name, or to what stands for none.
func labelState(table *mapping.Mapping, judged *ledger.Decision, mapped int32) LabelState {
	fate, last := judged.Fate(mapped)
	state := LabelState{Rejected: fate.String()}
	switch mapped {
	case mapping.Unmapped:
	case mapping.Excluded:
		state.Target, state.Class = mapping.Excludes, mapping.Excludes
	default:
		state.Target, state.Class = table.Names[mapped], table.Names[last]
	}
	return state
}

// changedLabels are the labels that are mapped otherwise, and those with images that stand elsewhere.
func changedLabels(labels []LabelChange) []LabelChange {
	labels = slices.DeleteFunc(labels, func(c LabelChange) bool { return c.Before.Target == c.After.Target && !c.Moves() })
	slices.SortFunc(labels, func(a, b LabelChange) int {
		return cmp.Or(cmp.Compare(b.Images, a.Images), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Label, b.Label))
	})
	return labels
}

func changedClasses(classes map[string]*ClassChange) []ClassChange {
	var changed []ClassChange
	for _, name := range workspace.SortedKeys(classes) {
		c := *classes[name]
		if c.Before.Images != c.After.Images || c.Before.Groups != c.After.Groups ||
			c.Before.Selected != c.After.Selected || c.Recoded() {
			changed = append(changed, c)
		}
	}
	return changed
}

// changedRows counts the labels of tabs, and the categories of the exclude and merge tab,
// whose rows differ in what a build reads.
func changedRows(tables [2]*mapping.Mapping) int {
	type key struct{ tab, label string }
	var rows [2]map[key]string
	for i, table := range tables {
		said := map[key][]string{}
		for _, r := range table.Rows {
			at := key{"tab " + r.Tab, r.Label}
			said[at] = append(said[at], fmt.Sprintf("%q %q", r.Target, r.Codes))
		}
		for _, r := range table.Refinements {
			said[key{label: r.Category}] = []string{fmt.Sprintf("%t %q", r.Merge, r.Into)}
		}
		rows[i] = map[key]string{}
		for at, texts := range said {
			slices.Sort(texts)
			rows[i][at] = strings.Join(slices.Compact(texts), "\n")
		}
	}
	changed := 0
	for at, before := range rows[0] {
		if rows[1][at] != before {
			changed++
		}
	}
	for at := range rows[1] {
		if _, was := rows[0][at]; !was {
			changed++
		}
	}
	return changed
}

// Summary is the impact in a sentence, such as "3 rows changed: 1,284 images move,
// 2 classes fall below the threshold, 1 is new".
func (i *Changes) Summary() string {
	var moved int64
	for _, l := range i.Labels {
		if l.Moves() {
			moved += l.Images
		}
	}
	kinds := map[string]int{}
	for _, c := range i.Classes {
		kinds[c.Kind()]++
		if c.Recoded() {
			kinds["recoded"]++
		}
	}
	said := []string{"no image moves"}
	switch {
	case moved == 1:
		said[0] = "1 image moves"
	case moved > 1:
		said[0] = workspace.Thousands(moved) + " images move"
	}
	subject := [2]string{" class", " classes"} // said once
	for _, part := range []struct{ kind, one, many string }{
		{"falls", "falls below the threshold", "fall below the threshold"},
		{"rises", "rises above the threshold", "rise above the threshold"},
		{"new", "is new", "are new"}, {"gone", "is gone", "are gone"}, {"recoded", "has other codes", "have other codes"},
	} {
		switch n := kinds[part.kind]; {
		case n == 0:
			continue
		case n == 1:
			said = append(said, "1"+subject[0]+" "+part.one)
		default:
			said = append(said, workspace.Thousands(int64(n))+subject[1]+" "+part.many)
		}
		subject = [2]string{}
	}
	rows := "no row changed"
	switch {
	case i.Rows == 1:
		rows = "1 row changed"
	case i.Rows > 1:
		rows = workspace.Thousands(int64(i.Rows)) + " rows changed"
	}
	return rows + ": " + strings.Join(said, ", ")
}
