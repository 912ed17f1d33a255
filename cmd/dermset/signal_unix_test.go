//go:build unix

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// scripted is a workspace with a source whose script does this. The program to run there is the test's own.
func scripted(t *testing.T, script string) (dir string, ingest *exec.Cmd, said *bytes.Buffer) {
	t.Helper()
	hearHangUps()
	dir = t.TempDir()
	for path, text := range map[string]string{
		"dermset.yaml": "", "sources/s/raw/none": "", "sources/s/source.yaml": "exec: [sh, do.sh]\n",
		"sources/s/do.sh": script,
	} {
		path = filepath.Join(dir, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "dermset") // the name says which program the test is
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	ingest, said = exec.Command(program, "source", "ingest", "s", "--workspace", dir), new(bytes.Buffer)
	ingest.Stderr = said
	return dir, ingest, said
}

// numberIn waits for a file that the script writes, with the number of a process.
func numberIn(t *testing.T, path string) int {
	t.Helper()
	for range 3000 {
		text, err := os.ReadFile(path)
		if n, bad := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && bad == nil {
			return n
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s has not come", path)
	return 0
}

// A first signal lets the run end, which takes as long as the script's own child holds on; a second ends it at once.
func TestASecondSignalEndsAtOnce(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		dir, cmd, said := scripted(t, "sleep 100 &\necho $! > ../../child\necho $$ > ../../script\nwait\n")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		script := numberIn(t, filepath.Join(dir, "script"))
		child := numberIn(t, filepath.Join(dir, "child"))
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		for syscall.Kill(script, 0) == nil { // until the first has been heard
			time.Sleep(time.Millisecond)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		for over := false; !over; {
			_ = cmd.Process.Signal(sig) // it may have ended
			select {
			case <-ended:
				over = true
			case <-time.After(10 * time.Millisecond):
			}
		}
		_ = syscall.Kill(child, syscall.SIGKILL)
		if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != sig {
			t.Errorf("%v twice: %v: %s", sig, cmd.ProcessState, said)
		}
	}
}

// Under nohup a hang-up is no reason to end.
func TestAHangUpUnderNohup(t *testing.T) {
	dir, cmd, said := scripted(t, "echo $$ > ../../script\nwhile [ ! -e ../../go ]; do sleep 0.05; done\n"+
		"printf 'image_path,label,differentials,patient_id,lesion_id,sex,age,body_site,fitzpatrick,image_type,"+
		"diagnosis_method,mask_path\\n1.jpg,wart,,p1,,,,,,,,\\n' > \"$DERMSET_OUT\"\n")
	cmd.Args = append([]string{"sh", "-c", `trap "" HUP; exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)
	var err error
	if cmd.Path, err = exec.LookPath("sh"); err != nil {
		t.Skip(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	numberIn(t, filepath.Join(dir, "script"))
	for range 20 { // a run that listens to it ends meanwhile
		if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "go"), nil, 0o644), cmd.Wait()); err != nil {
		t.Errorf("%v: %s", err, said)
	}
}
