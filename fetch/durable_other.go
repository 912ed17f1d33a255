//go:build !linux

package fetch

import (
	"errors"
	"os"
)

// syncFiles makes files reach the disk.
func syncFiles(_ string, paths []string) error {
	for _, path := range paths {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			f, err = os.Open(path) // read-only files, where those can be synced too
		}
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// syncFolders makes the names in folders reach the disk, where folders can be synced.
func syncFolders(_ string, folders map[string]bool) error {
	for path := range folders {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		_ = f.Sync() // some systems cannot, and need not
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}
