package build_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/blobio/blobtest"
	"github.com/dermset/dermset/transfer"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/workspace"
)

// The pictures and masks that are fetched are those of the rows that a build of the tables does not reject at stage
// map.
func TestFetchesWhatCounts(t *testing.T) {
	fetched, left := 0, 0
	for seed := range uint64(40) {
		w, dir := newWorld(seed), filepath.Join(tempDir(t), "w")
		w.store = "" // until all rows have been seen
		if err := w.write(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := buildIn(t.Context(), dir, "publish", plainRun); err != nil {
			continue // a mapping that blocks
		}
		_, rows, err := readCSV(filepath.Join(dir, "dist", draft, "DXv1.0_rejected.csv"))
		if err != nil {
			t.Fatal(err)
		}
		unmapped := map[string]bool{}
		for _, row := range rows {
			if row["stage"] == "map" {
				unmapped[row["image_id"]] = true
			}
		}
		var want []string
		for _, s := range w.sources {
			for _, row := range s.rows {
				key := s.name + "/" + row.path
				writePicture(t, filepath.Join(dir, "pictures", filepath.FromSlash(key)), key)
				if unmapped[key] || s.pictureless {
					left++
					continue
				}
				want = append(want, key)
				if mask := row.maskPath(); mask != "" {
					writePicture(t, filepath.Join(dir, "pictures", s.name, filepath.FromSlash(mask)), s.name+"/"+mask)
					want = append(want, s.name+"/"+mask)
				}
			}
		}
		result := fetchPictures(t, w, dir, "pictures")
		got := loggedObjects(t, dir, "pictures/")
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("world %d: %s\n%v", seed, diff, result.Rows)
		}
		fetched += len(got)
	}
	if fetched < 100 || left < 100 {
		t.Errorf("%d fetched, %d left: that tries nothing", fetched, left)
	}
}

func writePicture(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// From a real S3 server come the same pictures, and the second time none.
func TestFetchesFromARealServer(t *testing.T) {
	url, store := realStore(t)
	w, dir := newBigWorld(7, 300), filepath.Join(tempDir(t), "w")
	if err := w.write(dir); err != nil {
		t.Fatal(err)
	}
	for _, s := range w.sources {
		for _, row := range s.rows {
			key := s.name + "/" + row.path
			blobtest.Save(t, store, key, []byte(key))
		}
	}
	first := fetchPictures(t, w, dir, url)
	came := loggedObjects(t, dir, url+"/")
	if len(came) < 100 || first.Rows[2][1] != strconv.Itoa(len(came)) {
		t.Errorf("%d came: %v", len(came), first.Rows)
	}
	if second := fetchPictures(t, w, dir, url); second.Rows[1][1] != first.Rows[2][1] || second.Rows[2][1] != "0" {
		t.Errorf("again: %v", second.Rows)
	}
}

func fetchPictures(t *testing.T, w *world, dir, store string) workspace.Result {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "dermset.yaml"),
		[]byte(w.settings()+"images: {store: "+store+"}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	ws, err := open(dir, plainRun)
	if err != nil {
		t.Fatal(err)
	}
	result, err := build.Fetch(t.Context(), ws, build.FetchOptions{})
	if err != nil {
		t.Fatalf("%v: %v", err, result.Rows)
	}
	return result
}

// loggedObjects are the keys of the objects that the log tells of; each must have its blob.
func loggedObjects(t *testing.T, dir, store string) (keys []string) {
	t.Helper()
	file, err := os.Open(filepath.Join(dir, "work", "blobs", "log.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var line struct{ Object, SHA256, Status string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil || line.Status != "fetched" {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		key := strings.TrimPrefix(line.Object, store)
		data, err := os.ReadFile(filepath.Join(dir, "work", "blobs", line.SHA256[:2], line.SHA256[2:4], line.SHA256))
		if err != nil || string(data) != key {
			t.Errorf("%s holds %q, %v", key, data, err)
		}
		keys = append(keys, key)
	}
	return keys
}

// A build asks the store about what is not there, and about all of a source only where its dataset CSV is another than
// when it last did. `dermset fetch` asks about all. An object that changed shows who asked: it has failed since.
func TestABuildAsksAboutWhatIsNotThere(t *testing.T) {
	dir := filepath.Join(tempDir(t), "w")
	header := strings.Join(datasetHeader, ",") + "\n"
	row := func(path, label string) string {
		return path + "," + label + strings.Repeat(",", len(datasetHeader)-2) + "\n"
	}
	tab := "Source Label,Target Name,ICD-11 Code(s),Notes/Justification\nknown,Psoriasis,EA90,\n"
	write := func(files map[string]string) {
		t.Helper()
		if err := writeFiles(dir, files); err != nil {
			t.Fatal(err)
		}
	}
	write(map[string]string{
		"dermset.yaml": "dataset: DX\nversion: \"1.0\"\nmapping: {workbook: mapping/workbook}\n" +
			"images: {store: pictures, layout: none, max_failed: 90}\n",
		"sources/a/source.yaml": "", "sources/a/a_dataset.csv": header + row("1", "known") + row("2", "later"),
		"mapping/workbook/a.csv": tab, "sources/b/source.yaml": "",
		"sources/b/b_dataset.csv": header + row("1", "known"), "mapping/workbook/b.csv": tab,
		"mapping/workbook/Pathologies to exclude and merge.csv": "Category,Action,Merge into,Reason\n",
		"pictures/a/1": "a", "pictures/a/2": "a", "pictures/a/3": "a", "pictures/b/1": "b", "pictures/b/2": "b",
	})
	changed := func() (keys []string) {
		blobs, err := transfer.ReadBlobs(filepath.Join(dir, "work", "blobs"), "pictures")
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"a/1", "a/2", "a/3", "b/1", "b/2"} {
			if e, known := blobs.Entry(key); known && e.Failed() {
				keys = append(keys, key)
			} else if known {
				keys = append(keys, key+" fetched")
			}
		}
		return keys
	}
	step := func(what string, run func() error, want ...string) {
		t.Helper()
		if err := run(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if diff := cmp.Diff(want, changed()); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	rebuild := func() error {
		_, err := buildIn(t.Context(), dir, "publish", plainRun)
		return err
	}
	verb := func(o build.FetchOptions) func() error {
		return func() error {
			ws, err := open(dir, plainRun)
			if err == nil {
				_, err = build.Fetch(t.Context(), ws, o)
			}
			return err
		}
	}
	step("the first build", rebuild, "a/1 fetched", "b/1 fetched")
	write(map[string]string{"pictures/a/1": "another a", "pictures/b/1": "another b",
		"mapping/workbook/a.csv": tab + "later,Acne,ED80,\n"})
	step("a label is mapped", rebuild, "a/1 fetched", "a/2 fetched", "b/1 fetched")
	step("nothing has failed", verb(build.FetchOptions{Only: "failed"}), "a/1 fetched", "a/2 fetched", "b/1 fetched")
	write(map[string]string{"sources/b/b_dataset.csv": header + row("1", "known") + row("2", "known")})
	step("a source changed", rebuild, "a/1 fetched", "a/2 fetched", "b/1", "b/2 fetched")
	step("fetch asks about all", verb(build.FetchOptions{}), "a/1", "a/2 fetched", "b/1", "b/2 fetched")
	write(map[string]string{"pictures/a/1": "a", "pictures/b/1": "b", "mapping/workbook/a.csv": tab})
	step("what failed is asked about again", rebuild, "a/1 fetched", "a/2 fetched", "b/1 fetched", "b/2 fetched")
	write(map[string]string{"sources/a/a_dataset.csv": header + row("1", "known") + row("2", "later") + row("3", "known")})
	step("a new row has not failed", verb(build.FetchOptions{Only: "failed"}), "a/1 fetched",
		"a/2 fetched", "b/1 fetched", "b/2 fetched")
	step("a new row is asked about", rebuild, "a/1 fetched", "a/2 fetched", "a/3 fetched", "b/1 fetched", "b/2 fetched")
	if err := os.Rename(filepath.Join(dir, "pictures"), filepath.Join(dir, "elsewhere")); err != nil {
		t.Fatal(err)
	}
	write(map[string]string{"mapping/workbook/a.csv": strings.ReplaceAll(tab, "Psoriasis", "Eczema")})
	step("nothing to ask, and no store", rebuild, "a/1 fetched", "a/2 fetched",
		"a/3 fetched", "b/1 fetched", "b/2 fetched")
	if err := verb(build.FetchOptions{})(); err == nil {
		t.Error("fetch asks about all, and there is no store")
	}
}

// What the disk loses of work/blobs is brought again when a step needs it, and never rejects a row.
func TestLostBlobsAreFetchedAgain(t *testing.T) {
	dir := smallPictured(t,
		map[string]string{"there/s/1.jpg": string(gray(t, 70, 80, 1)), "there/s/2.jpg": string(gray(t, 70, 80, 2))})
	selected := func() int {
		_, rows, err := readCSV(filepath.Join(dir, "dist", "DXv1.0-draft", "DXv1.0_selected_unsampled.csv"))
		if err != nil {
			t.Fatal(err)
		}
		return len(rows)
	}
	rebuild := func(what string) {
		t.Helper()
		if _, err := buildIn(t.Context(), dir, "publish", plainRun); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if n := selected(); n != 2 {
			t.Errorf("%s: %d images are selected, want 2", what, n)
		}
	}
	remove := func(names ...string) {
		t.Helper()
		for _, name := range names {
			if err := os.RemoveAll(filepath.Join(dir, "work", name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	aBlob := func() string {
		paths, err := filepath.Glob(filepath.Join(dir, "work", "blobs", "??", "??", "*"))
		if err != nil || len(paths) != 2 {
			t.Fatal(paths, err)
		}
		return paths[0]
	}
	rebuild("the first time")
	remove("blobs", "pictures")
	rebuild("all blobs are gone")
	if err := os.Remove(aBlob()); err != nil {
		t.Fatal(err)
	}
	remove("pictures")
	rebuild("a blob is gone")
	blob := aBlob()
	data, err := os.ReadFile(blob)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2]++
	if err := errors.Join(os.Remove(blob), os.WriteFile(blob, data, 0o444)); err != nil {
		t.Fatal(err)
	}
	remove("facts", "pictures")
	if _, err := buildIn(t.Context(), dir, "publish", plainRun); err == nil ||
		!strings.Contains(err.Error(), "damaged on this disk: 1") {
		t.Errorf("a blob is damaged: %v", err)
	}
	rebuild("a damaged blob was removed")
}

// gray is a PNG of a size with pixels of its own.
func gray(t *testing.T, width, height, seed int) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, width, height))
	for i := range m.Pix {
		m.Pix[i] = uint8(i * seed)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
