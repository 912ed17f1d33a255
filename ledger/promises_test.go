package ledger_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/rows"
)

// splitRow is what spec 8.6 knows of a selected row.
type splitRow struct {
	*oracleRow
	split  rows.Split
	locked rows.Split
	pin    rows.Split
}

// splitRows are the selected rows of an outcome.
func (w *world) splitRows(o *outcome, list []*oracleRow) (selected []splitRow) {
	got := slices.Concat(o.final...)
	for i, r := range list {
		if r.fate != rows.Alive {
			continue
		}
		s := splitRow{r, rows.Split(got[i]["split"].(uint8)), rows.NoSplit, rows.NoSplit}
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
		list := w.oracleRows()
		w.oraclePictures(list)
		w.oracleGroups(list)
		stage3 := w.oracleFates(list)
		o := w.run(t, 7)
		held, pinned, conflict := w.heldGroups(list)
		if (o.err != nil) != conflict {
			t.Fatalf("error %v, but pins or locks in conflict is %t", o.err, conflict)
		}
		if o.err != nil {
			return
		}
		selected := w.splitRows(o, list)
		bySplit := map[string]rows.Split{}
		var moved []ledger.Moved
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
			if r.locked != rows.NoSplit && r.locked != r.split {
				moved = append(moved, ledger.Moved{r.index, w.rowOf(r.oracleRow), r.locked, r.split, pinned[r.groupID]})
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
	return int64(slices.IndexFunc(w.sources[r.index].rows,
		func(cells map[string]string) bool { return cells["image_path"] == r.path }))
}

// heldGroups are the groups that pins and locks put into a split, and whether these contradict one another.
func (w *world) heldGroups(list []*oracleRow) (held map[string]rows.Split, pinned map[string]bool, conflict bool) {
	held, pinned = map[string]rows.Split{}, map[string]bool{}
	for _, r := range list {
		to, has := w.options.Split.Pin[r.source]
		if !has || r.fate != rows.Alive {
			continue
		}
		if other, seen := held[r.groupID]; seen && other != to {
			conflict = true
		}
		held[r.groupID], pinned[r.groupID] = to, true
	}
	for _, r := range list {
		to, has := w.locked[r.id]
		if !has || r.fate != rows.Alive || pinned[r.groupID] {
			continue
		}
		other, seen := held[r.groupID]
		if seen && other != to && w.options.Split.LockFail {
			conflict = true
		}
		strictness := map[rows.Split]int{rows.Train: 0, rows.Val: 1, rows.Test: 2}
		if !seen || strictness[to] > strictness[other] {
			held[r.groupID] = to
		}
	}
	return held, pinned, conflict
}

func (w *world) checkClass(t *testing.T, name string, classes []ledger.ClassSplit, id int,
	selected []splitRow, held map[string]rows.Split) {
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
	if got.FreeGroups != int64(len(free)) || got.FreeImages != freeImages || got.LargestFree != largest ||
		got.Images != images || got.Few != few {
		t.Fatalf("class %s: %+v, want %d free groups, %d free images, largest %d, images %v, few %t",
			name, got, len(free), freeImages, largest, images, few)
	}
	if !got.Mended && got.Free != freeNow {
		t.Fatalf("class %s is not mended, its free images are %v, reported %v", name, freeNow, got.Free)
	}
	for s := range dataset.Splits {
		off := 100*got.Free[s] - int64(ratios[s])*freeImages
		if pure && (off > 100*largest || off < -100*largest) {
			t.Fatalf("class %s: %d of %d free images in %s, ratio %d, largest group %d",
				name, got.Free[s], freeImages, rows.Split(s), ratios[s], largest)
		}
		isMissing := slices.Contains(got.Missing, rows.Split(s))
		if want := !few && ratios[s] > 0 && !inSplit[s]; want != isMissing {
			t.Fatalf("class %s: missing in %s is %t, reported %v", name, rows.Split(s), want, got.Missing)
		}
		if isMissing && hasDonor(name, selected, held, classes, w) {
			t.Fatalf("class %s is missing in %s, but a group could be moved there", name, rows.Split(s))
		}
	}
	if few && pure && freeImages > 0 && ratios[rows.Train] >= 50 && got.Free[rows.Train] != freeImages {
		t.Fatalf("class %s has %d free groups, want all in train, got %v", name, len(free), got.Free)
	}
}

// hasDonor says whether a free group of a class could leave its split without taking any class with
// 3 free groups out of it.
func hasDonor(name string, selected []splitRow, held map[string]rows.Split,
	classes []ledger.ClassSplit, w *world) bool {
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
				all[s.group.Name+"/"+g["image_path"].(string)] = fmt.Sprint(g["fate"], g["target"], g["class_id"],
					g["split"], g["group"], g["soft_labels"])
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
