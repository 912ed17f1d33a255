package transfer

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/blobio"
)

// However many objects fail, in whatever order, all are counted and the first by row and path are named.
func TestTallyNamesTheFirst(t *testing.T) {
	cause := Cause{There, blobio.Denied}
	var want []Failure
	for row := range int64(named / 2) {
		for _, path := range []string{"a.jpg", "b.jpg"} {
			want = append(want, Failure{Cause: cause, Path: path, Row: row, Detail: path})
		}
	}
	all := append([]Failure(nil), want...)
	for i := range 3 * named {
		all = append(all, Failure{Cause: cause, Path: fmt.Sprint(i), Row: named})
	}
	rand.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	var one, other, table Tally
	for i, f := range all {
		to := []*Tally{&one, &other}[i%2]
		to.add(outcome{state: missed, failure: f})
	}
	one.Join(other)
	if diff := cmp.Diff(map[Cause]Failures{cause: {int64(len(all)), want}}, one.Failed); diff != "" {
		t.Error(diff)
	}
	table.Fail(want[0])
	if one.Failures() != 4*named || table.Wanted != 1 || table.Failures() != 1 {
		t.Errorf("%d failures; %+v", one.Failures(), table)
	}
}

// What was replaced was moved, too; done is what is known of; another set's numbers are added, its other objects are
// not.
func TestTallyCounts(t *testing.T) {
	var tally Tally
	for _, out := range []outcome{
		{state: had, bytes: 1}, {state: moved, bytes: 10}, {state: replaced, bytes: 100},
		{state: missed, bytes: 1000, failure: Failure{Path: "x"}},
	} {
		tally.Wanted++
		tally.add(out)
	}
	want := Tally{Wanted: 4, Had: 1, HadBytes: 1, Moved: 2, MovedBytes: 110, Replaced: 1, ReplacedBytes: 100,
		Failed: map[Cause]Failures{{}: {1, []Failure{{Path: "x"}}}}}
	if diff := cmp.Diff(want, tally); diff != "" || tally.Done() != 4 {
		t.Errorf("%d are done; %s", tally.Done(), diff)
	}
	twice := Tally{Wanted: 8, Had: 2, HadBytes: 2, Moved: 4, MovedBytes: 220, Replaced: 2, ReplacedBytes: 200,
		Failed: map[Cause]Failures{{}: {2, []Failure{{Path: "x"}, {Path: "x"}}}}}
	want.Others = []blobio.Object{{Key: "other"}}
	if tally.Join(want); cmp.Diff(twice, tally) != "" {
		t.Error(cmp.Diff(twice, tally))
	}
}

// The most frequent cause comes first; of equally frequent ones the bytewise first.
func TestCauses(t *testing.T) {
	var tally Tally
	for cause, objects := range map[Cause]int64{{Coming, blobio.Missing}: 2, {There, blobio.Busy}: 1,
		{Here, blobio.Missing}: 1, {Coming, blobio.Cut}: 3} {
		tally.fail(cause, objects, Failure{})
	}
	var is []string
	for _, c := range tally.Causes() {
		is = append(is, fmt.Sprint(tally.Failed[c].Objects, " ", c))
	}
	if diff := cmp.Diff([]string{"3 cut", "2 missing", "1 file missing", "1 store busy"}, is); diff != "" {
		t.Error(diff)
	}
}
