package decisions

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

var day = time.Date(2026, 3, 31, 9, 0, 0, 0, time.UTC)

// walked is a log of one row's way to its secondary review.
func walked(t *testing.T) *Log {
	t.Helper()
	l, err := Parse(nil, nil, day)
	if err != nil {
		t.Fatal(err)
	}
	row := Row{"clinic", "nv"}
	proposal := Cells{"Target Name": "Naevus", "ICD-11 Code(s)": "2F20"}
	decided := Cells{"Target Name": "Melanocytic naevus", "ICD-11 Code(s)": "2F20"}
	add := func(d Decision) string {
		t.Helper()
		sum, err := l.Add(d, day)
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	primary := add(Decision{Who: "leo", Role: "data_scientist", Act: Export,
		Made: &Made{Version: "DXv1.0", For: "ben", As: Primary, Rows: []Row{row}}})
	add(Decision{Who: "ben", Role: Primary, Act: Review, Row: &row, Annotator: "ana", Before: proposal, After: proposal,
		State: PrimaryReviewed, Sheet: primary})
	secondary := add(Decision{Who: "leo", Role: "data_scientist", Act: Export,
		Made: &Made{Version: "DXv1.0", For: "cy", As: Secondary, Rows: []Row{row}}})
	add(Decision{Who: "cy", Role: Secondary, Act: Review, Row: &row, Annotator: "ana", Before: proposal, After: decided,
		State: SecondaryReviewed, Sheet: secondary})
	return l
}

func TestChain(t *testing.T) {
	l := walked(t)
	back, err := Parse(l.Text(), l.Head(), day)
	if err != nil {
		t.Fatal(err)
	}
	standing := back.Standing(Row{"clinic", "nv"})
	decided := Cells{"Target Name": "Melanocytic naevus", "ICD-11 Code(s)": "2F20"}
	if got := standing.State(decided, true); got != SecondaryReviewed {
		t.Errorf("state %q, want %q", got, SecondaryReviewed)
	}
	if got := standing.State(Cells{"Target Name": "Nevus"}, true); got != Proposed {
		t.Errorf("state of an edited row %q, want %q", got, Proposed)
	}
	if got := standing.State(Cells{}, false); got != Unmapped {
		t.Errorf("state of an emptied row %q, want %q", got, Unmapped)
	}
}

// Every bit that flips, every line that is lost, doubled or moved, and every cut is found.
func TestNothingOfALogMayChange(t *testing.T) {
	l := walked(t)
	text, head := l.Text(), l.Head()
	for i := range text {
		for bit := range 8 {
			broken := bytes.Clone(text)
			broken[i] ^= 1 << bit
			if _, err := Parse(broken, head, day); err == nil {
				t.Fatalf("bit %d of byte %d flipped, and nobody says so: %q", bit, i, broken)
			}
		}
	}
	for i := range head {
		broken := bytes.Clone(head)
		broken[i] ^= 1
		if _, err := Parse(text, broken, day); err == nil {
			t.Fatalf("byte %d of the head changed, and nobody says so: %q", i, broken)
		}
	}
	for i := range len(text) {
		if _, err := Parse(text[:i], head, day); err == nil {
			t.Fatalf("cut at byte %d, and nobody says so", i)
		}
	}
	lines := strings.SplitAfter(string(text), "\n")
	for i := range lines[:len(lines)-1] {
		for name, changed := range map[string]string{
			"lost":    strings.Join(append(append([]string{}, lines[:i]...), lines[i+1:]...), ""),
			"doubled": strings.Join(append(append(append([]string{}, lines[:i]...), lines[i]), lines[i:]...), ""),
		} {
			if _, err := Parse([]byte(changed), head, day); err == nil {
				t.Errorf("line %d %s, and nobody says so", i+1, name)
			}
		}
	}
	short := headText(1, sumOf(text[:bytes.IndexByte(text, '\n')]))
	_, err := Parse(text, []byte(short), day)
	if want := "decisions.jsonl:2: is behind the last line"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("with an older head: error %v, want %q", err, want)
	}
	_, err = Parse(text, nil, day)
	if want := "decisions.head: is not there or empty"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("without its head: error %v, want %q", err, want)
	}
	if _, err := Parse(nil, head, day); err == nil {
		t.Error("without the log, and nobody says so")
	}
}

// A line that was torn while it was written, behind the head, was never acknowledged.
func TestTornTail(t *testing.T) {
	l := walked(t)
	torn := append(bytes.Clone(l.Text()), `{"n":5,"prev":"`...)
	back, err := Parse(torn, l.Head(), day)
	if err != nil || back.Unsure == 0 || !bytes.Equal(back.Text(), l.Text()) {
		t.Errorf("unsure %d, error %v; want the torn line left out", back.Unsure, err)
	}
}

func TestFuture(t *testing.T) {
	l := walked(t)
	_, err := Parse(l.Text(), l.Head(), day.Add(-time.Hour))
	if err == nil || !strings.Contains(err.Error(), "in the future") {
		t.Errorf("error %v, want that lines are in the future", err)
	}
}

// What is legal can be asked without adding it: what a sheet brings is of its person, its rows and, where it judges,
// its part.
func TestLegalAddsNothing(t *testing.T) {
	l := walked(t)
	sheet, row := l.Sums[2], Row{"clinic", "nv"} // cy's, secondary
	before := string(l.Text())
	for _, c := range []struct {
		name string
		d    Decision
		want string
	}{
		{"a judgement of another part", Decision{Who: "cy", Role: Sampler, Act: Sample}, "of no sheet"},
		{"of another person", Decision{Who: "dee", Role: Secondary, Act: Comment}, "of no sheet"},
		{"of another row", Decision{Who: "cy", Role: Secondary, Act: Comment, Row: &Row{"clinic", "mm"}}, "of no sheet"},
		{"of another sheet", Decision{Who: "cy", Role: Secondary, Act: Comment, Sheet: l.Sums[1]}, "of no sheet"},
		{"a category that a reviewer proposes", Decision{Who: "cy", Role: Annotator, Act: Annotate}, ""},
		{"a doubt", Decision{Who: "cy", Role: Secondary, Act: Comment}, ""},
		{"by hand, who annotated", Decision{Who: "ANA ", Role: Primary, Act: Review, Annotator: "ana"},
			`"ANA " annotated it`},
	} {
		if c.d.Row == nil {
			c.d.Row = &row
		}
		if c.d.Sheet == "" && c.d.Role != Primary {
			c.d.Sheet = sheet
		}
		err := l.Legal(c.d)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if string(l.Text()) != before {
		t.Error("asking added something")
	}
}

// A question is open until somebody answers its text; doubts are questions, each text once.
func TestQuestions(t *testing.T) {
	l := walked(t)
	row := Row{"clinic", "nv"}
	add := func(act Act, question, why string) {
		t.Helper()
		d := Decision{Who: "cy", Role: Secondary, Act: act, Row: &row, Question: question, Why: why}
		if _, err := l.Add(d, day); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		act           Act
		question, why string
		all, open     string
	}{
		{Comment, "", "thin?", "thin? which?", "thin? which?"},
		{Comment, "", "thin?", "thin? which?", "thin? which?"},
		{Answer, "which", "nodular", "thin? which?", "thin? which?"},
		{Answer, "which?", "nodular", "thin? which?", "thin?"},
		{Answer, "thin?", "no", "thin? which?", ""},
		{Comment, "", "which?", "thin? which?", ""},
	} {
		add(c.act, c.question, c.why)
		all, open := l.Questions(row, "which?")
		if strings.Join(all, " ") != c.all || strings.Join(open, " ") != c.open {
			t.Errorf("after %q: all %q, open %q; want %q, %q", c.why, all, open, c.all, c.open)
		}
	}
	if rows := l.Asked(); len(rows) != 1 || rows[0] != row {
		t.Errorf("asked about %v", rows)
	}
	if all, _ := l.Questions(Row{"clinic", "mm"}, " "); len(all) > 0 {
		t.Errorf("nobody asked %q", all)
	}
}
