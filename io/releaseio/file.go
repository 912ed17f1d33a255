package releaseio

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dermset/dermset/io/fileio"
)

// An Entry is a file in a manifest. Path is relative, with slashes; SHA256 is in lower-case hex.
type Entry struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// A File is being written aside. It is an io.Writer that counts and hashes; it has no buffer, so writes should be
// large. Close makes it appear; Abort drops it. One goroutine uses it. Errors name the file.
type File struct {
	disk  *disk
	path  string // as errors name it
	file  *os.File
	hash  hash.Hash
	bytes int64
	err   error
	ended bool
	// settle ends a whole file: a single one reaches the disk and is renamed;
	// a version's is listed and reaches the disk in the background.
	settle func() error
	drop   func() error
	entry  Entry // set when Close has succeeded
}

func newFile(d *disk, path string, f *os.File) *File {
	return &File{disk: d, path: path, file: f, hash: sha256.New()}
}

// named makes errors speak of the file that is to be, not of the temporary one.
func named(err error, path string) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return &fs.PathError{Op: e.Op, Path: path, Err: e.Err}
	}
	return err
}

// Write appends to the file. After an error every Write and Close returns it.
func (f *File) Write(b []byte) (int, error) {
	if f.ended {
		return 0, &fs.PathError{Op: "write", Path: f.path, Err: fs.ErrClosed}
	}
	if f.err == nil {
		f.err = f.disk.check("write", f.path)
	}
	if f.err != nil {
		return 0, f.err
	}
	n, err := f.file.Write(b)
	f.hash.Write(b[:n])
	f.bytes += int64(n)
	f.err = named(err, f.path)
	return n, f.err
}

// Close ends the file: see create and Version.Create. If it fails, the file is dropped.
func (f *File) Close() error {
	if f.ended {
		return f.err
	}
	f.ended = true
	if f.err != nil {
		_ = f.file.Close()
	} else {
		f.entry = Entry{Path: f.path, Bytes: f.bytes, SHA256: hex.EncodeToString(f.hash.Sum(nil))}
		f.err = f.settle()
	}
	if f.err != nil {
		_ = f.drop() // what cannot be removed now is swept at the next start
	}
	return f.err
}

// reachDisk syncs and closes the file below.
func (f *File) reachDisk() error {
	return named(errors.Join(f.disk.sync(f.file, f.path), f.file.Close()), f.path)
}

// Abort drops the file. After Close it does nothing, so that it can be deferred.
func (f *File) Abort() {
	if f.ended {
		return
	}
	f.ended = true
	f.err = &fs.PathError{Op: "write", Path: f.path, Err: fs.ErrClosed}
	_ = f.file.Close()
	_ = f.drop()
}

// Create begins a single file, as WriteFile writes one.
func Create(path string) (*File, error) { return create(&disk{}, path) }

// create begins a single file that reaches the disk and appears at path when it is closed, in place of the one that may
// be there, whose permissions it gets. Its folder must exist.
func create(d *disk, path string) (*File, error) {
	if err := d.check("create", path); err != nil {
		return nil, err
	}
	tmp, err := fileio.CreateAside(path)
	if err != nil {
		return nil, named(err, path)
	}
	f := newFile(d, path, tmp)
	f.drop = func() error { return d.removeAll(tmp.Name()) }
	f.settle = func() error {
		if err := f.reachDisk(); err != nil {
			return err
		}
		if old, err := os.Lstat(path); err == nil && old.Mode().IsRegular() {
			if err := os.Chmod(tmp.Name(), old.Mode().Perm()); err != nil {
				return err
			}
		}
		if err := d.rename(tmp.Name(), path); err != nil {
			return err
		}
		return d.syncFolder(filepath.Dir(path))
	}
	return f, nil
}

// WriteFile puts a file at path, whole or not at all, in place of the one that may be there. Its folder must exist.
func WriteFile(path string, content []byte) error { return writeFile(&disk{}, path, content) }

func writeFile(d *disk, path string, content []byte) error {
	f, err := create(d, path)
	if err != nil {
		return err
	}
	_, _ = f.Write(content) // Close returns its error
	return f.Close()
}

// checkPath refuses what is not a plain path below a folder.
func checkPath(path string) error {
	if !fs.ValidPath(path) || path == "." || !filepath.IsLocal(filepath.FromSlash(path)) {
		return fmt.Errorf("release: path %q: want a relative path with slashes and without . or .. parts", path)
	}
	return nil
}
