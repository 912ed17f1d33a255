//go:build unix

package arrowio

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func TestReadCSVOfAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe.csv")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := ReadCSV(path, nil, 1<<20)
		done <- err
	}()
	select {
	case err := <-done:
		if want := path + ": is a named pipe, want an ordinary file"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it waits")
	}
}
