package icd11

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDiff(t *testing.T) {
	older := skinRelease(t)
	newer := slices.Clone(skin)
	newer[2].Leaf = false                                 // 2C30 gets a child below
	newer[4].Code = "2C32.5"                              // 2C32.0 is gone, its entity has another code
	newer[6].Title = "Basal cell carcinoma, site unknown" // 2C32.Z
	newer[8].ID = "77"                                    // EA80 stands for another entity
	newer[9].Parent = 0                                   // EK00 moved … the file's order has to follow
	newer = slices.Concat(newer[:1], []Entity{newer[9]}, newer[1:9], newer[10:])
	for i := range newer {
		if p := newer[i].Parent; p > 0 && newer[i].Code != "EK00" && p < 9 {
			newer[i].Parent++
		}
	}
	r := parsed(t, tabulate(columns2026, "2026 Jan 17 - 05:30 UTC", newer))
	want := []Change{
		{"2C30", ChangeParent, "nothing is below it", "has finer codes"},
		{"2C32.0", ChangeGone, "Nodular basal cell carcinoma of skin", "2C32.5 Nodular basal cell carcinoma of skin"},
		{"2C32.Z", ChangeRetitled, "Basal cell carcinoma of skin, unspecified", "Basal cell carcinoma, site unknown"},
		{"EA80", ChangeReused, "Atopic\u00a0eczema, so \"called\" (entity 1)", "Atopic\u00a0eczema, so \"called\" (entity 77)"},
		{"EK00", ChangeMoved, "14 Diseases of the skin", "02 Neoplasms"},
		{"2C32.5", ChangeNew, "2C32.0 Nodular basal cell carcinoma of skin", "Nodular basal cell carcinoma of skin"},
	}
	if d := cmp.Diff(want, Diff(older, r)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := Diff(older, older); got != nil {
		t.Errorf("a release differs from itself: %v", got)
	}
	if got := Diff(r, older); len(got) != len(want) || got[0] != (Change{"EK00", ChangeMoved, "02 Neoplasms", "14 Diseases of the skin"}) || got[1].What != ChangeLeaf {
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
