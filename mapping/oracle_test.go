package mapping

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/io/sheetio"
)

// The oracle answers row by row, walking through the cells again for each question.

// target is what a label of a tab maps to; ok is false if its rows disagree.
func oracleTarget(tab sheetio.Sheet, label string) (target string, ok bool) {
	found := false
	for _, row := range tab.Rows[1:] {
		if row[0].Text != label {
			continue
		}
		if found && row[1].Text != target {
			return "", false
		}
		target, found = row[1].Text, true
	}
	return target, true
}

// step is where one row of the exclude and merge tab sends a category. Categories whose rows disagree go nowhere.
func oracleStep(refine sheetio.Sheet, category string) (into string, excluded, moved bool) {
	found := ""
	for _, row := range refine.Rows[1:] {
		if row[0].Text != category {
			continue
		}
		what := row[1].Text + "|" + row[2].Text
		if found != "" && found != what {
			return "", false, false
		}
		found = what
	}
	action, into, _ := strings.Cut(found, "|")
	return into, action == "exclude", action == "merge"
}

// final walks merger by merger. After more steps than there are rows it goes in circles, and the name stays itself.
func oracleFinal(refine sheetio.Sheet, name string) (final string, excluded bool) {
	at := name
	for range refine.Rows {
		into, excluded, moved := oracleStep(refine, at)
		if excluded {
			return "", true
		}
		if !moved {
			return at, false
		}
		at = into
	}
	return name, false
}

// codes is every code that a row of the name gives.
func oracleCodes(tabs []sheetio.Sheet, name string) []string {
	var codes []string
	for _, tab := range tabs {
		for _, row := range tab.Rows[1:] {
			if row[1].Text == name && row[2].Text != "" {
				codes = append(codes, strings.Split(row[2].Text, ";")...)
			}
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func drawTabs(t *rapid.T) (tabs []sheetio.Sheet, refine sheetio.Sheet, sources []Source) {
	names := []string{"A", "B", "C", "D", "E", "F"}
	codes := []string{"", "", "2C32", "EA80;EK00", "2C30", "EK00;2C32"}
	labels := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g"})
	for i := range 2 {
		rows := []string{head}
		for range rapid.IntRange(0, 8).Draw(t, "rows") {
			target := rapid.SampledFrom(append([]string{"", Excludes}, names...)).Draw(t, "target")
			rows = append(rows, labels.Draw(t, "label")+"|"+target+"|"+rapid.SampledFrom(codes).Draw(t, "codes")+"|")
		}
		name := fmt.Sprint("S", i)
		tabs = append(tabs, lines(name, rows...))
		s := Source{Name: name, Labels: map[string]int64{}}
		for range rapid.IntRange(0, 6).Draw(t, "labels") {
			s.Labels[labels.Draw(t, "label")] = int64(rapid.IntRange(1, 9).Draw(t, "images"))
		}
		sources = append(sources, s)
	}
	rows := []string{refineHead}
	for range rapid.IntRange(0, 7).Draw(t, "refinements") {
		row := rapid.SampledFrom(names).Draw(t, "category") + "|"
		if rapid.IntRange(0, 4).Draw(t, "action") == 0 {
			row += "exclude||"
		} else {
			row += "merge|" + rapid.SampledFrom(names).Draw(t, "into") + "|"
		}
		rows = append(rows, row)
	}
	return tabs, lines(RefineTab, rows...), sources
}

// Chains, unions, cycles, exclusions and contradictions: the mapping says what the oracle says.
func TestAgreesWithOracle(t *testing.T) {
	check := func(t *rapid.T) {
		tabs, refine, sources := drawTabs(t)
		m, told := Parse(&sheetio.Book{Sheets: append(slices.Clone(tabs), refine)}, sources, Given{})
		for i, tab := range tabs {
			checkLabelsByOracle(t, m, tab, sources[i], told)
		}
		classes := map[string][]string{}
		cycle := false
		for i, name := range m.Names {
			final, excluded := oracleFinal(refine, name)
			if excluded != (m.Final[i] == NotKept) || !excluded && m.Names[m.Final[i]] != final {
				t.Fatalf("%s ends in %d of %q, want %q, excluded %v", name, m.Final[i], m.Names, final, excluded)
			}
			if !slices.Equal(m.Codes[i], oracleCodes(tabs, name)) {
				t.Fatalf("%s has the codes %q, want %q", name, m.Codes[i], oracleCodes(tabs, name))
			}
			if !excluded {
				classes[final] = append(classes[final], oracleCodes(tabs, name)...)
				_, _, moved := oracleStep(refine, final)
				cycle = cycle || moved
			}
		}
		for i, name := range m.Names {
			want := classes[name]
			slices.Sort(want)
			if !slices.Equal(m.FinalCodes[i], slices.Compact(want)) {
				t.Fatalf("class %s has the codes %q, want %q", name, m.FinalCodes[i], want)
			}
		}
		if found := slices.ContainsFunc(told,
			func(f findings.Finding) bool { return f.ID == "merge_cycle" }); cycle && !found {
			t.Fatalf("a cycle is not found: %v", short(told))
		}
	}
	for range 30 { // thousands of workbooks
		rapid.Check(t, check)
	}
}

func checkLabelsByOracle(t *rapid.T, m *Mapping, tab sheetio.Sheet, s Source, told []findings.Finding) {
	has := func(id, label string) bool {
		return slices.ContainsFunc(told,
			func(f findings.Finding) bool { return f.ID == id && f.Source == s.Name && f.Subject == label })
	}
	for _, label := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		target, ok := oracleTarget(tab, label)
		got := "" // unmapped
		switch n := m.Label(s.Name, label); {
		case n == Excluded:
			got = Excludes
		case n != Unmapped:
			got = m.Names[n]
		}
		if got != target {
			t.Fatalf("%s of %s maps to %q, want %q", label, s.Name, got, target)
		}
		if has("conflicting_label", label) == ok {
			t.Fatalf("%s of %s: conflicting_label is wrong", label, s.Name)
		}
		if has("unmapped_label", label) != (ok && target == "" && s.Labels[label] > 0) {
			t.Fatalf("%s of %s: unmapped_label is wrong", label, s.Name)
		}
	}
}

// No workbook makes Parse panic, and all findings are of the catalogue and in order.
func FuzzParse(f *testing.F) {
	f.Add(head+"\na|N|2C32|\n#7|N|bad|x\n|x\n", refineHead+"\nN|merge|M|\nM|exclude||\n")
	f.Add("Target Name|Source Label\n", "Category|Category\n")
	f.Fuzz(func(t *testing.T, tab, refine string) {
		book := &sheetio.Book{Sheets: []sheetio.Sheet{lines("A", strings.Split(tab, "\n")...),
			lines(RefineTab, strings.Split(refine, "\n")...)}}
		m, told := Parse(book, []Source{source("a", "b"), {Name: "B"}}, Given{Known: []Category{{Name: "N"}}})
		sorted := slices.Clone(told)
		findings.Sort(sorted)
		if !slices.Equal(short(sorted), short(told)) {
			t.Fatal("findings are not in order")
		}
		for i, final := range m.Final {
			if final != NotKept && m.Final[final] != final &&
				!slices.ContainsFunc(told, func(f findings.Finding) bool { return f.ID == "merge_cycle" }) {
				t.Fatalf("%q does not end", m.Names[i])
			}
		}
	})
}
