package ledger

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/rows"
)

// splitLedger makes an identified ledger of one source per list; a row is a group number and a class, all alive.
func splitLedger(sources ...[][2]int32) *Ledger {
	var list []Source
	for i, lines := range sources {
		list = append(list, Source{string(rune('a' + i)), int64(len(lines))})
	}
	l := New(list)
	for _, r := range slices.Concat(sources...) {
		l.reason.add(uint8(rows.Alive))
		l.mapped.add(r[1])
		l.patient.add(-1)
		l.group.add(r[0])
		l.groups = max(l.groups, int(r[0])+1)
	}
	for g := range l.groups {
		l.ids.add(groupID(fmt.Append(nil, g)))
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
	_, err := Decide(l,
		options(1, SplitOptions{Ratios: [3]int{70, 15, 15}, Pin: map[string]rows.Split{"a": rows.Test, "b": rows.Train}}))
	want := fmt.Sprintf(`group %s holds images of source "a", pinned to test, and of source "b", pinned to train: pin `+
		"both to one split, or one of them; a build without the two pins lists its images under this group_id, should they "+
		"not belong together", groupHex(l.ids.get(1)))
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %s", err, want)
	}
	if _, err := Decide(l, options(1,
		SplitOptions{Ratios: [3]int{70, 15, 15}, Pin: map[string]rows.Split{"a": rows.Test, "b": rows.Test}})); err != nil {
		t.Error(err)
	}
}

func TestLocksThatDisagree(t *testing.T) {
	l := splitLedger([][2]int32{{0, 0}, {0, 0}, {0, 0}, {1, 0}})
	o := options(1,
		SplitOptions{Ratios: [3]int{70, 15, 15}, Locked: []rows.Split{rows.Train, rows.NoSplit, rows.Val, rows.Test}})
	d := must(Decide(l, o))
	if diff := cmp.Diff([]Moved{{0, 0, rows.Train, rows.Val, false}}, d.Split.Moved); diff != "" {
		t.Errorf("moved (-want +got):\n%s", diff)
	}
	if d.Split.Images != [3]int64{0, 3, 1} {
		t.Errorf("images %v", d.Split.Images)
	}
	o.Split.LockFail = true
	if _, err := Decide(l, o); err == nil || !strings.Contains(err.Error(), "was in train and in val") {
		t.Errorf("error %v", err)
	}
	o.Split.Pin = map[string]rows.Split{"a": rows.Test}
	d = must(Decide(l, o))
	if diff := cmp.Diff([]Moved{{0, 0, rows.Train, rows.Test, true}, {0, 2, rows.Val, rows.Test, true}},
		d.Split.Moved); diff != "" {
		t.Errorf("moved by a pin (-want +got):\n%s", diff)
	}
}

func TestSplitChecksItsOptions(t *testing.T) {
	l := splitLedger([][2]int32{{0, 0}})
	for want, s := range map[string]SplitOptions{
		"add up to 90, want 100":        {Ratios: [3]int{70, 10, 10}},
		"ratio val is -10":              {Ratios: [3]int{100, -10, 10}},
		`pinned source "zz" is no sour`: {Ratios: [3]int{100, 0, 0}, Pin: map[string]rows.Split{"zz": rows.Train}},
		"2 locked rows for 1 rows":      {Ratios: [3]int{100, 0, 0}, Locked: []rows.Split{rows.Train, rows.Val}},
	} {
		if _, err := Decide(l, options(1, s)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// Three groups of one class under 98:1:1 all go to train by size alone: mending must spread them. Group 3 holds a
// second class whose three groups must not vanish from any split.
func TestMending(t *testing.T) {
	var list [][2]int32
	for g := range int32(3) {
		for range 10 + g {
			list = append(list, [2]int32{g, 0})
		}
	}
	d := must(Decide(splitLedger(list), options(1, SplitOptions{Ratios: [3]int{98, 1, 1}, Seed: 3})))
	c := d.Split.Classes[0]
	if d.Split.Groups != [3]int64{1, 1, 1} || len(c.Missing) > 0 {
		t.Errorf("groups per split %v, missing %v", d.Split.Groups, c.Missing)
	}
	if !c.Mended && c.Free != c.Images {
		t.Errorf("not listed as mended: %+v", c)
	}
	// The same groups hold two classes, and a class of one group that is promised nothing: nothing is lost,
	// nothing can be found for more.
	both := slices.Clone(list)
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

// A class of two groups goes to train as long as train stays within the larger of them above its share, where the
// ordinary rule would put the second group elsewhere.
func TestFewGroupsGoToTrain(t *testing.T) {
	for _, c := range []struct {
		ratios [3]int
		groups int32
		want   [3]int64
	}{
		{[3]int{50, 25, 25}, 2, [3]int64{2, 0, 0}}, // the second one's lack: 0 in train, 50 in val
		{[3]int{40, 30, 30}, 2, [3]int64{1, 1, 0}}, // 120 above train's share, and no group is larger than 100
		{[3]int{50, 25, 25}, 4, [3]int64{2, 1, 1}}, // not few
	} {
		var list [][2]int32
		for g := range c.groups {
			list = append(list, [2]int32{g, 0})
		}
		for seed := range int64(5) {
			d := must(Decide(splitLedger(list), options(1, SplitOptions{Ratios: c.ratios, Seed: seed})))
			if got := d.Split.Images; got != c.want {
				t.Errorf("%d groups, ratios %v, seed %d: images %v, want %v", c.groups, c.ratios, seed, got, c.want)
			}
		}
	}
}

// Of groups of one size the one of the smallest seeded hash is moved first, whatever its number.
func TestMendingTakesEqualGroupsByHash(t *testing.T) {
	const groups = 6
	var list [][2]int32
	for g := range int32(groups) {
		list = append(list, [2]int32{g, 0})
	}
	for seed := range int64(20) {
		l := splitLedger(list)
		d := must(Decide(l, options(1, SplitOptions{Ratios: [3]int{98, 1, 1}, Seed: seed})))
		order := func(g int32) uint64 { return groupOrder(l.ids.get(int(g)), seed) }
		byHash := []int32{0, 1, 2, 3, 4, 5}
		sort.Slice(byHash, func(i, j int) bool { return order(byHash[i]) < order(byHash[j]) })
		if d.split[byHash[0]] != rows.Val || d.split[byHash[1]] != rows.Test || d.Split.Images != [3]int64{groups - 2, 1, 1} {
			t.Errorf("seed %d: splits %v, want val for group %d and test for group %d", seed, d.split, byHash[0], byHash[1])
		}
	}
}

// When classes stand in each other's way, what is missing is a finding, and no single move would help.
func TestClassMissing(t *testing.T) {
	d := must(Decide(splitLedger([][2]int32{{0, 0}, {1, 0}, {2, 0}}),
		options(1, SplitOptions{Ratios: [3]int{70, 15, 15}})))
	if len(d.Findings) > 0 {
		t.Fatalf("findings %v", d.Findings)
	}
	found := 0
	for seed := range int64(6000) {
		rng := rand.New(rand.NewPCG(uint64(seed), 9))
		holds := make([][5]bool, 4+rng.IntN(4)) // group, class
		var list [][2]int32
		for g := range holds {
			for class := range holds[g] {
				if holds[g][class] = rng.IntN(5) > 1; holds[g][class] {
					list = append(list, [2]int32{int32(g), int32(class)})
				}
			}
			if list == nil || list[len(list)-1][0] != int32(g) {
				holds[g][0] = true
				list = append(list, [2]int32{int32(g), 0})
			}
		}
		o := options(5, SplitOptions{Ratios: [3]int{34, 33, 33}, Seed: seed})
		d := must(Decide(splitLedger(list), o))
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

// canLeave says whether every class of a group that has 3 groups has another one in the group's split.
// All classes are stage-3 classes.
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
	var list [][2]int32
	for g := range int32(60) {
		list = append(list, [2]int32{g, g % 2})
	}
	seen := map[string]bool{}
	for seed := range int64(20) {
		d := must(Decide(splitLedger(list), options(2, SplitOptions{Ratios: [3]int{70, 15, 15}, Seed: seed})))
		again := must(Decide(splitLedger(list), options(2, SplitOptions{Ratios: [3]int{70, 15, 15}, Seed: seed})))
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
