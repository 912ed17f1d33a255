package sources

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A folder whose name is not UTF-8 is told by its name, and never passed over.
func TestFolderNotUTF8(t *testing.T) {
	s := newTrial(t, "files: {walk: \"{d}/{n}.jpg\"}\ncolumns: {image_path: \"{d}/{n}.jpg\", label: d}\n",
		map[string]string{"acne/1.jpg": "x"})
	if _, err := s.ingest(t); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(s.dir, "raw", "wa\xffrt"), 0o777); err != nil {
		t.Skip("this system refuses such names: ", err)
	}
	if _, err := s.ingest(t); err == nil || !strings.HasSuffix(err.Error(), "wa\xffrt: the name is not UTF-8: rename it") {
		t.Errorf("%q", err)
	}
}

// A file whose name is not UTF-8 and holds a line end is told once, in one line, with what to do.
func TestFileNotUTF8(t *testing.T) {
	s := newTrial(t, "files: {walk: \"{d}/{n}.jpg\"}\ncolumns: {image_path: \"{d}/{n}.jpg\", label: d}\n",
		map[string]string{"acne/1.jpg": "x"})
	if err := os.WriteFile(filepath.Join(s.dir, "raw", "acne", "c\xff\n.jpg"), nil, 0o666); err != nil {
		t.Skip("this system refuses such names: ", err)
	}
	_, err := s.ingest(t)
	if err == nil || strings.Contains(err.Error(), "\n") || !strings.HasSuffix(err.Error(), "rename the file") {
		t.Errorf("%q", err)
	}
}
