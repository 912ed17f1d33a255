package workspace

import (
	"os"
	"path/filepath"
	"testing"
)

// Only what is not there is not there: what the system does not tell is an error.
func TestIsThere(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"file", "circle"} {
		var err error
		if name == "file" {
			err = os.WriteFile(filepath.Join(dir, name), nil, 0o644)
		} else {
			err = os.Symlink(name, filepath.Join(dir, name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]bool{"file": true, ".": true, "none": false, "file/below": false} {
		if is, err := IsThere(filepath.Join(dir, name)); is != want || err != nil {
			t.Errorf("%s: %v, %v", name, is, err)
		}
	}
	if is, err := IsThere(filepath.Join(dir, "circle")); is || err == nil {
		t.Errorf("a link in a circle: %v, %v", is, err)
	}
}
