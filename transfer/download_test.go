//go:build unix

package transfer

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
)

// downloadOf is n objects of a fake store below src/, and their download into a new folder.
func downloadOf(t *testing.T, n int) (*blobtest.Fake, Download) {
	t.Helper()
	f, g := world(n)
	return f, into(t, t.TempDir(), g)
}

func into(t *testing.T, dir string, g Group) Download {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return expecting(root, g)
}

func expecting(root *os.Root, g Group) Download {
	d := Download{Into: root, Prefix: g.Prefix}
	for i, key := range g.Keys {
		perm := os.FileMode(0o666)
		if i%2 == 0 {
			perm = 0o444
		}
		data := content(key)
		d.Files = append(d.Files, Expected{Path: strings.TrimPrefix(key, g.Prefix), Bytes: int64(len(data)),
			SHA256: sha256.Sum256(data), Perm: perm})
	}
	return d
}

// arrived are the files of a download's folder, by path.
func arrived(t *testing.T, d Download) map[string]string {
	t.Helper()
	return files(t, d.Into.Name())
}

func wantArrived(d Download) map[string]string {
	want := map[string]string{}
	for _, f := range d.Files {
		want[f.Path] = string(content(d.Prefix + f.Path))
	}
	return want
}

func TestDownloadsAllOnce(t *testing.T) {
	for _, n := range []int{0, 1, 300} {
		f, d := downloadOf(t, n)
		dry := usual.Options
		dry.DryRun = true
		tally, err := d.Bring(t.Context(), f, dry)
		if err != nil || tally.Moved != int64(n) || len(arrived(t, d)) != 0 || len(f.Seen()) != 0 {
			t.Fatalf("dry: %+v, %v, %v", tally, err, f.Seen())
		}
		tally, err = d.Bring(t.Context(), f, usual.Options)
		if err != nil || tally.Moved != int64(n) || tally.Wanted != int64(n) || tally.Failures() != 0 {
			t.Fatalf("%+v, %v", tally, err)
		}
		if diff := cmp.Diff(wantArrived(d), arrived(t, d)); diff != "" {
			t.Error(diff)
		}
		again, err := d.Bring(t.Context(), f, usual.Options)
		if err != nil || again.Had != int64(n) || again.Moved != 0 || again.HadBytes != tally.MovedBytes {
			t.Errorf("again: %+v, %v", again, err)
		}
		for what, times := range f.Seen() {
			if times != 1 || !strings.HasPrefix(what, "get ") {
				t.Errorf("%s: asked for %d times", what, times)
			}
		}
	}
}

// What has other bytes than expected, or stands in a file's place, is brought anew, and nothing else.
func TestDownloadMendsWhatIsThere(t *testing.T) {
	f, d := downloadOf(t, 8)
	if _, err := d.Bring(t.Context(), f, usual.Options); err != nil {
		t.Fatal(err)
	}
	at := func(i int) string { return filepath.Join(d.Into.Name(), d.Files[i].Path) }
	outside := filepath.Join(t.TempDir(), "kept")
	write(t, filepath.Dir(outside), "kept", content(d.Prefix+d.Files[3].Path))
	flipped := content(d.Prefix + d.Files[1].Path)
	flipped[7] ^= 1
	for _, err := range []error{
		os.WriteFile(at(1), flipped, 0o644), os.Truncate(at(5), 9), os.Remove(at(2)),
		os.Remove(at(3)), os.Symlink(outside, at(3)),
		os.Remove(at(4)), os.Mkdir(at(4), 0o755), os.WriteFile(filepath.Join(at(4), "x"), nil, 0o644),
		os.Remove(at(6)), syscall.Mkfifo(at(6), 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	tally, err := d.Bring(t.Context(), f, usual.Options)
	if err != nil || tally.Had != 2 || tally.Moved != 6 {
		t.Errorf("%+v, %v", tally, err)
	}
	if diff := cmp.Diff(wantArrived(d), arrived(t, d)); diff != "" {
		t.Error(diff)
	}
	if info, err := os.Lstat(at(3)); err != nil || !info.Mode().IsRegular() {
		t.Errorf("the link is still there: %v, %v", info, err)
	}
	if data, err := os.ReadFile(outside); err != nil || string(data) != string(content(d.Prefix+d.Files[3].Path)) {
		t.Errorf("behind the link: %q, %v", data, err)
	}
}

// A store that holds or sends something else leaves nothing here, and the others come.
func TestDownloadOfALyingStore(t *testing.T) {
	f, d := downloadOf(t, 6)
	key := func(i int) string { return d.Prefix + d.Files[i].Path }
	flipped := content(key(0))
	flipped[3] ^= 4
	f.Set(key(0), flipped)
	f.Set(key(1), content(key(1))[:50])
	f.Set(key(2), append(content(key(2)), make([]byte, 10<<20)...))
	f.Drop(key(3))
	f.Set(key(4), nil)
	tally, err := d.Bring(t.Context(), f, usual.Options)
	if err != nil || tally.Moved != 1 || failedFor(tally, Coming, blobio.Changed) != 4 ||
		failedFor(tally, Coming, blobio.Missing) != 1 {
		t.Fatalf("%+v, %v", tally, err)
	}
	if diff := cmp.Diff(map[string]string{d.Files[5].Path: string(content(key(5)))}, arrived(t, d)); diff != "" {
		t.Error(diff)
	}
	said := ""
	for _, failure := range tally.Failed[Cause{Coming, blobio.Changed}].First {
		said += failure.Path + " " + failure.Detail + "\n"
	}
	for _, want := range []string{
		fmt.Sprintf("0000.jpg it has SHA-256 %x, want %x", sha256.Sum256(flipped), d.Files[0].SHA256),
		"0001.jpg it has 50 bytes, want 440", "0002.jpg it has more than 440 bytes",
		"0004.jpg it has 0 bytes",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("want %q in\n%s", want, said)
		}
	}
}

// A store that is down ends the run, and so does an end of the context; neither is an answer about a file.
func TestDownloadEnds(t *testing.T) {
	f, d := downloadOf(t, 100)
	f.Harm = func(op, _ string, _ int) error {
		return &blobio.Error{Op: op, Reason: blobio.Busy, Attempts: 10}
	}
	_, err := d.Bring(t.Context(), f, usual.Options)
	if err == nil || !strings.Contains(err.Error(), "the store is down") {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	f.Harm = func(_, _ string, _ int) error { cancel(stop); return nil }
	if _, err := d.Bring(ctx, f, usual.Options); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
	f.Harm = nil
	if tally, err := d.Bring(t.Context(), f, usual.Options); err != nil || tally.Failures() != 0 {
		t.Errorf("%+v, %v", tally, err)
	}
	if diff := cmp.Diff(wantArrived(d), arrived(t, d)); diff != "" {
		t.Error(diff)
	}
}

// Through a proxy that cuts, stalls, flips and shortens, the bytes are those that are expected.
func TestDownloadThroughABadNetwork(t *testing.T) {
	blobtest.Environment(t)
	p := &blobtest.Proxy{Next: blobtest.Server(t)}
	store := blobtest.Open(t, blobtest.Serve(t, p), "", blobio.Options{})
	_, g := world(60)
	for _, key := range g.Keys {
		blobtest.Save(t, store, key, content(key))
	}
	faults := []blobtest.Fault{blobtest.Cut, blobtest.Flip, blobtest.Short, blobtest.SlowDown}
	p.Harm = func(req *http.Request, n int) blobtest.Fault {
		if n <= 2 && req.Method == "GET" {
			return faults[(len(req.URL.Path)+int(req.URL.Path[len(req.URL.Path)-5])+n)%len(faults)]
		}
		return blobtest.None
	}
	d := into(t, t.TempDir(), g)
	for range 4 {
		tally, err := d.Bring(t.Context(), store, usual.Options)
		if err != nil {
			t.Fatal(err)
		}
		for path, data := range arrived(t, d) {
			if data != string(content(d.Prefix+path)) {
				t.Errorf("%s: %q", path, data)
			}
		}
		if tally.Failures() == 0 {
			break
		}
	}
	if diff := cmp.Diff(wantArrived(d), arrived(t, d)); diff != "" {
		t.Error(diff)
	}
}

func TestReadObject(t *testing.T) {
	f := &blobtest.Fake{}
	f.Set("m", []byte("12345"))
	if data, err := ReadObject(t.Context(), f, "m", 5); err != nil || string(data) != "12345" {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := ReadObject(t.Context(), f, "m", 4); blobio.ReasonOf(err) != blobio.TooLarge {
		t.Errorf("%v", err)
	}
	if _, err := ReadObject(t.Context(), f, "n", 4); fault.Of(err) != fault.NotThere {
		t.Errorf("%v", err)
	}
}

// Killed at any moment, the next run asks for nothing that was there whole, and ends with the same files.
func TestDownloadKilledAtAnyMoment(t *testing.T) {
	tooLongForRace(t)
	k := newKillRange(t)
	_, g := world(childKeys)
	_, took := runChild(t, "download", k.dir, k.url, -1)
	want := files(t, k.dir)
	if len(want) != childKeys {
		t.Fatalf("%d files", len(want))
	}
	kills, killed, kept := 15, 0, 0
	if testing.Short() {
		kills = 5
	}
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 1))
	for n := range kills {
		if err := os.RemoveAll(k.dir); err != nil {
			t.Fatal(err)
		}
		if dead, _ := runChild(t, "download", k.dir, k.url, time.Duration(r.Int64N(int64(took)))); dead {
			killed++
		}
		whole := map[string]string{}
		if _, err := os.Stat(k.dir); err == nil {
			for path, data := range files(t, k.dir) {
				if data == string(content(g.Prefix+path)) {
					whole[g.Prefix+path] = data
				}
			}
		}
		kept += len(whole)
		before := k.gets()
		if dead, _ := runChild(t, "download", k.dir, k.url, -1); dead {
			t.Fatal("killed by another")
		}
		k.notAgain(t, fmt.Sprintf("seed %d, kill %d", seed, n), before, whole)
		if diff := cmp.Diff(want, files(t, k.dir)); diff != "" {
			t.Fatalf("seed %d, kill %d: %s", seed, n, diff)
		}
	}
	t.Logf("%d kills; a run takes %v; %d files were whole then", killed, took, kept)
	if killed < kills/3 || kept == 0 {
		t.Errorf("of %d runs %d were killed before they ended, and %d files were whole: that tries nothing",
			kills, killed, kept)
	}
}
