package releaseio

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dermset/dermset/io/fileio"
)

// A disk is the file system as this package changes it. Its fault, which tests set, is asked before every change; what
// it returns is the answer of the operation.
type disk struct {
	fault func(op, path string) error
	// twoRenames leaves the atomic exchange of folders out, as on systems that have none.
	twoRenames bool
}

func (d *disk) check(op, path string) error {
	if d.fault == nil {
		return nil
	}
	if err := d.fault(op, path); err != nil {
		return &fs.PathError{Op: op, Path: path, Err: err}
	}
	return nil
}

func (d *disk) rename(from, to string) error {
	if err := d.check("rename", to); err != nil {
		return err
	}
	return os.Rename(from, to)
}

func (d *disk) removeAll(path string) error {
	if err := d.check("remove", path); err != nil {
		return err
	}
	return fileio.RemoveAll(path)
}

// sync makes a file or the entries of a folder reach the disk.
func (d *disk) sync(f *os.File, path string) error {
	if err := d.check("sync", path); err != nil {
		return err
	}
	return f.Sync()
}

// syncFolder makes the entries of a folder reach the disk. Systems that cannot sync folders need not.
func (d *disk) syncFolder(path string) error {
	if !folderSync {
		return d.check("sync", path)
	}
	f, err := fileio.OpenFolder(path)
	if err != nil {
		return err
	}
	return errors.Join(d.sync(f, path), f.Close())
}

// makeFolder makes a folder, and those above it, unless it is there.
func (d *disk) makeFolder(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := fileio.MakeFolders(path); err != nil {
		return err
	}
	return d.syncFolder(filepath.Dir(path))
}

// replace puts the folder aside in place of the folder that is at target, and removes that one. Where folders can be
// exchanged, target is there at every moment. Elsewhere the old folder waits under its waiting name, from which Sweep
// brings it back if the run dies before the new one is in place.
func (d *disk) replace(aside, target string) error {
	if !d.twoRenames {
		if err := d.check("exchange", target); err != nil {
			return err
		}
		err := exchange(aside, target)
		if err == nil {
			err = d.syncFolder(filepath.Dir(target))
			_ = d.removeAll(aside) // what cannot be removed now is swept at the next start
			return err
		}
		if !errors.Is(err, errors.ErrUnsupported) {
			return &os.LinkError{Op: "exchange", Old: aside, New: target, Err: err}
		}
	}
	old := waitingName(target)
	if err := d.removeAll(old); err != nil {
		return err
	}
	if err := d.rename(target, old); err != nil {
		return err
	}
	if err := d.rename(aside, target); err != nil {
		return errors.Join(err, d.rename(old, target))
	}
	err := d.syncFolder(filepath.Dir(target))
	_ = d.removeAll(old) // what cannot be removed now is swept at the next start
	return err
}

// waitingName is where a folder waits between the two renames that replace it.
func waitingName(target string) string {
	return filepath.Join(filepath.Dir(target), "."+filepath.Base(target)+waitingSuffix)
}

const waitingSuffix = ".replaced"
