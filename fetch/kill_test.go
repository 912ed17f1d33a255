package fetch

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

// The test program is also a program that fetches, so that it can be killed.
const (
	childDir    = "DERMSET_TEST_FETCH"
	childServer = "DERMSET_TEST_SERVER"
	childKeys   = 2000
	childAtOnce = 32
)

func childGroup() Group {
	_, g := world(childKeys)
	return g
}

func childStore(server string) (blobio.Store, error) {
	url := "s3://" + blobtest.Bucket + "?region=us-east-1&anonymous=true&endpoint=" + server
	return blobio.Open(context.Background(), url, blobio.Options{Connections: childAtOnce})
}

func childFetch(dir string) int {
	store, err := childStore(os.Getenv(childServer))
	if err == nil {
		var b *Blobs
		if b, err = OpenBlobs(dir, store.String()); err == nil {
			var t Tally
			t, err = Run(context.Background(), b, store, just(childGroup()), Options{AtOnce: childAtOnce, Bytes: 1 << 30})
			err = errors.Join(err, b.Close())
			if err == nil && t.Failures() > 0 {
				err = fmt.Errorf("failed: %v", t.Failed)
			}
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// A killRange is a server in this process with 2,000 objects, and a folder that other processes fetch them into.
type killRange struct {
	dir, server string
	proxy       *blobtest.Proxy
	store       blobio.Store
	keys        []string
}

func newKillRange(t *testing.T) *killRange {
	k := &killRange{dir: filepath.Join(t.TempDir(), "blobs"), proxy: &blobtest.Proxy{Next: blobtest.Server(t)}, keys: childGroup().Keys}
	k.server = blobtest.Serve(t, k.proxy)
	var err error
	if k.store, err = childStore(k.server); err != nil {
		t.Fatal(err)
	}
	fill, err := blobio.Open(t.Context(), "s3://"+blobtest.Bucket+"?region=us-east-1&anonymous=true&endpoint="+k.server, blobio.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range k.keys {
		blobtest.Save(t, fill, key, content(key))
	}
	return k
}

// run fetches in another process, which is killed after some time if it still runs then. A negative time is never.
func (k *killRange) run(t *testing.T, after time.Duration) (killed bool, took time.Duration) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childDir+"="+k.dir, childServer+"="+k.server)
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
		t.Fatalf("the fetch ends with %d: %s", code, &said)
	}
	return killed, time.Since(began)
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
func TestKilledAtAnyMoment(t *testing.T) {
	k := newKillRange(t)
	_, took := k.run(t, -1)
	want := files(t, k.dir)
	if len(want) != childKeys {
		t.Fatalf("%d blobs", len(want))
	}
	kills := 100
	if testing.Short() || raceEnabled {
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
		t.Errorf("of %d runs %d were killed before they ended, and %d objects were durable: that tries nothing", kills, killed, kept)
	}
}

// notAgain wants no object asked for that was durable, and none twice in one run, but for what the server has heard late: requests of the
// process before, which was killed while they were under way. It returns how many were asked for.
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

// A power cut leaves less than a kill: names without their content are not believed, and torn lines of the log say nothing.
func TestTornFolder(t *testing.T) {
	f, g := world(50)
	dir := t.TempDir()
	if _, err := fetchInto(t, dir, f, usual, g); err != nil {
		t.Fatal(err)
	}
	b, err := ReadBlobs(dir, f.String())
	if err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(dir, logName)
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte{'\n'})
	last := lines[len(lines)-2]
	gone, _ := parseEntry(lines[3]) // in the order in which they came: four other objects each time
	short, _ := parseEntry(lines[4])
	if err := errors.Join(os.Remove(b.Path(gone.SHA256)), os.Chmod(b.Path(short.SHA256), 0o644), os.Truncate(b.Path(short.SHA256), 3)); err != nil {
		t.Fatal(err)
	}
	copy(lines[10], bytes.Repeat([]byte{0}, len(lines[10])-1)) // a block that was not written
	torn := bytes.TrimSuffix(bytes.Join(lines, nil), last[len(last)/2:])
	if err := os.WriteFile(log, torn, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "incoming"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "incoming", "7"), []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	tally, err := fetchInto(t, dir, f, usual, g)
	if err != nil || tally.Fetched != 4 || tally.Had != 46 {
		t.Errorf("%+v, %v; want the two broken blobs and the two lost lines", tally, err)
	}
	if diff := cmp.Diff(wantAll(g.Keys), held(t, dir, f, g.Keys)); diff != "" {
		t.Error(diff)
	}
	if again, err := fetchInto(t, dir, f, usual, g); err != nil || again.Had != 50 {
		t.Errorf("again: %+v, %v", again, err)
	}
}
