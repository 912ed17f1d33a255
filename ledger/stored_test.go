package ledger_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/engine/enginetest"
	"github.com/dermset/dermset/ledger"
)

// Stored and loaded, a ledger decides the same.
func TestLedgerStored(t *testing.T) {
	worlds(t, 40, func(t *testing.T, rng *rand.Rand, w *world) {
		w.locked, w.options.Split.Pin = nil, nil
		before := w.run(t, 5)
		loaded := ledger.New(slices.Clone(before.ledger.Sources))
		stored, groups := before.ledger.RowStream(), before.ledger.GroupStream()
		if w.sources != nil && before.ledger.Rows() > 0 && loaded.Check() == nil {
			t.Fatal("an empty ledger passed the check")
		}
		drain(t, stored, must(loaded.LoadRows(stored.Schema)))
		drain(t, groups, must(loaded.LoadGroups(groups.Schema)))
		if err := loaded.Check(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(enginetest.Collect(t, stored), enginetest.Collect(t, loaded.RowStream())); diff != "" {
			t.Fatalf("rows (-before +after):\n%s", diff)
		}
		after := &outcome{ledger: loaded, batches: before.batches, known: before.known, twins: before.twins}
		if w.decide(t, after); after.err != nil {
			t.Fatal(after.err)
		}
		if diff := cmp.Diff(before.final, after.final); diff != "" {
			t.Fatalf("the loaded ledger decides differently (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(before.decision.Stage3, after.decision.Stage3); diff != "" {
			t.Fatalf("the loaded ledger counts differently (-before +after):\n%s", diff)
		}
	})
}
