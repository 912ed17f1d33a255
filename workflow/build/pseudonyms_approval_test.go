package build_test

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
)

// newPseudonymBench is a workspace with pseudonyms, and their key, that can be approved.
func newPseudonymBench(t *testing.T) *approveBench {
	t.Helper()
	t.Setenv("DERMSET_PSEUDONYM_KEY", firstKey)
	b := newApproveBench(t)
	b.put("dermset.yaml", approveSettings+"privacy: {pseudonymise: true}\n")
	b.publish()
	return b
}

// An approved version with pseudonyms is proved as any other, and never changed.
func TestApprovedPseudonyms(t *testing.T) {
	b := newPseudonymBench(t).approved()
	files := versionText(t, b.path("dist/DXv1.1"))
	verified, err := versions.Verify(b.open(), "DXv1.1")
	if err != nil || verified.Approved == nil || verified.Approved.Person != "eve" {
		t.Fatalf("%+v, %v", verified.Approved, err)
	}
	inside := "annotations/" + pseudonymOf(firstKey, "file", "", "annotations/ours.csv") + ".csv"
	for _, name := range []string{"mapping/state.sha256", "mapping/decisions.jsonl", "manifest.json"} {
		text, err := os.ReadFile(b.path("dist/DXv1.1/" + name))
		if err != nil || strings.Contains(string(text), "ours.csv") || !strings.Contains(string(text), inside) {
			t.Errorf("%s: %v, want it to name %s in the place of a file of annotations", name, err, inside)
		}
	}
	b.remove("work")
	b.publish() // an approved version is held against what is made again
	if got := versionText(t, b.path("dist/DXv1.1")); got["manifest.json"] != files["manifest.json"] {
		t.Error("building it again changed it")
	}
}

// An approval is of one key, as another makes every id another; and of a state that only its key tells.
func TestAnotherKeyEndsAnApproval(t *testing.T) {
	b := newPseudonymBench(t).approved()
	why := func() string {
		t.Helper()
		rows, err := build.Plan(context.Background(), b.open())
		if err != nil {
			t.Fatal(err)
		}
		return rows[0][0] + ": " + rows[0][3]
	}
	if got := why(); !strings.HasPrefix(got, `approval: "eve" approved it`) {
		t.Errorf("with its key: %s", got)
	}
	t.Setenv("DERMSET_PSEUDONYM_KEY", anotherKey)
	got := why()
	if !strings.Contains(got, "ended: annotations/") || !strings.Contains(got, ", key of pseudonyms changed") {
		t.Errorf("with another key: %s", got)
	}
	if where := b.publish(); !strings.Contains(where, "DXv1.1-draft") {
		t.Errorf("with another key: %s", where)
	}
	if err := os.Unsetenv("DERMSET_PSEUDONYM_KEY"); err != nil {
		t.Fatal(err)
	}
	if err := b.approve(); err == nil || !workspace.IsUsage(err) || !strings.Contains(err.Error(), "no key is given") {
		t.Errorf("approve without a key: %v", err)
	}
	if _, err := build.Findings(context.Background(), b.open()); err != nil {
		t.Errorf("findings without a key: %v", err)
	}
}

// What approvals of earlier versions, without pseudonyms, say of files leaves with the log, and is told.
func TestEarlierApprovalsThatNameFilesAreTold(t *testing.T) {
	t.Setenv("DERMSET_PSEUDONYM_KEY", firstKey)
	b := newApproveBench(t).approved()
	var said strings.Builder
	for version, want := range map[string]bool{"1.2": true, "1.3": false} {
		said.Reset()
		privacy := map[bool]string{true: "privacy: {pseudonymise: true}\n"}[want]
		b.put("dermset.yaml", strings.Replace(approveSettings, "1.1", version, 1)+privacy)
		w := b.open()
		w.Log = slog.New(slog.NewTextHandler(&said, nil))
		if _, err := build.Run(context.Background(), w, "publish"); err != nil {
			t.Fatal(err)
		}
		const words = "approvals from before privacy.pseudonymise name files, and leave as they are: annotations/ours"
		if strings.Contains(said.String(), words) != want {
			t.Errorf("%s: it says %s", version, said.String())
		}
	}
}

// withdrawn finds what is withdrawn under its pseudonyms where their key is given, else by its bytes alone, which it
// says.
func TestWithdrawnAcrossPseudonyms(t *testing.T) {
	b := newPseudonymBench(t)
	if err := os.RemoveAll(b.path("dist/DXv1.0-draft")); err != nil { // or its rows would tell the bytes
		t.Fatal(err)
	}
	b.put("dermset.yaml", strings.Replace(approveSettings, "split: {lock: DXv1.0-draft}\n", "", 1)+
		"privacy: {pseudonymise: true}\n")
	b.publish()
	b.put("curation/withdrawn.csv", "source,source_path,patient_id,person,date,reason\n"+
		"a,1.png,,me,2026-01-02,asked\na,,p3,me,2026-01-02,asked\n")
	one, three := pseudonymImage(firstKey, "a/1.png"), pseudonymImage(firstKey, "a/3.png")
	for key, want := range map[string]map[string]int{
		firstKey: {one + " image 2": 1, three + " patient 3": 1}, "": {one + " sha256 2": 1, three + " sha256 3": 1},
	} {
		t.Setenv("DERMSET_PSEUDONYM_KEY", key)
		if key == "" {
			if err := os.Unsetenv("DERMSET_PSEUDONYM_KEY"); err != nil {
				t.Fatal(err)
			}
		}
		var said strings.Builder
		w := b.open()
		w.Log = slog.New(slog.NewTextHandler(&said, nil))
		rows, err := versions.WithdrawnIn(context.Background(), w, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if found := row[2] + " " + row[3] + " " + row[4]; row[5] == "" {
				want[found]--
			}
		}
		for what, n := range want {
			if n != 0 {
				t.Errorf("key %q: %s: %+d of 1, in %q", key, what, -n, rows)
			}
		}
		counted, err := versions.Withdrawn(context.Background(), w)
		if err != nil {
			t.Fatal(err)
		}
		left := map[bool]string{true: "1", false: ""}[key != ""]
		if len(counted) != 2 || counted[0][6] != "1" || counted[0][7] != left || counted[1][7] != left {
			t.Errorf("key %q: %q", key, counted)
		}
		for _, words := range []string{"looked for in it by SHA-256 alone", "nobody can say what it holds"} {
			if strings.Contains(said.String(), words) != (key == "") {
				t.Errorf("key %q: it says %s", key, said.String())
			}
		}
	}
}
