package sheetio

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The rule, in the words of the contract: first character that is no apostrophe.
func TestGuarded(t *testing.T) {
	for text, want := range map[string]string{
		"=1": "'=1", "'=1": "''=1", "''=1": "'''=1", "+": "'+", "-": "'-", "-a": "'-a", "@": "'@",
		"\ta": "'\ta", "\ra": "'\ra", "": "", "'": "'", "''": "''", "'s": "'s", "a=1": "a=1", " =1": " =1",
		"\n=1": "\n=1", "1": "1", "−1": "−1", "'\n-": "'\n-",
	} {
		if got := Guarded(text); got != want {
			t.Errorf("Guarded(%q) = %q, want %q", text, got, want)
		}
		if got := Bare(want); got != text {
			t.Errorf("Bare(%q) = %q, want %q", want, got, text)
		}
	}
	for text, want := range map[string]string{"=1": "=1", "-": "-", "'-": "-"} { // as people write it
		if got := Bare(text); got != want {
			t.Errorf("Bare(%q) = %q, want %q", text, got, want)
		}
	}
	if d := cmp.Diff([]string{"'=a", "'-", "-", "'-b"}, GuardedRecord([]string{"=a", "-", "-", "-b"}, 2, 3)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Whatever the text, what is written is not run, and reads back; different texts are written differently.
func TestGuardedAnyText(t *testing.T) {
	text := rapid.Custom(func(t *rapid.T) string {
		return strings.Repeat("'", rapid.IntRange(0, 3).Draw(t, "apostrophes")) +
			rapid.SampledFrom([]string{"", "=", "+", "-", "@", "\t", "\r", "\n", " ", "a"}).Draw(t, "first") +
			rapid.String().Draw(t, "rest")
	})
	rapid.Check(t, func(t *rapid.T) {
		one, other := text.Draw(t, "one"), text.Draw(t, "other")
		written := Guarded(one)
		if strings.IndexAny(written, "=+-@\t\r") == 0 {
			t.Fatalf("%q is written as %q, which is run", one, written)
		}
		if got := Bare(written); got != one {
			t.Fatalf("%q is written as %q and read as %q", one, written, got)
		}
		if one != other && written == Guarded(other) {
			t.Fatalf("%q and %q are both written as %q", one, other, written)
		}
	})
}
