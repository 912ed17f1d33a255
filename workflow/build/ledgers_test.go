package build

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/workflow/steps"
	"github.com/dermset/dermset/workflow/workspace"
	"github.com/dermset/dermset/workflow/workspace/workspacetest"
)

// runWith builds a workspace with a step more, put in front of split, and returns the version's tables by name.
func runWith(t *testing.T, w *workspace.Workspace, extra func(*build) steps.Step) (map[string]string, error) {
	t.Helper()
	b := newBuild(t.Context(), w)
	if extra != nil {
		table := b.table()
		split := slices.IndexFunc(table, func(s steps.Step) bool { return s.Verb == "split" })
		b.steps = steps.New(w, slices.Insert(table, split, extra(b)))
	}
	if err := b.begin(); err != nil {
		t.Fatal(err)
	}
	if err := b.steps.To("publish"); err != nil {
		return nil, err
	}
	paths, err := filepath.Glob(filepath.Join(w.Dist("DXv27.1-draft"), "*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		tables[strings.TrimPrefix(filepath.Base(path), "DXv27.1_")] = string(text)
	}
	return tables, nil
}

// smallWithPictures is a workspace of two rows with a store, in which the second has a text in place of a picture.
func smallWithPictures(t *testing.T) *workspace.Workspace {
	t.Helper()
	w := workspacetest.Small(t, "")
	w.Config.Images.Store = "pics"
	write(t, w.Path("pics/s/1.jpg"), shaded(t, 80, 70, 1))
	write(t, w.Path("pics/s/2.jpg"), []byte("no picture at all\n"))
	return w
}

// A step put between pictures and split that looks at the rows of generate, and at which pictures count, changes
// nothing that later steps read: the ledger of generate is generate's, whatever pictures did to its own, and a file
// that is no image stays rejected.
func TestAStepMoreLooksAtTheRows(t *testing.T) {
	tables, err := runWith(t, smallWithPictures(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := "s/2.jpg,s,2.jpg,acne,Acne,image,image_not_an_image,"; !strings.Contains(tables["rejected.csv"], want) {
		t.Fatalf("rejected:\n%s\nwant %q", tables["rejected.csv"], want)
	}
	w := smallWithPictures(t)
	for _, settings := range []string{"first", "second"} { // the second time split reads the ledger that was kept
		for _, dir := range []string{w.Work("split"), w.Dist("")} {
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}
		looked := 0
		got, err := runWith(t, w, func(b *build) steps.Step {
			return steps.Step{
				Verb: "look", Gives: "what is seen", Needs: []string{"generate", "fetch", "check"},
				When: b.HasPictures,
				Key:  func() (any, map[string]string, error) { return settings, nil, nil },
				Make: func(dir string) error {
					l, err := b.seeLedger("generate")
					if err != nil {
						return err
					}
					if !l.Alive(0) || !l.Alive(1) {
						t.Error("the ledger of generate knows what pictures found")
					}
					for group, err := range b.wanted(false) {
						if err != nil {
							return err
						}
						looked += len(group.Keys)
					}
					return steps.WriteAnswer(dir, looked)
				},
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tables, got); diff != "" {
			t.Errorf("%s: tables without and with the step (-without +with):\n%s", settings, diff)
		}
		if looked != 2 {
			t.Errorf("%s: %d pictures count before they are looked at, want 2", settings, looked)
		}
	}
}

// A step more that reads what generate or pictures left, and does not say that it needs it, is an error, and nothing is
// published.
func TestAStepMoreSaysWhatItNeeds(t *testing.T) {
	for left, read := range map[string]func(*build) error{
		"generate": func(b *build) error {
			for _, err := range b.wanted(false) {
				if err != nil {
					return err
				}
			}
			return nil
		},
		"twins": func(b *build) error { _, err := b.seeLedger(b.lastLedger()); return err },
	} {
		w := smallWithPictures(t)
		_, err := runWith(t, w, func(b *build) steps.Step {
			return steps.Step{
				Verb: "look", Gives: "what is seen", Needs: []string{"check"},
				Key:  func() (any, map[string]string, error) { return nil, nil, nil },
				Make: func(string) error { return read(b) },
			}
		})
		want := "step look reads what " + left + " left, and its key does not depend on it"
		if err == nil || err.Error() != want {
			t.Errorf("error %v, want %q", err, want)
		}
		if _, err := os.Stat(w.Dist("DXv27.1-draft")); err == nil {
			t.Errorf("%s: a version was published", left)
		}
	}
}
