package releaseio

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dermset/dermset/io/fileio"
)

// Several files of a folder change by one act. A list of them is written, and beside each file what it is to hold,
// under names that nobody reads; all of it reaches the disk. Then the list is renamed: this is the act. Then each file
// takes its place by a rename, and the list is removed. Who finds a list that was renamed does what is left of that
// (Settle); of a run that was killed before, nothing is seen.
//
// All names of one act end with its random id, so that each is used once: who comes late finds nothing left to rename,
// and undoes nothing that came after.
const (
	actPrefix   = ".together-" // the list is called so, with the id, from the act on
	begunSuffix = ".begun"     // before it
	leftSuffix  = ".left"      // when what it lists is being removed
	idLength    = 13           // characters of base 32

	maxList = 16 << 20 // bytes of a list
)

// A Change is what a file of a folder is to hold.
type Change struct {
	Path    string // relative, with slashes; the folder that it is in must be there
	Content []byte
	// Before is the SHA-256 that the file must have, in lower-case hex; Absent if it must not be there; empty if it does
	// not matter.
	Before string
	// Linked allows for a link in the place of the file. The link stays: what it leads to is changed.
	Linked bool
}

// Absent is the Before of a file that is not there.
const Absent = "absent"

// Together changes files of a folder, all or none: killed at any moment, they are as they were or as they are to be
// once the folder is settled, which it does first and last: an error may come after the act. If a file is not as its
// Before says, nothing is changed. Files that hold their content are left alone; the others keep their permissions.
// Anybody may read and Settle the folder meanwhile; that nobody else calls Together is up to the caller, who has a
// Lock.
func Together(folder string, changes ...Change) error { return together(&disk{}, folder, changes) }

// Settle finishes what a run that died had begun to change together in a folder, if it had come to its act. Anybody may
// call it at any time; who reads files that change together calls it before. If something is missing, damaged, or was
// changed by somebody else since, nothing is put in place, and the error says what to do. A folder that is not there is
// settled.
func Settle(folder string) error { return settle(&disk{}, folder, false) }

// A listed file is to be put in place of one that has the content Old.
type listed struct {
	Path string `json:"path"` // seen from the folder, links followed
	Old  string `json:"old"`  // SHA-256, or Absent
	New  string `json:"new"`  // SHA-256
}

// paths are where the file of an act is, and where what it is to hold waits. List is the path of the act's list.
func (f listed) paths(list string) (real, waiting string) {
	real = f.Path
	if !filepath.IsAbs(real) {
		real = filepath.Join(filepath.Dir(list), real)
	}
	dir, base := filepath.Split(real)
	act := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(list), begunSuffix), leftSuffix)
	return real, filepath.Join(dir, "."+base+act)
}

func together(d *disk, folder string, changes []Change) (err error) {
	if err := settle(d, folder, false); err != nil {
		return err
	}
	files, contents, err := listAll(folder, changes)
	if err != nil || len(files) == 0 {
		return err
	}
	act := filepath.Join(folder, actPrefix+rand.Text()[:idLength])
	defer func() {
		if err != nil {
			_ = d.leave(act + begunSuffix) // what cannot be removed now is removed at the next start
		}
	}()
	if err := d.begin(act, files, contents); err != nil {
		return err
	}
	if err := d.rename(act+begunSuffix, act); err != nil { // the act
		return err
	}
	if err := d.syncFolder(folder); err != nil {
		return err
	}
	return settle(d, folder, false)
}

// listAll lists the files that are to be changed, and gives what each of them is to hold.
func listAll(folder string, changes []Change) (files []listed, contents [][]byte, err error) {
	seen := map[string]bool{}
	var problems []error
	for _, c := range changes {
		f, err := c.listed(folder)
		if err == nil && seen[f.Path] {
			err = fmt.Errorf("release: file %q: is to be changed twice", c.Path)
		}
		problems, seen[f.Path] = append(problems, err), true
		if f.Old != f.New {
			files, contents = append(files, f), append(contents, c.Content)
		}
	}
	return files, contents, errors.Join(problems...)
}

// begin writes the list of an act and what its files are to hold.
func (d *disk) begin(act string, files []listed, contents [][]byte) error {
	text, err := encodeList(files)
	if err == nil && len(text) > maxList {
		err = fmt.Errorf("%s: %d files are too many to change together", filepath.Dir(act), len(files))
	}
	if err == nil {
		err = d.writeSynced(act+begunSuffix, act+begunSuffix, text)
	}
	if err == nil {
		err = d.syncFolder(filepath.Dir(act))
	}
	for i, f := range files {
		if err == nil {
			err = d.wait(f, act, contents[i])
		}
	}
	return err
}

// listed is the file as it is now and as it is to be.
func (c Change) listed(folder string) (f listed, err error) {
	if err := checkPath(c.Path); err != nil {
		return f, err
	}
	path := filepath.Join(folder, filepath.FromSlash(c.Path))
	if info, err := os.Lstat(path); err == nil && c.Linked && info.Mode()&fs.ModeSymlink != 0 {
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return f, err
		}
	} else if err == nil && fileio.Check(info.Mode()) != nil {
		return f, fmt.Errorf("%s: %w", path, fileio.Check(info.Mode()))
	}
	if f.Path, err = filepath.Rel(folder, path); err != nil { // one is absolute, or on another drive
		f.Path = path
	}
	if f.Old, err = hashOf(path); err != nil {
		return f, err
	}
	if c.Before != "" && c.Before != f.Old {
		return f, fmt.Errorf("%s: is not what it was: its SHA-256 is %s, want %s; nothing is changed: read it again",
			path, f.Old, c.Before)
	}
	sum := sha256.Sum256(c.Content)
	f.New = hex.EncodeToString(sum[:])
	return f, nil
}

// hashOf is the SHA-256 of an ordinary file; Absent if it is not there.
func hashOf(path string) (string, error) {
	sum, _, err := fileio.Hash(path, io.Discard)
	if errors.Is(err, fs.ErrNotExist) {
		return Absent, nil
	}
	return sum, err
}

// encodeList begins with the SHA-256 of the rest.
func encodeList(files []listed) ([]byte, error) {
	text, err := json.MarshalIndent(files, "", "  ")
	sum := sha256.Sum256(text)
	return slices.Concat(hex.AppendEncode(nil, sum[:]), []byte("\n"), text), err
}

func decodeList(data []byte) (files []listed, err error) {
	sum, text, _ := strings.Cut(string(data), "\n")
	if is := sha256.Sum256([]byte(text)); hex.EncodeToString(is[:]) != sum {
		return nil, errors.New("its SHA-256 is not the one in its first line")
	}
	return files, json.Unmarshal([]byte(text), &files)
}

// wait writes beside a file what it is to hold.
func (d *disk) wait(f listed, list string, content []byte) error {
	real, waiting := f.paths(list)
	if err := d.writeSynced(waiting, real, content); err != nil {
		return err
	}
	if old, err := os.Stat(real); err == nil {
		if err := os.Chmod(waiting, old.Mode().Perm()); err != nil {
			return err
		}
	}
	return d.syncFolder(filepath.Dir(real))
}

// settle finishes the acts of a folder, and removes what runs left before one. They are dead if we are alone, who hold
// the lock, or after an hour.
func settle(d *disk, folder string, alone bool) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	errs := []error{err}
	for _, e := range entries {
		id, ours := strings.CutPrefix(e.Name(), actPrefix)
		path := filepath.Join(folder, e.Name())
		switch {
		case !ours:
		case strings.HasSuffix(id, leftSuffix):
			errs = append(errs, d.leave(path))
		case strings.HasSuffix(id, begunSuffix):
			if info, err := e.Info(); alone || err == nil && time.Since(info.ModTime()) > time.Hour {
				errs = append(errs, d.leave(path))
			}
		default:
			errs = append(errs, d.finish(path))
		}
	}
	return errors.Join(errs...)
}

// leave removes what waits for an act that was not, and its list. The list gets another name first: from then on there
// can be no act.
func (d *disk) leave(path string) error {
	left := path
	if act, begun := strings.CutSuffix(path, begunSuffix); begun {
		left = act + leftSuffix
		if err := d.rename(path, left); err != nil {
			return ignoring(fs.ErrNotExist, err)
		}
	}
	data, err := fileio.ReadUpTo(left, maxList)
	if err != nil {
		return ignoring(fs.ErrNotExist, err)
	}
	files, _ := decodeList(data) // a list that is not whole is older than what it lists
	for _, f := range files {
		_, waiting := f.paths(left)
		if err := d.removeAll(waiting); err != nil {
			return err
		}
	}
	return d.removeAll(left)
}

// ignoring is an error, unless it is the other one.
func ignoring(other, err error) error {
	if errors.Is(err, other) {
		return nil
	}
	return err
}

// finish puts in place what an act lists. Others may be at it.
func (d *disk) finish(path string) error {
	var wrong error
	for range 3 { // what looks wrong may be what somebody else is doing
		data, err := fileio.ReadUpTo(path, maxList)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // is finished
		}
		if err != nil {
			return err
		}
		files, err := decodeList(data)
		if err != nil {
			return fmt.Errorf("%s: is damaged: %w: it lists files that change together; what each FILE is to hold waits "+
				"beside it, called .FILE%s: rename all of these to FILE or remove all of them, then remove the list",
				path, err, filepath.Base(path))
		}
		var problems []error
		for _, f := range files {
			problems = append(problems, f.check(path))
		}
		if wrong = errors.Join(problems...); wrong == nil {
			return d.putInPlace(path, files)
		}
	}
	return wrong
}

// check says why a file of an act can neither be put in place nor have been.
func (f listed) check(list string) error {
	real, waiting := f.paths(list)
	next, err := hashOf(waiting)
	if err != nil {
		return err
	}
	now, err := hashOf(real)
	switch {
	case err != nil:
		return err
	case next == f.New && (now == f.Old || now == f.New || now == Absent), next == Absent && now == f.New:
		return nil
	case next == Absent && now != f.Old && now != Absent:
		return nil // somebody has changed it since it was put in place
	case next == Absent:
		return fmt.Errorf("%s: was to change together with others, and %s, what it is to hold, is gone: "+getBack,
			real, waiting, f.New, list)
	case next != f.New:
		return fmt.Errorf("%s: was to change together with others, and %s, what it is to hold, is damaged: "+getBack,
			real, waiting, f.New, list)
	}
	return fmt.Errorf("%s: was to change together with others, and somebody changed it just then: move it away, run "+
		"again, and then make that change in the new one", real)
}

// getBack says what a person can do, with a SHA-256 and the path of the list.
const getBack = "get it back from a backup, of SHA-256 %s, or, to give the change up where it has not been made yet, " +
	"remove %s"

// putInPlace renames the files of an act, and removes its list when that has reached the disk.
func (d *disk) putInPlace(list string, files []listed) error {
	for _, f := range files {
		real, waiting := f.paths(list)
		err := ignoring(fs.ErrNotExist, d.rename(waiting, real)) // who is not there is in place
		if err != nil {
			return fmt.Errorf("%s: is to change together with others, and waits: %w: run again", real, err)
		}
	}
	for _, f := range files { // others', too: the list goes when all of them have reached the disk
		real, _ := f.paths(list)
		if err := d.syncFolder(filepath.Dir(real)); err != nil {
			return err
		}
	}
	if err := d.removeAll(list); err != nil {
		return err
	}
	return d.syncFolder(filepath.Dir(list))
}
