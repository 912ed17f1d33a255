package build_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/decisions"
)

// decide adds decisions to the log.
func (b *approveBench) decide(all ...decisions.Decision) {
	b.t.Helper()
	w := b.open()
	l, err := w.Decisions()
	for _, d := range all {
		if err == nil {
			_, err = l.Add(d, time.Now())
		}
	}
	if err := cmpErr(err, w.SaveDecisions(l)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *approveBench) read(inside string) string {
	b.t.Helper()
	text, err := os.ReadFile(b.path(inside))
	if err != nil {
		b.t.Fatal(err)
	}
	return string(text)
}

// A version says how far its reviewers agree, where they differ, and in SSSOM who they are. What is decided after an
// approval changes nothing of it.
func TestReviewsInAVersion(t *testing.T) {
	b := newApproveBench(t)
	row := &decisions.Row{Tab: "a", Label: "label 1"}
	cells := func(name, code string) decisions.Cells {
		return decisions.Cells{"Target Name": name, "ICD-11 Code(s)": code}
	}
	carcinoma, melanoma := cells("Basal cell carcinoma of skin", "2C32"), cells("Melanoma of skin", "2C30")
	sample := decisions.Decision{Who: "fay", Role: decisions.Sampler, Act: decisions.Sample, Row: row, Before: melanoma,
		After: carcinoma}
	b.decide(decisions.Decision{Who: "dora", Role: decisions.Secondary, Act: decisions.Review, Row: row, Annotator: "ana",
		Before: carcinoma, After: melanoma}, sample)
	b.edit("mapping/workbook/a.csv", "label 1,Basal cell carcinoma of skin,2C32", "label 1,Melanoma of skin,2C30")
	b.acceptAll()
	b.publish()
	if text := b.read("dist/DXv1.1-draft/mapping/mapping.sssom.tsv"); !strings.Contains(text, "\treviewer_id\t") ||
		strings.Contains(text, "creator_id") {
		t.Errorf("a draft, which nobody approved:\n%s", text)
	}
	b.approved()

	quality := b.read("dist/DXv1.1/quality.json")
	var got struct {
		Reviews struct {
			Blinded, Open, Samples struct {
				All  struct{ Pairs, Agreed int }
				Tabs []struct {
					Tab     string
					Percent float64
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(quality), &got); err != nil {
		t.Fatal(err)
	}
	want := got
	want.Reviews.Open.All.Pairs, want.Reviews.Open.All.Agreed = 2, 1
	want.Reviews.Samples.All.Pairs = 1
	if d := cmp.Diff(want, got); d != "" || len(got.Reviews.Open.Tabs) != 1 || got.Reviews.Open.Tabs[0].Percent != 50 ||
		!strings.Contains(quality, `"tabs": []`) {
		t.Errorf("%+v", got)
	}
	table := b.read("dist/DXv1.1/mapping/discrepancies.csv")
	for part := range strings.SplitSeq("a,label 1,secondary_reviewed,3,Basal cell carcinoma of skin (2C32),ben,20|"+
		"Z,Melanoma of skin (2C30),dora,20|Z,no,\n", "|") {
		if !strings.Contains(table, part) {
			t.Errorf("%q is not in\n%s", part, table)
		}
	}
	sssom := b.read("dist/DXv1.1/mapping/mapping.sssom.tsv")
	named := regexp.MustCompile(`\tperson:ben\|person:dora\tperson:eve\t20..-..-..\t20..-..-..`)
	if n := len(named.FindAllString(sssom, -1)); n != 2 {
		t.Errorf("%d rows name their reviewers and approver:\n%s", n, sssom)
	}

	again := b.copied(t)
	again.remove("dist/DXv1.1")
	sample.After = melanoma
	again.decide(sample, decisions.Decision{Who: "dora", Role: decisions.Secondary, Act: decisions.Review, Row: row,
		Annotator: "ana", Before: melanoma, After: carcinoma})
	again.publish()
	for _, name := range []string{"quality.json", "mapping/discrepancies.csv", "mapping/mapping.sssom.tsv"} {
		if d := cmp.Diff(b.read("dist/DXv1.1/"+name), again.read("dist/DXv1.1/"+name)); d != "" {
			t.Errorf("%s differs for what was decided later:\n%s", name, d)
		}
	}
}
