package transfer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
)

// The test program is also one that fetches or uploads, so that it can be killed.
const (
	childDir    = "DERMSET_TEST_DIR"
	childStore  = "DERMSET_TEST_STORE"
	childVerb   = "DERMSET_TEST_VERB"
	childKeys   = 2000 // that are fetched
	childFiles  = 400  // that are uploaded
	childAtOnce = 32
)

func child(dir, url string) int {
	store, err := blobio.Open(context.Background(), url, blobio.Options{Connections: childAtOnce})
	if err == nil {
		var t Tally
		switch os.Getenv(childVerb) {
		case "fetch":
			t, err = childFetch(dir, store)
		case "download":
			t, err = childDownload(dir, store)
		case "upload":
			t, err = childUpload(dir, store, Set{})
		default:
			t, err = childUpload(dir, store, Set{Last: lastOfDraft, Replace: true})
		}
		if err == nil && t.Failures() > 0 {
			err = fmt.Errorf("failed: %v", t.Failed)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func childFetch(dir string, store blobio.Store) (Tally, error) {
	b, err := OpenBlobs(dir, store.String())
	if err != nil {
		return Tally{}, err
	}
	_, g := world(childKeys)
	o := FetchOptions{Options: Options{AtOnce: childAtOnce}, Bytes: 1 << 30}
	t, err := Fetch(context.Background(), b, store, just(g), o)
	return t, errors.Join(err, b.Close())
}

func childDownload(dir string, store blobio.Store) (Tally, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return Tally{}, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Tally{}, err
	}
	defer root.Close()
	_, g := world(childKeys)
	return expecting(root, g).Bring(context.Background(), store, Options{AtOnce: childAtOnce})
}

// lastOfDraft say that a draft is whole.
var lastOfDraft = []File{{Path: "sums"}, {Path: "manifest"}}

func childUpload(dir string, store blobio.Store, set Set) (Tally, error) {
	set.Prefix = "src/"
	for i := range childFiles {
		set.Files = append(set.Files, File{Path: pathOf(i)})
	}
	var err error
	if set.From, err = blobio.OpenFolder(context.Background(), dir, blobio.Options{}); err != nil {
		return Tally{}, err
	}
	return Upload(context.Background(), store, set, usual.Options)
}

// runChild is one run of a verb in another process, which is killed after some time if it still runs then. A negative
// time is never.
func runChild(t *testing.T, verb, dir, store string, after time.Duration) (killed bool, took time.Duration) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childVerb+"="+verb, childDir+"="+dir, childStore+"="+store)
	var said bytes.Buffer
	cmd.Stderr = &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if after >= 0 {
		timer := time.AfterFunc(after, func() { _ = cmd.Process.Signal(syscall.SIGKILL) }) // it may have ended
		defer timer.Stop()
	}
	_ = cmd.Wait() // the exit code says it
	switch code := cmd.ProcessState.ExitCode(); code {
	case 0:
	case -1:
		killed = true
	default:
		t.Fatalf("the %s ends with %d: %s", verb, code, &said)
	}
	return killed, time.Since(began)
}

// serverURL is the store of a server.
func serverURL(server string) string {
	return "s3://" + blobtest.Bucket + "?region=us-east-1&anonymous=true&endpoint=" + server
}

// A killRange is a server in this process with 2,000 objects, and a folder that other processes fetch them into.
type killRange struct {
	dir, url string
	proxy    *blobtest.Proxy
	store    blobio.Store
	keys     []string
}

func newKillRange(t *testing.T) *killRange {
	_, g := world(childKeys)
	k := &killRange{dir: filepath.Join(t.TempDir(), "blobs"),
		proxy: &blobtest.Proxy{Next: blobtest.Server(t)}, keys: g.Keys}
	k.url = serverURL(blobtest.Serve(t, k.proxy))
	var err error
	if k.store, err = blobio.Open(t.Context(), k.url, blobio.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, key := range k.keys {
		blobtest.Save(t, k.store, key, content(key))
	}
	return k
}

func (k *killRange) run(t *testing.T, after time.Duration) (killed bool, took time.Duration) {
	t.Helper()
	return runChild(t, "fetch", k.dir, k.url, after)
}

// gets is how often each object was asked for.
func (k *killRange) gets() map[string]int {
	all := map[string]int{}
	for asked, n := range k.proxy.Seen() {
		if key, is := strings.CutPrefix(asked, "GET /"+blobtest.Bucket+"/"); is && key != "" {
			all[key] = n
		}
	}
	return all
}

// durable are the objects that the log tells of. All of their blobs must be whole.
func (k *killRange) durable(t *testing.T) map[string]string { return held(t, k.dir, k.store, k.keys) }

// Killed at any moment, the next run fetches nothing that was durable again, and ends with the same blobs.
func TestFetchKilledAtAnyMoment(t *testing.T) {
	tooLongForRace(t)
	k := newKillRange(t)
	_, took := k.run(t, -1)
	want := files(t, k.dir)
	if len(want) != childKeys {
		t.Fatalf("%d blobs", len(want))
	}
	kills := 50
	if testing.Short() {
		kills = 8
	}
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 1))
	killed, kept, again, whole := 0, 0, 0, true
	for n := range kills {
		if whole {
			if err := os.RemoveAll(k.dir); err != nil {
				t.Fatal(err)
			}
		}
		before, durable := k.gets(), map[string]string{}
		if !whole {
			durable = k.durable(t)
		}
		dead, _ := k.run(t, time.Duration(r.Int64N(int64(took))))
		if dead {
			killed++
		}
		k.notAgain(t, fmt.Sprintf("seed %d, kill %d", seed, n), before, durable)
		if whole = !dead || n%3 == 2; whole { // finish it
			before, durable = k.gets(), k.durable(t)
			kept += len(durable)
			if dead, took = k.run(t, -1); dead {
				t.Fatal("killed by another")
			}
			again += k.notAgain(t, fmt.Sprintf("seed %d, after kill %d", seed, n), before, durable)
			if diff := cmp.Diff(want, files(t, k.dir)); diff != "" {
				t.Fatalf("seed %d, kill %d: %s", seed, n, diff)
			}
		}
	}
	t.Logf("%d kills; a run takes %v; %d objects were durable then, %d were fetched to finish", killed, took, kept, again)
	if killed < kills/3 || kept == 0 {
		t.Errorf("of %d runs %d were killed before they ended, and %d objects were durable: that tries nothing",
			kills, killed, kept)
	}
}

// notAgain wants no object asked for that was durable, and none twice in one run, but for what the server has heard
// late: requests of the process before, which was killed while they were under way. It returns how many were asked for.
func (k *killRange) notAgain(t *testing.T, when string, before map[string]int, durable map[string]string) (asked int) {
	t.Helper()
	twice := 0
	for key, n := range k.gets() {
		more := n - before[key]
		asked += more
		if _, was := durable[key]; was && more > 0 {
			t.Errorf("%s: %s was durable, and is fetched again", when, key)
		}
		twice += max(0, more-1)
	}
	if twice > childAtOnce {
		t.Errorf("%s: %d requests for objects that had been asked for in the same run", when, twice)
	}
	return asked
}

// Killed at any moment, what is in the store is whole, and the next run ends with the same objects.
func TestUploadKilledAtAnyMoment(t *testing.T) {
	tooLongForRace(t)
	dir, set := folderOf(t, childFiles)
	want := wantObjects(set)
	for kind, newStore := range map[string]func(t *testing.T) string{
		"server": func(t *testing.T) string {
			return serverURL(blobtest.Serve(t, blobtest.Server(t)))
		},
		"folder": func(t *testing.T) string { return t.TempDir() },
	} {
		t.Run(kind, func(t *testing.T) {
			_, took := runChild(t, "upload", dir, newStore(t), -1)
			kills, killed, kept := 15, 0, 0
			if testing.Short() {
				kills = 6
			}
			seed := uint64(time.Now().UnixNano())
			r := rand.New(rand.NewPCG(seed, 1))
			for n := range kills {
				url := newStore(t)
				dead, _ := runChild(t, "upload", dir, url, time.Duration(r.Int64N(int64(took))))
				if dead {
					killed++
				}
				s, err := blobio.Open(t.Context(), url, blobio.Options{})
				if err != nil {
					t.Fatal(err)
				}
				for key, data := range objects(t, s) {
					kept++
					if want[key] != data {
						t.Fatalf("seed %d, kill %d: %s is not whole: %q", seed, n, key, data)
					}
				}
				if dead, took = runChild(t, "upload", dir, url, -1); dead {
					t.Fatal("killed by another")
				}
				if diff := cmp.Diff(want, objects(t, s)); diff != "" {
					t.Fatalf("seed %d, kill %d: %s", seed, n, diff)
				}
			}
			t.Logf("%d kills, %d objects were there then", killed, kept)
			if killed < kills/3 || kept == 0 {
				t.Errorf("of %d runs %d were killed before they ended, and %d objects were there: that tries nothing",
					kills, killed, kept)
			}
		})
	}
}

// Killed at any moment over an older draft, a store holds the older one, the new one, or none; and the next run ends
// with the new one.
func TestReplacingKilledAtAnyMoment(t *testing.T) {
	tooLongForRace(t)
	dirs, sets := [2]string{}, [2]map[string]string{}
	for i := range dirs {
		dir, set := folderOf(t, childFiles)
		sets[i] = wantObjects(set)
		for n, file := range append(set.Files, lastOfDraft...) {
			if n%2 == 0 || n >= childFiles {
				text := fmt.Sprintf("%s of draft %d", file.Path, i)
				sets[i]["src/"+file.Path] = text
				write(t, dir, file.Path, []byte(text))
			}
		}
		dirs[i] = dir
	}
	for kind, url := range map[string]string{
		"server": serverURL(blobtest.Serve(t, blobtest.Server(t))), "folder": t.TempDir(),
	} {
		t.Run(kind, func(t *testing.T) {
			s, err := blobio.Open(t.Context(), url, blobio.Options{})
			if err != nil {
				t.Fatal(err)
			}
			runChild(t, "replace", dirs[0], url, -1)
			_, took := runChild(t, "replace", dirs[1], url, -1)
			kills, killed, seen := 20, 0, map[string]int{}
			if testing.Short() {
				kills = 6
			}
			seed := uint64(time.Now().UnixNano())
			r := rand.New(rand.NewPCG(seed, 1))
			for n := range kills {
				dead, _ := runChild(t, "replace", dirs[n%2], url, time.Duration(r.Int64N(int64(took))))
				if dead {
					killed++
				}
				is := objects(t, s)
				checkSet(t, fmt.Sprintf("seed %d, kill %d", seed, n), is, sets[0], sets[1])
				seen[is["src/manifest"]]++
				if dead, took = runChild(t, "replace", dirs[n%2], url, -1); dead {
					t.Fatal("killed by another")
				}
				if diff := cmp.Diff(sets[n%2], objects(t, s)); diff != "" {
					t.Fatalf("seed %d, kill %d: %s", seed, n, diff)
				}
			}
			t.Logf("%d kills; manifests that were there then: %v", killed, seen)
			if killed < kills/3 || kills >= 40 && seen[""] == 0 {
				t.Errorf("of %d runs %d were killed before they ended, in %v: that tries nothing", kills, killed, seen)
			}
		})
	}
}

// tooLongForRace skips what takes minutes with the race detector: ./check runs it without.
func tooLongForRace(t *testing.T) {
	t.Helper()
	if raceEnabled {
		t.Skip("takes minutes with the race detector; ./check runs it without")
	}
}
