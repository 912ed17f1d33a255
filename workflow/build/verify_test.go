package build_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dermset/dermset/workflow/versions"
)

// Whatever is changed in a version, in whatever place, verify finds: a bit of any file, a file or folder more or less,
// another name, a link or anything else in the place of a file.
func TestVerifyFindsWhateverIsChanged(t *testing.T) {
	b := newGalleryBench(t, "")
	dist := b.path("dist/" + draft)
	w, err := open(b.dir, plainRun)
	if err != nil {
		t.Fatal(err)
	}
	verify := func() error { _, err := versions.Verify(w, draft); return err }
	if err := verify(); err != nil {
		t.Fatal(err)
	}
	var files, folders []string
	err = filepath.WalkDir(dist, func(path string, e fs.DirEntry, err error) error {
		if e.IsDir() {
			folders = append(folders, path)
		} else {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) < 30 || len(folders) < 8 {
		t.Fatalf("%d files in %d folders, %v", len(files), len(folders), err)
	}
	changes := 0
	try := func(what, path string, change, back func() error) {
		t.Helper()
		if err := change(); err != nil {
			t.Fatalf("%s %s: %v", what, path, err)
		}
		changes++
		inside, err := filepath.Rel(dist, path)
		if found := verify(); found == nil || !strings.Contains(found.Error(), filepath.ToSlash(inside)) &&
			!strings.HasPrefix(inside, "manifest.") {
			t.Errorf("%s %s: %v, %v", what, inside, found, err)
		}
		if err := back(); err != nil {
			t.Fatalf("%s %s: %v", what, path, err)
		}
	}
	aside := filepath.Join(t.TempDir(), "aside")
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		put := func(text []byte) func() error {
			return func() error { return errors.Join(os.Remove(path), os.WriteFile(path, text, 0o644)) }
		}
		for _, at := range []int{0, len(data) / 2, len(data) - 1} {
			for _, bit := range []byte{1, 1 << 5, 1 << 7} {
				flipped := append([]byte(nil), data...)
				flipped[at] ^= bit
				try("bit flipped in", path, put(flipped), put(data))
			}
		}
		try("byte added to", path, put(append(append([]byte(nil), data...), '\n')), put(data))
		try("byte taken from", path, put(data[:len(data)-1]), put(data))
		move := func(from, to string) func() error { return func() error { return os.Rename(from, to) } }
		remake := func() error { return errors.Join(os.RemoveAll(path), os.Rename(aside, path)) }
		try("removed", path, move(path, aside), move(aside, path))
		try("renamed", path, move(path, path+"~"), move(path+"~", path))
		try("linked", path, func() error { return errors.Join(os.Rename(path, aside), os.Symlink(aside, path)) }, remake)
		try("made a folder", path, func() error { return errors.Join(os.Rename(path, aside), os.Mkdir(path, 0o755)) }, remake)
	}
	for _, folder := range folders {
		for name, text := range map[string]string{"added.txt": "x", ".hidden": "", "manifest.json~": "{}"} {
			path := filepath.Join(folder, name)
			try("file added", path, func() error { return os.WriteFile(path, []byte(text), 0o644) },
				func() error { return os.Remove(path) })
		}
		path := filepath.Join(folder, "more")
		try("folder added", path, func() error { return os.Mkdir(path, 0o755) }, func() error { return os.Remove(path) })
		try("link added", path, func() error { return os.Symlink(files[0], path) }, func() error { return os.Remove(path) })
		if folder != dist {
			try("folder linked", folder, func() error {
				return errors.Join(os.Rename(folder, aside), os.Symlink(aside, folder))
			}, func() error { return errors.Join(os.Remove(folder), os.Rename(aside, folder)) })
		}
	}
	t.Logf("%d changes in %d files and %d folders", changes, len(files), len(folders))
	if err := verify(); err != nil {
		t.Error(err)
	}
}
