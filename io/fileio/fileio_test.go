package fileio

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestOpenAndRead(t *testing.T) {
	dir := t.TempDir()
	some := filepath.Join(dir, "some")
	if err := os.WriteFile(some, []byte("1234"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		dir:                        dir + ": is a folder, want an ordinary file",
		os.DevNull:                 os.DevNull + ": is a device, want an ordinary file",
		some:                       some + ": is too large: 3 bytes are allowed",
		filepath.Join(dir, "none"): "stat " + filepath.Join(dir, "none") + ": no such file or directory",
	} {
		if _, err := ReadUpTo(path, 3); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := Open(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want that it does not exist", err)
	}
	for most, read := range map[string]func() ([]byte, error){
		"all": func() ([]byte, error) { return Read(some) }, "4": func() ([]byte, error) { return ReadUpTo(some, 4) },
	} {
		if data, err := read(); err != nil || string(data) != "1234" {
			t.Errorf("%s: %q, %v", most, data, err)
		}
	}
}
