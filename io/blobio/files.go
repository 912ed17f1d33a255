package blobio

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/fileio"
)

// A FileSystem is what a Folder needs of the one that it is in: names are below the folder. Tests put one in its place
// that fails.
type FileSystem interface {
	Stat(name string) (fs.FileInfo, error)
	Lstat(name string) (fs.FileInfo, error)
	OpenFile(name string, flag int, perm fs.FileMode) (File, error)
	ReadDir(name string) ([]fs.DirEntry, error)
	MkdirAll(name string, perm fs.FileMode) error
	Link(from, to string) error
	Rename(from, to string) error
	Remove(name string) error
}

// A File is one of a FileSystem.
type File interface {
	io.ReadWriteCloser
	io.ReaderAt
	Stat() (fs.FileInfo, error)
	Sync() error
}

// A rooted file system follows no link out of its folder.
type rooted struct{ *os.Root }

func (r rooted) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	file, err := r.Root.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err // a nil *os.File would be a File
	}
	return file, nil
}

func (r rooted) ReadDir(name string) ([]fs.DirEntry, error) {
	return fs.ReadDir(fileio.FS(r.Root), filepath.ToSlash(name))
}

// openRoot opens a folder, and tells the error that it gives for what leads out of it, which package os does not name.
func openRoot(dir string) (root *os.Root, escapes error, err error) {
	if root, err = fileio.OpenRoot(dir); err != nil {
		return nil, nil, err
	}
	_, escapes = root.Stat("..")
	return root, bare(escapes), nil
}

// notOpened is why a folder cannot be a store: what is not there, or is a file, is a setting.
func notOpened(err error) error {
	e := &Error{Op: "open", Reason: NoFolder, Err: err}
	switch fault.Of(err) {
	case fault.MayPass:
		e.Reason = Disk
	case fault.OfMachine:
		e.Reason = Machine
	case fault.OfObject:
		if errors.Is(err, fs.ErrPermission) {
			e.Reason = Shut
		}
	}
	return e
}

// bare is the error without the path, which the key says.
func bare(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
}
