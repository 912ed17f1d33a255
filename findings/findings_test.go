package findings

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestCatalogue(t *testing.T) {
	for i, e := range Catalogue {
		if i > 0 &&
			(Catalogue[i-1].Severity > e.Severity || Catalogue[i-1].Severity == e.Severity && Catalogue[i-1].ID >= e.ID) {
			t.Errorf("%s is out of order", e.ID)
		}
		if e.Meaning == "" || e.Remedy == "" || e.Blocks && e.Severity != Error {
			t.Errorf("%+v", e)
		}
	}
	want := map[Severity]string{
		Error: "code_without_name conflicting_codes conflicting_label! invalid_code merge_cycle! merge_unknown " +
			"missing_code missing_tab! number_cell! self_review",
		Review: "bad_value bad_weight class_missing_in_split consolidated_without_note duplicate_conflict giant_group " +
			"lesion_two_labels lesion_two_patients name_variant new_category title_mismatch unmapped_label vague_without_note",
		Info: "duplicate_label excluded_with_code near_label",
	}
	for severity, ids := range want {
		for _, id := range strings.Fields(ids) {
			e, ok := Lookup(strings.TrimSuffix(id, "!"))
			if !ok || e.Severity != severity || e.Blocks != strings.HasSuffix(id, "!") {
				t.Errorf("%s: %+v", id, e)
			}
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("an unknown id does not panic")
		}
	}()
	New("no_such", "", "", "", 0, "")
}

func TestOrderOfPlaces(t *testing.T) {
	want := []string{"A", "A!B2", "A!C2", "A!AA2", "A!A10", "A2!A1", "A10!A1", "x.csv:2", "x.csv:10"}
	got := slices.Clone(want)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
	slices.SortFunc(got, ComparePlaces)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestAccepted(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "accepted_findings.csv")
	if all, err := ReadAccepted(path); all != nil || err != nil {
		t.Errorf("no file gives %v, %v", all, err)
	}
	must(t, os.WriteFile(path, []byte("finding,source,subject,person,date,reason\nnew_category,,N,ana,2026-03-01,meant\n"+
		"unmapped_label,A,b,ana,2026-03-01,later\n"), 0o666))
	accepted, err := ReadAccepted(path)
	must(t, err)
	findings := []Finding{New("new_category", "A!B2", "", "N", 1, ""), New("new_category", "A!B3", "", "M", 1, ""),
		New("unmapped_label", "A", "B", "b", 1, ""), New("missing_tab", "A", "", "N", 0, "")}
	unused := Accept(findings, accepted)
	if findings[0].Accepted == nil || findings[0].Accepted.Person != "ana" || findings[1].Accepted != nil ||
		findings[2].Accepted != nil || len(unused) != 1 || unused[0].Line != 3 {
		t.Errorf("%+v, unused %+v", findings, unused)
	}
	if open, blocking := CountOpen(findings); open != 3 || blocking != 1 {
		t.Errorf("%d open, %d block", open, blocking)
	}
	must(t, os.WriteFile(path, []byte("finding,source,subject,person,date,reason\nnew_cat,,N,ana,2026-03-01,x\n"+
		"missing_tab,,N,ana,2026-03-01,x\nnew_category,,N,,2026-13-01,\n"), 0o666))
	_, err = ReadAccepted(path)
	for _, want := range []string{`csv:2: finding "new_cat" is unknown`, `csv:3: finding "missing_tab" blocks`,
		"csv:4: person and reason", `csv:4: date "2026-13-01"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want it to say %q", err, want)
		}
	}
	must(t, os.WriteFile(path, []byte("finding,source\nx,y\n"), 0o666))
	if _, err := ReadAccepted(path); err == nil || !strings.Contains(err.Error(), `csv:1: column "subject" is missing`) {
		t.Errorf("%v", err)
	}
}

// An acceptance holds for the code that its reason names, and for no other code of the name.
func TestAcceptNamesTheCode(t *testing.T) {
	mismatch := func(code string) Finding {
		f := New("title_mismatch", "A!C2", "", "Abscess", 1, "")
		f.Code = code
		return f
	}
	findings := []Finding{mismatch("1B75"), mismatch("2C30"), New("name_variant", "A!B2", "", "Abscess", 1, "")}
	accepted := []Accepted{{Finding: "title_mismatch", Subject: "Abscess",
		Reason: "1B75 on purpose, not 1B75.3 or 2C30.Z"}, {Finding: "title_mismatch", Subject: "Abscess", Reason: "(EA80)."},
		{Finding: "name_variant", Subject: "Abscess", Reason: "both"}}
	if unused := Accept(findings, accepted); len(unused) != 1 || unused[0].Reason != "(EA80)." {
		t.Errorf("unused %+v, want the one that names a code without a finding", unused)
	}
	if findings[0].Accepted == nil || findings[1].Accepted != nil || findings[2].Accepted == nil {
		t.Errorf("%+v", findings)
	}
	if unused := Accept(findings[1:2], accepted[:1]); len(unused) != 1 {
		t.Errorf("an acceptance of another code counts as used: %+v", unused)
	}
}

// Findings about pictures that are alike are accepted one by one; those about labels as one.
func TestApart(t *testing.T) {
	mask := New("bad_mask", "s.csv:2", "s", "s/1.jpg: m empty", 1, "")
	label := New("duplicate_label", "s!A2", "s", "Nevus", 1, "")
	all := []Finding{mask, mask, mask, label, label}
	all[1].Source = "t"
	Apart(all)
	var got []string
	for _, f := range all {
		got = append(got, f.Subject)
	}
	want := []string{"s/1.jpg: m empty", "s/1.jpg: m empty", "s/1.jpg: m empty (2)", "Nevus", "Nevus"}
	if !slices.Equal(got, want) {
		t.Errorf("subjects %q, want %q", got, want)
	}
}
