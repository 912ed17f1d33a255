package build_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dermset/dermset/workflow/workspace"
	"github.com/google/go-cmp/cmp"
)

// newBigWorld has so many rows that every table is cut into pieces, with patients that come back
// within and across sources.
func newBigWorld(seed uint64, rows int) *world {
	r := rand.New(rand.NewPCG(seed, 30))
	labels, targets := labelPool[:12], targetPool[:8]
	w := &world{seed: seed, minImages: 5, minGroups: 3, ratios: [3]int{70, 15, 15}, splitSeed: 7,
		groupBy: []string{"patient", "lesion", "duplicate"},
		known:   targets[:4], pin: map[string]string{"zeta": "test"}}
	for i, name := range []string{"0", "s", "s-1", "s.1", "zeta"} {
		s := newSource(r, name, labels)
		s.pending, s.tab, s.extra, s.rows = false, name, []string{"camera", "A note"}[:i%3], nil
		if i > 2 {
			s.space = "shared"
		}
		for n := range rows / 5 {
			row := s.newRow(r, n, labels, len(patientPool))
			if row.patient != "" && !chance(r, 40) {
				row.patient = fmt.Sprintf("p%d", r.IntN(rows/10))
			}
			if row.lesion != "" && row.patient == "" && s.lesionsInSource {
				row.lesion = fmt.Sprintf("L%d", r.IntN(rows))
			}
			s.rows = append(s.rows, row)
		}
		w.sources = append(w.sources, s)
		w.withdrawn = append(w.withdrawn, [3]string{name, s.rows[3].path, ""}, [3]string{name, "", fmt.Sprintf("p%d", i)})
	}
	w.addTabs(r, labels, targets)
	w.addRefinements(r, targets)
	return w
}

// versionText is every file of a version by its path: the hash of its bytes, but the manifest's text without the time,
// and the list of hashes without the manifest's.
func versionText(t testing.TB, dist string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dist, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dist, path)
		sum := sha256.Sum256(text)
		files[filepath.ToSlash(name)] = hex.EncodeToString(sum[:])
		if name == "manifest.json" {
			var manifest map[string]any
			if err := json.Unmarshal(text, &manifest); err != nil {
				return err
			}
			if _, err := time.Parse(time.RFC3339, fmt.Sprint(manifest["built_at"])); err != nil {
				t.Errorf("built_at: %v", err)
			}
			delete(manifest, "built_at")
			text, err = json.MarshalIndent(manifest, "", " ")
			files[name] = string(text)
		}
		if name == "manifest.sha256" {
			first, rest, _ := strings.Cut(string(text), "\n")
			if !strings.HasSuffix(first, "  manifest.json") {
				t.Errorf("manifest.sha256 begins %q", first)
			}
			files[name] = rest
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

const draft = "DXv1.0-draft"

// buildFresh builds a world from nothing in dir, and returns the version's files.
func buildFresh(t *testing.T, w *world, dir string, settings workspace.Resources) map[string]string {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := w.write(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := buildIn(context.Background(), dir, "publish", settings); err != nil {
		t.Fatal(err)
	}
	return versionText(t, filepath.Join(dir, "dist", draft))
}

func pcg(a, b uint64) *rand.Rand { return rand.New(rand.NewPCG(a, b)) }

func bigRows(many, few int) int {
	if testing.Short() || raceEnabled {
		return few
	}
	return many
}

// The same bytes come out for any number of workers and any size of batch.
func TestSameBytesForAnyWorkersAndBatches(t *testing.T) {
	for what, w := range map[string]*world{"rows": newBigWorld(1, bigRows(4000, 600)),
		"pictures": newPicturedWorld(1, bigRows(1200, 400))} {
		t.Run(what, func(t *testing.T) { wantSameBytes(t, w) })
	}
}

func wantSameBytes(t *testing.T, w *world) {
	root := tempDir(t)
	want := buildFresh(t, w, filepath.Join(root, "first"),
		workspace.Resources{Workers: 1, BatchBytes: 1 << 20, MemoryBytes: 1 << 28})
	if len(want) < 25 {
		t.Fatalf("a version of %d files: %v", len(want), sortedNames(want))
	}
	for _, workers := range []int{1, 2, 8} {
		for _, bytes := range []int{64, 4096, 1 << 20} {
			for _, memory := range []int64{1 << 12, 1 << 28} {
				settings := workspace.Resources{Workers: workers, BatchBytes: bytes, MemoryBytes: memory}
				got := buildFresh(t, w, filepath.Join(root, fmt.Sprintf("%d-%d-%d", workers, bytes, memory)), settings)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%+v (-one worker +got):\n%s", settings, diff)
				}
			}
		}
	}
}

// No file tells in what time zone, folder or place of the workbook a build took place.
func TestSameBytesElsewhere(t *testing.T) {
	root := tempDir(t)
	w := newBigWorld(2, 1000)
	want := buildFresh(t, w, filepath.Join(root, "here"), plainRun)
	zone := time.Local
	t.Cleanup(func() { time.Local = zone })
	time.Local = time.FixedZone("far away", 13*3600+45*60)
	t.Setenv("TZ", "Pacific/Chatham")
	t.Setenv("LANG", "tr_TR.UTF-8")
	got := buildFresh(t, w, filepath.Join(root, "another folder", "ü"), plainRun)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("another time zone and folder (-want +got):\n%s", diff)
	}
}

// The order of rows in the workbook changes its own copy and the cells that findings name, nothing else.
func TestSameBytesForAnyOrderOfTheWorkbook(t *testing.T) {
	root := tempDir(t)
	w := newBigWorld(3, 1000)
	strip := func(files map[string]string, dir string) map[string]string {
		for name := range files {
			if strings.HasPrefix(name, "mapping/workbook/") {
				delete(files, name)
			}
		}
		ofOrder := regexp.MustCompile("(?m)^.*  mapping/(workbook/.*|findings.csv)\n")
		files["manifest.sha256"] = ofOrder.ReplaceAllString(files["manifest.sha256"], "")
		var manifest map[string]any
		if err := json.Unmarshal([]byte(files["manifest.json"]), &manifest); err != nil {
			t.Fatal(err)
		}
		for _, list := range []string{"inputs", "outputs"} {
			for _, e := range manifest[list].([]any) {
				entry := e.(map[string]any)
				if path := entry["path"].(string); strings.HasPrefix(path, "mapping/workbook/") || path == "mapping/findings.csv" {
					delete(entry, "sha256")
					delete(entry, "bytes")
				}
			}
		}
		text, err := json.MarshalIndent(manifest, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		files["manifest.json"] = string(text)
		_, rows, err := readCSV(filepath.Join(dir, "dist", draft, "mapping", "findings.csv"))
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) < 10 {
			t.Fatalf("%d findings, too few to see their order", len(rows))
		}
		var lines []string
		for _, row := range rows {
			delete(row, "place")
			lines = append(lines, fmt.Sprint(row))
		}
		files["mapping/findings.csv"] = strings.Join(lines, "\n")
		return files
	}
	first := filepath.Join(root, "0")
	want := strip(buildFresh(t, w, first, plainRun), first)
	r := rand.New(rand.NewPCG(3, 3))
	for n := range 6 {
		for _, tab := range w.tabs {
			r.Shuffle(len(tab.rows), func(i, j int) { tab.rows[i], tab.rows[j] = tab.rows[j], tab.rows[i] })
		}
		r.Shuffle(len(w.refine), func(i, j int) { w.refine[i], w.refine[j] = w.refine[j], w.refine[i] })
		dir := filepath.Join(root, fmt.Sprint(n+1))
		if diff := cmp.Diff(want, strip(buildFresh(t, w, dir, plainRun), dir)); diff != "" {
			t.Fatalf("shuffle %d (-want +got):\n%s", n, diff)
		}
	}
}

// The order of rows in the dataset CSVs changes nothing about any image.
func TestRowOrderChangesNoImage(t *testing.T) {
	root := tempDir(t)
	w := newPicturedWorld(4, bigRows(2000, 500))
	w.first = false // which of equal images comes first is a matter of order
	show := func(dir string) map[string]string {
		all := map[string]string{}
		for _, name := range []string{"selected_unsampled", "selected_unsampled_soft", "rejected"} {
			_, rows, err := readCSV(filepath.Join(dir, "dist", draft, "DXv1.0_"+name+".csv"))
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				all[row["image_id"]+" "+name] = fmt.Sprint(row)
			}
		}
		return all
	}
	tables := func(files map[string]string) map[string]string {
		same := map[string]string{}
		for _, name := range []string{"classes_stage1", "classes_stage2", "classes_stage3", "fitzpatrick_distribution",
			"imagetype_summary", "categories", "duplicates"} {
			same[name] = files["DXv1.0_"+name+".csv"]
		}
		return same
	}
	first := filepath.Join(root, "0")
	wantTables := tables(buildFresh(t, w, first, plainRun))
	want := show(first)
	r := rand.New(rand.NewPCG(4, 4))
	for n := range 4 {
		for _, s := range w.sources {
			r.Shuffle(len(s.rows), func(i, j int) { s.rows[i], s.rows[j] = s.rows[j], s.rows[i] })
		}
		dir := filepath.Join(root, fmt.Sprint(n+1))
		if diff := cmp.Diff(wantTables, tables(buildFresh(t, w, dir, plainRun))); diff != "" {
			t.Errorf("shuffle %d (-want +got):\n%s", n, diff)
		}
		if diff := cmp.Diff(want, show(dir)); diff != "" {
			t.Fatalf("shuffle %d (-want +got):\n%s", n, diff)
		}
	}
}
