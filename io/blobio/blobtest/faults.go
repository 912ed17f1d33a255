package blobtest

import (
	"io/fs"
	"os"
	"sync/atomic"

	"github.com/dermset/dermset/io/blobio"
)

// Faults stand between a folder and its file system: blobio.Options.Files.
type Faults struct {
	// Harm, if not nil, is asked before every call, with its number, from 1, among all: what it returns is what the call
	// returns, as the error of a system call. Of a folder: stat, lstat, open, create, readdir, mkdir, link, rename,
	// remove; of a file: read, pread, write, fstat, sync, close.
	Harm func(op, name string, n int64) error

	calls atomic.Int64
}

// Calls is how many calls there were.
func (f *Faults) Calls() int64 { return f.calls.Load() }

// Files is what goes into blobio.Options.
func (f *Faults) Files(next blobio.FileSystem) blobio.FileSystem { return faulty{f, next} }

func (f *Faults) harm(op, name string) error {
	n := f.calls.Add(1)
	if f.Harm == nil {
		return nil
	}
	if err := f.Harm(op, name, n); err != nil {
		return &fs.PathError{Op: op, Path: name, Err: err}
	}
	return nil
}

type faulty struct {
	*Faults
	next blobio.FileSystem
}

func (f faulty) Stat(name string) (fs.FileInfo, error) {
	if err := f.harm("stat", name); err != nil {
		return nil, err
	}
	return f.next.Stat(name)
}

func (f faulty) Lstat(name string) (fs.FileInfo, error) {
	if err := f.harm("lstat", name); err != nil {
		return nil, err
	}
	return f.next.Lstat(name)
}

func (f faulty) OpenFile(name string, flag int, perm fs.FileMode) (blobio.File, error) {
	op := "open"
	if flag&os.O_CREATE != 0 {
		op = "create"
	}
	if err := f.harm(op, name); err != nil {
		return nil, err
	}
	file, err := f.next.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return faultyFile{f.Faults, name, file}, nil
}

func (f faulty) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := f.harm("readdir", name); err != nil {
		return nil, err
	}
	return f.next.ReadDir(name)
}

func (f faulty) MkdirAll(name string, perm fs.FileMode) error {
	if err := f.harm("mkdir", name); err != nil {
		return err
	}
	return f.next.MkdirAll(name, perm)
}

func (f faulty) Link(from, to string) error {
	if err := f.harm("link", to); err != nil {
		return err
	}
	return f.next.Link(from, to)
}

func (f faulty) Rename(from, to string) error {
	if err := f.harm("rename", to); err != nil {
		return err
	}
	return f.next.Rename(from, to)
}

func (f faulty) Remove(name string) error {
	if err := f.harm("remove", name); err != nil {
		return err
	}
	return f.next.Remove(name)
}

type faultyFile struct {
	*Faults
	name string
	next blobio.File
}

func (f faultyFile) Read(p []byte) (int, error) {
	if err := f.harm("read", f.name); err != nil {
		return 0, err
	}
	return f.next.Read(p)
}

func (f faultyFile) ReadAt(p []byte, at int64) (int, error) {
	if err := f.harm("pread", f.name); err != nil {
		return 0, err
	}
	return f.next.ReadAt(p, at)
}

// Write writes half of what fails.
func (f faultyFile) Write(p []byte) (int, error) {
	if err := f.harm("write", f.name); err != nil {
		n, _ := f.next.Write(p[:len(p)/2])
		return n, err
	}
	return f.next.Write(p)
}

func (f faultyFile) Stat() (fs.FileInfo, error) {
	if err := f.harm("fstat", f.name); err != nil {
		return nil, err
	}
	return f.next.Stat()
}

func (f faultyFile) Sync() error {
	if err := f.harm("sync", f.name); err != nil {
		return err
	}
	return f.next.Sync()
}

// Close closes the file in any case, as the system does.
func (f faultyFile) Close() error {
	err := f.harm("close", f.name)
	if closed := f.next.Close(); err == nil {
		err = closed
	}
	return err
}
