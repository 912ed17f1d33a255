package fileio

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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

// What is written goes to the file that is named: never through a link, nor into what is there under a new file's name.
func TestWritingFollowsNoLink(t *testing.T) {
	dir := t.TempDir()
	other, link := filepath.Join(dir, "other"), filepath.Join(dir, "link")
	if err := os.WriteFile(other, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("other", link); err != nil {
		t.Skip("this file system has no links: ", err)
	}
	if _, err := OpenToWrite(link, os.O_RDWR|os.O_TRUNC); err == nil || !strings.Contains(err.Error(), "is a link") {
		t.Errorf("a link is written through: %v", err)
	}
	for _, path := range []string{other, link} {
		if _, err := Create(path); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if text, _ := os.ReadFile(other); string(text) != "kept" {
		t.Errorf("%q is left", text)
	}
	for range 2 {
		file, err := OpenToWrite(filepath.Join(dir, "log"), os.O_WRONLY|os.O_APPEND)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteString("line\n"); err != nil {
			t.Error(err)
		}
		file.Close()
	}
	if text, _ := os.ReadFile(filepath.Join(dir, "log")); string(text) != "line\nline\n" {
		t.Errorf("the log is %q", text)
	}
}
