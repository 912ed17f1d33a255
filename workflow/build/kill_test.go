package build_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/versions"
	"github.com/google/go-cmp/cmp"
)

// The test program is also a program that builds a workspace, so that it can be killed.
const (
	childDir     = "DERMSET_TEST_BUILD"
	childHold    = "DERMSET_TEST_HOLD"
	childApprove = "DERMSET_TEST_APPROVE"
)

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(childDir) != "":
		os.Exit(childBuild(os.Getenv(childDir)))
	case os.Getenv(childHold) != "":
		os.Exit(childLock(os.Getenv(childHold)))
	case os.Getenv(childApprove) != "":
		os.Exit(childApproves(os.Getenv(childApprove)))
	}
	os.Exit(m.Run())
}

func childBuild(dir string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if _, err := buildIn(ctx, dir, "publish", plainRun); err != nil {
		fmt.Fprintln(os.Stderr, err)
		if ctx.Err() != nil {
			return 130
		}
		return 1
	}
	return 0
}

// childApproves lets eve approve a workspace.
func childApproves(dir string) int {
	w, err := open(dir, plainRun)
	if err == nil {
		err = w.Locked("approve", func() error {
			_, err := build.Approve(context.Background(), w, build.Approval{As: "eve"})
			return err
		})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// childLock holds the lock of a workspace until its standard input ends.
func childLock(dir string) int {
	w, err := open(dir, plainRun)
	if err == nil {
		err = w.Locked("hold-on", func() error {
			fmt.Println("held")
			_, err := io.Copy(io.Discard, os.Stdin)
			return err
		})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func child(t testing.TB, name, dir string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), name+"="+dir)
	return cmd
}

// runChild builds dir in another process, and sends it a signal after some time, if it still runs then.
// A negative time is never.
func runChild(t testing.TB, dir string, after time.Duration,
	sig syscall.Signal) (exit int, took time.Duration, stderr string) {
	t.Helper()
	cmd := child(t, childDir, dir)
	var text bytes.Buffer
	cmd.Stderr = &text
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if after >= 0 {
		timer := time.AfterFunc(after, func() { _ = cmd.Process.Signal(sig) }) // it may have ended
		defer timer.Stop()
	}
	err := cmd.Wait()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), time.Since(began), text.String()
}

// A killRange is a workspace whose settings go back and forth between two, with what each should publish.
type killRange struct {
	dir   string
	want  [2]map[string]string
	text  [2]string          // of dermset.yaml
	names [2]map[string]bool // of all files, after a run that nobody killed
	took  time.Duration
}

func newKillRange(t *testing.T, rows int) *killRange {
	t.Helper()
	k := &killRange{dir: filepath.Join(tempDir(t), "w")}
	w := newPicturedWorld(5, rows)
	for i := range k.want {
		w.splitSeed = i
		k.text[i] = w.settings()
		k.want[i] = buildFresh(t, w, k.dir, plainRun)
	}
	if cmp.Equal(k.want[0], k.want[1]) {
		t.Fatal("both settings publish the same")
	}
	k.took = time.Hour
	for i := range 4 { // the fastest of a few runs from nothing
		k.wipe(t)
		k.set(t, i%2)
		exit, took, stderr := runChild(t, k.dir, -1, 0)
		if exit != 0 {
			t.Fatalf("run %d ends with %d: %s", i, exit, stderr)
		}
		k.took = min(k.took, took)
		k.names[i%2] = namesBelow(t, k.dir)
	}
	return k
}

func (k *killRange) wipe(t *testing.T) {
	t.Helper()
	for _, name := range []string{"work", "dist"} {
		if err := os.RemoveAll(filepath.Join(k.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func (k *killRange) set(t *testing.T, i int) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(k.dir, "dermset.yaml"), []byte(k.text[i]), 0o644); err != nil {
		t.Fatal(err)
	}
}

// checkWhole wants no version, or one of the allowed ones, whole.
func (k *killRange) checkWhole(t *testing.T, allowed ...int) (there bool) {
	t.Helper()
	dist := filepath.Join(k.dir, "dist", draft)
	if _, err := os.Stat(dist); errors.Is(err, os.ErrNotExist) {
		return false
	}
	w, err := open(k.dir, plainRun)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := versions.Verify(w, draft); err != nil {
		t.Fatalf("the version is torn: %v", err)
	}
	got := versionText(t, dist)
	for _, i := range allowed {
		if cmp.Equal(got, k.want[i]) {
			return true
		}
	}
	t.Fatalf("the version is none of %v:\n%s", allowed, cmp.Diff(k.want[allowed[0]], got))
	return true
}

// underWay is the step that a killed run was in, if any; publish writes elsewhere.
func (k *killRange) underWay() string {
	aside, err := filepath.Glob(filepath.Join(k.dir, "work", ".*.partial-*"))
	if err != nil || len(aside) == 0 {
		return ""
	}
	step, _, _ := strings.Cut(filepath.Base(aside[0])[1:], ".")
	return step
}

// finish builds to the end, and wants the whole version and nothing beside it.
func (k *killRange) finish(t *testing.T, i int) {
	t.Helper()
	exit, _, stderr := runChild(t, k.dir, -1, 0)
	if exit != 0 {
		t.Fatalf("the run after the kill ends with %d: %s", exit, stderr)
	}
	if !k.checkWhole(t, i) {
		t.Fatal("there is no version")
	}
	if diff := cmp.Diff(k.names[i], namesBelow(t, k.dir)); diff != "" {
		t.Errorf("these names are other than after a run that nobody killed: %s", diff)
	}
}

// namesBelow are those of all files and folders.
func namesBelow(t *testing.T, dir string) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	if err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		all[strings.TrimPrefix(path, dir)] = true
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// What a killed run left goes with the next one, also where that one finds all up to date: here a step's folder and a
// version beside the published ones, and pictures that had come in part.
func TestLeftoversGoWhereAllIsUpToDate(t *testing.T) {
	k := newKillRange(t, 100)
	k.finish(t, 1)
	for _, path := range []string{"work/split", "dist/" + draft} {
		if _, err := fileio.MakeAside(filepath.Join(k.dir, path)); err != nil {
			t.Fatal(err)
		}
	}
	incoming := filepath.Join(k.dir, "work", "blobs", "incoming", "1")
	if err := errors.Join(os.MkdirAll(filepath.Dir(incoming), 0o755), os.WriteFile(incoming, nil, 0o644),
		os.CopyFS(filepath.Join(k.dir, "dist", "."+draft+".replaced"), os.DirFS(filepath.Join(k.dir, "dist", draft))),
	); err != nil {
		t.Fatal(err)
	}
	k.finish(t, 1)
}

// Killed at any moment, from nothing or over an older draft, a build leaves a whole version or none,
// and the next run ends the same.
func TestKilledAtAnyMoment(t *testing.T) {
	tooLongForRace(t)
	k := newKillRange(t, bigRows(1200, 400))
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 1))
	kills := 50
	if testing.Short() {
		kills = 8
	}
	killed, none, kept, during := 0, 0, 0, map[string]int{}
	last := 1
	k.set(t, last)
	k.finish(t, last)
	for n := range kills {
		is := 1 - last
		k.set(t, is)
		allowed := []int{is, last}
		if n%2 == 0 {
			k.wipe(t)
			allowed = []int{is}
		}
		again := 1 + r.IntN(2)
		for range again {
			exit, _, stderr := runChild(t, k.dir, time.Duration(r.Int64N(int64(k.took))), syscall.SIGKILL)
			switch exit {
			case -1:
				killed++
				during[k.underWay()]++
			case 0:
			default:
				t.Fatalf("seed %d, kill %d: the run ends with %d: %s", seed, n, exit, stderr)
			}
			if k.checkWhole(t, allowed...) {
				kept++
			} else {
				none++
				if n%2 == 1 {
					t.Fatalf("seed %d, kill %d: the older draft is gone", seed, n)
				}
			}
		}
		k.finish(t, is)
		last = is
	}
	t.Logf("%d kills: no version after %d, a whole one after %d; a run takes %v; during %v",
		killed, none, kept, k.took, during)
	if killed < kills/3 {
		t.Errorf("only %d of %d runs were killed before they ended", killed, kills)
	}
	for _, step := range []string{"fetch", "check"} {
		if kills >= 50 && during[step] == 0 {
			t.Errorf("no run was killed during %s", step)
		}
	}
}

// Interrupted, a build ends soon and leaves nothing half-written.
func TestInterrupted(t *testing.T) {
	k := newKillRange(t, bigRows(1200, 400))
	r := rand.New(rand.NewPCG(6, 1))
	k.set(t, 1)
	interrupted := 0
	for range 10 {
		k.wipe(t)
		exit, took, stderr := runChild(t, k.dir, time.Duration(r.Int64N(int64(k.took))), syscall.SIGINT)
		switch exit {
		case 130:
			interrupted++
			if !strings.Contains(stderr, "context canceled") && !strings.Contains(stderr, "interrupt signal received") {
				t.Errorf("interrupted, it says %q", stderr)
			}
		case 0, -1: // it was done before, or had not begun to listen
		default:
			t.Fatalf("exit %d: %s", exit, stderr)
		}
		if took > k.took+5*time.Second {
			t.Errorf("it took %v to end", took)
		}
		k.checkWhole(t, 1)
		if entries, err := os.ReadDir(filepath.Join(k.dir, "dist")); exit == 130 && err == nil {
			for _, entry := range entries {
				if entry.Name() != draft {
					t.Errorf("dist/%s is left over after an interrupt", entry.Name())
				}
			}
		}
		k.finish(t, 1)
	}
	t.Logf("%d of 10 interrupted", interrupted)
}

// A second run stops and names the first; when that dies, however it dies, the workspace is free.
func TestSecondRunNamesTheFirst(t *testing.T) {
	dir := filepath.Join(tempDir(t), "w")
	if err := newWorld(1).write(dir); err != nil {
		t.Fatal(err)
	}
	for _, die := range []bool{true, false} {
		first := child(t, childHold, dir)
		stdin, err := first.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		stdout, err := first.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := first.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(stdout, make([]byte, len("held\n"))); err != nil {
			t.Fatal(err)
		}
		_, err = buildIn(context.Background(), dir, "publish", plainRun)
		for _, want := range []string{fmt.Sprint(first.Process.Pid), "hold-on"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("the second run says %v, want %q in it", err, want)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "dist")); err == nil && die {
			t.Error("the second run wrote dist/")
		}
		if die {
			err = first.Process.Kill()
		} else {
			err = stdin.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := first.Wait(); (err != nil) != die {
			t.Fatalf("the first run ends with %v", err)
		}
		if _, err := buildIn(context.Background(), dir, "publish", plainRun); err != nil {
			t.Errorf("the first run is gone, the next says %v", err)
		}
	}
}

// tooLongForRace skips what takes minutes with the race detector: ./check runs it without.
func tooLongForRace(t *testing.T) {
	t.Helper()
	if raceEnabled {
		t.Skip("takes minutes with the race detector; ./check runs it without")
	}
}
