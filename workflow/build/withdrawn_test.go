package build_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
)

// holding are the files of a workspace's work/ and dist/ with one of these bytes in them.
func (b *galleryBench) holding(what ...[]byte) (files []string) {
	b.t.Helper()
	for _, folder := range []string{"work", "dist"} {
		err := filepath.WalkDir(b.path(folder), func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			for _, bytesOf := range what {
				if bytes.Contains(data, bytesOf) {
					inside, _ := filepath.Rel(b.dir, path)
					files = append(files, filepath.ToSlash(inside))
					break
				}
			}
			return err
		})
		if err != nil {
			b.t.Fatal(err)
		}
	}
	return files
}

// A withdrawal takes the picture out of everything that the next build leaves: the version's pictures, crops and
// tables, and the blob, its copies and its square of brightness in work/. What another image shows as well stays.
func TestAWithdrawalReachesEverything(t *testing.T) {
	b := newGalleryBench(t, "")
	alone, shared := sha256.Sum256(b.store["sub/2.JPG"]), sha256.Sum256(b.store["1.jpg"])
	mask := sha256.Sum256(b.store["mask.png"])
	blob := func(sum [32]byte) string {
		hash := hex.EncodeToString(sum[:])
		return b.path("work/blobs/" + hash[:2] + "/" + hash[2:4] + "/" + hash)
	}
	var published [][]byte // what the two pictures and the crop became
	for path := range b.pictures() {
		if strings.Contains(path, "--2.jpg") || strings.HasPrefix(path, "crops/") {
			data, err := os.ReadFile(b.path("dist/" + draft + "/" + path))
			if err != nil {
				t.Fatal(err)
			}
			published = append(published, data)
		}
	}
	if n := len(b.holding(append(published, alone[:])...)); len(published) != 2 || n < 5 {
		t.Fatalf("%d published, in %d files", len(published), n)
	}
	before := b.pictures()
	b.add("curation/withdrawn.csv", "s,sub/2.JPG,,me,2026-01-02,asked\ns,1.jpg,,me,2026-01-02,asked\n")
	b.build()
	sum := hex.EncodeToString(alone[:])
	for _, of := range [][]byte{published[0], published[1], alone[:], b.store["sub/2.JPG"], b.store["mask.png"]} {
		if left := b.holding(of); len(left) > 0 {
			t.Errorf("what is withdrawn is still in %q", left)
		}
	}
	var texts []string
	for _, file := range b.holding([]byte(sum), []byte("sub/2.JPG")) {
		if strings.HasPrefix(file, "dist/") {
			texts = append(texts, strings.TrimPrefix(file, "dist/"+draft+"/"))
		}
	}
	if diff := cmp.Diff([]string{"DXv1.0_rejected.csv", "DXv1.0_rejected.parquet"}, texts); diff != "" {
		t.Errorf("files of the version that name it (-want +got):\n%s", diff)
	}
	for what, is := range map[string]struct {
		path  string
		there bool
	}{"its blob": {blob(alone), false}, "its mask": {blob(mask), false}, "a blob that another has": {blob(shared), true}} {
		if _, err := os.Stat(is.path); (err == nil) != is.there {
			t.Errorf("%s: %v", what, err)
		}
	}
	if len(b.pictures()) != len(before)-3 {
		t.Errorf("there are %d pictures and crops, were %d", len(b.pictures()), len(before))
	}
	if ran := b.rebuild(plainRun); len(ran) > 0 {
		t.Errorf("the next build runs %q", ran)
	}
	b.edit("curation/withdrawn.csv", "s,sub/2.JPG,,me,2026-01-02,asked\ns,1.jpg,,me,2026-01-02,asked\n", "")
	b.build()
	if len(b.pictures()) != len(before) {
		t.Errorf("there are %d pictures and crops, were %d", len(b.pictures()), len(before))
	}
}

// withdrawn tells what each line takes out; withdrawn --in-versions each file of versions and stores that holds it: by
// image, by patient of a space that sources share, and by other copies of its bytes.
func TestWhatVersionsHoldOfWithdrawnImages(t *testing.T) {
	b := newGalleryBench(t, "")
	old, store := filepath.Join(t.TempDir(), draft), t.TempDir()
	if err := os.CopyFS(old, os.DirFS(b.path("dist/"+draft))); err != nil {
		t.Fatal(err)
	}
	open := func() *workspace.Workspace {
		w, err := open(b.dir, plainRun)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	for range 2 { // the second time nothing new is noted
		if _, err := versions.Upload(t.Context(), open(), draft, store, false); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := versions.Upload(t.Context(), open(), draft, t.TempDir(), true); err != nil { // a dry run sends nothing
		t.Fatal(err)
	}
	b.add("curation/withdrawn.csv", "s,1.jpg,,me,2026-01-02,asked\n")
	list := func() (rows [][]string) {
		rows, err := versions.Withdrawn(t.Context(), open())
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	want := [][]string{{"2", "s", "image gone.png", "me", "2026-01-02", "asked", "1", "0", "0", "0"},
		{"3", "s", "image 1.jpg", "me", "2026-01-02", "asked", "1", "1", "1", "1"}}
	if diff := cmp.Diff(want, list()); diff != "" {
		t.Error(diff)
	}
	files := [][2]string{{"s/1.jpg image", ""}, {"s/1.jpg image", "images/_con/s--1.jpg"},
		{"s/1.jpg image", "crops/_con/s--1--1.jpg"}, {"s/same.jpg sha256", ""},
		{"s/same.jpg sha256", "images/Naevus _ mole~/s--same.jpg"}}
	holds := func(places ...string) {
		t.Helper()
		var want, got [][2]string
		for _, place := range places {
			for _, file := range files {
				want = append(want, [2]string{place + " " + file[0], file[1]})
			}
		}
		rows, err := versions.WithdrawnIn(t.Context(), open(), []string{old})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if row[1] != draft || row[4] != "3" {
				t.Errorf("%q", row)
			}
			got = append(got, [2]string{row[0] + " " + row[2] + " " + row[3], untagged(row[5])})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
	there := store + "/" + draft + "/"
	holds("dist/"+draft+"/", there, old+"/", there)
	_, told := b.told("publish")
	if !strings.Contains(told, "s/same.jpg has the same bytes as s/1.jpg, which is withdrawn") {
		t.Errorf("of equal bytes nothing is told: %s", told)
	}
	want[1][7], want[1][8] = "0", "0"
	if diff := cmp.Diff(want, list()); diff != "" {
		t.Error(diff)
	}
	// The image that shows the same is in the new version, too: the log of what was fetched says what was withdrawn.
	rows, err := versions.WithdrawnIn(t.Context(), open(), nil)
	if err != nil || len(rows) != 4 || rows[1][2] != "s/same.jpg" || rows[1][3] != "sha256" || rows[3][0] != there {
		t.Errorf("%q, %v", rows, err)
	}
	noted, err := os.ReadFile(b.path(versions.UploadsFile))
	if err != nil || bytes.Count(noted, []byte("\n")) != 1 || !bytes.Contains(noted, []byte(there)) {
		t.Errorf("%s, %v", noted, err)
	}
}
