//go:build !linux

package releaseio

import (
	"errors"
	"runtime"
)

const folderSync = runtime.GOOS != "windows"

// exchange swaps two folders in one step, which this system cannot.
func exchange(a, b string) error { return errors.ErrUnsupported }
