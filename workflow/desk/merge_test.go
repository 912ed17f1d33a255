package desk

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// A workbook that is not there is made, and its folder.
func TestMergeBegins(t *testing.T) {
	w, _ := reviewable(t)
	renaming := "Source Label,Target Name,ICD-11 Code(s),Notes/Justification,Images\nacne,,,,1\n"
	if err := errors.Join(os.RemoveAll(w.Path("mapping")),
		os.WriteFile(w.Path("sources/s/s_renaming.csv"), []byte(renaming), 0o644)); err != nil {
		t.Fatal(err)
	}
	if _, err := Merge(t.Context(), w, false); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(w.Path("mapping/workbook/s.csv"))
	if header, rest, _ := strings.Cut(string(text), "\n"); err != nil || !strings.HasSuffix(header, ",Annotator") ||
		rest != "acne,,,,,,\n" {
		t.Errorf("%v: %s", err, text)
	}
}
