package ledger_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/engine/enginetest"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/rows"
)

// A ledger in which every label has a name of its own, joined again with a mapping, is the ledger of a join with that
// mapping; and Preview says of it what Decide says.
func TestRejoinAndPreviewAgreeWithJoinAndDecide(t *testing.T) {
	worlds(t, 300, func(t *testing.T, rng *rand.Rand, w *world) {
		w.options.Split.Pin, w.options.Split.LockFail = nil, false // they can keep Decide from answering
		want := w.run(t, 1+rng.IntN(9))
		if want.err != nil {
			t.Fatal(want.err)
		}
		labels := *w
		labels.names, labels.final, labels.sources, labels.duplicate = nil, nil, slices.Clone(w.sources), false
		var names []int32
		for i, s := range w.sources {
			number := map[string]int32{}
			for _, label := range slices.Sorted(maps.Keys(s.join.Labels)) {
				number[label] = int32(len(names))
				names = append(names, s.join.Labels[label])
				labels.names, labels.final = append(labels.names, s.group.Name+" "+label), append(labels.final, number[label])
			}
			labels.sources[i].join.Labels = number
		}
		got := labels.run(t, 1+rng.IntN(9))
		var twins *ledger.Twins
		if w.duplicate {
			twins = got.twins
		}
		rejoined := got.ledger.Rejoin(names, twins)
		if diff := cmp.Diff(rowsOf(t, want.ledger), rowsOf(t, rejoined)); diff != "" {
			t.Fatalf("rows (-want +got):\n%s", diff)
		}
		o := w.options
		o.Names, o.Final, o.Twins = w.names, w.final, got.twins
		preview := must(ledger.Preview(rejoined, o))
		for _, table := range [][]ledger.Class{want.decision.Stage1, want.decision.Stage2} {
			for i := range table {
				table[i].Patients = 0
			}
		}
		for what, pair := range map[string][2]any{
			"stage 1": {want.decision.Stage1, preview.Stage1}, "stage 2": {want.decision.Stage2, preview.Stage2},
			"classes": {want.decision.Classes, preview.Classes}, "class ids": {want.decision.ClassID, preview.ClassID},
		} {
			if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", what, diff)
			}
		}
		counts := make([]int64, len(w.names))
		for _, r := range rowsOf(t, want.ledger) {
			if rows.Reason(r[0]) == rows.Alive {
				counts[r[1]]++
			}
		}
		if diff := cmp.Diff(counts, want.ledger.CountNames(len(w.names))); diff != "" {
			t.Fatalf("rows by name (-want +got):\n%s", diff)
		}
	})
}

// rowsOf are reason and mapped name of every row.
func rowsOf(t *testing.T, l *ledger.Ledger) (list [][2]int32) {
	t.Helper()
	for _, r := range enginetest.Collect(t, l.RowStream()) {
		list = append(list, [2]int32{int32(r[rows.ColReason].(uint8)), r[rows.ColMapped].(int32)})
	}
	return list
}
