package build

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/cases"
)

func TestFolderNames(t *testing.T) {
	classes := []string{"Acne", "acne", "A/B: \"C\"", "CON", "com1.x", ".hidden", "-", "ends. ", "  ", "e\u0301", "\u00e9",
		strings.Repeat("ä", 300), "zero\u200bwidth"}
	want := []string{"Acne", "acne~2", "A_B_ _C_", "_CON", "_com1.x", "_.hidden", "_-", "ends", "_", "é", "é~2",
		strings.Repeat("ä", 100), "zero_width"}
	for i, got := range folderNames(classes) {
		if got != want[i] {
			t.Errorf("%q: got %q, want %q", classes[i], got, want[i])
		}
	}
}

// Windows takes a name for a device, whatever stands behind its dot: COM and LPT with a superscript 1, 2 or 3 as well.
// What only looks like one keeps its name.
func TestDevicesAreNoFolders(t *testing.T) {
	for class, want := range map[string]string{
		"COM¹": "_COM¹", "COM²": "_COM²", "com³": "_com³", "LPT¹": "_LPT¹", "lpt².x": "_lpt².x", "LPT³ .a": "_LPT³ .a",
		"Com9": "_Com9", "lpt1.": "_lpt1", "nul.csv": "_nul.csv", "CONIN$": "_CONIN$",
		"COM": "COM", "COM⁴": "COM⁴", "LPTx": "LPTx", "COM10": "COM10", "COM¹²": "COM¹²", "XCOM1": "XCOM1",
	} {
		if got := folderNames([]string{class})[0]; got != want {
			t.Errorf("%q: got %q, want %q", class, got, want)
		}
	}
}

func FuzzFolderNames(f *testing.F) {
	f.Add("Acne", "acne")
	f.Add("a~2", "A")
	f.Add("\xff", "\u2126")
	f.Fuzz(func(t *testing.T, a, b string) {
		names := folderNames([]string{a, b, a})
		fold, seen := cases.Fold(), map[string]bool{}
		for _, name := range names {
			if name == "" || name == "." || name == ".." || len(name) > 255 || !utf8.ValidString(name) ||
				strings.ContainsAny(name, "<>:\"/\\|?*\x00") || strings.HasSuffix(name, ".") || strings.HasSuffix(name, " ") {
				t.Fatalf("%q is not safe", name)
			}
			if key := fold.String(name); seen[key] {
				t.Fatalf("%q stands twice in %q", name, names)
			} else {
				seen[key] = true
			}
		}
	})
}
