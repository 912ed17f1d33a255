package build_test

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/dermset/dermset/workflow/workspace"
	"github.com/google/go-cmp/cmp"
)

// worldChanges are what people do to a workspace between two builds.
var worldChanges = map[string]func(w *world, r *rand.Rand){
	"mapping": func(w *world, r *rand.Rand) { w.tabs, w.refine = w.remap(r) },
	"override": func(w *world, r *rand.Rand) {
		for range 3 {
			if _, row := w.someRow(r); row != nil {
				row.kept = !row.kept
			}
		}
	},
	"picture": func(w *world, r *rand.Rand) { // of what changes in the store, a build is told by the dataset CSV
		for range 3 {
			if s, row := w.someRow(r); row != nil {
				row.picture = newContent(r, 40, 3)
				w.addRow(r, s)
			}
		}
	},
	"picture gone": func(w *world, r *rand.Rand) {
		for range 3 {
			if s, row := w.someRow(r); row != nil {
				row.picture = content{}
				w.addRow(r, s)
			}
		}
	},
	"mask": func(w *world, r *rand.Rand) {
		for range 3 {
			if s, row := w.someRow(r); row != nil {
				row.mask = worldMask{pick(r, maskKinds), r.IntN(30)}
				w.addRow(r, s)
			}
		}
	},
	"drawing": func(w *world, r *rand.Rand) {
		for range 3 {
			if _, row := w.someRow(r); row != nil {
				row.drawn = []drawing{newDrawing(r)}
			}
		}
	},
	"crops": func(w *world, r *rand.Rand) { w.margin, w.mostCrops = pick(r, []float64{0, 0.1, 0.5}), 1+r.IntN(5) },
	"what masks are": func(w *world, r *rand.Rand) {
		s := pick(r, w.sources)
		s.shows, s.noCrops = pick(r, []string{"lesion", "skin", "other"}), !s.noCrops
	},
	"no pictures": func(w *world, r *rand.Rand) {
		s := pick(r, w.sources)
		s.pictureless = !s.pictureless
	},
	"row": func(w *world, r *rand.Rand) { w.addRow(r, pick(r, w.sources)) },
	"row gone": func(w *world, r *rand.Rand) {
		if s := pick(r, w.sources); len(s.rows) > 0 {
			at := r.IntN(len(s.rows))
			s.rows = slices.Delete(s.rows, at, at+1)
		}
	},
	"withdrawal": func(w *world, r *rand.Rand) {
		if s, row := w.someRow(r); row != nil {
			w.withdrawn = append(slices.Clone(w.withdrawn), [3]string{s.name, row.path, ""})
		}
	},
	"min_side":   func(w *world, r *rand.Rand) { w.minSide = pick(r, []int{1, 40, 66, 68}) },
	"max_pixels": func(w *world, r *rand.Rand) { w.maxPixels = pick(r, []int{4500, 5500, 10000, 1 << 20}) },
	"duplicates": func(w *world, _ *rand.Rand) { w.first = !w.first },
	"group_by":   func(w *world, r *rand.Rand) { w.groupBy = pick(r, [][]string{{"patient"}, {"duplicate"}}) },
	"near_group": func(w *world, _ *rand.Rand) { w.nearGroup, w.nearMost = w.nearMost, 8 },
	"layout":     func(w *world, r *rand.Rand) { w.arrange(r) },
	"verdicts":   func(w *world, r *rand.Rand) { w.addVerdicts(r) },
	"nothing":    func(*world, *rand.Rand) {},
}

// someRow is nil where a source has none.
func (w *world) someRow(r *rand.Rand) (*worldSource, *worldRow) {
	s := pick(r, w.sources)
	if len(s.rows) == 0 {
		return s, nil
	}
	return s, &s.rows[r.IntN(len(s.rows))]
}

func (w *world) addRow(r *rand.Rand, s *worldSource) {
	labels, _ := w.words()
	row := s.newRow(r, 1000+len(s.rows)+r.IntN(1<<30), append(labels, "BCC"), len(patientPool))
	row.picture = newContent(r, 40, 5)
	row.addMask(r)
	s.rows = append(s.rows, row)
}

// copied has sources and rows of its own.
func (w *world) copied() *world {
	other := *w
	other.sources = nil
	for _, s := range w.sources {
		one := *s
		one.rows = slices.Clone(s.rows)
		other.sources = append(other.sources, &one)
	}
	return &other
}

// losses are what a disk or a person does to a workspace's work/ between two builds.
var losses = map[string]func(dir string, r *rand.Rand) error{
	"nothing":    func(string, *rand.Rand) error { return nil },
	"torn facts": func(dir string, r *rand.Rand) error { return tear(filepath.Join(dir, factsFile), r) },
	"facts":      func(dir string, _ *rand.Rand) error { return os.RemoveAll(filepath.Join(dir, "work/facts")) },
	"torn log":   func(dir string, r *rand.Rand) error { return tear(filepath.Join(dir, "work/blobs/log.jsonl"), r) },
	"blobs":      func(dir string, _ *rand.Rand) error { return os.RemoveAll(filepath.Join(dir, "work/blobs")) },
	"a blob": func(dir string, r *rand.Rand) error {
		path, err := someBlob(dir, r)
		return errors.Join(err, os.RemoveAll(path))
	},
	"half a blob": func(dir string, r *rand.Rand) error {
		path, err := someBlob(dir, r)
		if err != nil || path == "" {
			return err
		}
		data, err := os.ReadFile(path)
		return errors.Join(err, os.Remove(path), os.WriteFile(path, data[:len(data)/2], 0o444))
	},
	"a step": func(dir string, r *rand.Rand) error {
		steps := []string{"generate", "fetch", "check", "pictures", "twins", "describe", "crops", "split"}
		return os.RemoveAll(filepath.Join(dir, "work", pick(r, steps)))
	},
}

// someBlob is empty where there is none.
func someBlob(dir string, r *rand.Rand) (string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "work/blobs/??/??/*"))
	if err != nil || len(paths) == 0 {
		return "", err
	}
	return pick(r, paths), nil
}

// tear leaves some of the beginning of a file that may be there.
func tear(path string, r *rand.Rand) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.Truncate(path, r.Int64N(info.Size()+1))
}

// A workspace that was built, changed, damaged and built again publishes what one does that is built from nothing, byte
// by byte, and that is what the oracle says. A build from nothing does not depend on what was before,
// so it is the oracle of what is kept.
func TestRebuildAgreesWithOracle(t *testing.T) {
	seeds := worldSeeds(t, 50, 12)
	dir := tempDir(t)
	var mu sync.Mutex
	happened := map[string]int{}
	const lanes = 2
	t.Run("worlds", func(t *testing.T) {
		for lane := range lanes {
			t.Run(strconv.Itoa(lane), func(t *testing.T) {
				t.Parallel()
				for i, seed := range seeds {
					if i%lanes == lane {
						what := rebuildWorld(t, filepath.Join(dir, strconv.FormatUint(seed, 10)), seed)
						mu.Lock()
						for _, w := range what {
							happened[w]++
						}
						mu.Unlock()
					}
				}
			})
		}
	})
	t.Logf("%v", happened)
	if len(seeds) < 70 {
		return
	}
	for change := range worldChanges {
		if happened[change] == 0 {
			t.Errorf("no world had the change of %s", change)
		}
	}
	for loss := range losses {
		if happened["lost: "+loss] == 0 {
			t.Errorf("no world had the loss of %s", loss)
		}
	}
}

// rebuildWorld says what happened to the world between the builds.
func rebuildWorld(t *testing.T, dir string, seed uint64) (happened []string) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 33))
	w := newWorld(seed)
	w.addPictures(r, 1+r.IntN(40), 2+r.IntN(6))
	w.pin = nil // two pins in one group keep a build from running
	changed := w.copied()
	for range 1 + r.IntN(3) {
		what := pick(r, sortedNames(worldChanges))
		worldChanges[what](changed, r)
		happened = append(happened, what)
	}
	loss := pick(r, sortedNames(losses))
	happened = append(happened, "lost: "+loss)
	built, fresh := filepath.Join(dir, "built"), filepath.Join(dir, "fresh")
	publish := func(dir string) map[string]string {
		settings := workspace.Resources{Workers: 1 + r.IntN(3),
			BatchBytes: pick(r, []int{1, 64, 500, 1 << 20}), MemoryBytes: 1 << 28}
		if _, err := buildIn(context.Background(), dir, "publish", settings); err != nil {
			t.Fatalf("repeat with DERMSET_SEED=%d (%s): %v", seed, strings.Join(happened, ", "), err)
		}
		return versionText(t, filepath.Join(dir, "dist", draft))
	}
	if err := w.write(built); err != nil {
		t.Fatal(err)
	}
	publish(built)
	if err := errors.Join(losses[loss](built, r), changed.writeOver(built, w), changed.write(fresh)); err != nil {
		t.Fatal(err)
	}
	got := publish(built)
	problem := cmp.Diff(publish(fresh), got)
	if problem == "" {
		problem = changed.compare(filepath.Join(built, "dist", draft), solve(changed), &oracleCounts{})
	}
	if problem != "" {
		t.Fatalf("repeat with DERMSET_SEED=%d (%s): (-from nothing +built again)\n%s",
			seed, strings.Join(happened, ", "), problem)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	return happened
}
