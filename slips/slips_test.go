package slips

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNearest(t *testing.T) {
	columns := strings.Fields("image_path label patient_id lesion_id sex age body_site fitzpatrick image_type " +
		"diagnosis_method differentials mask_path")
	verbs := strings.Fields("build check codes crops describe diff fetch generate init mapping plan publish source split")
	for _, test := range []struct {
		written string
		known   []string
		want    string
	}{
		{"image_pth", columns, "image_path"}, {"imagepath", columns, "image_path"}, {"Image-Path", columns, "image_path"},
		{"image path", columns, "image_path"}, {"iamge_path", columns, "image_path"}, {"LABEL", columns, "label"},
		{"labels", columns, "label"}, {"path_image", columns, "image_path"}, {"diff", columns, "differentials"},
		{"diagnosis", columns, "diagnosis_method"}, {"site", columns, "body_site"}, {"patient", columns, "patient_id"},
		{"sx", columns, ""}, {"ag", columns, ""}, {"age_of_patient", columns, "age"}, {"Fitzpatrick", columns, "fitzpatrick"},
		{"path", columns, ""}, {"image", columns, ""}, {"colour", columns, ""}, {"", columns, ""}, {"_", columns, ""},
		{"bild", verbs, "build"}, {"biuld", verbs, "build"}, {"discribe", verbs, "describe"}, {"ftech", verbs, "fetch"},
		{"fetch", nil, ""}, {strings.Repeat("x", 1000), columns, ""},
		{"ab", []string{"ac", "ad"}, ""}, {"abc", []string{"abx", "aby"}, "abx"}, {"a.b", []string{"", "-"}, ""},
	} {
		if got := Nearest(test.written, test.known); got != test.want {
			t.Errorf("%q: %q, want %q", test.written, got, test.want)
		}
	}
	if got := Meant("bild", verbs) + Meant("house", verbs); got != "; did you mean build?" {
		t.Errorf("%q", got)
	}
}

// Slips are those of a table of all distances, up to most.
func TestSlips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.StringMatching("[abc]{0,60}").Draw(t, "a")
		b := rapid.StringMatching("[abc]{0,60}").Draw(t, "b")
		most := rapid.IntRange(0, 20).Draw(t, "most")
		if got, want := Count(a, b, most), min(naive(a, b), most+1); got != want {
			t.Fatalf("Count(%q, %q, %d) = %d, want %d", a, b, most, got, want)
		}
	})
}

func naive(a, b string) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}
