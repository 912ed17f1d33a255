package mapping

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/sheetio"
)

// The optional columns are fields of their own, wherever they stand, and further columns stay what they are.
func TestOptionalColumns(t *testing.T) {
	box := func(text string) sheetio.Cell { return sheetio.Cell{Text: text, Kind: sheetio.Bool} }
	tab := lines("A", "annotator|Remark|"+head+"|CONSULT|Needed  to Differentiate", "ana|x|a|N|EA80;EK00|n|wart?|touch",
		"#7.0|y|b|N|EA80;EK00|n", "|z|c|N|EA80;EK00|n|?|touch", "|z|d|N|EA80;EK00|n|?|touch")
	tab.Rows[3][6], tab.Rows[4][6] = box("FALSE"), box("TRUE") // boxes to tick
	tab.Rows[2] = append(tab.Rows[2], sheetio.Cell{Text: "FALSE"})
	refine := lines(RefineTab, refineHead+"|Consult|By", "N|exclude||few|why|ben", "M|merge|N|x")
	m, told := Parse(&sheetio.Book{Sheets: []sheetio.Sheet{tab, refine}}, []Source{source("a", "b", "c", "d")},
		Given{Known: []Category{{Name: "N"}, {Name: "M"}}})
	codes := []string{"EA80", "EK00"}
	want := []Row{
		{Source: "A", Tab: "A", Line: 2, Label: "a", Target: "N", Codes: codes, Notes: "n", Needed: "touch",
			Consult: "wart?", Annotator: "ana", Extra: []string{"x"}},
		{Source: "A", Tab: "A", Line: 3, Label: "b", Target: "N", Codes: codes, Notes: "n", Annotator: "7",
			Extra: []string{"y"}},
		{Source: "A", Tab: "A", Line: 4, Label: "c", Target: "N", Codes: codes, Notes: "n", Needed: "touch",
			Extra: []string{"z"}},
		{Source: "A", Tab: "A", Line: 5, Label: "d", Target: "N", Codes: codes, Notes: "n", Needed: "touch",
			Consult: "TRUE", Extra: []string{"z"}},
	}
	if d := cmp.Diff(want, m.Rows); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	rules := []Refinement{{Line: 3, Category: "M", Merge: true, Into: "N", Reason: "x", Extra: []string{""}},
		{Line: 2, Category: "N", Reason: "few", Consult: "why", Extra: []string{"ben"}}}
	if d := cmp.Diff(rules, m.Refinements); d != "" {
		t.Errorf("exclusions and mergers (-want +got):\n%s", d)
	}
	if d := cmp.Diff(map[string][]string{"A": {"Remark"}, RefineTab: {"By"}}, m.Columns); d != "" {
		t.Errorf("further columns (-want +got):\n%s", d)
	}
	open := []string{`consolidated_without_note A!H3 A "b" 2`, `open_question Pathologies to exclude and merge!E2  "N" 10`,
		`open_question A!G2 A "a" 1`, `open_question A!G5 A "d" 4`}
	if d := cmp.Diff(open, short(told)); d != "" {
		t.Errorf("findings (-want +got):\n%s", d)
	}
}

// A question that was answered is none any more; another text in the same cell is another question, and so is the same
// text of another label or tab. The tab of exclusions has one name, whatever the workbook calls it.
func TestAnsweredQuestions(t *testing.T) {
	sheets := []sheetio.Sheet{lines("A", head+"|Consult", "a|N|2C32||wart?", "b|N|2C32||wart?"),
		lines(refineTabXLSX, refineHead+"|Consult", "N|exclude|||sure?")}
	for _, c := range []struct {
		answered Question
		open     []string
	}{
		{Question{}, []string{"N", "a", "b"}},
		{Question{"A", "a", "wart?"}, []string{"N", "b"}},
		{Question{"A", "a", "wart"}, []string{"N", "a", "b"}},
		{Question{"B", "a", "wart?"}, []string{"N", "a", "b"}},
		{Question{RefineTab, "N", "sure?"}, []string{"a", "b"}},
		{Question{refineTabXLSX, "N", "sure?"}, []string{"N", "a", "b"}},
	} {
		_, told := Parse(&sheetio.Book{Sheets: sheets}, []Source{source("a", "b")},
			Given{Known: []Category{{Name: "N"}}, Answered: map[Question]bool{c.answered: true}})
		var open []string
		for _, f := range told {
			if f.ID == "open_question" {
				open = append(open, f.Subject)
			}
		}
		if d := cmp.Diff(c.open, open); d != "" {
			t.Errorf("%+v answered (-want +got):\n%s", c.answered, d)
		}
	}
}
