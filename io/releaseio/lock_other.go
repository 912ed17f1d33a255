//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package releaseio

import (
	"errors"
	"io/fs"
	"os"

	"github.com/dermset/dermset/io/fileio"
)

// openLock makes the file, which must not be there. On these systems a run that was killed leaves it,
// and a person removes it.
func openLock(path string) (*os.File, error) {
	f, err := fileio.Create(path)
	if errors.Is(err, fs.ErrExist) {
		return nil, errHeld
	}
	return f, err
}

func closeLock(f *os.File) error { return errors.Join(f.Close(), os.Remove(f.Name())) }
