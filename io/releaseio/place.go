package releaseio

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/dermset/dermset/io/fileio"
)

// Place puts a file that is there into the version at e.Path, read-only: as a link to it, or as a copy where there is
// to be none or the file system has none. Its size and hash are those of e, which are not looked at again. It may be
// called from many goroutines. What is linked has reached the disk before; copies do so when it is published.
func (v *Version) Place(from string, e Entry, link bool) error {
	if err := checkPath(e.Path); err != nil {
		return err
	}
	if err := v.take(e.Path); err != nil {
		return err
	}
	shown := filepath.Join(v.dist, v.name, filepath.FromSlash(e.Path))
	copied, err := v.place(from, e, shown, link)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.open--
	if err != nil {
		return named(err, shown)
	}
	v.copied, v.listed = v.copied || copied, append(v.listed, e)
	return nil
}

// take takes a path for a file that is open until open is counted down, and makes the folder it stands in.
func (v *Version) take(name string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.free(name); err != nil {
		return err
	}
	if err := v.makeFolder(name); err != nil {
		return err
	}
	v.taken[name] = true
	v.open++
	return nil
}

func (v *Version) place(from string, e Entry, shown string, link bool) (copied bool, err error) {
	if link {
		// Into a folder aside that nobody else knows; whatever stands there in the place of one of ours is found by
		// checkAside.
		err := v.disk.check("link", shown)
		if err == nil {
			err = os.Link(from, filepath.Join(v.aside, filepath.FromSlash(e.Path)))
		}
		if err == nil || !unlinkable(err) {
			return false, err
		}
	}
	return true, v.copy(from, e, shown)
}

func (v *Version) copy(from string, e Entry, shown string) error {
	if err := v.disk.check("create", shown); err != nil {
		return err
	}
	source, err := fileio.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	file, err := v.root.OpenFile(filepath.FromSlash(e.Path), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o444)
	if err != nil {
		return err
	}
	if err := v.disk.check("write", shown); err != nil {
		return errors.Join(err, file.Close())
	}
	n, err := io.Copy(file, source) // by the file system itself where it can, which may share the bytes
	if err == nil && n != e.Bytes {
		err = fmt.Errorf("%s: has %d bytes, not %d: it was changed while the version was written; run again",
			from, n, e.Bytes)
	}
	return errors.Join(err, file.Close())
}

// syncCopied makes what Place copied reach the disk.
func (v *Version) syncCopied() error {
	if !v.copied {
		return nil
	}
	if err := v.disk.check("sync", filepath.Join(v.dist, v.name)); err != nil {
		return err
	}
	return fileio.SyncAll(v.aside)
}
