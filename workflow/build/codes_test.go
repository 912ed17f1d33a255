package build

import (
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/dermset/dermset/icd11/icd11test"
	"github.com/dermset/dermset/workflow/workspace"
)

// imported is an empty workspace with a release in it.
func imported(t *testing.T) *workspace.Workspace {
	t.Helper()
	w := &workspace.Workspace{Dir: t.TempDir(), Config: workspace.Defaults(), Log: slog.New(slog.DiscardHandler)}
	zip := icd11test.Release("2025-01", icd11test.Skin())
	record, err := workspace.JSONText(workspace.Imported{Release: "2025-01",
		Bytes: int64(len(zip)), SHA256: workspace.Sum(zip)})
	err = errors.Join(err, os.MkdirAll(w.Path("icd11"), 0o755),
		os.WriteFile(w.Path(workspace.ReleaseZip("2025-01")), zip, 0o644),
		os.WriteFile(w.Path(workspace.ReleaseRecord("2025-01")), record, 0o644))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// What the API was asked is an input of the build; a file of it that is damaged is an error, not an empty description.
func TestCheckedCodesAreInputs(t *testing.T) {
	w := imported(t)
	noted := func() (*build, error) {
		b := newBuild(t.Context(), w)
		b.inputs = inputs{}
		var err error
		if b.release, err = b.Release(); err != nil {
			t.Fatal(err)
		}
		return b, b.noteCodes()
	}
	b, err := noted()
	if err != nil || len(b.inputs) != 1 || b.inputs.sum("icd11/2025-01.zip") != b.release.SHA256 {
		t.Errorf("inputs %v, %v", b.inputs, err)
	}
	known := workspace.CheckedCodes{Release: "2025-01", Codes: map[string]workspace.CheckedCode{
		"2C30": {Title: "Melanoma of skin", Description: "described"},
		"2C32": {Title: "Another title", Description: "of another code"},
	}}
	text, err := workspace.JSONText(known)
	if err := errors.Join(err, os.WriteFile(w.Path(workspace.CheckedFile("2025-01")), text, 0o644)); err != nil {
		t.Fatal(err)
	}
	if b, err = noted(); err != nil || len(b.inputs) != 2 || b.inputs.sum("icd11/2025-01.checked.json") == "" {
		t.Errorf("inputs %v, %v", b.inputs, err)
	}
	if got := strings.Join(b.meaning("2C30"), "|"); got != "valid|true|Melanoma of skin|described|2025-01|release, API" {
		t.Errorf("2C30: %s", got)
	}
	if got := strings.Join(b.meaning("2C32"), "|"); got != "valid|false|Basal cell carcinoma of skin||2025-01|release" {
		t.Errorf("2C32, whose title was another: %s", got)
	}
	if err := os.WriteFile(w.Path(workspace.CheckedFile("2025-01")), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err = noted(); err == nil || !strings.Contains(err.Error(), "2025-01.checked.json: ") ||
		!strings.Contains(err.Error(), "or delete the file") {
		t.Error(err)
	}
}
