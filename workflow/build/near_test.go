package build_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/workspace"
)

// nearCases are a name in the dataset CSV, the one that the store has, how they differ, and the line to write.
var nearCases = []struct{ wanted, there, by, line string }{
	{"a.jpg", "a.JPG", "extension", `map: {"a.jpg": "a.JPG"}, other: keep; if all are called so: replace: {".jpg": ".JPG"}`},
	{"b.jpg", "b", "extension", `map: {"b.jpg": "b"}, other: keep`},
	{"c d.jpg", "c%20d.jpg", "escapes", `map: {"c d.jpg": "c%20d.jpg"}, other: keep; if all are called so: replace: {" ": "%20"}`},
	{"e+f.jpg", "e f.jpg", "escapes", `map: {"e+f.jpg": "e f.jpg"}, other: keep; if all are called so: replace: {"+": " "}`},
	{"g/h.jpg", `g\h.jpg`, "slashes", ""},
	{"i.jpg", "I.jpg", "case", `map: {"i.jpg": "I.jpg"}, other: keep`},
	{"caf\u00e9.jpg", "cafe\u0301.jpg", "Unicode form", `map: {"caf\u00e9.jpg": "cafe\u0301.jpg"}, other: keep`},
	{"k .jpg", "k.jpg", "blanks", `map: {"k .jpg": "k.jpg"}, other: keep`},
	{"L m.jpg", "l%20M.jpeg", "escapes and case and extension", `map: {"L m.jpg": "l%20M.jpeg"}, other: keep`},
}

// told fetches, and gives what was told and what was logged.
func toldByFetch(t *testing.T, dir string) (workspace.Result, string) {
	t.Helper()
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	w, err := workspace.Open(dir, plainRun, logger, workspace.NewProgress(io.Discard, false, logger))
	if err != nil {
		t.Fatal(err)
	}
	result, err := build.Fetch(t.Context(), w, build.FetchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	said, lines := "", json.NewDecoder(&log)
	for lines.More() {
		var line struct{ Msg string }
		if err := lines.Decode(&line); err != nil {
			t.Fatal(err)
		}
		said += line.Msg + "\n"
	}
	return result, said
}

// A missing picture that is there under another name is told with it, and with the line that finds it: by fetch at its
// end, in its result, and in the table of rejected rows; from a folder and from a bucket.
func TestNearNamesAreTold(t *testing.T) {
	blobtest.Environment(t)
	for _, kind := range []string{"folder", "bucket"} {
		for _, c := range nearCases {
			folder := t.TempDir()
			store, err := blobio.OpenFolder(t.Context(), folder, blobio.Options{})
			url := folder
			if kind == "bucket" {
				url = "s3://" + blobtest.Bucket + "/p?endpoint=" + blobtest.Serve(t, blobtest.Server(t))
				bucket, openErr := blobio.Open(t.Context(), url, blobio.Options{})
				testNear(t, bucket, url, c.wanted, c.there, c.by, c.line, openErr)
				continue
			}
			testNear(t, store, url, c.wanted, c.there, c.by, c.line, err)
		}
	}
}

// When the name that is there becomes another, the table of rejected rows names that one.
func TestNearNameChanges(t *testing.T) {
	dir := smallPictured(t, map[string]string{
		"dermset.yaml": "version: \"1.0\"\nmapping: {workbook: mapping/workbook}\nselect: {min_images: 1, min_groups: 1}\n" +
			"images: {store: there, max_failed: 100}\n", "there/s/2.jpg": string(content{"fit", 1}.file().data)})
	for _, there := range []string{"1.JPG", "1.jpeg", ""} {
		if there != "" {
			writePicture(t, filepath.Join(dir, "there", "s", there), "one")
		}
		toldByFetch(t, dir)
		if _, err := buildIn(t.Context(), dir, "publish", plainRun); err != nil {
			t.Fatal(err)
		}
		want := "not fetched: missing"
		if there != "" {
			want += fmt.Sprintf("; there is %q", there)
		}
		_, rows, err := readCSV(filepath.Join(dir, "dist", draft, "DXv1.0_rejected.csv"))
		if err != nil || len(rows) != 1 || rows[0]["detail"] != want {
			t.Errorf("%q, %v, want %q", rows, err, want)
		}
		if there == "" {
			break
		}
		if err := os.Remove(filepath.Join(dir, "there", "s", there)); err != nil {
			t.Fatal(err)
		}
	}
}

// A source of which the store has nothing is told with what the store has.
func TestBareSourceIsTold(t *testing.T) {
	dir := smallPictured(t, map[string]string{
		"dermset.yaml":  "version: \"1.0\"\nmapping: {workbook: mapping/workbook}\nimages: {store: there, max_failed: 100}\n",
		"there/S/1.jpg": "one", "there/2.jpg": "two"})
	result, logged := toldByFetch(t, dir)
	want := `nothing is below "s/" of the store, which has ["2.jpg" "S/"]`
	if !strings.Contains(logged, want+`; there is "S/" (other case): rename that folder`) ||
		!slices.ContainsFunc(result.Rows, func(row []string) bool { return row[0] == want }) {
		t.Errorf("%s\n%q", logged, result.Rows)
	}
}

func testNear(t *testing.T, store blobio.Store, at, wanted, there, by, line string, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	dir := smallPictured(t, map[string]string{
		"dermset.yaml": "version: \"1.0\"\nmapping: {workbook: mapping/workbook}\nselect: {min_images: 1, min_groups: 1}\n" +
			"images: {store: \"" + at + "\", max_failed: 100}\n",
		"sources/s/source.yaml": "files: raw.csv\ncolumns: {image_path: file, label: dx}\n",
		"sources/s/s_dataset.csv": strings.Join(datasetHeader, ",") + "\n" + `"` + wanted +
			"\",a,,,,,,,,,,\nok.jpg,a,,,,,,,,,,\n",
	})
	for key, n := range map[string]int{"s/" + there: 1, "s/ok.jpg": 2} {
		blobtest.Save(t, store, key, content{"fit", n}.file().data)
	}
	result, logged := toldByFetch(t, dir)
	remedy := "write to image_path in sources/s/source.yaml (of a mask: mask_path) " + line
	if line == "" {
		remedy = fmt.Sprintf("rename the object to %+q: ", "s/"+wanted)
	}
	want := fmt.Sprintf("1 missing pictures are there under another name (%s): %+q, there is %+q; %s",
		by, "s/"+wanted, "s/"+there, remedy)
	if !strings.Contains(logged, want) {
		t.Errorf("%s: logged %s\nwant %s", wanted, logged, want)
	}
	if row := result.Rows[len(result.Rows)-1]; row[0] != "of the missing: there under another name ("+by+")" ||
		row[1] != "1" || !strings.Contains(row[4], remedy) {
		t.Errorf("%s: %q", wanted, result.Rows)
	}
	if _, err := buildIn(t.Context(), dir, "publish", plainRun); err != nil {
		t.Fatal(err)
	}
	_, rows, err := readCSV(dir + "/dist/" + draft + "/DXv1.0_rejected.csv")
	if err != nil || len(rows) != 1 || rows[0]["reason"] != "image_missing" ||
		rows[0]["detail"] != fmt.Sprintf("not fetched: missing; there is %+q", there) {
		t.Errorf("%s: %v, %v", wanted, rows, err)
	}
}
