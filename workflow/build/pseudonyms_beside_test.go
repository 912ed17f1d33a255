package build_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
)

// A besideBench publishes versions with and without pseudonyms of one workspace.
type besideBench struct {
	*lockBench
	log strings.Builder
}

const withPictures = "images: {store: pictures, min_side: 8}\ndescribe: {skin_tone: none, image_type: none}\n"

func newBesideBench(t *testing.T) *besideBench {
	b := &besideBench{lockBench: newLockBench(t)}
	for i := range 61 {
		path := fmt.Sprintf("pictures/a/%02d", i)
		if i == 60 {
			path = "pictures/b/pinned"
		}
		r, rows := pcg(uint64(i), 3), []byte(nil)
		for range 16 {
			rows = append(rows, 0)
			for range 16 {
				rows = append(rows, byte(r.IntN(256)))
			}
		}
		if err := writeFiles(b.dir, map[string]string{path: string(pngOf(16, 16, rows))}); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// key gives a key; empty: none.
func (b *besideBench) key(key string) {
	b.t.Helper()
	b.t.Setenv("DERMSET_PSEUDONYM_KEY", key)
	if key == "" {
		if err := os.Unsetenv("DERMSET_PSEUDONYM_KEY"); err != nil {
			b.t.Fatal(err)
		}
	}
}

// make publishes a version of other splits than any before, but for its lock.
func (b *besideBench) make(version, lock, key string, pseudonyms bool, more string) error {
	b.t.Helper()
	b.key(key)
	split := fmt.Sprintf("split: {seed: %d, ratios: {train: 40, val: 30, test: 30}, lock: %q}", version[2], lock)
	b.write(version, fmt.Sprintf("%s\nprivacy: {pseudonymise: %t}\n%s", split, pseudonyms, more))
	_, err := buildIn(context.Background(), b.dir, "publish", plainRun)
	return err
}

// lines are the splits of a version in the order of rows, which pseudonyms do not change.
func (b *besideBench) lines(version string) (splits []string) {
	b.t.Helper()
	_, rows, err := readCSV(b.path("dist/DXv" + version + "-draft/DXv" + version + "_selected_unsampled.csv"))
	if err != nil {
		b.t.Fatal(err)
	}
	for _, row := range rows {
		splits = append(splits, row["source"]+" "+row["split"])
	}
	return splits
}

func (b *besideBench) open() *workspace.Workspace {
	b.t.Helper()
	w, err := open(b.dir, plainRun)
	if err != nil {
		b.t.Fatal(err)
	}
	b.log.Reset()
	w.Log = slog.New(slog.NewTextHandler(&b.log, nil))
	return w
}

// A lock finds the images of a version with pseudonyms where the key is given, in both directions, and by SHA-256 where
// it is not; without pictures that is an error.
func TestLocksAcrossPseudonyms(t *testing.T) {
	b := newBesideBench(t)
	want := b.lines("1.0")
	must := func(version, lock, key string, pseudonyms bool, more string) {
		t.Helper()
		if err := b.make(version, lock, key, pseudonyms, more); err != nil {
			t.Fatal(err)
		}
	}
	same := func(version string, is bool) {
		t.Helper()
		if got := b.lines(version); slices.Equal(want, got) != is {
			t.Errorf("%s: the splits are the same: %t, want %t", version, !is, is)
		}
	}
	must("1.1", "", firstKey, true, "")
	same("1.1", false) // or the others would show nothing
	must("1.1", "DXv1.0-draft", firstKey, true, "")
	same("1.1", true)
	must("1.2", "DXv1.1-draft", firstKey, true, "")
	same("1.2", true)
	must("1.3", "DXv1.1-draft", firstKey, false, "")
	same("1.3", true)
	for _, key := range []string{"", anotherKey} {
		err := b.make("1.4", "DXv1.1-draft", key, false, "")
		const want = "split.lock: DXv1.1-draft has pseudonyms"
		if err == nil || !workspace.IsUsage(err) || !strings.Contains(err.Error(), want) {
			t.Errorf("a lock of a key that is not given: %v", err)
		}
	}
	must("1.5", "DXv1.0-draft", firstKey, true, withPictures)
	same("1.5", true)
	must("1.6", "DXv1.5-draft", anotherKey, true, withPictures)
	same("1.6", true)
	must("1.7", "DXv1.5-draft", "", false, withPictures)
	same("1.7", true)
	// The key of the lock is given now: what the lock means is the same, and is looked at again.
	must("1.7", "DXv1.5-draft", firstKey, false, withPictures)
	same("1.7", true)
}

// Versions are compared by image_id where the key of the one with pseudonyms is given, else by SHA-256.
func TestDiffAcrossPseudonyms(t *testing.T) {
	b := newBesideBench(t)
	for _, v := range []struct {
		version, key string
		pseudonyms   bool
		more         string
	}{{"2.0", "", false, ""}, {"2.1", firstKey, true, ""}, {"2.2", anotherKey, true, ""},
		{"2.3", "", false, withPictures}, {"2.4", firstKey, true, withPictures}, {"2.5", anotherKey, true, withPictures}} {
		lock := ""
		if v.version != "2.0" {
			lock = "DXv2.0-draft"
		}
		if v.version == "2.4" || v.version == "2.1" { // these differ from all others
			lock = ""
		}
		if err := b.make(v.version, lock, v.key, v.pseudonyms, v.more); err != nil {
			t.Fatal(err)
		}
	}
	diff := func(older, newer, key string) (*versions.Diff, error) {
		t.Helper()
		b.key(key)
		return versions.Compare(t.Context(), b.open(), "DXv"+older+"-draft", "DXv"+newer+"-draft", true)
	}
	// 2.4 without pseudonyms, but for its name
	if err := b.make("3.4", "", firstKey, false, withPictures); err != nil {
		t.Fatal(err)
	}
	for _, pair := range [][3]string{{"2.0", "2.4", firstKey}, {"2.3", "2.4", firstKey}, {"2.3", "2.4", ""},
		{"2.3", "2.4", anotherKey}, {"2.5", "2.4", ""}, {"2.5", "2.4", firstKey}} {
		want, err := diff(strings.Replace(pair[0], "2.5", "2.3", 1), "3.4", "")
		if err != nil || len(want.Ways) == 0 {
			t.Fatal(want, err)
		}
		got, err := diff(pair[0], pair[1], pair[2])
		if err != nil {
			t.Fatal(pair, err)
		}
		bySum := pair[0] != "2.0" && (pair[2] != firstKey || pair[0] == "2.5")
		if strings.Contains(b.log.String(), "compared by source and SHA-256") != bySum {
			t.Errorf("%v: it says %q", pair, b.log.String())
		}
		if d := gocmp.Diff(movesOf(want, bySum), movesOf(got, bySum)); d != "" {
			t.Errorf("%v (-want +got):\n%s", pair, d)
		}
		for _, row := range got.Images {
			if bySum && (row[8] != "other" || !strings.Contains(row[9], "cannot be compared: DXv2.")) {
				t.Errorf("%v: %q", pair, row)
			}
		}
	}
	for _, pair := range [][3]string{{"2.0", "2.1", ""}, {"2.1", "2.2", firstKey}, {"2.3", "2.1", anotherKey}} {
		_, err := diff(pair[0], pair[1], pair[2])
		if err == nil || !workspace.IsUsage(err) || !strings.Contains(err.Error(), "no image of") {
			t.Errorf("%v: %v", pair, err)
		}
	}
}

// What is gone or new where contents alone tell has no better cause than that, and may as well be rejected.
func TestDiffByContentsTellsNoCauseThatItCannotKnow(t *testing.T) {
	b := newBesideBench(t)
	if err := b.make("2.0", "", firstKey, true, withPictures); err != nil {
		t.Fatal(err)
	}
	const withdrawn = "source,source_path,patient_id,person,date,reason\na,07,,me,2026-01-02,asked\n"
	if err := writeFiles(b.dir, map[string]string{"curation/withdrawn.csv": withdrawn}); err != nil {
		t.Fatal(err)
	}
	if err := b.make("2.1", "DXv2.0-draft", firstKey, true, withPictures); err != nil {
		t.Fatal(err)
	}
	if err := b.make("2.2", "DXv2.0-draft", anotherKey, true, withPictures); err != nil {
		t.Fatal(err)
	}
	for newer, want := range map[string]string{
		"2.1": "withdrawn|withdrawal|curation/withdrawn.csv names it or its patient",
		"2.2": "unknown|other|no selected image of the other version has its source and SHA-256"} {
		d, err := versions.Compare(t.Context(), b.open(), "DXv2.0-draft", "DXv"+newer+"-draft", true)
		if err != nil || len(d.Images) != 1 {
			t.Fatal(d, err)
		}
		row := d.Images[0]
		if got := row[5] + "|" + row[8] + "|" + row[9]; row[1] != "gone" || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %q", newer, row, want)
		}
		if row[0] != pseudonymImage(firstKey, "a/07") {
			t.Errorf("%s: names %q", newer, row[0])
		}
	}
}

// Of whatever people change between two versions, diff tells the same causes where one of them has pseudonyms,
// whichever it is, and where both have.
func TestCausesAcrossPseudonyms(t *testing.T) {
	t.Setenv("DERMSET_PSEUDONYM_KEY", firstKey)
	root, causes := tempDir(t), map[string]bool{}
	changes := map[string]func(w *world, r *rand.Rand){
		"withdrawals": func(w *world, _ *rand.Rand) {
			for _, source := range w.sources {
				w.withdrawn = append(w.withdrawn, [3]string{source.name, source.rows[7].path, ""})
				if patient := source.rows[5].patient; strings.TrimSpace(patient) != "" {
					w.withdrawn = append(w.withdrawn, [3]string{source.name, "", patient})
				}
			}
		},
		"patients": func(w *world, _ *rand.Rand) {
			w.splitSeed += 7 // of which these come first
			for _, source := range w.sources {
				for i := range source.rows {
					if i%4 == 0 {
						source.rows[i].patient = fmt.Sprint("another ", i)
					}
				}
			}
		},
		"verdicts": func(w *world, _ *rand.Rand) {
			w.verdicts = nil
			for _, source := range w.sources {
				for i := 0; i+1 < len(source.rows); i += 2 {
					w.verdicts = append(w.verdicts, twinVerdict{source.name + "/" + source.rows[i].path,
						source.name + "/" + source.rows[i+1].path, []string{"same", "different"}[i/2%2]})
				}
			}
		},
	}
	for _, name := range []string{"group_by", "seed"} {
		changes[name] = oneChanges[name].make
	}
	for n, name := range sortedNames(changes) {
		dir, r := filepath.Join(root, fmt.Sprint(n)), pcg(uint64(n), 81)
		old := newPicturedWorld(uint64(900+n), 150)
		old.pin, old.layout, old.cropFiles, old.minImages, old.minGroups = nil, "none", false, 1, 1
		old.groupBy, old.first = []string{"patient", "lesion", "duplicate"}, false
		changed := old.copied()
		changes[name](changed, r)
		if changed.pinsConflict(solve(changed)) {
			continue
		}
		var at [2][2]string // old and new, plain and with pseudonyms
		for i, w := range []*world{old, changed} {
			for j := range 2 {
				w.pseudonymise = j == 1
				at[i][j] = filepath.Join(dir, fmt.Sprint("at", i, j), draft)
				buildFresh(t, w, filepath.Join(dir, "w"), plainRun)
				if err := os.Rename(filepath.Join(dir, "w", "dist", draft), beside(t, at[i][j])); err != nil {
					t.Fatal(err)
				}
			}
		}
		w, err := open(filepath.Join(dir, "w"), plainRun)
		if err != nil {
			t.Fatal(err)
		}
		diff := func(j, k int) *versions.Diff {
			d, err := versions.Compare(t.Context(), w, at[0][j], at[1][k], true)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		want := diff(0, 0)
		for _, cells := range want.Causes {
			causes[cells[0]] = true
		}
		for _, sides := range [][2]int{{0, 1}, {1, 0}, {1, 1}} {
			if d := gocmp.Diff(want.Ways, diff(sides[0], sides[1]).Ways); d != "" {
				t.Errorf("%s, pseudonyms %v (-want +got):\n%s", name, sides, d)
			}
		}
	}
	for _, name := range []string{"source", "withdrawal", "twin", "split"} {
		if !causes[name] {
			t.Errorf("no image moved by %s", name)
		}
	}
}

// beside makes the folder that something is moved into.
func beside(t *testing.T, to string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	return to
}

// movesOf are the ways that images went, how many went each, and their causes, unless these cannot be told.
func movesOf(d *versions.Diff, bySum bool) map[string]string {
	all := map[string]string{}
	for _, row := range d.Ways {
		cells := slices.Clone(row)
		if bySum {
			cells[6] = ""
		}
		all[strings.Join(cells[:7], "|")] += cells[7]
	}
	return all
}

// Trace finds an image by its pseudonym, with nothing; by its own name with the key, or with the way back.
func TestTraceAcrossPseudonyms(t *testing.T) {
	b := newBesideBench(t)
	if err := b.make("3.0", "", firstKey, true, withPictures); err != nil {
		t.Fatal(err)
	}
	way := b.path("work/publish/pseudonyms.csv")
	pseudonym := pseudonymImage(firstKey, "a/07")
	trace := func(image, key string) (map[string]string, error) {
		t.Helper()
		b.key(key)
		_, rows, err := versions.Trace(t.Context(), b.open(), "DXv3.0-draft", image)
		told := map[string]string{}
		for _, row := range rows {
			told[row[0]] += row[1] + "\n"
		}
		return told, err
	}
	patient, lesion := pseudonymOf(firstKey, "patient", "a", "p7"), pseudonymOf(firstKey, "lesion", "a", "L7")
	for _, known := range []bool{true, false} {
		if !known {
			if err := os.Rename(way, way+".away"); err != nil {
				t.Fatal(err)
			}
		}
		for _, asked := range [][2]string{{pseudonym, ""}, {pseudonym, anotherKey}, {pseudonym, firstKey},
			{"a/07", firstKey}, {"a/07", ""}, {"a/07", anotherKey}} {
			told, err := trace(asked[0], asked[1])
			if !known && asked[0] == "a/07" && asked[1] != firstKey {
				if err == nil || !strings.Contains(err.Error(), "nor is it in the way back") ||
					!strings.Contains(err.Error(), "pseudonyms") {
					t.Errorf("%q without key and way back: %v", asked, err)
				}
				continue
			}
			if err != nil || told["image"] != pseudonym+"\n" || told["patient"] != patient+"\n" ||
				told["lesion"] != lesion+"\n" {
				t.Errorf("%q, way back %t: %v, %v", asked, known, told, err)
			}
			row, original := told["dataset row"], told["original"]
			if known && (!strings.Contains(row, "a_dataset.csv:9") || !strings.Contains(original, patient+" is patient p7\n") ||
				!strings.Contains(original, " is image 07\n") || !strings.Contains(original, " is lesion L7\n")) {
				t.Errorf("%q: row %q, original %q", asked, row, original)
			}
			if !known && (!strings.Contains(row, "only the pseudonym") || original != "") {
				t.Errorf("%q without the way back: row %q, original %q", asked, row, original)
			}
		}
	}
	told, err := trace(pseudonym, "")
	if err != nil {
		t.Fatal(err)
	}
	byPath, err := trace(strings.TrimSpace(told["picture"]), "")
	if err != nil || byPath["image"] != pseudonym+"\n" {
		t.Errorf("by its picture %q: %v, %v", told["picture"], byPath, err)
	}
	if _, err := versions.Verify(b.open(), "DXv3.0-draft"); err != nil {
		t.Errorf("verify: %v", err)
	}
	if _, err := trace("a/nobody", firstKey); err == nil || !strings.Contains(err.Error(), filepath.Base("a/nobody")) {
		t.Errorf("an image that there is not: %v", err)
	}
}

// The leak check knows the images that people judge by what they are called in the version.
func TestVerdictsFollow(t *testing.T) {
	b := newBesideBench(t)
	var lines strings.Builder
	lines.WriteString("image_a,image_b,verdict,person,date,reason\n")
	for i := range 20 {
		fmt.Fprintf(&lines, "a/%02d,a/%02d,same,me,2026-03-04,it is\n", 2*i+1, 2*i+2)
	}
	if err := writeFiles(b.dir, map[string]string{"curation/duplicate_verdicts.csv": lines.String()}); err != nil {
		t.Fatal(err)
	}
	var left [2]string
	for i := range left {
		b.key(firstKey)
		b.write("4.0", fmt.Sprintf("split: {group_by: [patient]}\nprivacy: {pseudonymise: %t}", i == 1))
		b.publish()
		text, err := os.ReadFile(b.path("dist/DXv4.0-draft/quality.json"))
		if err != nil {
			t.Fatal(err)
		}
		_, left[i], _ = strings.Cut(string(text), `"left_out": {`)
		left[i], _, _ = strings.Cut(left[i], "}")
	}
	if !strings.Contains(left[0], "verdict") || left[0] != left[1] {
		t.Errorf("left out: %s, with pseudonyms: %s", left[0], left[1])
	}
}
