package stages

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// splitRow is what spec 8.6 knows of a selected row.
type splitRow struct {
	*oracleRow
	split  Split
	locked Split
	pin    Split
}

// splitRows are the selected rows of an outcome.
func (w *world) splitRows(o *outcome, rows []*oracleRow) (selected []splitRow) {
	got := slices.Concat(o.final...)
	for i, r := range rows {
		if r.fate != Alive {
			continue
		}
		s := splitRow{r, Split(got[i]["split"].(uint8)), NoSplit, NoSplit}
		if to, has := w.locked[r.id]; has {
			s.locked = to
		}
		if to, has := w.options.Split.Pin[r.source]; has {
			s.pin = to
		}
		selected = append(selected, s)
	}
	return selected
}

// Every promise of spec 8.6, checked row by row on what the rules answer.
func TestSplitKeepsItsPromises(t *testing.T) {
	worlds(t, 700, func(t *testing.T, rng *rand.Rand, w *world) {
		rows := w.oracleRows()
		w.oraclePictures(rows)
		w.oracleGroups(rows)
		stage3 := w.oracleFates(rows)
		o := w.run(t, 7)
		held, pinned, conflict := w.heldGroups(rows)
		if (o.err != nil) != conflict {
			t.Fatalf("error %v, but pins or locks in conflict is %t", o.err, conflict)
		}
		if o.err != nil {
			return
		}
		selected := w.splitRows(o, rows)
		bySplit := map[string]Split{}
		var moved []Moved
		for _, r := range selected {
			to, seen := bySplit[r.groupID]
			if seen && to != r.split {
				t.Fatalf("group %s is in %s and in %s", r.groupID, to, r.split)
			}
			bySplit[r.groupID] = r.split
			if want, is := held[r.groupID]; is && want != r.split {
				t.Fatalf("row %s is in %s, held in %s", r.id, r.split, want)
			} else if !is && w.options.Split.Ratios[r.split] == 0 {
				t.Fatalf("row %s is in %s, whose ratio is 0", r.id, r.split)
			}
			if r.locked != NoSplit && r.locked != r.split {
				moved = append(moved, Moved{r.index, w.rowOf(r.oracleRow), r.locked, r.split, pinned[r.groupID]})
			}
		}
		if diff := cmp.Diff(moved, o.decision.Split.Moved); diff != "" {
			t.Fatalf("moved rows (-want +got):\n%s", diff)
		}
		for id, name := range stage3 {
			w.checkClass(t, name, o.decision.Split.Classes, id, selected, held)
		}
		if len(o.decision.Split.Classes) != len(stage3) {
			t.Fatalf("%d classes reported, want %d", len(o.decision.Split.Classes), len(stage3))
		}
	})
}

func (w *world) rowOf(r *oracleRow) int64 {
	return int64(slices.IndexFunc(w.sources[r.index].rows, func(cells map[string]string) bool { return cells["image_path"] == r.path }))
}

// heldGroups are the groups that pins and locks put into a split, and whether these contradict one another.
func (w *world) heldGroups(rows []*oracleRow) (held map[string]Split, pinned map[string]bool, conflict bool) {
	held, pinned = map[string]Split{}, map[string]bool{}
	for _, r := range rows {
		to, has := w.options.Split.Pin[r.source]
		if !has || r.fate != Alive {
			continue
		}
		if other, seen := held[r.groupID]; seen && other != to {
			conflict = true
		}
		held[r.groupID], pinned[r.groupID] = to, true
	}
	for _, r := range rows {
		to, has := w.locked[r.id]
		if !has || r.fate != Alive || pinned[r.groupID] {
			continue
		}
		other, seen := held[r.groupID]
		if seen && other != to && w.options.Split.LockFail {
			conflict = true
		}
		strictness := map[Split]int{Train: 0, Val: 1, Test: 2}
		if !seen || strictness[to] > strictness[other] {
			held[r.groupID] = to
		}
	}
	return held, pinned, conflict
}

func (w *world) checkClass(t *testing.T, name string, classes []ClassSplit, id int, selected []splitRow, held map[string]Split) {
	t.Helper()
	got, ratios := classes[id], w.options.Split.Ratios
	free, images, inSplit := map[string]int64{}, [3]int64{}, [3]bool{}
	var freeImages, largest int64
	var freeNow [3]int64
	for _, r := range selected {
		if r.class != name {
			continue
		}
		images[r.split]++
		inSplit[r.split] = true
		if _, is := held[r.groupID]; !is {
			free[r.groupID]++
			freeImages++
			freeNow[r.split]++
			largest = max(largest, free[r.groupID])
		}
	}
	pure := true
	for _, r := range selected {
		if _, holds := free[r.groupID]; holds && r.class != name {
			pure = false
		}
	}
	few := len(free) < 3
	if got.FreeGroups != int64(len(free)) || got.FreeImages != freeImages || got.LargestFree != largest || got.Images != images || got.Few != few {
		t.Fatalf("class %s: %+v, want %d free groups, %d free images, largest %d, images %v, few %t", name, got, len(free), freeImages, largest, images, few)
	}
	if !got.Mended && got.Free != freeNow {
		t.Fatalf("class %s is not mended, its free images are %v, reported %v", name, freeNow, got.Free)
	}
	for s := range Splits {
		off := 100*got.Free[s] - int64(ratios[s])*freeImages
		if pure && (off > 100*largest || off < -100*largest) {
			t.Fatalf("class %s: %d of %d free images in %s, ratio %d, largest group %d", name, got.Free[s], freeImages, Split(s), ratios[s], largest)
		}
		isMissing := slices.Contains(got.Missing, Split(s))
		if want := !few && ratios[s] > 0 && !inSplit[s]; want != isMissing {
			t.Fatalf("class %s: missing in %s is %t, reported %v", name, Split(s), want, got.Missing)
		}
		if isMissing && hasDonor(name, selected, held, classes, w) {
			t.Fatalf("class %s is missing in %s, but a group could be moved there", name, Split(s))
		}
	}
	if few && pure && freeImages > 0 && ratios[Train] >= 50 && got.Free[Train] != freeImages {
		t.Fatalf("class %s has %d free groups, want all in train, got %v", name, len(free), got.Free)
	}
}

// hasDonor says whether a free group of a class could leave its split without taking any class with 3 free groups out of it.
func hasDonor(name string, selected []splitRow, held map[string]Split, classes []ClassSplit, w *world) bool {
	few := map[string]bool{}
	id := 0
	for _, n := range w.names {
		if slices.ContainsFunc(selected, func(r splitRow) bool { return r.class == n }) {
			few[n] = classes[id].Few
			id++
		}
	}
	for _, donor := range selected {
		if _, is := held[donor.groupID]; is || donor.class != name {
			continue
		}
		spares := true
		for _, member := range selected {
			if member.groupID == donor.groupID && !few[member.class] {
				spares = spares && slices.ContainsFunc(selected, func(r splitRow) bool {
					return r.class == member.class && r.split == donor.split && r.groupID != donor.groupID
				})
			}
		}
		if spares {
			return true
		}
	}
	return false
}

// The order of rows inside a source, and where batches end, change nothing about any image.
func TestRowOrderDoesNotMatter(t *testing.T) {
	show := func(w *world, o *outcome) map[string]string {
		all := map[string]string{}
		for i, s := range w.sources {
			for _, g := range o.final[i] {
				all[s.group.Name+"/"+g["image_path"].(string)] = fmt.Sprint(g["fate"], g["target"], g["class_id"], g["split"], g["group"], g["soft_labels"])
			}
		}
		return all
	}
	worlds(t, 200, func(t *testing.T, rng *rand.Rand, w *world) {
		w.options.First = false // which of equal images is the first is a matter of order
		before := w.run(t, 5)
		for _, s := range w.sources {
			rng.Shuffle(len(s.rows), func(i, j int) { s.rows[i], s.rows[j] = s.rows[j], s.rows[i] })
		}
		after := w.run(t, 3)
		if (before.err == nil) != (after.err == nil) {
			t.Fatalf("errors %v and %v", before.err, after.err)
		}
		if before.err != nil {
			return
		}
		if diff := cmp.Diff(show(w, before), show(w, after)); diff != "" {
			t.Fatalf("shuffled (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(before.decision.Stage3, after.decision.Stage3); diff != "" {
			t.Fatalf("shuffled (-before +after):\n%s", diff)
		}
	})
}

// splitLedger makes an identified ledger of one source per list; a row is a group number and a class, all alive.
func splitLedger(sources ...[][2]int32) *Ledger {
	var list []LedgerSource
	for i, rows := range sources {
		list = append(list, LedgerSource{string(rune('a' + i)), int64(len(rows))})
	}
	l := NewLedger(list)
	for _, rows := range sources {
		for _, r := range rows {
			l.reason.add(uint8(Alive))
			l.mapped.add(r[1])
			l.patient.add(-1)
			l.group.add(r[0])
			l.groups = max(l.groups, int(r[0])+1)
		}
	}
	for g := range l.groups {
		l.ids.add(GroupID(fmt.Append(nil, g)))
	}
	return l
}

func options(names int, s SplitOptions) DecideOptions {
	o := DecideOptions{Split: s}
	for i := range names {
		o.Names = append(o.Names, fmt.Sprintf("%03d", i))
		o.Final = append(o.Final, int32(i))
	}
	return o
}

func TestPinsInOneGroupNameBoth(t *testing.T) {
	l := splitLedger([][2]int32{{0, 0}, {1, 0}}, [][2]int32{{1, 0}, {2, 0}})
	_, err := Decide(l, options(1, SplitOptions{Ratios: [3]int{70, 15, 15}, Pin: map[string]Split{"a": Test, "b": Train}}))
	want := fmt.Sprintf(`group %s holds images of source "a", pinned to test, and of source "b", pinned to train`, GroupHex(l.ids.get(1)))
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %s", err, want)
	}
	if _, err := Decide(l, options(1, SplitOptions{Ratios: [3]int{70, 15, 15}, Pin: map[string]Split{"a": Test, "b": Test}})); err != nil {
		t.Error(err)
	}
}

func TestLocksThatDisagree(t *testing.T) {
	l := splitLedger([][2]int32{{0, 0}, {0, 0}, {0, 0}, {1, 0}})
	o := options(1, SplitOptions{Ratios: [3]int{70, 15, 15}, Locked: []Split{Train, NoSplit, Val, Test}})
	d := must(Decide(l, o))
	if diff := cmp.Diff([]Moved{{0, 0, Train, Val, false}}, d.Split.Moved); diff != "" {
		t.Errorf("moved (-want +got):\n%s", diff)
	}
	if d.Split.Images != [3]int64{0, 3, 1} {
		t.Errorf("images %v", d.Split.Images)
	}
	o.Split.LockFail = true
	if _, err := Decide(l, o); err == nil || !strings.Contains(err.Error(), "was in train and in val") {
		t.Errorf("error %v", err)
	}
	o.Split.Pin = map[string]Split{"a": Test}
	d = must(Decide(l, o))
	if diff := cmp.Diff([]Moved{{0, 0, Train, Test, true}, {0, 2, Val, Test, true}}, d.Split.Moved); diff != "" {
		t.Errorf("moved by a pin (-want +got):\n%s", diff)
	}
}

func TestSplitChecksItsOptions(t *testing.T) {
	l := splitLedger([][2]int32{{0, 0}})
	for want, s := range map[string]SplitOptions{
		"add up to 90, want 100":        {Ratios: [3]int{70, 10, 10}},
		"ratio val is -10":              {Ratios: [3]int{100, -10, 10}},
		`pinned source "zz" is no sour`: {Ratios: [3]int{100, 0, 0}, Pin: map[string]Split{"zz": Train}},
		"2 locked rows for 1 rows":      {Ratios: [3]int{100, 0, 0}, Locked: []Split{Train, Val}},
	} {
		if _, err := Decide(l, options(1, s)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// Three groups of one class under 98:1:1 all go to train by size alone: mending must spread them. Group 3 holds a second class whose three
// groups must not vanish from any split.
func TestMending(t *testing.T) {
	var rows [][2]int32
	for g := range int32(3) {
		for range 10 + g {
			rows = append(rows, [2]int32{g, 0})
		}
	}
	d := must(Decide(splitLedger(rows), options(1, SplitOptions{Ratios: [3]int{98, 1, 1}, Seed: 3})))
	c := d.Split.Classes[0]
	if d.Split.Groups != [3]int64{1, 1, 1} || len(c.Missing) > 0 {
		t.Errorf("groups per split %v, missing %v", d.Split.Groups, c.Missing)
	}
	if !c.Mended && c.Free != c.Images {
		t.Errorf("not listed as mended: %+v", c)
	}
	// The same groups hold two classes, and a class of one group that is promised nothing: nothing is lost, nothing can be found for more.
	both := slices.Clone(rows)
	for g := range int32(3) {
		both = append(both, [2]int32{g, 1})
	}
	both = append(both, [2]int32{3, 2})
	d = must(Decide(splitLedger(both), options(3, SplitOptions{Ratios: [3]int{98, 1, 1}, Seed: 3})))
	for id, c := range d.Split.Classes[:2] {
		if len(c.Missing) > 0 || c.Few {
			t.Errorf("class %d: %+v", id, c)
		}
	}
	if c := d.Split.Classes[2]; !c.Few || c.Free != [3]int64{1, 0, 0} {
		t.Errorf("class of one group: %+v", c)
	}
}

// When classes stand in each other's way, what is missing is a finding, and no single move would help.
func TestClassMissing(t *testing.T) {
	d := must(Decide(splitLedger([][2]int32{{0, 0}, {1, 0}, {2, 0}}), options(1, SplitOptions{Ratios: [3]int{70, 15, 15}})))
	if len(d.Findings) > 0 {
		t.Fatalf("findings %v", d.Findings)
	}
	found := 0
	for seed := range int64(6000) {
		rng := rand.New(rand.NewPCG(uint64(seed), 9))
		holds := make([][5]bool, 4+rng.IntN(4)) // group, class
		var rows [][2]int32
		for g := range holds {
			for class := range holds[g] {
				if holds[g][class] = rng.IntN(5) > 1; holds[g][class] {
					rows = append(rows, [2]int32{int32(g), int32(class)})
				}
			}
			if rows == nil || rows[len(rows)-1][0] != int32(g) {
				holds[g][0] = true
				rows = append(rows, [2]int32{int32(g), 0})
			}
		}
		o := options(5, SplitOptions{Ratios: [3]int{34, 33, 33}, Seed: seed})
		d := must(Decide(splitLedger(rows), o))
		found += len(d.Findings)
		for _, f := range d.Findings {
			if f.ID != FindingClassMissing || f.Row != -1 || !slices.Contains(o.Names, f.Subject) || f.Images == 0 {
				t.Fatalf("finding %+v", f)
			}
			for g := range holds {
				if holds[g][slices.Index(o.Names, f.Subject)] && canLeave(g, holds, d) {
					t.Fatalf("seed %d: class %s misses a split, but group %d can leave its own", seed, f.Subject, g)
				}
			}
		}
	}
	if found < 100 {
		t.Errorf("tangles left out only %d classes", found)
	}
}

// canLeave says whether every class of a group that has 3 groups has another one in the group's split. All classes are stage-3 classes.
func canLeave(g int, holds [][5]bool, d *Decision) bool {
	for class := range 5 {
		groups, beside := 0, 0
		for other := range holds {
			if holds[other][class] {
				groups++
				if other != g && d.split[other] == d.split[g] {
					beside++
				}
			}
		}
		if holds[g][class] && groups >= 3 && beside == 0 {
			return false
		}
	}
	return true
}

// The seed decides, and nothing but the seed.
func TestSeed(t *testing.T) {
	var rows [][2]int32
	for g := range int32(60) {
		rows = append(rows, [2]int32{g, g % 2})
	}
	seen := map[string]bool{}
	for seed := range int64(20) {
		d := must(Decide(splitLedger(rows), options(2, SplitOptions{Ratios: [3]int{70, 15, 15}, Seed: seed})))
		again := must(Decide(splitLedger(rows), options(2, SplitOptions{Ratios: [3]int{70, 15, 15}, Seed: seed})))
		if !slices.Equal(d.split, again.split) {
			t.Fatal("the same seed splits differently")
		}
		seen[fmt.Sprint(d.split)] = true
	}
	if len(seen) != 20 {
		t.Errorf("20 seeds made %d splits", len(slices.Collect(maps.Keys(seen))))
	}
}

func TestDeviation(t *testing.T) {
	if got, want := Deviation([3]int64{8, 1, 1}, [3]int{70, 15, 15}), [3]float64{1, -.5, -.5}; got != want {
		t.Errorf("deviation %v, want %v", got, want)
	}
}
