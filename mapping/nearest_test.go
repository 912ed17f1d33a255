package mapping

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNearestNames(t *testing.T) {
	names := []string{"Atypical melanocytic naevus", "Basal cell carcinoma", "Basal cell carcinoma, pigmented",
		"Melanocytic naevi", "Melanocytic naevus", "Melanomma", "Melanoma", "Psoriasis", "Squamous cell carcinoma"}
	want := map[string][]string{
		"Atypical melanocytic naevus":     {"Melanocytic naevi", "Melanocytic naevus"},
		"Basal cell carcinoma":            {"Basal cell carcinoma, pigmented", "Squamous cell carcinoma"},
		"Basal cell carcinoma, pigmented": {"Basal cell carcinoma", "Squamous cell carcinoma"},
		"Melanocytic naevi":               {"Melanocytic naevus", "Atypical melanocytic naevus"},
		"Melanocytic naevus":              {"Melanocytic naevi", "Atypical melanocytic naevus"},
		"Melanomma":                       {"Melanoma"},
		"Melanoma":                        {"Melanomma"},
		"Squamous cell carcinoma":         {"Basal cell carcinoma", "Basal cell carcinoma, pigmented"},
	}
	got := map[string][]string{}
	for i, near := range NearestNames(names, 2) {
		if near != nil {
			got[names[i]] = near
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
