package releaseio

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
)

// TestHolder is the other process of the tests below: it takes the lock, begins a version,
// says so and waits to be killed.
func TestHolder(t *testing.T) {
	dir := os.Getenv("DERMSET_TEST_HOLDER")
	if dir == "" {
		return // not started by another test
	}
	if _, err := TakeLock(filepath.Join(dir, ".dermset.lock"), "build", time.Unix(0, 0).UTC()); err != nil {
		t.Fatal(err)
	}
	for i := 0; ; i++ {
		if _, err := publish(&disk{}, filepath.Join(dir, "dist"), Draft, fmt.Sprint("edition ", i)); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			fmt.Println("holding")
		}
	}
}

// TestKillAndTakeOver kills a run that publishes drafts without end, many times: the draft is always whole,
// and the lock is free.
func TestKillAndTakeOver(t *testing.T) {
	dir := t.TempDir()
	lock, dist := filepath.Join(dir, ".dermset.lock"), filepath.Join(dir, "dist")
	for i := range 12 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestHolder$")
		cmd.Env = append(os.Environ(), "DERMSET_TEST_HOLDER="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "holding\n" {
			t.Fatal(line, err)
		}
		_, err = TakeLock(lock, "plan", time.Now())
		held, ok := errors.AsType[*HeldError](err)
		want := Holder{PID: cmd.Process.Pid, Verb: "build", Started: "1970-01-01T00:00:00Z"}
		if !ok || held.Holder != want {
			t.Errorf("error %v, want one that names %v", err, want)
		}
		time.Sleep(time.Duration(i) * 700 * time.Microsecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		l, err := TakeLock(lock, "build", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if edition(t, dist) == "" {
			t.Error("no draft is there")
		}
		if _, err := Sweep(l, dist); err != nil {
			t.Error(err)
		}
		if got := names(t, dist); len(got) != 1 {
			t.Errorf("left after the sweep: %q", got)
		}
		if err := errors.Join(l.Release(), l.Release()); err != nil {
			t.Error(err)
		}
		if _, err := Sweep(l, dist); err == nil {
			t.Error("a sweep without the lock")
		}
	}
}

// What no run writes names nobody: it would be shown as it is.
func TestAHolderThatNoRunWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	for text, want := range map[string]int{
		`{"pid":7,"verb":"build","started":"2026-01-02T03:04:05Z"}`:            7,
		`{"pid":7,"verb":"build","started":"\u001b[31mnow"}`:                   0,
		`{"pid":-7,"verb":"build","started":"2026-01-02T03:04:05Z"}`:           0,
		`{"pid":7,"verb":"build","started":"2026-01-02T03:04:05Z"} and {more}`: 0,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := holder(path); got.PID != want {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

// FuzzHolder writes anything where a run says who it is: who meets it says one line that a terminal can show.
func FuzzHolder(f *testing.F) {
	f.Add([]byte(`{"pid":7,"verb":"build","started":"2026-01-02T03:04:05Z"}`))
	f.Add([]byte(`{"pid":7,"verb":"\u001b[31mbuild\n","started":"\u202e now\r"}`))
	f.Add([]byte(`{"pid":-1,"verb":7}`))
	f.Add([]byte("{\"pid\":1"))
	path := filepath.Join(f.TempDir(), "lock")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		said := (&HeldError{Path: "lock", Holder: holder(path)}).Error()
		if strings.ContainsFunc(said, func(r rune) bool { return !unicode.IsPrint(r) }) || len(said) > 10_000 {
			t.Errorf("%q", said)
		}
	})
}
