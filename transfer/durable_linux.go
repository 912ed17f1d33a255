package transfer

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/dermset/dermset/io/fileio"
)

// syncFiles makes the files of dir reach the disk: with one call for the whole file system, which is twice as fast as
// one for each of a thousand files of 60 KB (measured on ext4: 2,600 to 3,100 files a second against 900 to 2,000).
func syncFiles(dir string, _ []arrival) error {
	f, err := fileio.OpenFolder(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return os.NewSyscallError("syncfs", unix.Syncfs(int(f.Fd())))
}
