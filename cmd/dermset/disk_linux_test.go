package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An error of the disk says what to do, and not to make a workspace where there is one.
func TestADiskThatDoesNotAnswer(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("/proc/self/mem", filepath.Join(dir, "dermset.yaml")); err != nil { // reading it is an I/O error
		t.Fatal(err)
	}
	var out, said bytes.Buffer
	if code := run([]string{"plan", "--workspace", dir}, nil, &out, &said); code != exitFailed {
		t.Errorf("exit %d", code)
	}
	if text := said.String(); strings.Contains(text, "init") || !strings.Contains(text, "input/output error") ||
		!strings.Contains(text, "leave everything as it is") {
		t.Errorf("said %s", text)
	}
}

// A disk that is full is told as such, with what to do, and the run fails.
func TestADiskThatIsFull(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0) // which answers as one that is full
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	var said bytes.Buffer
	if code := run([]string{"findings"}, nil, full, &said); code != exitFailed {
		t.Errorf("exit %d", code)
	}
	if text := said.String(); !strings.Contains(text, "no space left on device") ||
		!strings.Contains(text, "make room on the disk") {
		t.Errorf("said %s", text)
	}
}
