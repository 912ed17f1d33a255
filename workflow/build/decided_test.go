package build_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/decisions"
)

// decidedLog is the log of decisions as the files of a workspace.
func decidedLog(t *testing.T, all ...decisions.Decision) map[string]string {
	t.Helper()
	now := time.Now()
	log, err := decisions.Parse(nil, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		if _, err := log.Add(d, now); err != nil {
			t.Fatal(err)
		}
	}
	return map[string]string{"mapping/decisions.jsonl": string(log.Text()), "mapping/decisions.head": string(log.Head())}
}

// Log and workbook together give findings: doubts and questions until they are answered, and reviews of one's own.
func TestFindingsOfDecisions(t *testing.T) {
	row := func(label string) *decisions.Row { return &decisions.Row{Tab: "s", Label: label} }
	cells := func(name, code string) decisions.Cells {
		return decisions.Cells{"Target Name": name, "ICD-11 Code(s)": code}
	}
	review := func(who, label string, held decisions.Cells) decisions.Decision {
		return decisions.Decision{Who: who, Role: decisions.Primary, Act: decisions.Review, Row: row(label), Annotator: "ana",
			Before: held, After: held, State: decisions.PrimaryReviewed}
	}
	comment := decisions.Decision{Who: "cy", Role: decisions.Secondary, Act: decisions.Comment, Row: row("a"),
		Why: "sure?"}
	answer := func(label, question string) decisions.Decision {
		return decisions.Decision{Who: "cy", Role: decisions.Secondary, Act: decisions.Answer, Row: row(label),
			Question: question, Why: "yes"}
	}
	reviews := []decisions.Decision{review("ben", "a", cells("A", "2C32")), review("ben", "b", cells("B", "2C30")),
		review("ben", "c", cells("other", "2C31"))}
	for name, c := range map[string]struct {
		log  []decisions.Decision
		want []string
	}{
		"nothing": {nil, []string{`review open_question s!E3 s "b" 0`}},
		"a doubt": {append(reviews, comment), []string{`error self_review s!F3 s "b" 0`,
			`review open_question s!A2 s "a" 1`, `review open_question s!E3 s "b" 0`}},
		"answered": {append(reviews, comment, answer("a", "sure?"), answer("b", "which?")),
			[]string{`error self_review s!F3 s "b" 0`}},
		"another answer": {append(reviews, answer("b", "which")), []string{`error self_review s!F3 s "b" 0`,
			`review open_question s!E3 s "b" 0`}},
	} {
		files := decidedLog(t, c.log...)
		if len(c.log) == 0 {
			files = map[string]string{}
		}
		files["mapping/workbook/s.csv"] = "Source Label,Target Name,ICD-11 Code(s),Notes/Justification,Consult,Annotator\n" +
			"a,A,2C32,,,ana\nb,B,2C30,,which?,BEN \nc,C,2C31,,,ben\n"
		if d := cmp.Diff(c.want, found(t, files)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// Of a log that is not whole nothing counts, and the draft is built all the same.
func TestFindingsOfABrokenLog(t *testing.T) {
	files := decidedLog(t, decisions.Decision{Who: "cy", Role: decisions.Secondary, Act: decisions.Comment,
		Row: &decisions.Row{Tab: "s", Label: "a"}, Why: "sure?"})
	files["mapping/decisions.head"] = "1 " + strings.Repeat("a", 64) + "\n"
	if got := found(t, files); len(got) > 0 {
		t.Errorf("found %q", got)
	}
}

// SSSOM names those who reviewed what a row holds. Who reviewed something else, or what was left of two rows of one
// label, is not named: the row waits for them again.
func TestReviewersInSSSOM(t *testing.T) {
	row := func(label string) *decisions.Row { return &decisions.Row{Tab: "s", Label: label} }
	wart := decisions.Cells{"Target Name": "Wart", "ICD-11 Code(s)": "1E80"}
	other := decisions.Cells{"Target Name": "Corn", "ICD-11 Code(s)": "EH92"}
	review := func(who, role, label string, before, after decisions.Cells) decisions.Decision {
		return decisions.Decision{Who: who, Role: role, Act: decisions.Review, Row: row(label), Annotator: "ana",
			Before: before, After: after}
	}
	annotated := decisions.Decision{Who: "ana", Role: decisions.Annotator, Act: decisions.Annotate, Row: row("a"),
		After: other}
	files := decidedLog(t, annotated, review("ben", decisions.Primary, "a", other, wart),
		review("cy", decisions.Secondary, "a", wart, wart),
		review("ben", decisions.Primary, "b", wart, wart), review("ben", decisions.Primary, "edited", wart, other),
		review("ben", decisions.Primary, "twice", wart, wart))
	files["mapping/workbook/s.csv"] = "Source Label,Target Name,ICD-11 Code(s),Notes/Justification,Annotator\n" +
		"a,Wart,1E80,,ana\nb,Wart,1E80,,ana\nedited,Wart,1E80,,ana\ntwice,Wart,1E80,x,ana\ntwice,Wart,1E80,,ana\n"
	dir := tempDir(t)
	files["mapping/workbook/Pathologies to exclude and merge.csv"] = "Category,Action,Merge into,Reason\n"
	files["dermset.yaml"] = "version: \"1.0\"\nmapping: {workbook: mapping/workbook}\n"
	files["sources/s/source.yaml"] = "title: S\n"
	files["sources/s/s_dataset.csv"] = strings.Join(datasetHeader, ",") + "\n1.jpg,a,,,,,,,,,,\n"
	if err := writeFiles(dir, files); err != nil {
		t.Fatal(err)
	}
	if _, err := buildIn(t.Context(), dir, "publish", plainRun); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "dist/DXv1.0-draft/mapping/mapping.sssom.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	day := regexp.MustCompile(`20\d\d-\d\d-\d\d`)
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t"); strings.HasPrefix(line, "label:") {
			got = append(got, cells[1]+" "+day.ReplaceAllString(strings.Join(cells[6:], " "), "DAY"))
		}
	}
	want := []string{"a person:ana person:ben|person:cy DAY DAY ", "b person:ana person:ben  DAY ",
		"edited person:ana    ", "twice person:ana    ", "twice person:ana    x"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s\n%s", d, text)
	}
}
