//go:build !linux

package transfer

import (
	"errors"

	"github.com/dermset/dermset/io/fileio"
)

// syncFiles makes files reach the disk.
func syncFiles(_ string, arrivals []arrival) error {
	for _, a := range arrivals {
		f, err := fileio.Open(a.path)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}
