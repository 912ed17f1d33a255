package build_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dermset/dermset/workflow/versions"
	"github.com/google/go-cmp/cmp"
)

// This file holds the causes that diff tells of random pairs of versions against the oracle of builds: what diff says
// is the cause of a move must, put back to what it was, change what becomes of the image.

// A oneChange is one thing that people change between two builds, and the causes that it alone can have: of images it
// is about, not of those that lose their class or split for it.
type oneChange struct {
	make   func(w *world, r *rand.Rand)
	causes []string
}

var oneChanges = map[string]oneChange{
	"row of the mapping": {func(w *world, r *rand.Rand) {
		w.eachMapRow(r, func(row *mapRow) { row.target = pick(r, append([]string{"-", "", "New name"}, targetPool...)) })
	}, []string{"mapping", "codes"}},
	"codes": {func(w *world, r *rand.Rand) {
		w.eachMapRow(r, func(row *mapRow) { row.codes = []string{pick(r, codePool)} })
	}, []string{"codes"}},
	"refinements": {func(w *world, r *rand.Rand) {
		w.refine = nil
		w.addRefinements(r, targetPool)
	}, []string{"merge", "exclusion", "codes"}},
	"withdrawal": {worldChanges["withdrawal"], []string{"withdrawal"}},
	"withdrawn patient": {func(w *world, r *rand.Rand) {
		w.withdrawn = append(slices.Clone(w.withdrawn), [3]string{pick(r, w.sources).name, "", pick(r, patientPool[:4])})
	}, []string{"withdrawal"}},
	"threshold": {func(w *world, r *rand.Rand) { w.minImages, w.minGroups = 1+r.IntN(6), 1+r.IntN(4) },
		[]string{"threshold"}},
	"picture":      {changePictures, []string{"picture", "twin"}},
	"picture gone": {losePictures, []string{"picture", "twin"}},
	"override":     {worldChanges["override"], []string{"picture", "twin"}},
	"min_side":     {worldChanges["min_side"], []string{"picture", "twin"}},
	"max_pixels":   {worldChanges["max_pixels"], []string{"picture", "twin"}},
	"row":          {worldChanges["row"], []string{"source"}},
	"row gone":     {worldChanges["row gone"], []string{"source"}},
	"label": {func(w *world, r *rand.Rand) {
		labels, _ := w.words()
		labels = append(labels, "BCC")
		for range 3 {
			if _, row := w.someRow(r); row != nil {
				row.label, row.entries, row.differentials = pick(r, labels), nil, ""
			}
		}
	}, []string{"source"}},
	"patient": {func(w *world, r *rand.Rand) {
		for range 3 {
			if _, row := w.someRow(r); row != nil {
				row.patient = pick(r, patientPool)
			}
		}
	}, []string{"source", "withdrawal"}},
	"status": {func(w *world, r *rand.Rand) {
		s := pick(r, w.sources) // one that is active has a tab
		s.pending = !s.pending || !slices.ContainsFunc(w.tabs, func(tab worldTab) bool { return tab.name == s.tab })
	}, []string{"source"}},
	"duplicates": {worldChanges["duplicates"], []string{"twin"}},
	"near_group": {worldChanges["near_group"], []string{"twin"}},
	"verdicts":   {worldChanges["verdicts"], []string{"twin"}},
	"group_by":   {worldChanges["group_by"], []string{"twin"}},
	"seed":       {func(w *world, _ *rand.Rand) { w.splitSeed += 7 }, nil},
	"ratios":     {func(w *world, _ *rand.Rand) { w.ratios = [3]int{40, 30, 30} }, nil},
	"pin": {func(w *world, r *rand.Rand) { w.pin = map[string]string{pick(r, w.sources).name: pick(r, splitNames)} },
		nil},
	"nothing": {func(*world, *rand.Rand) {}, nil},
}

// eachMapRow changes some labels, all rows of each alike.
func (w *world) eachMapRow(r *rand.Rand, change func(*mapRow)) {
	tabs := make([]worldTab, len(w.tabs))
	for i, tab := range w.tabs {
		tab.rows = slices.Clone(tab.rows)
		changed := map[string]mapRow{}
		for j := range tab.rows {
			row := &tab.rows[j]
			if _, drawn := changed[row.label]; !drawn && chance(r, 3) {
				change(row)
				changed[row.label] = *row
			} else if drawn {
				row.target = changed[row.label].target
			} else {
				changed[row.label] = *row
			}
		}
		tabs[i] = tab
	}
	w.tabs = tabs
}

// changePictures puts others in place of some, and losePictures takes some away. A build asks the store again about
// sources whose dataset CSV changed: it gets a further column, which counts for nothing.
func changePictures(w *world, r *rand.Rand) {
	w.somePictures(r, func() content { return newContent(r, 40, 3) })
}

func losePictures(w *world, r *rand.Rand) {
	w.somePictures(r, func() content { return content{} })
}

func (w *world) somePictures(r *rand.Rand, other func() content) {
	for range 4 {
		if s, row := w.someRow(r); row != nil {
			row.picture = other()
			s.addColumn(r)
		}
	}
}

func (s *worldSource) addColumn(r *rand.Rand) {
	s.extra = slices.Concat(s.extra, []string{fmt.Sprint("touched ", r.Uint64())})
	for i := range s.rows {
		s.rows[i].extra = slices.Concat(s.rows[i].extra, []string{""})
	}
}

// A diffed is a world, what it became, and what diff says of the two.
type diffed struct {
	old, new *world
	was, is  *answer
	diff     *versions.Diff
	tables   [2]map[string]map[string]string // image_id → row of selected
}

// Every image that moved has one cause, and what changed between two versions explains it.
func TestDiffAgreesWithOracle(t *testing.T) {
	tooLongForRace(t)
	seeds := worldSeeds(t, 60, 6)
	dir := tempDir(t)
	const lanes = 2
	counts := make([]map[string]int, lanes)
	t.Run("worlds", func(t *testing.T) {
		for lane := range lanes {
			counts[lane] = map[string]int{}
			t.Run(strconv.Itoa(lane), func(t *testing.T) {
				t.Parallel()
				for i, seed := range seeds {
					if i%lanes == lane {
						diffWorlds(t, filepath.Join(dir, strconv.FormatUint(seed, 10)), seed, counts[lane])
					}
				}
			})
		}
	})
	for name, n := range counts[1] {
		counts[0][name] += n
	}
	t.Logf("%v", counts[0])
	if len(seeds) < 60 {
		return
	}
	for _, name := range versions.Causes {
		if counts[0][name] == 0 && !slices.Contains([]string{"lock", "other"}, name) {
			t.Errorf("no image moved by %s", name)
		}
	}
}

// diffWorlds builds a world, and what it becomes by one change, three times, and by several.
func diffWorlds(t *testing.T, dir string, seed uint64, counts map[string]int) {
	t.Helper()
	r := pcg(seed, 36)
	old := newWorld(seed)
	old.addPictures(r, 1+r.IntN(60), 2+r.IntN(6))
	old.pin, old.layout, old.cropFiles = nil, "none", false
	if err := old.write(dir); err != nil {
		t.Fatal(err)
	}
	build := func() {
		if _, err := buildIn(context.Background(), dir, "publish", plainRun); err != nil {
			t.Fatalf("repeat with DERMSET_SEED=%d: %v", seed, err)
		}
	}
	build()
	first := filepath.Join(dir, "first", draft)
	if err := os.CopyFS(first, os.DirFS(filepath.Join(dir, "dist", draft))); err != nil {
		t.Fatal(err)
	}
	before, names := old, sortedNames(oneChanges)
	for n := range 4 {
		changed := old.copied()
		var happened []string
		for range 1 + 2*(n/3) {
			happened = append(happened, pick(r, names))
			oneChanges[happened[len(happened)-1]].make(changed, r)
		}
		if err := changed.writeOver(dir, before); err != nil {
			t.Fatal(err)
		}
		before = changed
		if changed.pinsConflict(solve(changed)) {
			continue
		}
		build()
		d := diffed{old: old, new: changed, was: solve(old), is: solve(changed)}
		problem := d.check(t, dir, first)
		if len(happened) == 1 && problem == "" {
			problem = d.checkOne(oneChanges[happened[0]])
		}
		if problem != "" {
			t.Fatalf("repeat with DERMSET_SEED=%d (%s): %s", seed, strings.Join(happened, ", "), problem)
		}
		for _, row := range d.diff.Images {
			counts[row[8]]++
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}

// check holds the rows of diff against the tables, and each cause against what would be without it.
func (d *diffed) check(t *testing.T, dir, first string) string {
	t.Helper()
	w, err := open(dir, plainRun)
	if err == nil {
		d.diff, err = versions.Compare(t.Context(), w, first, draft, true)
	}
	if err != nil {
		return err.Error()
	}
	for i, version := range []string{first, filepath.Join(dir, "dist", draft)} {
		_, rows, err := readCSV(filepath.Join(version, "DXv1.0_selected_unsampled.csv"))
		if err != nil {
			return err.Error()
		}
		d.tables[i] = map[string]map[string]string{}
		for _, row := range rows {
			d.tables[i][row["image_id"]] = row
		}
	}
	var want, got []string
	for _, id := range sortedNames(mergedKeys(d.tables[0], d.tables[1])) {
		if what := moved(d.tables[0][id], d.tables[1][id]); what != "" {
			want = append(want, id+": "+what)
		}
	}
	sum := int64(0)
	for _, row := range d.diff.Images {
		got = append(got, row[0]+": "+row[1])
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		return "moved (-want +got):\n" + diff
	}
	for _, row := range d.diff.Causes {
		n, _ := strconv.ParseInt(row[1], 10, 64)
		sum += n
	}
	if sum != int64(len(got)) {
		return fmt.Sprintf("causes add up to %d of %d images", sum, len(got))
	}
	for _, row := range d.diff.Images {
		if problem := d.undo(row); problem != "" {
			return fmt.Sprintf("%q: %s", row, problem)
		}
	}
	return ""
}

func mergedKeys[V any](a, b map[string]V) map[string]V {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// moved says what became of an image between two tables of selected images.
func moved(was, is map[string]string) string {
	switch {
	case was == nil:
		return "new"
	case is == nil:
		return "gone"
	}
	for i, column := range []string{"target_name", "split", "icd11_codes", "sha256"} {
		if was[column] != is[column] {
			return []string{"class", "split", "codes", "picture"}[i]
		}
	}
	return ""
}

// undo says what is wrong with the cause of an image: put back to what it was, it must change what becomes of the
// image, or it must be enough for it alone.
func (d *diffed) undo(row []string) string {
	id, name, detail := row[0], row[8], row[9]
	if named := d.names(row); !strings.Contains(detail, named) {
		return fmt.Sprintf("the detail does not name %s", named)
	}
	if row[1] == "split" || row[1] == "codes" || row[1] == "picture" {
		return d.ofPlace(row)
	}
	was, is := d.was.find(id), d.is.find(id)
	if name == "threshold" {
		switch {
		case was == nil || is == nil || was.final != is.final || was.final == "":
			return fmt.Sprintf("was %+v, is %+v", was, is)
		case !strings.Contains(detail, strconv.Quote(is.final)):
			return "the class is not named"
		}
		return ""
	}
	parts, known := worldParts[name]
	if !known {
		return "such a cause is not known here"
	}
	undone := d.new.copied()
	parts(undone, d.old)
	if solve(undone).find(id).fate() != is.fate() {
		return ""
	}
	alone := d.old.copied()
	parts(alone, d.new)
	if solve(alone).find(id).fate() != was.fate() {
		return ""
	}
	if name == "twin" { // the image that is kept in its place came, went or changed its class
		other := was
		if is.reason == "duplicate_of" {
			other = is
		}
		if a, b := d.was.find(other.detail), d.is.find(other.detail); a.fate() != b.fate() {
			return ""
		}
	}
	return fmt.Sprintf("the same happens without: was %s, is %s", was.fate(), is.fate())
}

// names is what the detail of a cause must name, the very thing: the label, the category whose rule is another one, the
// class, what is wrong with the picture, the other image, the source.
func (d *diffed) names(row []string) string {
	was, is := d.was.find(row[0]), d.is.find(row[0])
	switch row[8] {
	case "source":
		source, _, _ := strings.Cut(row[0], "/")
		return source
	case "mapping":
		return fmt.Sprintf("tab %q, label %q: ", is.source.tab, is.label)
	case "merge", "exclusion":
		rule := func(w *world, category string) string { return fmt.Sprint(w.refine[ruleOf(w, category):][:1]) }
		for _, name := range sortedNames(mergedKeys(d.old.refined(), d.new.refined())) {
			old, new := ruleOf(d.old, name), ruleOf(d.new, name)
			changed := (old < 0) != (new < 0) || old >= 0 && rule(d.old, name) != rule(d.new, name)
			if changed && strings.HasPrefix(row[9], strconv.Quote(name)+": ") {
				return ""
			}
		}
		return "a category whose rule is another one"
	case "threshold":
		return strconv.Quote(is.final)
	case "codes":
		return strconv.Quote(row[6])
	case "picture":
		if row[1] == "picture" {
			return "its bytes changed"
		}
		return strings.TrimPrefix(map[bool]string{true: row[2], false: row[5]}[row[5] == "selected"], "image_")
	case "twin":
		switch {
		case row[1] == "split":
			return " held together ("
		case is != nil && is.reason == "duplicate_of":
			return is.detail
		}
		return was.detail
	}
	return ""
}

func ruleOf(w *world, category string) int {
	return slices.IndexFunc(w.refine, func(rule [2]string) bool { return rule[0] == category })
}

func (w *world) refined() map[string]bool {
	all := map[string]bool{}
	for _, rule := range w.refine {
		all[rule[0]] = true
	}
	return all
}

// ofPlace says what is wrong with the cause of an image that stays in its class.
func (d *diffed) ofPlace(row []string) string {
	id, name := row[0], row[8]
	was, is := d.was.find(id), d.is.find(id)
	group := func(a *answer, v *verdict) (ids []string) {
		for _, i := range v.members {
			ids = append(ids, a.rows[i].id)
		}
		return ids
	}
	switch {
	case row[1] != name && row[1] != "split":
		return "another cause"
	case name == "twin" && slices.Equal(group(d.was, was), group(d.is, is)) && d.old.nearGroup == d.new.nearGroup &&
		slices.Equal(d.old.verdicts, d.new.verdicts) && maps.Equal(d.old.pictures(), d.new.pictures()) &&
		slices.Equal(d.old.groupBy, d.new.groupBy) && aliveAlike(d.was, d.is):
		return "its group is the same, and so are all pictures"
	case name == "source" && was.patient == is.patient && was.lesion == is.lesion:
		return "its ids are the same"
	case name != "twin" && name != "source" && name != "split" && row[1] == "split":
		return "not a cause of a split"
	}
	return ""
}

// aliveAlike says whether the same pictures count.
func aliveAlike(a, b *answer) bool {
	count := func(a *answer) map[string]string {
		all := map[string]string{}
		for _, v := range a.rows {
			all[v.id] = v.picture
		}
		return all
	}
	return maps.Equal(count(a), count(b))
}

func (a *answer) find(id string) *verdict {
	i := slices.IndexFunc(a.rows, func(v *verdict) bool { return v.id == id })
	if i < 0 {
		return nil
	}
	return a.rows[i]
}

// fate is what becomes of a row, but for its split.
func (v *verdict) fate() string {
	if v == nil {
		return "absent"
	}
	return strings.Join([]string{v.stage, v.reason, v.final}, "|")
}

// worldParts put a part of a world, which a cause is about, into another one.
var worldParts = map[string]func(w, from *world){
	"withdrawal": func(w, from *world) { w.withdrawn = from.withdrawn; takeRows(w, from, takePatients) },
	"mapping":    func(w, from *world) { w.tabs = from.tabs },
	"merge":      func(w, from *world) { w.refine = from.refine },
	"exclusion":  func(w, from *world) { w.refine = from.refine },
	"source": func(w, from *world) {
		takeRows(w, from, func(row *worldRow, other worldRow) {
			other.picture, other.kept = row.picture, row.kept
			*row = other
		})
		for i, s := range w.sources {
			other := *from.sources[i]
			rows := slices.Clone(other.rows)
			for j := range rows {
				if k := slices.IndexFunc(s.rows, func(r worldRow) bool { return r.path == rows[j].path }); k >= 0 {
					rows[j] = s.rows[k]
				}
			}
			other.rows = rows
			w.sources[i] = &other
		}
	},
	"picture": takePictures,
	"twin": func(w, from *world) {
		takePictures(w, from)
		w.verdicts, w.first, w.nearGroup, w.nearMost = from.verdicts, from.first, from.nearGroup, from.nearMost
	},
}

func takePatients(row *worldRow, other worldRow) { row.patient = other.patient }

func takePictures(w, from *world) {
	w.minSide, w.maxPixels, w.store = from.minSide, from.maxPixels, from.store
	takeRows(w, from, func(row *worldRow, other worldRow) { row.picture, row.kept = other.picture, other.kept })
}

// takeRows changes each row of a world that the other one has, too.
func takeRows(w, from *world, take func(row *worldRow, other worldRow)) {
	for i, s := range w.sources {
		for j := range s.rows {
			for _, other := range from.sources[i].rows {
				if other.path == s.rows[j].path {
					take(&s.rows[j], other)
				}
			}
		}
	}
}

// checkOne holds the causes against the one thing that changed.
func (d *diffed) checkOne(change oneChange) string {
	for _, row := range d.diff.Images {
		switch name := row[8]; {
		case slices.Contains(change.causes, name), name == "threshold", name == "split":
		case name == "twin" && (d.new.first || row[1] == "split"): // a picture counts, or does not any more
		default:
			return fmt.Sprintf("%q: want one of %s", row, change.causes)
		}
	}
	return ""
}
