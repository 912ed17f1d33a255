package review

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/agreement"
	"github.com/dermset/dermset/decisions"
)

// short is an agreement as pairs, those that agree, and kappa.
func short(a agreement.Agreement) string {
	if a.Kappa == nil {
		return fmt.Sprintf("%d/%d %s", a.Agreed, a.Pairs, a.Why)
	}
	return fmt.Sprintf("%d/%d %.2f", a.Agreed, a.Pairs, *a.Kappa)
}

func shortest(a Agreement) (all []string) {
	all = append(all, short(a.All))
	for _, tab := range a.Tabs {
		all = append(all, tab.Tab+" "+short(tab.Agreement))
	}
	return all
}

// A judging is a log to which people add what they think.
type judging struct {
	t *testing.T
	g Given
}

func (j *judging) add(d decisions.Decision) string {
	j.t.Helper()
	sum, err := j.g.Log.Add(d, day)
	if err != nil {
		j.t.Fatal(err)
	}
	return sum
}

// given makes a sheet of rows for a person.
func (j *judging) given(to, as string, open bool, rows ...decisions.Row) string {
	return j.add(decisions.Decision{Who: "ana", Role: as, Act: decisions.Export,
		Made: &decisions.Made{Version: "DXv1.0", For: to, As: as, Open: open, Rows: rows}})
}

// secondary lets cy review a row, in a sheet.
func (j *judging) secondary(sheet string, row decisions.Row, after decisions.Cells) {
	j.add(decisions.Decision{Who: "cy", Role: decisions.Secondary, Act: decisions.Review, Row: &row, Annotator: "ana",
		Before: j.g.Log.Standing(row).After, After: after, State: decisions.SecondaryReviewed, Sheet: sheet})
}

func clinic(label string) decisions.Row { return decisions.Row{Tab: "clinic", Label: label} }

// A pair is the last primary and the last secondary review of a row that is as they left it; those of a reviewer who
// may have seen what was proposed are counted apart.
func TestAgreements(t *testing.T) {
	cells := func(name, codes string) decisions.Cells { return decisions.Cells{TargetName: name, Codes: codes} }
	g := given(t, nil, [][]string{{"a", "Wart", "1E80", "", "ana"}, {"b", "Eczema", "EA80", "", "ana"},
		{"c", "Eczema", "EA80", "", "ana"}, {"d", "Naevus", "2F20", "", "ana"}, {"e", "Naevus", "2F20", "", "ana"},
		{"f", "Naevus", "2F20", "", "ana"}, {"g", "Naevus", "2F20", "", "ana"}, {"h", "Naevus", "2F20", "", "ana"}},
		[][]string{{"a", "Wart", "1E80", "", "ana"}}, []string{"Wart", "merge", "Naevus", "", "ana"})
	g.Log = reviewed(t, g)
	j := &judging{t, g}
	merged := RowOfCategory("Wart")
	sheet := j.given("cy", decisions.Secondary, false, clinic("a"), clinic("b"), clinic("c"), clinic("e"), clinic("f"),
		clinic("h"), merged)
	j.secondary(sheet, clinic("a"), cells("Eczema", "EA80"))
	j.secondary(sheet, clinic("a"), decisions.Cells{TargetName: "Wart", Codes: "1E80", Notes: "thinks again"})
	j.secondary(sheet, clinic("b"), cells("Eczema", "EA90")) // the code alone differs
	j.secondary(sheet, clinic("c"), cells("Eczema", "EA80")) // edited by hand below
	j.secondary(sheet, merged, decisions.Cells{Action: "exclude"})
	j.given("CY", decisions.Primary, false, clinic("e")) // which shows what was proposed
	j.given("di", decisions.Secondary, true, clinic("f"))
	j.secondary(sheet, clinic("e"), cells("Naevus", "2F20"))
	j.secondary(sheet, clinic("f"), cells("Naevus", "2F20"))
	j.secondary("", clinic("d"), cells("Naevus", "2F20")) // of no sheet that the log knows
	open := j.given("cy", decisions.Secondary, true, clinic("g"))
	j.secondary(open, clinic("g"), cells("Eczema", "EA80"))
	j.secondary(sheet, clinic("h"), cells("Naevus", "2F20"))
	j.given("cy", decisions.Secondary, true, clinic("h")) // too late to matter
	after := given(t, g.Log, [][]string{{"a", "Wart", "1E80", "thinks again", "ana"}, {"b", "Eczema", "EA90", "", "ana"},
		{"c", "Eczema", "EA80", "by hand", "ana"}, {"d", "Naevus", "2F20", "", "ana"}, {"e", "Naevus", "2F20", "", "ana"},
		{"f", "Naevus", "2F20", "", "ana"}, {"g", "Eczema", "EA80", "", "ana"}, {"h", "Naevus", "2F20", "", "ana"}},
		[][]string{{"a", "Wart", "1E80", "", "ana"}}, []string{"Wart", "exclude", "", "", "ana"})
	rows, _ := after.Rows()
	got := AgreementsOf(g.Log, rows)
	few := "fewer than two pairs"
	want := [][]string{
		{"3/5 0.50", "Pathologies to exclude and merge 0/1 " + few, "clinic 3/4 0.64"},
		{"2/3 0.00", "clinic 2/3 0.00"},
		{"0/0 " + few},
	}
	if d := cmp.Diff(want, [][]string{shortest(got.Blinded), shortest(got.Open), shortest(got.Samples)}); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if p := *got.Open.All.Percent; p != 66.67 {
		t.Errorf("%v per cent, want two decimals", p)
	}
}

// A sample is held against what the row held when it was first judged, whatever became of the row; what a sample said
// last counts, and each sample counts for itself.
func TestAgreementOfSamples(t *testing.T) {
	naevus := decisions.Cells{TargetName: "Naevus", Codes: "2F20"}
	wart := decisions.Cells{TargetName: "Wart", Codes: "1E80"}
	g := given(t, nil, [][]string{{"a", "Naevus", "2F20", "", "ana"}, {"b", "Wart", "1E80", "", "ana"}}, nil)
	j := &judging{t, g}
	sample := func(sheet, who string, row decisions.Row, before, after decisions.Cells) {
		j.add(decisions.Decision{Who: who, Role: decisions.Sampler, Act: decisions.Sample, Row: &row, Before: before,
			After: after, Sheet: sheet})
	}
	first := j.given("di", decisions.Sampler, false, clinic("a"), clinic("b"))
	second := j.given("di", decisions.Sampler, false, clinic("a"))
	sample(first, "di", clinic("a"), naevus, naevus)
	sample(first, "di", clinic("a"), wart, wart) // after the workbook was changed to it
	sample(first, "di", clinic("b"), wart, wart)
	sample(second, "di", clinic("a"), naevus, naevus)
	rows, _ := g.Rows()
	if d := cmp.Diff([]string{"2/3 0.40", "clinic 2/3 0.40"}, shortest(AgreementsOf(g.Log, rows).Samples)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Equal texts of different decisions are different decisions.
func TestSameDecision(t *testing.T) {
	a, b := decisions.Cells{TargetName: "Wart (1E80)"}, decisions.Cells{TargetName: "Wart", Codes: "1E80"}
	if Decided(a) != Decided(b) || SameDecision(a, b) {
		t.Error("a name with a code in brackets is taken for a name with that code")
	}
	if note := (decisions.Cells{TargetName: "Wart", Codes: "1E80", Notes: "x"}); !SameDecision(note, b) {
		t.Error("notes are compared")
	}
}
