package decisions

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A step is a review, and what the error about it has; empty: it is legal.
type step struct {
	who, role, annotator, before, after string
	want                                string
}

func reviewOf(s step) Decision {
	cells := func(name string) Cells { return Cells{"Target Name": name} }
	return Decision{Who: s.who, Role: s.role, Act: Review, Row: &Row{"clinic", "nv"}, Annotator: s.annotator,
		Before: cells(s.before), After: cells(s.after)}
}

func TestReviewsThatAreLegal(t *testing.T) {
	for name, steps := range map[string][]step{
		"primary, secondary": {{"ben", Primary, "ana", "A", "A", ""}, {"cy", Secondary, "ana", "A", "B", ""}},
		"the annotator reviews": {{"ana", Primary, "ana", "A", "A", "annotated it"},
			{"ANA ", Primary, "Ana", "A", "A", "annotated it"}},
		"nobody annotated":         {{"ben", Primary, "", "A", "A", "names no annotator"}},
		"secondary before primary": {{"cy", Secondary, "ana", "A", "A", "no primary review"}},
		"one person gives both": {{"ben", Primary, "ana", "A", "A", ""},
			{"Ben", Secondary, "ana", "A", "A", "gave its primary review"}},
		"the annotator gives the secondary": {{"ben", Primary, "ana", "A", "A", ""},
			{"Ana", Secondary, "", "A", "A", "annotated it"}},
		"a second primary reviewer": {{"ben", Primary, "ana", "A", "A", ""},
			{"dan", Primary, "ana", "A", "A", "primary review already"}},
		"who mends the own review": {{"ben", Primary, "ana", "A", "A", ""}, {"ben", Primary, "ana", "A", "B", ""},
			{"cy", Secondary, "ana", "B", "B", ""}, {"cy", Secondary, "ana", "B", "C", ""}},
		"a second secondary reviewer": {{"ben", Primary, "ana", "A", "A", ""}, {"cy", Secondary, "ana", "A", "B", ""},
			{"eve", Secondary, "ana", "B", "B", "secondary review already"},
			{"ben", Primary, "ana", "B", "B", "secondary review already"}},
		"edited between the reviews": {{"ben", Primary, "ana", "A", "A", ""},
			{"cy", Secondary, "ana", "B", "B", "no primary review as it stands"},
			{"dan", Primary, "eve", "B", "B", ""}, {"cy", Secondary, "eve", "B", "B", ""}},
		"another role": {{"ben", "boss", "ana", "A", "A", "no role"}},
	} {
		l, _ := Parse(nil, nil, day)
		for i, s := range steps {
			_, err := l.Add(reviewOf(s), day)
			if s.want == "" && err != nil || s.want != "" && (err == nil || !strings.Contains(err.Error(), s.want)) {
				t.Errorf("%s, step %d: error %v, want %q", name, i+1, err, s.want)
			}
		}
		if _, err := Parse(l.Text(), l.Head(), day); err != nil {
			t.Errorf("%s: what was added is not read back: %v", name, err)
		}
	}
}

// naive tells of a list of legal reviews of one row how far it has come: the last one says it.
func naive(done []step, cells string) State {
	switch {
	case cells == "":
		return Unmapped
	case len(done) == 0 || done[len(done)-1].after != cells:
		return Proposed
	case done[len(done)-1].role == Secondary:
		return SecondaryReviewed
	}
	return PrimaryReviewed
}

// Whatever is tried, in whatever order: nobody holds two roles of what stands, and the states are those of the oracle.
func TestHistoryAgreesWithOracle(t *testing.T) {
	people := []string{"ana", "Ana", "ben", "BEN ", "cy", "dan"}
	names := []string{"A", "B"}
	rapid.Check(t, func(t *rapid.T) {
		l, _ := Parse(nil, nil, day)
		var done []step
		for range rapid.IntRange(1, 12).Draw(t, "tries") {
			pick := func(from []string, what string) string { return rapid.SampledFrom(from).Draw(t, what) }
			s := step{who: pick(people, "who"), role: pick([]string{Primary, Secondary}, "role"),
				annotator: pick(people, "annotator"), before: pick(names, "before"), after: pick(names, "after")}
			if _, err := l.Add(reviewOf(s), day); err == nil {
				done = append(done, s)
			}
		}
		back, err := Parse(l.Text(), l.Head(), day)
		if err != nil {
			t.Fatal(err)
		}
		standing := back.Standing(Row{"clinic", "nv"})
		for _, cells := range append(names, "") {
			got := standing.State(Cells{"Target Name": cells}, cells != "")
			if want := naive(done, cells); got != want {
				t.Fatalf("%v: state of %q is %q, want %q", done, cells, got, want)
			}
		}
		if standing.Secondary != nil {
			three := map[string]bool{}
			for _, id := range []string{standing.Annotator, standing.Primary.Who, standing.Secondary.Who} {
				three[strings.ToLower(strings.TrimSpace(id))] = true
			}
			if len(three) != 3 {
				t.Fatalf("%v: %d people of three roles", done, len(three))
			}
		}
	})
}

func TestWhatIsNoDecision(t *testing.T) {
	row := &Row{"clinic", "nv"}
	l := walked(t)
	for _, c := range []struct {
		d    Decision
		want string
	}{
		{Decision{Act: Review, Row: row}, "names nobody"},
		{Decision{Who: "ben", Act: "guess"}, "is no act"},
		{Decision{Who: "ben", Act: Answer}, "names no row"},
		{Decision{Who: "ben", Act: Answer, Row: row, Role: Primary, Sheet: strings.Repeat("0", 64)}, "of no sheet"},
		{Decision{Who: "cy", Act: Answer, Row: row, Role: Primary, Sheet: l.Sums[0]}, "of no sheet"},
		{Decision{Who: "ben", Act: Sample, Row: row, Role: Secondary, Sheet: l.Sums[0]}, "of no sheet"},
		{Decision{Who: "ben", Act: Answer, Row: &Row{"clinic", "mel"}, Role: Primary, Sheet: l.Sums[0]}, "of no sheet"},
		{Decision{Who: "ben", Act: Export}, "not for whom"},
		{Decision{Who: "ben", Act: Approve}, "names no state"},
		{Decision{Who: "ben", Act: Withdraw, Approval: &Approval{State: "s"}}, "nothing is approved"},
	} {
		before := len(l.Decisions)
		if _, err := l.Add(c.d, day); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want %q", c.d, err, c.want)
		}
		if len(l.Decisions) != before {
			t.Errorf("%+v: was added", c.d)
		}
	}
}

func TestApprovalUntilItIsTakenBack(t *testing.T) {
	l := walked(t)
	approval := func(part string) *Approval {
		parts := Parts{"settings": sumOf([]byte(part))}
		return &Approval{Version: "DXv1.0", State: parts.Sum(), Parts: parts}
	}
	one, two := approval("1"), approval("2")
	for i, step := range []struct {
		act      Act
		of       *Approval
		want     string // in the error; empty: none
		standing []string
	}{
		{Approve, one, "", []string{one.State}},
		{Approve, one, "has approved this state already", []string{one.State}},
		{Withdraw, two, "nothing is approved", []string{one.State}},
		{Approve, two, "", []string{one.State, two.State}},
		{Approve, &Approval{State: one.State, Parts: two.Parts}, "not that of its parts", []string{one.State, two.State}},
		{Withdraw, &Approval{State: one.State}, "", []string{two.State}},
		{Approve, one, "", []string{two.State, one.State}},
	} {
		_, err := l.Add(Decision{Who: "eve", Role: Approver, Act: step.act, Approval: step.of}, day)
		if step.want == "" && err != nil || step.want != "" && (err == nil || !strings.Contains(err.Error(), step.want)) {
			t.Errorf("step %d: error %v, want %q", i, err, step.want)
		}
		var standing []string
		for _, d := range l.Approvals() {
			standing = append(standing, d.Approval.State)
		}
		if !slices.Equal(standing, step.standing) {
			t.Errorf("step %d: approved are %q, want %q", i, standing, step.standing)
		}
	}
	if _, err := Parse(l.Text(), l.Head(), day); err != nil {
		t.Error(err)
	}
	text, head := l.UpTo(5)
	if back, err := Parse(text, head, day); err != nil || len(back.Decisions) != 5 || len(back.Approvals()) != 1 {
		t.Errorf("the log up to its fifth line is read as %d lines, error %v", len(back.Decisions), err)
	}
}

// No text makes reading panic, and what is read whole is written back byte by byte.
func FuzzParse(f *testing.F) {
	l := walked(&testing.T{})
	f.Add(l.Text(), l.Head())
	f.Add([]byte("{}\n"), []byte(fmt.Sprintf("1 %s\n", zeros)))
	f.Fuzz(func(t *testing.T, text, head []byte) {
		back, err := Parse(text, head, day)
		if err == nil && string(back.Text()) != string(text[:len(text)-back.Unsure]) {
			t.Errorf("%q is written back as %q", text, back.Text())
		}
		if err != nil && errors.Unwrap(err) == nil && err.Error() == "" {
			t.Error("an error without words")
		}
	})
}
