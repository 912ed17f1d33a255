//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package releaseio

import (
	"errors"
	"io/fs"
	"os"

	"github.com/dermset/dermset/io/fileio"
	"golang.org/x/sys/unix"
)

func openLock(path string) (*os.File, error) {
	f, err := fileio.OpenToWrite(path, os.O_RDWR)
	if err != nil {
		return nil, err
	}
	for {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, errors.Join(errHeld, f.Close())
	}
	if err != nil {
		return nil, errors.Join(&fs.PathError{Op: "flock", Path: path, Err: err}, f.Close())
	}
	return f, nil
}

func closeLock(f *os.File) error { return f.Close() }
