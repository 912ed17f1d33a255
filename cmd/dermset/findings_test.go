package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// docs/findings.md holds the table that `dermset findings` prints, between two marks. -update writes it.
func TestFindingsPageHoldsTheCatalogue(t *testing.T) {
	page := filepath.Join("..", "..", "docs", "findings.md")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- begin: made by go test ./cmd/dermset -run Findings -update -->\n", "<!-- end -->\n"
	before, rest, found := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s lacks the marks %q and %q", page, begin, end)
	}
	var table bytes.Buffer
	if err := (&app{stdout: &table}).printMarkdown(findingsForm.Rows.Keys(), catalogueRows()); err != nil {
		t.Fatal(err)
	}
	want := before + begin + table.String() + end + after
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(text) != want {
		t.Errorf("%s does not hold the table of findings as it is: run the test with -update", page)
	}
}
