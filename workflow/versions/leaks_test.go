package versions

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/workflow/workspace"
)

// leaksIn writes a version of selected images "source path patient lesion content split" and of pairs
// "image image method distance", and checks it.
func leaksIn(t *testing.T, images, pairs []string, rules LeakRules) Leaks {
	t.Helper()
	dir := t.TempDir()
	table := func(name, header string, lines []string) {
		t.Helper()
		text := header + "\n" + strings.ReplaceAll(strings.Join(lines, "\n"), " ", ",") + "\n"
		if err := os.WriteFile(filepath.Join(dir, "Xv1.0_"+name+".csv"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var rows []string
	for _, image := range images {
		c := strings.Split(strings.ReplaceAll(image, "-", ""), " ")
		rows = append(rows, strings.Join([]string{c[0] + "/" + c[1], c[0], c[2], c[3], c[4], c[5]}, " "))
	}
	table("selected_unsampled", "image_id,source,patient_id,lesion_id,sha256,split", rows)
	table("duplicates", "image_a,image_b,method,distance", pairs)
	rules.Sources = map[string]LeakSource{"a": {Space: "a"}, "b": {Space: "shared"}, "c": {Space: "shared"},
		"d": {Space: "d", Lesions: true}}
	found, err := Version{"Xv1.0-draft", dir}.Leaks(context.Background(), rules)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestLeaks(t *testing.T) {
	all := LeakRules{Patient: true, Lesion: true, Duplicate: true, Within: 4}
	said := func(rules LeakRules, verdicts ...workspace.Verdict) LeakRules {
		rules.Verdicts = verdicts
		return rules
	}
	same, differ := workspace.Verdict{A: "a/1", B: "b/2"}, workspace.Verdict{A: "a/1", B: "b/2", Different: true}
	for _, c := range []struct {
		name          string
		images, pairs []string
		rules         LeakRules
		leaks         int64
		said          string
		leftOut       map[string]int64
	}{
		{"a patient", []string{"a 1 p - x train", "a 2 p - y test"}, nil, all, 1,
			"a/1 is in train and a/2 in test: they have the same patient", nil},
		{"a patient of two sources", []string{"b 1 p - x train", "c 2 p - y val"}, nil, all, 1, "the same patient", nil},
		{"patients of two spaces", []string{"a 1 p - x train", "b 2 p - y val"}, nil, all, 0, "", nil},
		{"a patient that is left out", []string{"a 1 p - x train", "a 2 p - y test", "a 3 q - z val"}, nil,
			LeakRules{Lesion: true, Duplicate: true}, 0, "", map[string]int64{"patient": 1}},
		{"a lesion of no patient", []string{"a 1 - l x train", "a 2 - l y test"}, nil, all, 1, "the same lesion", nil},
		{"a lesion of one patient", []string{"a 1 p l x train", "a 2 p l y test"}, nil, LeakRules{Lesion: true}, 1,
			"the same lesion", map[string]int64{"patient": 1}},
		{"lesions of two patients", []string{"a 1 p l x train", "a 2 q l y test", "a 3 - l z val"}, nil, all, 0, "", nil},
		{"a lesion of the source", []string{"d 1 p l x train", "d 2 q l y test"}, nil, all, 1, "the same lesion", nil},
		{"ids that read alike together", []string{"a 1 pl m x train", "a 2 p lm y test"}, nil, all, 0, "", nil},
		{"bytes", []string{"a 1 - - x train", "b 2 - - x test"}, nil, all, 1, "the same content", nil},
		{"bytes that are left out", []string{"a 1 - - x train", "b 2 - - x test"}, []string{"a/1 b/2 bytes 0"},
			LeakRules{Patient: true, Lesion: true, Within: 4}, 0, "", map[string]int64{"bytes": 1}},
		{"pixels", []string{"a 1 - - x train", "b 2 - - y test"}, []string{"a/1 b/2 pixels 0"}, all, 1,
			"they show the same (pixels)", nil},
		{"nearly", []string{"a 1 - - x train", "b 2 - - y test"}, []string{"a/1 b/2 near 4"}, all, 1,
			"they show the same (near)", nil},
		{"less nearly", []string{"a 1 - - x train", "b 2 - - y test"}, []string{"a/1 b/2 near 5"}, all, 0, "",
			map[string]int64{"near": 1}},
		{"less nearly, on one side", []string{"a 1 - - x val", "b 2 - - y val"}, []string{"a/1 b/2 near 5"}, all, 0, "",
			map[string]int64{"near": 0}},
		{"through a rejected image", []string{"a 1 - - x train", "b 2 - - y test"},
			[]string{"a/0 a/1 pixels 0", "a/0 b/2 near 2"}, all, 1, "they belong together through other images", nil},
		{"through a patient and a picture", []string{"a 1 p - x train", "a 2 p - y train", "b 3 - - y val"}, nil, all, 1,
			"is in train and b/3 in val", nil},
		{"what a person says", []string{"a 1 - - x train", "b 2 - - y test"}, nil, said(all, same), 1,
			"they show the same (verdict)", nil},
		{"what a person says, left out", []string{"a 1 - - x train", "b 2 - - y test"}, nil,
			said(LeakRules{Patient: true, Lesion: true}, same), 0, "", map[string]int64{"verdict": 1}},
		{"what a person says is different", []string{"a 1 - - x train", "b 2 - - x test"}, nil, said(all, differ), 0,
			"", nil},
		{"different, but equal to a third", []string{"a 1 - - x train", "b 2 - - x test"},
			[]string{"a/0 a/1 bytes 0", "a/0 b/2 bytes 0"}, said(all, differ), 1, "through other images", nil},
		{"two groups", []string{"a 1 p - x train", "a 2 p - y test", "a 3 q - z val", "a 4 q - w test"}, nil, all, 2,
			"a/3 is in val and a/4 in test", nil},
		{"nothing", []string{"a 1 p l x train", "a 2 p l y train", "b 3 - - z test"}, []string{"a/1 a/2 near 1"}, all, 0,
			"", nil},
	} {
		found := leaksIn(t, c.images, c.pairs, c.rules)
		if c.leftOut == nil {
			c.leftOut = map[string]int64{}
		}
		if diff := cmp.Diff(c.leftOut, found.LeftOut); diff != "" && c.leaks == 0 || found.Groups != c.leaks ||
			!strings.Contains(strings.Join(found.First, "\n"), c.said) || (c.said == "") != (len(found.First) == 0) {
			t.Errorf("%s: %d groups leak, want %d: %q; left out (-want +got):\n%s",
				c.name, found.Groups, c.leaks, found.First, diff)
		}
	}
}
