//go:build !linux

package fileio

import (
	"errors"
	"io/fs"
	"path/filepath"
)

// SyncAll makes all files in a folder reach the disk, one after another. One that is gone meanwhile need not.
func SyncAll(folder string) error {
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		f, err := Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	})
}
