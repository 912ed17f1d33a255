package versions

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/workflow/workspace"
)

// A foundRow is a row of either table, as a test knows it.
type foundRow struct {
	source, path, published, sum, sum2, patient, lesion, class, split string
	reason                                                            string // of a rejected one
}

func (r foundRow) id() string { return r.source + "/" + r.path }

// aVersionOf publishes rows as a version's two tables.
func aVersionOf(t *testing.T, rows []foundRow) (*workspace.Workspace, Version) {
	t.Helper()
	selected := "image_id,image_path,source,source_path,sha256,sha256_published,patient_id,lesion_id,target_name,split\n"
	rejected := "image_id,source,source_path,stage,reason\n"
	for _, r := range rows {
		if r.reason != "" {
			rejected += fmt.Sprintf("%s,%s,%s,map,%s\n", r.id(), r.source, r.path, r.reason)
		} else {
			selected += strings.Join([]string{r.id(), r.published, r.source, r.path, r.sum, r.sum2, r.patient, r.lesion, r.class,
				r.split}, ",") + "\n"
		}
	}
	w := published(t, map[string]string{"DXv1.0": ""})
	w.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	for name, text := range map[string]string{"selected_unsampled": selected, "rejected": rejected} {
		if err := os.WriteFile(Version{"DXv1.0", w.Dist("DXv1.0")}.table(name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	v, err := Open(w, "DXv1.0")
	if err != nil {
		t.Fatal(err)
	}
	return w, v
}

// naive says by what a text names the image of a row, in other words than namedBy.
func naive(r foundRow, asked string) string {
	folded := strings.ToLower(asked)
	isEnd := func(name string) bool {
		parts, want := strings.Split(strings.ToLower(name), "/"), strings.Split(folded, "/")
		return len(parts) >= len(want) && cmp.Equal(parts[len(parts)-len(want):], want)
	}
	isSum := func(sum string) bool {
		return len(asked) >= 8 && strings.Trim(folded, "0123456789abcdef") == "" && strings.Index(sum, folded) == 0
	}
	switch {
	case r.reason == "" && (isSum(r.sum) || isSum(r.sum2)):
		return "SHA-256"
	case isEnd(r.path):
		return "file name"
	case r.published != "" && isEnd(r.published):
		return "published file"
	case r.reason == "" && r.patient == asked:
		return "patient"
	case r.reason == "" && r.lesion == asked:
		return "lesion"
	case len(asked) >= 3 && strings.Contains(strings.ToLower(r.id()+"\x00"+r.published), folded):
		return byPart
	}
	return ""
}

// What is found of random rows by random words is what is found row by row, by other code.
func TestLocateAgreesWithANaiveSearch(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	pick := func(all ...string) string { return all[r.IntN(len(all))] }
	sum := func() string {
		return fmt.Sprintf("%016x%016x%016x%016x", r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64())
	}
	kinds := map[string]int{}
	for range 40 {
		var rows []foundRow
		seen := map[string]bool{}
		for range 40 {
			row := foundRow{source: pick("a", "bc"), sum: sum(), patient: pick("", "p1", "p2"), lesion: pick("", "L1", "p1"),
				path:  pick("", "x/", "X/y/") + pick("1.jpg", "a1.jpg", "12.jpg", "L1.png", "p1", "deadbeef.jpg"),
				class: pick("A", "B"), split: pick("train", "val")}
			if seen[row.id()] {
				continue
			}
			seen[row.id()] = true
			row.published = "images/" + row.class + "/" + row.source + "--" + strings.ReplaceAll(row.path, "/", "--")
			if row.sum2 = row.sum; r.IntN(2) == 0 {
				row.sum2 = sum()
			}
			if r.IntN(3) == 0 {
				row.reason, row.published = "unmapped", ""
			}
			rows = append(rows, row)
		}
		w, v := aVersionOf(t, rows)
		for range 20 {
			of := rows[r.IntN(len(rows))]
			asked := pick(path.Base(of.path), of.path, strings.ToUpper(path.Base(of.path)), of.sum, of.sum2[:8], of.sum[:7],
				strings.ToUpper(of.sum[:12]), of.patient, of.lesion, "x", "jpg", "ead", path.Base(of.published), "nothing",
				"y/1.jpg")
			if asked == "" {
				continue
			}
			var want []Candidate
			for _, exactly := range []bool{true, false} {
				for _, rejected := range []bool{false, true} {
					for _, row := range rows {
						by := naive(row, asked)
						if by == "" || (row.reason != "") != rejected || (by == byPart) == exactly {
							continue
						}
						c := Candidate{row.id(), row.source, row.class, row.split, by}
						if rejected {
							c.State, c.Split = "rejected at map: unmapped", ""
						}
						want = append(want, c)
						kinds[by]++
					}
				}
				if len(want) > 0 {
					break
				}
			}
			tr := &tracer{Workspace: w, ctx: t.Context()}
			id, err := tr.locate(v, releaseio.Manifest{}, asked)
			several, is := errors.AsType[*Ambiguous](err)
			switch {
			case len(want) == 0 && (err == nil || is):
				t.Fatalf("%q: %q, %v, want none", asked, id, err)
			case len(want) == 1 && id != want[0].ID:
				t.Fatalf("%q: %q, %v, want %v", asked, id, err, want)
			case len(want) > 1 && (!is || several.Images != int64(len(want)) || !workspace.IsUsage(err)):
				t.Fatalf("%q: %q, %v, want %v", asked, id, err, want)
			case len(want) > 1:
				if diff := cmp.Diff(want[:min(len(want), mostCandidates)], several.First); diff != "" {
					t.Fatalf("%q: %s", asked, diff)
				}
			}
		}
	}
	for _, by := range []string{"SHA-256", "file name", "published file", "patient", "lesion", byPart} {
		if kinds[by] < 20 {
			t.Errorf("only %d were found by %s: that tries nothing", kinds[by], by)
		}
	}
}

// Of many only the first are kept, and all are counted.
func TestManyCandidates(t *testing.T) {
	var rows []foundRow
	for i := range 3 * mostCandidates {
		rows = append(rows, foundRow{source: "s", path: fmt.Sprintf("%d/a.jpg", i), class: "A", split: "train"})
	}
	w, v := aVersionOf(t, rows)
	_, err := (&tracer{Workspace: w, ctx: t.Context()}).locate(v, releaseio.Manifest{}, "a.jpg")
	several, is := errors.AsType[*Ambiguous](err)
	if !is || several.Images != 60 || len(several.First) != mostCandidates || several.First[19].ID != "s/19/a.jpg" ||
		!strings.Contains(err.Error(), `"a.jpg" is 60 images of DXv1.0; the first 20 are listed: name one by its image_id`) {
		t.Errorf("%v", err)
	}
}

// A name is found in whatever Unicode form it is given, and of none it is told what ingest did not use.
func TestLocateTellsWhy(t *testing.T) {
	w, v := aVersionOf(t, []foundRow{{source: "s", path: "Pe\u00f1a.jpg"}, {source: "s", path: "Ano\u0303.jpg"}})
	tr := &tracer{Workspace: w, ctx: t.Context()}
	for asked, want := range map[string]string{"Pen\u0303a.jpg": "s/Pe\u00f1a.jpg", "an\u00f5.jpg": "s/Ano\u0303.jpg"} {
		if id, err := tr.locate(v, releaseio.Manifest{}, asked); id != want {
			t.Errorf("%q: %q, %v", asked, id, err)
		}
	}
	for path, text := range map[string]string{"sources/s/source.yaml": "title: S\n",
		"work/ingest/s_unused.csv": "file,line,reason,detail\na.xlsx,8,one_hot,both A and B are set\n" +
			"x/link.jpg,,link,a link is not followed\n"} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(w.Path(path)), 0o755),
			os.WriteFile(w.Path(path), []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for asked, want := range map[string]string{
		"link.jpg":  "; ingest did not use x/link.jpg of s: link, a link is not followed (work/ingest/s_unused.csv)",
		"30120.jpg": "raw row that ingest did not use: 1 of s for one_hot (work/ingest/s_unused.csv)",
	} {
		if _, err := tr.locate(v, releaseio.Manifest{}, asked); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%q: %v", asked, err)
		}
	}
}

// Versions of earlier programs lack columns.
func TestLocateInAnEarlierVersion(t *testing.T) {
	w, v := aVersionOf(t, []foundRow{{source: "s", path: "a.jpg", published: "images/x", sum: strings.Repeat("ab", 32)}})
	name := v.table("selected_unsampled")
	text, err := os.ReadFile(name)
	if err == nil {
		err = os.WriteFile(name, []byte(strings.Replace(string(text), "sha256_published", "other", 1)), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	tr := &tracer{Workspace: w, ctx: t.Context()}
	if id, err := tr.locate(v, releaseio.Manifest{}, "abababab"); id != "s/a.jpg" {
		t.Errorf("%q, %v", id, err)
	}
	if err := os.WriteFile(filepath.Join(v.Dir, "DXv1.0_rejected.csv"), []byte("image_id\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := tr.locate(v, releaseio.Manifest{}, "abababab"); err == nil || !strings.Contains(err.Error(), `no column "source"`) {
		t.Errorf("%v", err)
	}
}
