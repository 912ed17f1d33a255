//go:build unix

package transfer

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
)

func TestUploadsAllOnce(t *testing.T) {
	for _, n := range []int{0, 1, 300} {
		_, set := folderOf(t, n)
		f := &blobtest.Fake{}
		tally, err := Upload(t.Context(), f, set, usual.Options)
		if err != nil || tally.Moved != int64(n) || tally.Wanted != int64(n) || tally.Failures() != 0 {
			t.Fatalf("%+v, %v", tally, err)
		}
		if diff := cmp.Diff(wantObjects(set), objects(t, f)); diff != "" {
			t.Error(diff)
		}
		again, err := Upload(t.Context(), f, set, usual.Options)
		if err != nil || again.Had != int64(n) || again.Moved != 0 || again.HadBytes != tally.MovedBytes || puts(f) != n {
			t.Errorf("again: %+v, %v, %d puts", again, err, puts(f))
		}
		if listed := f.Seen()["list src/"]; listed != 2 {
			t.Errorf("listed %d times in two runs", listed)
		}
	}
}

// What is no ordinary file of the folder is listed, and the others go.
func TestFilesThatCannotGo(t *testing.T) {
	dir, set := folderOf(t, 10)
	outside := filepath.Join(t.TempDir(), "secret")
	write(t, filepath.Dir(outside), "secret", []byte("secret"))
	at := func(path string) string { return filepath.Join(dir, filepath.FromSlash(path)) }
	for i, do := range []func(string) error{
		os.Remove,
		func(path string) error { return errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o644)) },
		func(path string) error { return errors.Join(os.Remove(path), os.Symlink(outside, path)) },
		func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o755)) },
		// an absolute link
		func(path string) error { return errors.Join(os.Remove(path), os.Symlink(at("0/0009.jpg"), path)) },
	} {
		if err := do(at(set.Files[i].Path)); err != nil {
			t.Fatal(err)
		}
	}
	set.Files = append(set.Files, File{Path: "../x.jpg", Row: 10})
	f := &blobtest.Fake{}
	tally, err := Upload(t.Context(), f, set, usual.Options)
	if err != nil || tally.Moved != 5 {
		t.Fatalf("%+v, %v", tally, err)
	}
	got := map[int64]string{}
	for _, failures := range tally.Failed {
		for _, failure := range failures.First {
			got[failure.Row] = failure.Cause.String()
			if failure.Remedy() == "" || failure.Detail == "" {
				t.Errorf("%+v says nothing", failure)
			}
		}
	}
	want := map[int64]string{0: "file missing", 1: "file not_a_file", 2: "file outside", 3: "file not_a_file",
		4: "file outside", 10: "file bad_key"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// An object with other bytes is left as it is, also one of equal size; where it may be replaced it is.
func TestOtherBytes(t *testing.T) {
	dir, set := folderOf(t, 5)
	f := &blobtest.Fake{}
	if _, err := Upload(t.Context(), f, set, usual.Options); err != nil {
		t.Fatal(err)
	}
	old := content(set.Files[1].Path)
	changed := append([]byte("B"), old[1:]...)
	write(t, dir, set.Files[1].Path, changed)
	write(t, dir, set.Files[2].Path, []byte("shorter"))
	tally, err := Upload(t.Context(), f, set, usual.Options)
	if err != nil || tally.Had != 3 || tally.Failures() != 2 ||
		failedFor(tally, There, blobio.Changed) != 2 || puts(f) != 5 {
		t.Errorf("%+v, %v", tally, err)
	}
	if diff := cmp.Diff(wantObjects(set), objects(t, f)); diff != "" {
		t.Error(diff)
	}
	set.Replace = true
	tally, err = Upload(t.Context(), f, set, usual.Options)
	if err != nil || tally.Had != 3 || tally.Replaced != 2 || tally.Moved != 2 || tally.Failures() != 0 {
		t.Errorf("%+v, %v", tally, err)
	}
	want := wantObjects(set)
	want["src/"+set.Files[1].Path], want["src/"+set.Files[2].Path] = string(changed), "shorter"
	if diff := cmp.Diff(want, objects(t, f)); diff != "" {
		t.Error(diff)
	}
}

// An object that another puts or changes between list and put is not replaced.
func TestChangedSinceListed(t *testing.T) {
	for _, replace := range []bool{false, true} {
		_, set := folderOf(t, 3)
		set.Replace = replace
		f := &blobtest.Fake{}
		f.Set("src/"+set.Files[0].Path, []byte("old"))
		f.Harm = func(op, key string, _ int) error {
			if op == "put" && key != "src/"+set.Files[2].Path {
				f.Set(key, []byte("another's"))
			}
			return nil
		}
		tally, err := Upload(t.Context(), f, set, usual.Options)
		if err != nil || tally.Moved != 1 || tally.Failures() != 2 {
			t.Errorf("%+v, %v", tally, err)
		}
		for key, data := range objects(t, f) {
			if data != "another's" && data != string(content(set.Files[2].Path)) && replace {
				t.Errorf("%s: %q", key, data)
			}
		}
	}
}

// Of a sealed set nothing goes while any object has other bytes; the last file goes when all others are there.
func TestSealedAndLast(t *testing.T) {
	dir, set := folderOf(t, 20)
	write(t, dir, "manifest.json", []byte("the manifest"))
	set.Last, set.Sealed = []File{{Path: "manifest.json"}}, true
	f := &blobtest.Fake{}
	f.Set("src/"+set.Files[3].Path, []byte("other"))
	f.Set("src/left.csv", []byte("of an older one"))
	tally, err := Upload(t.Context(), f, set, usual.Options)
	if err != nil || tally.Failures() != 1 || puts(f) != 0 || len(tally.Others) != 1 ||
		tally.Others[0].Key != "src/left.csv" {
		t.Fatalf("%+v, %v, %d puts", tally, err, puts(f))
	}
	f.Drop("src/" + set.Files[3].Path)
	f.Set("src/manifest.json", []byte("another"))
	if tally, err = Upload(t.Context(), f, set, usual.Options); err != nil || tally.Failures() != 1 || puts(f) != 0 {
		t.Fatalf("another manifest: %+v, %v, %d puts", tally, err, puts(f))
	}
	f.Drop("src/manifest.json")
	seen := map[string]bool{}
	var mu sync.Mutex
	f.Harm = func(op, key string, _ int) error {
		mu.Lock()
		defer mu.Unlock()
		if op == "put" && key == "src/manifest.json" && len(seen) != 20 {
			t.Errorf("the last of %d", len(seen))
		}
		if op == "put" {
			seen[key] = true
		}
		return nil
	}
	if tally, err = Upload(t.Context(), f, set, usual.Options); err != nil || tally.Moved != 21 || tally.Wanted != 21 {
		t.Fatalf("%+v, %v", tally, err)
	}
	f.Harm = nil
	if tally, err = Upload(t.Context(), f, set, usual.Options); err != nil || tally.Had != 21 {
		t.Errorf("again: %+v, %v", tally, err)
	}
	// a draft's manifest is replaced, last, and not while a file is missing
	set.Sealed, set.Replace = false, true
	write(t, dir, "manifest.json", []byte("the next manifest"))
	if err := os.Remove(filepath.Join(dir, filepath.FromSlash(set.Files[0].Path))); err != nil {
		t.Fatal(err)
	}
	if tally, err = Upload(t.Context(), f, set, usual.Options); err != nil || tally.Failures() != 1 ||
		objects(t, f)["src/manifest.json"] != "the manifest" {
		t.Errorf("%+v, %v", tally, err)
	}
	write(t, dir, set.Files[0].Path, content(set.Files[0].Path))
	if tally, err = Upload(t.Context(), f, set, usual.Options); err != nil || tally.Replaced != 1 ||
		objects(t, f)["src/manifest.json"] != "the next manifest" {
		t.Errorf("%+v, %v", tally, err)
	}
}

// A file that does not have the hash that it must have does not go.
func TestOtherThanExpected(t *testing.T) {
	dir, set := folderOf(t, 3)
	for i, f := range set.Files {
		sum := sha256.Sum256(content(f.Path))
		set.Files[i].SHA256 = sum[:]
	}
	write(t, dir, set.Files[1].Path, []byte("another"))
	f := &blobtest.Fake{}
	tally, err := Upload(t.Context(), f, set, usual.Options)
	if err != nil || tally.Moved != 2 || tally.Failures() != 1 || failedFor(tally, Here, blobio.Rewritten) != 1 {
		t.Errorf("%+v, %v", tally, err)
	}
}

// A file that is written to while it is sent is told, and the others go.
func TestRewrittenMeanwhile(t *testing.T) {
	dir, set := folderOf(t, 20)
	f := &blobtest.Fake{}
	f.Harm = func(op, key string, _ int) error {
		if op == "put" && key == "src/"+set.Files[4].Path {
			write(t, dir, set.Files[4].Path, []byte("another"))
		}
		return nil
	}
	tally, err := Upload(t.Context(), f, set, usual.Options)
	if err != nil || tally.Moved != 19 || tally.Failures() != 1 || failedFor(tally, Here, blobio.Rewritten) != 1 {
		t.Errorf("%+v, %v", tally, err)
	}
	if len(objects(t, f)) != 19 {
		t.Error("it went")
	}
}

// What concerns every object ends the run with one error.
func TestUploadWholeStoreFails(t *testing.T) {
	for _, why := range []blobio.Reason{blobio.Credentials, blobio.NoBucket, blobio.WrongRegion, blobio.Unreachable} {
		for _, when := range []string{"list", "put"} {
			_, set := folderOf(t, 300)
			f := &blobtest.Fake{}
			var mu sync.Mutex
			n := 0
			f.Harm = func(op, key string, _ int) error {
				mu.Lock()
				defer mu.Unlock()
				if op != when {
					return nil
				}
				if n++; n > 100 || op == "list" {
					return reason(op, key, why)
				}
				return nil
			}
			tally, err := Upload(t.Context(), f, set, usual.Options)
			if blobio.ReasonOf(err) != why || strings.Contains(err.Error(), "\n") || puts(f) > 150 {
				t.Errorf("%s, %s: %v, %d puts", why, when, err, puts(f))
			}
			if when == "put" && (tally.Moved > 100 || tally.Moved < 100-8) { // those under way are given up
				t.Errorf("%s: %+v", why, tally)
			}
		}
	}
}

// One object without a connection, while others go, is one failed file; so are other reasons of one object.
func TestSomeObjectsFail(t *testing.T) {
	_, set := folderOf(t, 40)
	bad := map[string]blobio.Reason{"src/" + set.Files[1].Path: blobio.Denied, "src/" + set.Files[2].Path: blobio.Busy,
		"src/" + set.Files[3].Path: blobio.Denied, "src/" + set.Files[4].Path: blobio.Unreachable}
	began, went := make(chan struct{}), make(chan struct{})
	f := &blobtest.Fake{}
	f.Harm = func(op, key string, _ int) error {
		if op != "put" {
			return nil
		}
		switch key {
		case "src/" + set.Files[4].Path: // unreachable, while one of two workers brings all others
			close(began)
			<-went
		case "src/" + set.Files[38].Path:
			<-began
		case "src/" + set.Files[39].Path:
			close(went)
		}
		if bad[key] != "" {
			return reason(op, key, bad[key])
		}
		return nil
	}
	tally, err := Upload(t.Context(), f, set, Options{AtOnce: 2})
	if err != nil || tally.Moved != 36 || tally.Failures() != 4 {
		t.Fatalf("%+v, %v", tally, err)
	}
	var got []string
	for _, c := range tally.Causes() {
		failures := tally.Failed[c]
		got = append(got, fmt.Sprintf("%d %s %s", failures.Objects, c, failures.First[0].Path))
	}
	want := []string{"2 store denied " + set.Files[1].Path, "1 store busy " + set.Files[2].Path,
		"1 store unreachable " + set.Files[4].Path}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	f.Harm = nil
	if tally, err := Upload(t.Context(), f, set, usual.Options); err != nil || tally.Had != 36 || tally.Moved != 4 {
		t.Errorf("again: %+v, %v", tally, err)
	}
}

// An entry of a folder that is no object stands in the way of its file alone.
func TestStoreHoldsOtherThings(t *testing.T) {
	_, set := folderOf(t, 5)
	dir := t.TempDir()
	write(t, dir, "src/0/x", nil)
	if err := syscall.Mkfifo(filepath.Join(dir, "src", filepath.FromSlash(set.Files[0].Path)), 0o644); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "src/1", []byte("a file where a folder is needed"))
	s, err := blobio.OpenFolder(t.Context(), dir, blobio.Options{Patience: blobtest.Fast})
	if err != nil {
		t.Fatal(err)
	}
	tally, err := Upload(t.Context(), s, set, usual.Options)
	got := map[Cause]int64{}
	for _, c := range tally.Causes() {
		got[c] = tally.Failed[c].Objects
	}
	want := map[Cause]int64{{There, blobio.NotAFile}: 1, {There, blobio.BadKey}: 2}
	if diff := cmp.Diff(want, got); err != nil || diff != "" || tally.Moved != 2 {
		t.Errorf("%+v, %v: %s", tally, err, diff)
	}
}

func TestUploadDryRun(t *testing.T) {
	dir, set := folderOf(t, 30)
	set.Replace = true
	f := &blobtest.Fake{}
	f.Set("src/"+set.Files[0].Path, content(set.Files[0].Path))
	f.Set("src/"+set.Files[1].Path, []byte("another"))
	if err := os.Remove(filepath.Join(dir, filepath.FromSlash(set.Files[2].Path))); err != nil {
		t.Fatal(err)
	}
	o := usual.Options
	o.DryRun = true
	tally, err := Upload(t.Context(), f, set, o)
	if err != nil || tally.Had != 1 || tally.Replaced != 1 || tally.Moved != 28 || tally.Failures() != 1 || puts(f) != 0 {
		t.Errorf("%+v, %v, %d puts", tally, err, puts(f))
	}
}

func TestUploadCancelled(t *testing.T) {
	_, set := folderOf(t, 300)
	ctx, cancel := context.WithCancel(t.Context())
	f := &blobtest.Fake{}
	f.Harm = func(op, key string, _ int) error {
		if op == "put" && key == "src/"+set.Files[150].Path {
			cancel()
		}
		return nil
	}
	tally, err := Upload(ctx, f, set, usual.Options)
	if !errors.Is(err, context.Canceled) || tally.Moved == 0 || tally.Failures() != 0 {
		t.Errorf("%+v, %v", tally, err)
	}
	f.Harm = nil
	if tally, err := Upload(t.Context(), f, set, usual.Options); err != nil ||
		tally.Had+tally.Moved != 300 || tally.Had == 0 {
		t.Errorf("again: %+v, %v", tally, err)
	}
}

// Never more objects than allowed are under way.
func TestUploadBounds(t *testing.T) {
	_, set := folderOf(t, 60)
	var mu sync.Mutex
	now, most := 0, 0
	f := &blobtest.Fake{}
	f.Harm = func(op, _ string, _ int) error {
		if op != "put" {
			return nil
		}
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		time.Sleep(time.Millisecond) // so that others come beside it
		mu.Lock()
		now--
		mu.Unlock()
		return nil
	}
	if tally, err := Upload(t.Context(), f, set, Options{AtOnce: 5}); err != nil ||
		tally.Moved != 60 || most > 5 || most < 2 {
		t.Errorf("%+v, %v, %d at once", tally, err, most)
	}
}

// Through every fault of a server all files go, and what is there then is right.
func TestFaultsOfAServer(t *testing.T) {
	for name, fault := range map[string]blobtest.Fault{"busy": blobtest.SlowDown,
		"lost": blobtest.Lost, "cut": blobtest.Cut} {
		t.Run(name, func(t *testing.T) {
			_, set := folderOf(t, 40)
			proxy := &blobtest.Proxy{Next: blobtest.Server(t), Harm: func(r *http.Request, n int) blobtest.Fault {
				if n <= 3 && (r.Method == http.MethodPut || fault == blobtest.SlowDown) {
					return fault
				}
				return blobtest.None
			}}
			blobtest.Environment(t)
			pace := blobio.NewPace(8)
			s := blobtest.Open(t, blobtest.Serve(t, proxy), "p", blobio.Options{Again: pace.Again})
			tally, err := Upload(t.Context(), s, set, Options{AtOnce: 8, Pace: pace})
			if err != nil || tally.Moved != 40 || tally.Failures() != 0 {
				t.Fatalf("%+v, %v", tally, err)
			}
			if diff := cmp.Diff(wantObjects(set), objects(t, s)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
