package icd11

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/icd11/icd11test"
)

func TestDiff(t *testing.T) {
	older := skinRelease(t)
	rows := icd11test.Skin()
	rows[2].Leaf = false                                 // 2C30, as if it had finer codes
	rows[4].Code = "2C32.5"                              // 2C32.0 is gone, its entity has another code
	rows[6].Title = "Basal cell carcinoma, site unknown" // 2C32.Z
	rows[8].ID = "77"                                    // EA80
	// EK00 moves to chapter X, so that the order of the file is the same
	rows[9].Parent = 10
	rows[9], rows[10] = rows[10], rows[9]
	rows[10].Parent, rows[11].Parent, rows[12].Parent = 9, 9, 9
	r := parsed(t, icd11test.Release("2026-01", rows))
	want := []Change{
		{"2C30", ChangeParent, "nothing is below it", "has finer codes"},
		{"2C32.0", ChangeGone, "Nodular basal cell carcinoma of skin", "2C32.5 Nodular basal cell carcinoma of skin"},
		{"2C32.Z", ChangeRetitled, "Basal cell carcinoma of skin, unspecified", "Basal cell carcinoma, site unknown"},
		{"EA80", ChangeReused, "Atopic\u00a0eczema (entity 25)", "Atopic\u00a0eczema (entity 77)"},
		{"EK00", ChangeMoved, "14 Diseases of the skin", "X Extension Codes"},
		{"2C32.5", ChangeNew, "2C32.0 Nodular basal cell carcinoma of skin", "Nodular basal cell carcinoma of skin"},
	}
	if d := cmp.Diff(want, Diff(older, r)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := Diff(older, older); got != nil {
		t.Errorf("a release differs from itself: %v", got)
	}
	if got := Diff(r, older); len(got) != len(want) || got[0].What != ChangeLeaf ||
		got[4] != (Change{"EK00", ChangeMoved, "X Extension Codes", "14 Diseases of the skin"}) {
		t.Errorf("backwards: %v", got)
	}
}

func TestSearch(t *testing.T) {
	r := skinRelease(t)
	for words, want := range map[string]string{
		"basal CELL carcinoma": "2C32 2C32.0 2C32.Z 2C32.Y",
		"skin":                 "2C30 2C32 2C32.0 2C32.Z 2C32.Y XA9HN5",
		"carc bas nodular":     "2C32.0",
		"eczema":               "EA80",
		"éczèma":               "EA80",
		"melanoma of skin":     "2C30",
		"2C32.0":               "2C32.0",
		" 2c32 ":               "2C32",
		"2C3O":                 "2C30",
		"XX9999":               "",
		"arcinoma":             "",
		"neoplasms":            "", // a chapter and a block, which have no code
		" - ":                  "",
		"":                     "",
	} {
		if got := codesOf(r.Search(words)); got != want {
			t.Errorf("Search(%q) = %s, want %s", words, got, want)
		}
	}
}
