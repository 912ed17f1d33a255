package releaseio

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dermset/dermset/io/fileio"
)

// WriteFolder puts a folder of files, by name, at path: whole or not at all, in place of the folder that may be there,
// of which nothing stays. The folder above is made if need be. What a dead run leaves aside in it is Sweep's.
func WriteFolder(path string, files map[string][]byte) error {
	return writeFolder(&disk{}, path, files)
}

func writeFolder(d *disk, path string, files map[string][]byte) (err error) {
	names := slices.Sorted(maps.Keys(files))
	for _, name := range names {
		if err := checkPath(name); err != nil || strings.Contains(name, "/") {
			return fmt.Errorf("release: file %q: want the name of a file", name)
		}
	}
	if err := d.makeFolder(filepath.Dir(path)); err != nil {
		return err
	}
	if err := d.check("create", path); err != nil {
		return err
	}
	aside, err := fileio.MakeAside(path)
	if err != nil {
		return named(err, path)
	}
	defer func() {
		if err != nil {
			_ = d.removeAll(aside) // what cannot be removed now is swept at the next start
		}
	}()
	for _, name := range names {
		if err := d.writeSynced(filepath.Join(aside, name), filepath.Join(path, name), files[name]); err != nil {
			return err
		}
	}
	if err := d.syncFolder(aside); err != nil {
		return named(err, path)
	}
	switch _, err := os.Lstat(path); {
	case err == nil:
		return d.replace(aside, path)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := d.rename(aside, path); err != nil {
		return err
	}
	return d.syncFolder(filepath.Dir(path))
}

// writeSynced writes a file that is not there and makes it reach the disk. Errors call it shown.
func (d *disk) writeSynced(path, shown string, content []byte) error {
	if err := d.check("create", shown); err != nil {
		return err
	}
	file, err := fileio.Create(path)
	if err != nil {
		return named(err, shown)
	}
	f := newFile(d, shown, file)
	f.settle, f.drop = f.reachDisk, func() error { return nil } // the folder is dropped as a whole
	_, _ = f.Write(content)                                     // Close returns its error
	return f.Close()
}
