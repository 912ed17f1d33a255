package build_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/workspace"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// remapped is the world with another workbook.
func (w *world) remapped(r *rand.Rand) *world {
	other := *w
	other.tabs, other.refine = w.remap(r)
	return &other
}

// remap is another workbook: mended here and there, or drawn anew.
func (w *world) remap(r *rand.Rand) (tabs []worldTab, refine [][2]string) {
	other := *w
	other.tabs, other.refine = nil, nil
	labels, targets := w.words()
	if chance(r, 3) {
		other.addTabs(r, labels, targets)
		other.addRefinements(r, targets)
		return other.tabs, other.refine
	}
	for _, tab := range w.tabs {
		tab.rows = slices.Clone(tab.rows)
		to := map[string]string{} // rows of one label stay alike
		for i := range tab.rows {
			row := &tab.rows[i]
			if _, drawn := to[row.label]; !drawn {
				to[row.label] = row.target
				if chance(r, 4) {
					to[row.label] = pick(r, append([]string{"-", "", "New name"}, targets...))
				}
			}
			row.target = to[row.label]
			if chance(r, 8) {
				row.codes = []string{pick(r, codePool)}
			}
		}
		other.tabs = append(other.tabs, tab)
	}
	for _, rule := range w.refine {
		if !chance(r, 3) {
			other.refine = append(other.refine, rule)
		}
	}
	return other.tabs, other.refine
}

// words are the labels and Target Names of the workbook.
func (w *world) words() (labels, targets []string) {
	seen, named := map[string]bool{}, map[string]bool{"Melanoma": true}
	for _, tab := range w.tabs {
		for _, row := range tab.rows {
			seen[row.label] = true
			if row.target != "" && row.target != "-" {
				named[row.target] = true
			}
		}
	}
	return sortedNames(seen), sortedNames(named)
}

// target is what the world's workbook maps a label of a source to.
func (w *world) targetOf(s *worldSource, label string) string {
	for _, tab := range w.tabs {
		for _, row := range tab.rows {
			if tab.name == s.tab && row.label == label {
				return row.target
			}
		}
	}
	return ""
}

// namedBy counts the rows of a source that name a label.
func (s *worldSource) namedBy(label string) (n int64) {
	for _, row := range s.rows {
		if row.label == label || slices.ContainsFunc(row.entries, func(e entry) bool { return e.label == label }) {
			n++
		}
	}
	return n
}

type labelKey struct{ source, label string }

// stands reads from a version where the images of each label stand, and how many there are. Rows that no mapping can
// save do not count: lost are those whose image is known, and cannot be used.
func stands(t *testing.T, dist string, lost map[string]bool) (map[labelKey]build.LabelState, map[labelKey]int64) {
	t.Helper()
	states, images := map[labelKey]build.LabelState{}, map[labelKey]int64{}
	read := func(table string) []map[string]string {
		_, rows, err := readCSV(filepath.Join(dist, "DXv1.0_"+table+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	for _, row := range slices.Concat(read("selected_unsampled"), read("rejected")) {
		switch row["reason"] {
		case "source_pending", "withdrawn", "no_label":
			continue
		}
		if lost[row["image_id"]] {
			continue
		}
		key := labelKey{row["source"], row["source_label"]}
		state := build.LabelState{Class: row["target_name"], Rejected: row["reason"]}
		if was, seen := states[key]; seen && was != state {
			t.Fatalf("images of %q stand as %+v and as %+v", key, was, state)
		}
		states[key] = state
		images[key]++
	}
	return states, images
}

// classStates reads a version's class tables.
func classStates(t *testing.T, dist string) map[string]build.ClassState {
	t.Helper()
	_, stage2, err := readCSV(filepath.Join(dist, "DXv1.0_classes_stage2.csv"))
	if err != nil {
		t.Fatal(err)
	}
	_, stage3, err := readCSV(filepath.Join(dist, "DXv1.0_classes_stage3.csv"))
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]build.ClassState{}
	for _, row := range stage2 {
		s := build.ClassState{Images: whole(t, row["images"]), Groups: whole(t, row["groups"])}
		if err := json.Unmarshal([]byte(row["icd11_codes"]), &s.Codes); err != nil {
			t.Fatal(err)
		}
		states[row["target_name"]] = s
	}
	for _, row := range stage3 {
		s := states[row["target_name"]]
		s.Selected = true
		states[row["target_name"]] = s
	}
	return states
}

func whole(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// wantImpact is the impact of one workbook in place of another, from two builds with them.
func wantImpact(t *testing.T, older, newer *world, dists [2]string) *build.Changes {
	t.Helper()
	want := &build.Changes{}
	lost := lostImages(older, newer)
	before, images := stands(t, dists[0], lost)
	after, imagesAfter := stands(t, dists[1], lost)
	if diff := cmp.Diff(images, imagesAfter); diff != "" {
		t.Fatalf("the builds have different labels:\n%s", diff)
	}
	all := map[labelKey]*worldSource{}
	for _, s := range older.sources {
		for _, w := range []*world{older, newer} {
			for _, tab := range w.tabs {
				for _, row := range tab.rows {
					all[labelKey{s.name, row.label}] = s
				}
			}
		}
	}
	for key, s := range all {
		c := build.LabelChange{Source: key.source, Label: key.label, Images: images[key], Named: s.namedBy(key.label),
			Before: before[key], After: after[key]}
		c.Before.Target, c.After.Target = older.targetOf(s, key.label), newer.targetOf(s, key.label)
		if c.Before.Target != c.After.Target || before[key] != after[key] {
			want.Labels = append(want.Labels, c)
		}
	}
	slices.SortFunc(want.Labels, func(a, b build.LabelChange) int {
		if a.Images != b.Images {
			return int(b.Images - a.Images)
		}
		return strings.Compare(a.Source+"\x00"+a.Label, b.Source+"\x00"+b.Label)
	})
	classes := [2]map[string]build.ClassState{classStates(t, dists[0]), classStates(t, dists[1])}
	names := map[string]bool{}
	for _, states := range classes {
		for name := range states {
			names[name] = true
		}
	}
	for _, name := range sortedNames(names) {
		if !cmp.Equal(classes[0][name], classes[1][name], cmpopts.EquateEmpty()) {
			want.Classes = append(want.Classes, build.ClassChange{Name: name, Before: classes[0][name], After: classes[1][name]})
		}
	}
	return want
}

// The figures of an impact are those of two builds, on random workspaces.
func TestImpactAgreesWithTwoBuilds(t *testing.T) {
	tooLongForRace(t)
	dir := tempDir(t)
	kinds, moved := map[string]int{}, 0
	seeds := worldSeeds(t, 200, 60)
	for _, seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 31))
		older := newWorld(seed)
		older.pin = nil     // two pins in one group keep a build from running, and move no image
		older.first = false // labels do not show what becomes of duplicates
		newer := older.remapped(r)
		home := filepath.Join(dir, strconv.FormatUint(seed, 10))
		settings := workspace.Resources{Workers: 1 + r.IntN(3),
			BatchBytes: pick(r, []int{1, 64, 1 << 20}), MemoryBytes: 1 << 28}
		ws := filepath.Join(home, "w") // which in the end knows the pictures of both
		var before *world
		var dists, books [2]string
		for i, w := range []*world{older, newer} {
			if err := w.writeOver(ws, before); err != nil {
				t.Fatal(err)
			}
			if _, err := buildIn(context.Background(), ws, "publish", plainRun); err != nil {
				t.Fatal(err)
			}
			dists[i] = filepath.Join(home, strconv.Itoa(i))
			if err := os.Rename(filepath.Join(ws, "dist", draft), dists[i]); err != nil {
				t.Fatal(err)
			}
			books[i], before = filepath.Join(dists[i], "mapping", "workbook"), w
		}
		w, err := open(ws, settings)
		if err != nil {
			t.Fatal(err)
		}
		got, err := build.Impact(context.Background(), w, books[0], books[1])
		if err != nil {
			t.Fatal(err)
		}
		for i := range got.Labels {
			l := &got.Labels[i]
			kinds[l.Kind()]++
			if l.Moves() {
				moved++
			}
			if l.Images == 0 { // no build tells where no image stands
				l.Before, l.After = build.LabelState{Target: l.Before.Target}, build.LabelState{Target: l.After.Target}
			}
		}
		for _, c := range got.Classes {
			kinds[c.Kind()]++
			if c.Recoded() {
				kinds["recoded"]++
			}
		}
		want := wantImpact(t, older, newer, dists)
		want.Rows = got.Rows // has a test of its own
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("repeat with DERMSET_SEED=%d (-want +got):\n%s", seed, diff)
		}
		if err := os.RemoveAll(home); err != nil {
			t.Fatal(err)
		}
	}
	if len(seeds) < 150 {
		return
	}
	for _, kind := range []string{"mapped", "unmapped", "excluded", "renamed", "moved", "new", "gone",
		"falls", "rises", "changes", "recoded"} {
		if kinds[kind] == 0 {
			t.Errorf("no world had a change of the kind %s", kind)
		}
	}
	t.Logf("%d labels moved; %v", moved, kinds)
}

// Which of equal images is kept depends on the mapping; classes show it.
func TestImpactOfDuplicates(t *testing.T) {
	dir := smallPictured(t, map[string]string{
		"sources/s/s_dataset.csv": dataRows("1.jpg a", "2.jpg b", "3.jpg a"),
		"there/s/1.jpg":           fit(1), "there/s/2.jpg": fit(1), "there/s/3.jpg": string(content{"broken", 1}.file().data),
		"dermset.yaml": "mapping: {workbook: mapping/workbook}\nselect: {min_images: 1, min_groups: 1, duplicates: first}\n" +
			"images: {store: there}\n",
		"mapping/workbook/s.csv": "Source Label,Target Name,ICD-11 Code(s),Notes/Justification\na,A,2C32,\n" +
			"b,B,2C30,\n",
		"older/s.csv": "Source Label,Target Name,ICD-11 Code(s),Notes/Justification\na,A,2C32,\n" +
			"b,A,2C32,\n",
		"older/Pathologies to exclude and merge.csv": "Category,Action,Merge into,Reason\n",
	})
	if _, err := buildIn(t.Context(), dir, "check", plainRun); err != nil {
		t.Fatal(err)
	}
	w, err := open(dir, plainRun)
	if err != nil {
		t.Fatal(err)
	}
	got, err := build.Impact(t.Context(), w, filepath.Join(dir, "older"), "")
	if err != nil {
		t.Fatal(err)
	}
	want := []build.ClassChange{{Name: "B",
		After: build.ClassState{Images: 1, Groups: 1, Codes: []string{"2C30"}, Selected: true}}}
	if diff := cmp.Diff(want, got.Classes); diff != "" { // A has one image with either workbook
		t.Errorf("classes (-want +got):\n%s", diff)
	}
	if len(got.Labels) != 1 || got.Labels[0].Images != 1 {
		t.Errorf("labels %+v", got.Labels)
	}
}

// A picture that nobody has fetched, as its label was not mapped, is not missing.
func TestImpactOfPicturesNotFetchedYet(t *testing.T) {
	dir := smallPictured(t, map[string]string{
		"sources/s/s_dataset.csv": dataRows("1.jpg a", "2.jpg b", "3.jpg b"), "there/s/1.jpg": fit(1),
		"there/s/2.jpg": fit(2), "there/s/3.jpg": fit(3),
		"newer/s.csv": "Source Label,Target Name,ICD-11 Code(s),Notes/Justification\na,A,2C32,\nb,B,2C30,\n",
		"newer/Pathologies to exclude and merge.csv": "Category,Action,Merge into,Reason\n",
	})
	if _, err := buildIn(t.Context(), dir, "check", plainRun); err != nil {
		t.Fatal(err)
	}
	w, err := open(dir, plainRun)
	if err != nil {
		t.Fatal(err)
	}
	got, err := build.Impact(t.Context(), w, filepath.Join(dir, "mapping", "workbook"), filepath.Join(dir, "newer"))
	if err != nil {
		t.Fatal(err)
	}
	want := []build.ClassChange{{Name: "B",
		After: build.ClassState{Images: 2, Groups: 2, Codes: []string{"2C30"}, Selected: true}}}
	if diff := cmp.Diff(want, got.Classes); diff != "" {
		t.Errorf("classes (-want +got):\n%s", diff)
	}
}

func TestImpactInASentence(t *testing.T) {
	class := func(name string, before, after build.ClassState) build.ClassChange {
		return build.ClassChange{Name: name, Before: before, After: after}
	}
	small, large := build.ClassState{Images: 5, Groups: 1, Codes: []string{"2C32"}},
		build.ClassState{Images: 50, Groups: 9, Codes: []string{"2C32"}, Selected: true}
	recoded := large
	recoded.Codes = []string{"2C30"}
	moved := build.LabelChange{Images: 1284, Before: build.LabelState{Class: "A"}, After: build.LabelState{Class: "B"}}
	one := moved
	one.Images = 1
	stays := build.LabelChange{Images: 7, Before: build.LabelState{Target: "A", Class: "C"},
		After: build.LabelState{Target: "B", Class: "C"}}
	for _, c := range []struct {
		want   string
		impact build.Changes
	}{
		{"no row changed: no image moves", build.Changes{}},
		{"1 row changed: no image moves", build.Changes{Rows: 1, Labels: []build.LabelChange{stays}}},
		{"2 rows changed: 1 image moves, 1 class is new", build.Changes{Rows: 2, Labels: []build.LabelChange{one},
			Classes: []build.ClassChange{class("A", build.ClassState{}, small)}}},
		{"3 rows changed: 1,284 images move, 2 classes fall below the threshold, 1 is new",
			build.Changes{Rows: 3, Labels: []build.LabelChange{moved, stays},
				Classes: []build.ClassChange{class("A", large, small), class("B", large, small),
					class("C", build.ClassState{}, large)}}},
		{"1,000 rows changed: no image moves, 1 class rises above the threshold, 2 are gone, 1 has other codes",
			build.Changes{Rows: 1000,
				Classes: []build.ClassChange{class("A", small, large), class("B", large, build.ClassState{}),
					class("C", small, build.ClassState{}), class("D", large, recoded)}}},
	} {
		if got := c.impact.Summary(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
