//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package releaseio

import (
	"errors"
	"io/fs"
	"os"
)

// openLock makes the file, which must not be there. On these systems a run that was killed leaves it,
// and a person removes it.
func openLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return nil, errHeld
	}
	return f, err
}

func closeLock(f *os.File) error { return errors.Join(f.Close(), os.Remove(f.Name())) }
