package releaseio

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func content(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, name := range names(t, dir) {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(data)
	}
	return files
}

// A run that dies, or a disk that fails, at any change of the disk leaves the old folder or the new one, whole;
// what lies aside is swept.
func TestWriteFolderAnywhere(t *testing.T) {
	old, now := map[string][]byte{"a": []byte("1"), "old": []byte("2")},
		map[string][]byte{"a": []byte("3"), "b": []byte("4")}
	wantOld, wantNew := map[string]string{"a": "1", "old": "2"}, map[string]string{"a": "3", "b": "4"}
	for _, two := range []bool{false, true} {
		for _, once := range []bool{false, true} { // the disk fails once, or for good
			for at := 0; ; at++ {
				above := filepath.Join(t.TempDir(), "mapping")
				path := filepath.Join(above, "pulled")
				if err := WriteFolder(path, old); err != nil {
					t.Fatal(err)
				}
				n := 0
				d := &disk{twoRenames: two, fault: func(string, string) error {
					n++
					if n == at+1 || n > at && !once {
						return syscall.ENOSPC
					}
					return nil
				}}
				err := writeFolder(d, path, now)
				if _, err := sweep(&disk{}, []string{above}); err != nil {
					t.Fatal(err)
				}
				got := content(t, path)
				if !cmp.Equal(got, wantOld) && !cmp.Equal(got, wantNew) {
					t.Fatalf("fault at change %d: the folder holds %v", at, got)
				}
				if err == nil && !cmp.Equal(got, wantNew) || err != nil && !errors.Is(err, syscall.ENOSPC) {
					t.Fatalf("fault at change %d: %v, %v", at, err, got)
				}
				if left := names(t, above); !cmp.Equal(left, []string{"pulled"}) {
					t.Fatalf("fault at change %d: left %q", at, left)
				}
				if n <= at {
					if at < 8 {
						t.Fatalf("only %d changes of the disk were seen", at)
					}
					break
				}
			}
		}
	}
}

func TestWriteFolderNames(t *testing.T) {
	for _, name := range []string{"", ".", "..", "a/b", "../a", "/a"} {
		dir := t.TempDir()
		err := WriteFolder(filepath.Join(dir, "f"), map[string][]byte{name: nil})
		if err == nil || !strings.Contains(err.Error(), "want the name of a file") || len(names(t, dir)) > 0 {
			t.Errorf("%q: %v, %q", name, err, names(t, dir))
		}
	}
}
