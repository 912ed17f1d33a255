//go:build unix

package upload

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
)

// The test program is also a program that uploads, so that it can be killed.
const (
	childDir   = "DERMSET_TEST_UPLOAD"
	childStore = "DERMSET_TEST_STORE"
	childFiles = 400
)

func childSet(dir string) (Set, error) {
	set := Set{Prefix: "src/"}
	for i := range childFiles {
		set.Files = append(set.Files, File{Path: fmt.Sprintf("%d/%04d.jpg", i%3, i)})
	}
	var err error
	set.From, err = blobio.OpenFolder(dir)
	return set, err
}

func childUpload(dir string) int {
	set, err := childSet(dir)
	if err == nil {
		var s blobio.Store
		if s, err = blobio.Open(context.Background(), os.Getenv(childStore), blobio.Options{}); err == nil {
			var t Tally
			if t, err = Run(context.Background(), s, set, usual); err == nil && t.Failures() > 0 {
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

// runChild uploads in another process, which is killed after some time if it still runs then. A negative time is never.
func runChild(t *testing.T, dir, store string, after time.Duration) (killed bool, took time.Duration) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childDir+"="+dir, childStore+"="+store)
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
		t.Fatalf("the upload ends with %d: %s", code, &said)
	}
	return killed, time.Since(began)
}

// Killed at any moment, what is in the store is whole, and the next run ends with the same objects.
func TestKilledAtAnyMoment(t *testing.T) {
	dir, set := world(t, childFiles)
	want := wantAll(set)
	for kind, newStore := range map[string]func(t *testing.T) string{
		"server": func(t *testing.T) string {
			return "s3://" + blobtest.Bucket + "?region=us-east-1&anonymous=true&endpoint=" + blobtest.Serve(t, blobtest.Server(t))
		},
		"folder": func(t *testing.T) string { return t.TempDir() },
	} {
		t.Run(kind, func(t *testing.T) {
			_, took := runChild(t, dir, newStore(t), -1)
			kills, killed, kept := 30, 0, 0
			if testing.Short() || raceEnabled {
				kills = 6
			}
			seed := uint64(time.Now().UnixNano())
			r := rand.New(rand.NewPCG(seed, 1))
			for n := range kills {
				url := newStore(t)
				dead, _ := runChild(t, dir, url, time.Duration(r.Int64N(int64(took))))
				if dead {
					killed++
				}
				s, err := blobio.Open(t.Context(), url, blobio.Options{})
				if err != nil {
					t.Fatal(err)
				}
				for key, data := range held(t, s) {
					kept++
					if want[key] != data {
						t.Fatalf("seed %d, kill %d: %s is not whole: %q", seed, n, key, data)
					}
				}
				if dead, took = runChild(t, dir, url, -1); dead {
					t.Fatal("killed by another")
				}
				if diff := cmp.Diff(want, held(t, s)); diff != "" {
					t.Fatalf("seed %d, kill %d: %s", seed, n, diff)
				}
			}
			t.Logf("%d kills, %d objects were there then", killed, kept)
			if killed < kills/3 || kept == 0 {
				t.Errorf("of %d runs %d were killed before they ended, and %d objects were there: that tries nothing", kills, killed, kept)
			}
		})
	}
}
