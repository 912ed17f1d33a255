package desk

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dermset/dermset/icd11"
	"github.com/dermset/dermset/icd11/icd11test"
	"github.com/dermset/dermset/workflow/workspace"
)

// What the release says and what the API says is one verdict; where they differ in existence or title,
// a person has to look.
func TestVerdict(t *testing.T) {
	release, err := icd11.ParseRelease(icd11test.Release("2025-01", icd11test.Skin()))
	if err != nil {
		t.Fatal(err)
	}
	answer := func(code, title string, status icd11.Status, uncombined bool) map[string]icd11.Answer {
		result := icd11.Result{Code: code, Status: status, Title: title}
		if status != icd11.Valid {
			result.Why = "the API's reason"
		}
		return map[string]icd11.Answer{code: {Result: result, Description: "described", Uncombined: uncombined}}
	}
	const cluster, clusterTitle = "2C32&XK8G", "Basal cell carcinoma of skin & Left"
	for _, c := range []struct {
		name, code       string
		release          *icd11.Release
		answers          map[string]icd11.Answer
		title, with      string
		why, description string
	}{
		{"release alone", "2C30", release, nil, "Melanoma of skin", "release", "", ""},
		{"release alone, unknown", "2C31", release, nil, "", "release", `"2C31" is not in release 2025-01`, ""},
		{"both", "2C30", release, answer("2C30", "Melanoma of skin", icd11.Valid, false),
			"Melanoma of skin", "release, API", "", "described"},
		{"another space", "EA80", release, answer("EA80", "Atopic eczema", icd11.Valid, false),
			"Atopic\u00a0eczema", "release, API", "", "described"},
		{"another title", "2C30", release, answer("2C30", "Melanoma", icd11.Valid, false), "Melanoma of skin", "release, API",
			`the imported release has the title "Melanoma of skin", the API "Melanoma"`, "described"},
		{"only the release has it", "2C30", release, answer("2C30", "", icd11.Unknown, false), "Melanoma of skin",
			"release, API", "the imported release says valid, the API says unknown (the API's reason)", "described"},
		{"only the API has it", "2C31", release,
			answer("2C31", "Squamous cell carcinoma of skin", icd11.Valid, false), "", "release, API",
			`the imported release says unknown, the API says valid ("2C31" is not in release 2025-01)`, "described"},
		{"both know no such code", "2C31", release, answer("2C31", "", icd11.Unknown, false), "", "release, API",
			`"2C31" is not in release 2025-01`, "described"},
		{"not combined", cluster, release, answer(cluster, clusterTitle, icd11.Valid, true), clusterTitle,
			"release, API", uncombined, "described"},
		{"API alone", "2C30", nil, answer("2C30", "Melanoma of skin", icd11.Valid, false),
			"Melanoma of skin", "API", "", "described"},
		{"API alone, unknown", "2C30", nil, answer("2C30", "", icd11.Unknown, false), "",
			"API", "the API's reason", "described"},
		{"API alone, not combined", cluster, nil, answer(cluster, clusterTitle, icd11.Valid, true),
			clusterTitle, "API", uncombined, "described"},
	} {
		v := verdictOn(c.code, c.release, c.answers)
		if v.Title != c.title || v.with != c.with || v.Why != c.why || v.description != c.description {
			t.Errorf("%s: %+v, want title %q, with %q, why %q", c.name, v, c.title, c.with, c.why)
		}
	}
}

func TestPlaces(t *testing.T) {
	for _, c := range []struct {
		rows map[string][]int
		want string
	}{
		{map[string][]int{"b": {10, 9}, "a": {2}}, "a row 2; b row 9, 10"},
		{map[string][]int{"a": {5, 4, 3, 2}}, "a row 2, 3, 4, 1 more"},
		{map[string][]int{"a": {2}, "b": {2}, "c": {2}, "d": {2}, "e": {2}}, "a row 2; b row 2; c row 2; and 2 more tabs"},
	} {
		if got := (usedCode{rows: c.rows}).places(); got != c.want {
			t.Errorf("places %v: %q, want %q", c.rows, got, c.want)
		}
	}
}

// codesWorkspace is an empty workspace with a release file beside it.
func codesWorkspace(t *testing.T) (*workspace.Workspace, string) {
	t.Helper()
	w := &workspace.Workspace{Dir: t.TempDir(), Config: workspace.Defaults(), Log: slog.New(slog.DiscardHandler)}
	zip := filepath.Join(t.TempDir(), "list.zip")
	if err := os.WriteFile(zip, icd11test.Release("2025-01", icd11test.Skin()), 0o644); err != nil {
		t.Fatal(err)
	}
	return w, zip
}

// Wherever a run dies between the zip and its record, or whatever becomes of one of them, the release is not taken for
// what it is not, and importing it again mends it.
func TestImportIsMended(t *testing.T) {
	other := icd11test.Skin()
	other[2].Title = "Another title"
	for name, spoil := range map[string]func(zip, record string) error{
		"no record":     func(_, record string) error { return os.Remove(record) },
		"torn record":   func(_, record string) error { return os.WriteFile(record, []byte(`{"rel`), 0o644) },
		"torn zip":      func(zip, _ string) error { return os.Truncate(zip, 100) },
		"another zip":   func(zip, _ string) error { return os.WriteFile(zip, icd11test.Release("2025-01", other), 0o644) },
		"other release": func(zip, _ string) error { return os.WriteFile(zip, icd11test.Release("2026-01", other), 0o644) },
	} {
		w, zip := codesWorkspace(t)
		if r, err := w.Release(); r != nil || err != nil {
			t.Fatalf("before the import: %v, %v", r, err)
		}
		if _, err := ImportCodes(w, zip); err != nil {
			t.Fatal(err)
		}
		if err := spoil(w.Path(workspace.ReleaseZip("2025-01")), w.Path(workspace.ReleaseRecord("2025-01"))); err != nil {
			t.Fatal(err)
		}
		if r, err := w.Release(); r != nil || err == nil ||
			!strings.Contains(err.Error(), "again with `dermset codes import`") {
			t.Errorf("%s: %v, %v", name, r, err)
		}
		if _, err := ImportCodes(w, zip); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if r, err := w.Release(); err != nil || r.ID != "2025-01" {
			t.Errorf("%s: after the import: %v", name, err)
		}
	}
}
