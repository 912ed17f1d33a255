package transfer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
)

// hasty is little patience.
var hasty = blobio.Patience{Attempts: 3, First: 1, Longest: 1}

// faultyFolder is the folder behind faults.
func faultyFolder(t *testing.T, dir string, f *blobtest.Faults) *blobio.Folder {
	t.Helper()
	s, err := blobio.OpenFolder(t.Context(), dir, blobio.Options{Patience: hasty, Files: f.Files})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// unanswered is how many objects failed for what may pass.
func unanswered(t Tally) (n int64) {
	for c, all := range t.Failed {
		if c.Reason.MayPass() {
			n += all.Objects
		}
	}
	return n
}

// every is a step through n calls; short tests, and those with the race detector, take some of them.
func every(n int64) int64 {
	switch {
	case testing.Short() || raceEnabled:
		return max(1, n/12)
	default:
		return max(1, n/60)
	}
}

// From any call on, the disk of a store gives nothing but errors: what came stays, nothing is taken for an answer that
// was none, and when the disk is well again the next run ends as if nothing had been.
func TestADiskThatBreaksDuringAFetch(t *testing.T) {
	const n = few + 20 // listed
	dir, set := folderOf(t, n)
	g := Group{}
	for _, f := range set.Files {
		g.Keys = append(g.Keys, f.Path)
	}
	f := &blobtest.Faults{}
	if _, err := fetchInto(t, t.TempDir(), faultyFolder(t, dir, f), usual, g); err != nil {
		t.Fatal(err)
	}
	calls, failed := f.Calls(), int64(0)
	for k := int64(1); k <= calls; k += every(calls) {
		for _, number := range []syscall.Errno{syscall.EIO, syscall.EMFILE, syscall.ENOMEM} {
			var struck atomic.Bool // else this run had fewer calls
			broken := &blobtest.Faults{Harm: func(_, _ string, n int64) error {
				if n >= k {
					struck.Store(true)
					return number
				}
				return nil
			}}
			blobs := t.TempDir()
			s := faultyFolder(t, dir, broken)
			tally, err := fetchInto(t, blobs, s, usual, g)
			for cause := range tally.Failed {
				if cause.Reason != blobio.Disk {
					t.Errorf("call %d, %v: %v", k, number, cause)
				}
			}
			if of := fault.Of(err); number == syscall.ENOMEM && of != fault.OfMachine && struck.Load() ||
				err == nil && tally.Failures()+tally.Moved != n || err == nil && unanswered(tally) != tally.Failures() {
				t.Errorf("call %d, %v: %+v, %v", k, number, tally, err)
			}
			failed += tally.Failures()
			broken.Harm = nil
			if tally, err := fetchInto(t, blobs, s, usual, g); err != nil || tally.Failures() > 0 ||
				tally.Had+tally.Moved != n {
				t.Errorf("call %d, %v, well again: %+v, %v", k, number, tally, err)
			}
			if got := held(t, blobs, s, g.Keys); len(got) != n {
				t.Errorf("call %d, %v: %d are held", k, number, len(got))
			}
		}
	}
	if failed == 0 {
		t.Error("nothing has failed")
	}
}

// The same of an upload into a folder whose disk breaks: what is there is right, and the next run ends all.
func TestADiskThatBreaksDuringAnUpload(t *testing.T) {
	_, set := folderOf(t, 12)
	f := &blobtest.Faults{}
	if _, err := Upload(t.Context(), faultyFolder(t, t.TempDir(), f), set, usual.Options); err != nil {
		t.Fatal(err)
	}
	calls := f.Calls()
	for k := int64(1); k <= calls; k += every(calls) {
		for _, number := range []syscall.Errno{syscall.EIO, syscall.ENOSPC} {
			broken := &blobtest.Faults{Harm: func(_, _ string, n int64) error {
				if n >= k {
					return number
				}
				return nil
			}}
			dir := t.TempDir()
			s := faultyFolder(t, dir, broken)
			tally, err := Upload(t.Context(), s, set, usual.Options)
			if err == nil && tally.Failures() == 0 && tally.Done() != 12 ||
				number == syscall.ENOSPC && err == nil && tally.Failures() > 0 {
				t.Errorf("call %d, %v: %+v, %v", k, number, tally, err)
			}
			for cause := range tally.Failed {
				if cause.Reason != blobio.Disk || cause.Side != There {
					t.Errorf("call %d, %v: %v", k, number, cause)
				}
			}
			broken.Harm = nil
			for key, data := range objects(t, s) {
				if data != string(content(strings.TrimPrefix(key, "src/"))) {
					t.Errorf("call %d, %v: %s is not whole", k, number, key)
				}
			}
			if tally, err := Upload(t.Context(), s, set, usual.Options); err != nil || tally.Failures() > 0 {
				t.Errorf("call %d, %v, well again: %+v, %v", k, number, tally, err)
			}
			if diff := cmp.Diff(wantObjects(set), objects(t, s)); diff != "" {
				t.Errorf("call %d, %v: %s", k, number, diff)
			}
		}
	}
}

// What may pass takes the place of no answer: what came before stays, and what was missing stays missing. Of what was
// never known it says so.
func TestWhatMayPassIsNoAnswer(t *testing.T) {
	for _, why := range []blobio.Reason{blobio.Busy, blobio.Stalled, blobio.Cut, blobio.Differs, blobio.Disk,
		blobio.Shut} {
		f, g := world(3)
		dir, gone := t.TempDir(), g.Keys[1]
		f.Drop(gone)
		if _, err := fetchInto(t, dir, f, usual, Group{Prefix: "src/", Keys: g.Keys[:2]}); err != nil {
			t.Fatal(err)
		}
		f.Harm = func(op, key string, _ int) error { return reason(op, key, why) }
		var told []string
		o := usual
		o.Unanswered = func(key string) { told = append(told, key) }
		o.AtOnce = 1
		tally, err := fetchInto(t, dir, f, o, g)
		if err != nil || failedFor(tally, Coming, why) != 3 || unanswered(tally) != 3 {
			t.Errorf("%s: %+v, %v", why, tally, err)
		}
		if diff := cmp.Diff(g.Keys[:2], told); diff != "" {
			t.Errorf("%s: told %s", why, diff)
		}
		want := map[string]string{g.Keys[0]: string(content(g.Keys[0])), gone: "failed: missing",
			g.Keys[2]: "failed: " + string(why)}
		if diff := cmp.Diff(want, held(t, dir, f, g.Keys)); diff != "" {
			t.Errorf("%s: %s", why, diff)
		}
	}
}

// A store that answers for none of many objects in a row is down; one that answers now and then is not.
func TestAStoreThatIsDown(t *testing.T) {
	for _, why := range []blobio.Reason{blobio.Busy, blobio.Stalled, blobio.Cut} {
		f, g := world(90)
		f.Harm = func(op, key string, _ int) error {
			if op == "list" {
				return nil
			}
			return reason(op, key, why)
		}
		tally, err := fetchInto(t, t.TempDir(), f, usual, g)
		if err == nil || !strings.Contains(err.Error(), "the store is down") || tally.Failures() >= inARow ||
			fault.Of(err) != fault.MayPass {
			t.Errorf("%s: %+v, %v", why, tally, err)
		}
		f, g = world(90)
		f.Harm = func(op, key string, _ int) error {
			if strings.HasSuffix(key, "0.jpg") {
				return nil
			}
			return reason(op, key, why)
		}
		o := usual
		o.AtOnce = 1
		if tally, err := fetchInto(t, t.TempDir(), f, o, g); err != nil || tally.Moved != 9 || tally.Failures() != 81 {
			t.Errorf("%s, now and then: %+v, %v", why, tally, err)
		}
	}
}

// A liar lists what a test wants.
type liar struct {
	*blobtest.Fake
	lists iter.Seq2[blobio.Object, error]
}

func (l liar) List(context.Context, string) iter.Seq2[blobio.Object, error] { return l.lists }

func entries(last error, keys ...string) iter.Seq2[blobio.Object, error] {
	return func(yield func(blobio.Object, error) bool) {
		for _, key := range keys {
			if !yield(blobio.Object{Key: key, Size: 1, ETag: "e"}, nil) {
				return
			}
		}
		if last != nil {
			yield(blobio.Object{}, last)
		}
	}
}

// Where a store cannot list, fetch asks for its objects one by one, and says so; an upload ends with the error, and
// nothing goes. Nothing panics.
func TestStoresThatCannotList(t *testing.T) {
	strangers = 50
	defer func() { strangers = 1_000_000 }()
	endless := func(yield func(blobio.Object, error) bool) {
		for n := 0; yield(blobio.Object{Key: fmt.Sprintf("src/x%09d", n)}, nil); n++ {
			if n > 1000 {
				t.Error("it is listed on and on")
				return
			}
		}
	}
	for name, lists := range map[string]iter.Seq2[blobio.Object, error]{
		"outside": entries(nil, "q/0.jpg"), "shorter": entries(nil, "sr"),
		"the prefix without its slash": entries(nil, "src"),
		"endless":                      endless, "refused": entries(reason("list", "", blobio.Refused)),
		"busy": entries(reason("list", "", blobio.Busy)), "denied": entries(reason("list", "", blobio.Denied)),
		"a file": entries(reason("list", "", blobio.NotAFile)), "shut": entries(reason("list", "", blobio.Shut)),
		"the folder": func(yield func(blobio.Object, error) bool) {
			yield(blobio.Object{Key: "src"}, reason("list", "src", blobio.Outside))
		},
	} {
		f, g := world(2 * few)
		s := liar{f, lists}
		dir := t.TempDir()
		tally, err := fetchInto(t, dir, s, usual, g)
		if err != nil || tally.Moved != 2*few || tally.Unlisted == nil {
			t.Errorf("%s: %+v, %v", name, tally, err)
		}
		if diff := cmp.Diff(wantAll(g.Keys), held(t, dir, f, g.Keys)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		_, set := folderOf(t, 5)
		if tally, err := Upload(t.Context(), s, set, usual.Options); err == nil || tally.Done() != 0 || puts(f) != 0 {
			t.Errorf("%s, upload: %+v, %v", name, tally, err)
		}
	}
}

// What a listing cannot tell for now is asked for; a folder that it cannot look into ends an upload, as nobody knows
// what is there.
func TestListingsWithHoles(t *testing.T) {
	f, g := world(2 * few)
	f.Harm = func(op, key string, _ int) error {
		if op == "entry" && strings.HasSuffix(key, "7.jpg") {
			return reason(op, key, blobio.Disk)
		}
		return nil
	}
	if tally, err := fetchInto(t, t.TempDir(), f, usual, g); err != nil || tally.Moved != 2*few {
		t.Errorf("%+v, %v", tally, err)
	}
	_, set := folderOf(t, 5)
	s := liar{&blobtest.Fake{}, func(yield func(blobio.Object, error) bool) {
		yield(blobio.Object{Key: "src/deep"}, reason("list", "src/deep", blobio.Shut))
	}}
	if tally, err := Upload(t.Context(), s, set, usual.Options); blobio.ReasonOf(err) != blobio.Shut || tally.Done() != 0 {
		t.Errorf("%+v, %v", tally, err)
	}
}

// A folder of the store that is a link out of it, a file, or shut: an error, and no panic.
func TestSourceFoldersThatAreNone(t *testing.T) {
	for name, c := range map[string]struct {
		make   func(dir string) error
		reason blobio.Reason
	}{
		"a link": {func(dir string) error { return os.Symlink(t.TempDir(), filepath.Join(dir, "src")) }, blobio.Outside},
		"a file": {func(dir string) error { return os.WriteFile(filepath.Join(dir, "src"), nil, 0o644) }, blobio.Missing},
		"a link in a circle": {func(dir string) error { return os.Symlink("src", filepath.Join(dir, "src")) },
			blobio.NotAFile},
	} {
		dir := t.TempDir()
		if err := c.make(dir); err != nil {
			t.Fatal(err)
		}
		s := faultyFolder(t, dir, &blobtest.Faults{})
		_, g := world(2 * few)
		tally, err := fetchInto(t, t.TempDir(), s, usual, g)
		if err != nil || failedFor(tally, Coming, c.reason) != 2*few {
			t.Errorf("%s: %+v, %v", name, tally.Causes(), err)
		}
		_, set := folderOf(t, 5)
		if tally, err := Upload(t.Context(), s, set, usual.Options); err == nil || tally.Moved != 0 {
			t.Errorf("%s, upload: %+v, %v", name, tally, err)
		}
	}
}

// A blob of which the disk does not say whether it is there is not gone.
func TestBlobsThatTheDiskDoesNotTell(t *testing.T) {
	f, g := world(3)
	dir := t.TempDir()
	if _, err := fetchInto(t, dir, f, usual, g); err != nil {
		t.Fatal(err)
	}
	defer func() { lstat = os.Lstat }()
	lstat = func(name string) (fs.FileInfo, error) {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: syscall.EIO}
	}
	if _, err := ReadBlobs(dir, f.String()); !errors.Is(err, syscall.EIO) {
		t.Errorf("%v", err)
	}
	if _, err := LogBytes(dir); !errors.Is(err, syscall.EIO) {
		t.Errorf("%v", err)
	}
}

// A panic of a worker is an error of the run, with where it was.
func TestAPanicOfAWorker(t *testing.T) {
	f, g := world(5)
	f.Harm = func(op, _ string, _ int) error {
		if op == "get" {
			panic("as the test wants it")
		}
		return nil
	}
	_, err := fetchInto(t, t.TempDir(), f, usual, g)
	if broken, is := errors.AsType[*fault.Panic](err); !is || !strings.Contains(broken.Error(), "faults_test.go") {
		t.Errorf("%v", err)
	}
}

// No remedy makes a person delete what is good, and every cause that may pass has one.
func TestRemediesDeleteNothing(t *testing.T) {
	for _, side := range []Side{Coming, Here, There} {
		for r := range remedies {
			text := Cause{side, r}.Remedy()
			if strings.Contains(text, "delete") || strings.Contains(text, "remove ") {
				t.Errorf("%s %s: %s", side, r, text)
			}
		}
		for _, r := range []blobio.Reason{blobio.Disk, blobio.Shut, blobio.Busy, blobio.Cut, blobio.Stalled} {
			if text := (Cause{side, r}).Remedy(); side == Coming && !strings.Contains(text, "again") {
				t.Errorf("%s %s: %s", side, r, text)
			}
		}
	}
}
