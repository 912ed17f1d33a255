//go:build unix

package releaseio

import (
	"errors"
	"syscall"
)

// unlinkable says whether a link failed because there can be none: to another file system, on one that has none, or
// one too many.
func unlinkable(err error) bool {
	for _, cause := range []error{syscall.EXDEV, syscall.EPERM, syscall.EMLINK, syscall.ENOTSUP, syscall.ENOSYS,
		errors.ErrUnsupported} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return false
}
