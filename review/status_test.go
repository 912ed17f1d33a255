package review

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/mapping"
)

// Discrepancies stand with both values; those that cross how a neoplasm behaves come first, whatever images they touch.
func TestStatus(t *testing.T) {
	g := given(t, nil, [][]string{{"wart", "Wart", "1E80", "", "ana"}, {"lump", "Melanoma", "2C30", "", "ana"},
		{"nv", "Naevus", "2F20", "", "ana"}, {"more", "Psoriasis", "EA90", "", "ana"}, {"x", "", "", "", "", "what is x?"}},
		nil)
	g.Log = reviewed(t, g)
	decide := func(label string, before, after decisions.Cells) {
		row := decisions.Row{Tab: "clinic", Label: label}
		if _, err := g.Log.Add(decisions.Decision{Who: "cy", Role: decisions.Secondary, Act: decisions.Review, Row: &row,
			Annotator: "ana", Before: before, After: after, State: decisions.SecondaryReviewed}, day); err != nil {
			t.Fatal(err)
		}
	}
	cells := func(name, codes string) decisions.Cells { return decisions.Cells{TargetName: name, Codes: codes} }
	decide("lump", cells("Melanoma", "2C30"), cells("Benign naevus", "2F20"))
	decide("nv", cells("Naevus", "2F20"), decisions.Cells{TargetName: "Naevus", Codes: "2F20", Notes: "looks so"})
	decide("more", cells("Psoriasis", "EA90"), cells("Eczema", "EA80"))
	rows, _ := g.Rows()
	var got []string
	for _, d := range Discrepancies(g.Log, rows, mapping.NewGravity(nil)) {
		got = append(got, d.Label, Decided(d.Primary.After), Decided(d.Secondary.After), d.Crosses)
	}
	want := []string{"lump", "Melanoma (2C30)", "Benign naevus (2F20)", "malignant → benign",
		"more", "Psoriasis (EA90)", "Eczema (EA80)", ""}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	counts := []Count{{Tab: "clinic", Images: 60, Questions: 1, Rows: map[decisions.State]int{
		decisions.Unmapped: 1, decisions.PrimaryReviewed: 1, decisions.Proposed: 3}}}
	if d := cmp.Diff(counts, Counts(rows)); d != "" { // as the workbook has not been brought to what was decided
		t.Errorf("(-want +got):\n%s", d)
	}
	add := func(act decisions.Act, row decisions.Row, question, why string) {
		if _, err := g.Log.Add(decisions.Decision{Who: "di", Role: decisions.Secondary, Act: act, Row: &row, Why: why,
			Question: question}, day); err != nil {
			t.Fatal(err)
		}
	}
	lump, wart := decisions.Row{Tab: "clinic", Label: "lump"}, decisions.Row{Tab: "clinic", Label: "wart"}
	add(decisions.Comment, wart, "", "or a mole")
	add(decisions.Comment, lump, "", "sure?")
	if d := cmp.Diff([]Remark{{lump, "sure?", "di", day}, {wart, "or a mole", "di", day}}, Doubts(g.Log)); d != "" {
		t.Errorf("doubts (-want +got):\n%s", d)
	}
	add(decisions.Answer, lump, "sure?", "yes, by histology")
	if d := cmp.Diff([]Remark{{wart, "or a mole", "di", day}}, Doubts(g.Log)); d != "" {
		t.Errorf("doubts that are answered (-want +got):\n%s", d)
	}
}
