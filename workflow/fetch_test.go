package workflow_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/blobio/blobtest"
	"github.com/dermset/dermset/workflow"
)

// The pictures that are fetched are those of the rows that a build of the tables does not reject at stage map.
func TestFetchesWhatCounts(t *testing.T) {
	fetched, left := 0, 0
	for seed := range uint64(40) {
		w, dir := newWorld(seed), filepath.Join(tempDir(t), "w")
		w.store = "" // until all rows have been seen
		if err := w.write(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := build(t.Context(), dir, "publish", plainRun); err != nil {
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
				if unmapped[key] {
					left++
					continue
				}
				want = append(want, key)
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

func fetchPictures(t *testing.T, w *world, dir, store string) workflow.Result {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "dermset.yaml"), []byte(w.settings()+"images: {store: "+store+"}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	ws, err := open(dir, plainRun)
	if err != nil {
		t.Fatal(err)
	}
	result, err := ws.Fetch(t.Context(), workflow.FetchOptions{})
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
