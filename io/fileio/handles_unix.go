//go:build unix

package fileio

import (
	"math"
	"syscall"
)

// MayOpen is how many files and connections this process may have open at once (ulimit -n).
func MayOpen() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil || uint64(limit.Cur) > math.MaxInt32 {
		return math.MaxInt32
	}
	return int(limit.Cur)
}
