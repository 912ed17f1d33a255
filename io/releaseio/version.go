package releaseio

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dermset/dermset/io/fileio"
	"golang.org/x/sync/errgroup"
)

// A Version is a folder being written aside. Create may be called from many goroutines.
// It must be ended by Publish or Abort.
type Version struct {
	disk    *disk
	dist    string
	name    string
	aside   string
	root    *os.Root
	mu      sync.Mutex
	open    int
	taken   map[string]bool
	listed  []Entry
	copied  bool            // Place copied something
	folders map[string]bool // that were made
	ended   bool
	syncs   errgroup.Group // files on their way to the disk

	// Besides, if not nil, takes out of a manifest what may differ where a final version that is there is compared: of
	// that one, and of the one that was built now.
	Besides func(*Manifest)
}

// maxSyncs is how many files are on their way to the disk at once: together they take little longer than one. Each is
// open until it is there, and a process may be allowed 32.
const maxSyncs = 8

// Begin starts a version that will appear as the folder name in dist, which is made if it is not there.
func Begin(dist, name string) (*Version, error) { return begin(&disk{}, dist, name) }

func begin(d *disk, dist, name string) (*Version, error) {
	if err := checkPath(name); err != nil || strings.ContainsAny(name, `/\`) || strings.HasPrefix(name, ".") {
		return nil, fmt.Errorf("release: version %q: want the name of a folder", name)
	}
	if err := d.check("create", filepath.Join(dist, name)); err != nil {
		return nil, err
	}
	if err := d.makeFolder(dist); err != nil {
		return nil, err
	}
	aside, err := fileio.MakeAside(filepath.Join(dist, name))
	if err != nil {
		return nil, err
	}
	root, err := fileio.OpenRoot(aside)
	if err != nil {
		return nil, errors.Join(err, d.removeAll(aside))
	}
	v := &Version{disk: d, dist: dist, name: name, aside: aside, root: root,
		taken: map[string]bool{ManifestName: true, SumsName: true}, folders: map[string]bool{}}
	v.syncs.SetLimit(maxSyncs)
	return v, nil
}

// Aside is the folder that the version is written into, for who reads again what is there already.
func (v *Version) Aside() string { return v.aside }

// Create begins a file of the version, at a relative path with slashes; folders are made as needed. A path is used
// once; the manifest's and SumsName are not free. Closed, the file is among the version's outputs and on its way to the
// disk, which Publish waits for; aborted, it is not.
func (v *Version) Create(path string) (*File, error) {
	if err := checkPath(path); err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.free(path); err != nil {
		return nil, err
	}
	f, err := v.create(path)
	if err != nil {
		return nil, err
	}
	v.taken[path] = true
	v.open++
	f.settle = func() error {
		f.entry.Path = path
		v.syncs.Go(f.reachDisk)
		v.mu.Lock()
		defer v.mu.Unlock()
		v.open--
		v.listed = append(v.listed, f.entry)
		return nil
	}
	f.drop = func() error {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.open--
		return v.root.Remove(filepath.FromSlash(path))
	}
	return f, nil
}

// free says whether a path may be written to. The lock is held.
func (v *Version) free(path string) error {
	if v.ended {
		return fmt.Errorf("release: file %q: the version has ended", path)
	}
	if v.taken[path] {
		return fmt.Errorf("release: file %q: written twice", path)
	}
	return nil
}

// makeFolder makes the folder that a file stands in, once. The lock is held.
func (v *Version) makeFolder(name string) error {
	dir := path.Dir(name)
	if dir == "." || v.folders[dir] {
		return nil
	}
	if err := v.root.MkdirAll(filepath.FromSlash(dir), 0o777); err != nil {
		return named(err, filepath.Join(v.dist, v.name, filepath.FromSlash(name)))
	}
	v.folders[dir] = true
	return nil
}

func (v *Version) create(name string) (*File, error) {
	shown := filepath.Join(v.dist, v.name, filepath.FromSlash(name))
	if err := v.disk.check("create", shown); err != nil {
		return nil, err
	}
	if err := v.makeFolder(name); err != nil {
		return nil, err
	}
	f, err := v.root.OpenFile(filepath.FromSlash(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, named(err, shown)
	}
	return newFile(v.disk, shown, f), nil
}

// outputs lists the files that are closed so far, sorted by path.
func (v *Version) outputs() []Entry {
	v.mu.Lock()
	defer v.mu.Unlock()
	return byPath(v.listed)
}

// A ChangedError says that a published version is there and is not what was built now. The published one is as it was.
type ChangedError struct {
	Dir         string
	Differences []Difference
}

func (e *ChangedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: published before and never changed; this build differs, so it needs another version:", e.Dir)
	for _, d := range e.Differences {
		b.WriteString("\n  " + d.String())
	}
	return b.String()
}

// Publish writes the manifest, whose Outputs it sets, makes everything reach the disk and lets the version appear in
// one rename. A manifest in state Draft replaces the folder that is there. In any other state files and folders are
// made read-only, and a folder that is there is compared, its files read: if it holds the same, but for built_at and
// what Besides takes out, it stays and already is true; else the error is a *ChangedError with all differences. Either
// way nothing is left aside.
func (v *Version) Publish(m Manifest) (already bool, err error) {
	defer v.Abort()
	if v.open != 0 {
		return false, fmt.Errorf("release: version %q: %d files are still open", v.name, v.open)
	}
	if err := errors.Join(v.syncs.Wait(), v.syncCopied()); err != nil {
		return false, err
	}
	m.Outputs = v.outputs()
	target := filepath.Join(v.dist, v.name)
	_, err = os.Lstat(target)
	switch {
	case err == nil && m.State != Draft:
		return v.compare(target, m)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return false, err
	}
	there := err == nil
	if err := v.writeManifest(m); err != nil {
		return false, err
	}
	if m.State != Draft {
		if err := v.makeReadOnly(); err != nil {
			return false, err
		}
	}
	if err := v.syncFolders(); err != nil {
		return false, err
	}
	if err := v.checkAside(m.Outputs); err != nil {
		return false, err
	}
	v.end()
	if there {
		err = v.disk.replace(v.aside, target)
	} else if err = v.disk.rename(v.aside, target); err == nil {
		err = v.disk.syncFolder(v.dist)
	}
	if err != nil {
		_ = v.disk.removeAll(v.aside) // what cannot be removed now is swept at the next start
	}
	return false, err
}

func (v *Version) compare(target string, m Manifest) (bool, error) {
	verified, err := Verify(target, runtime.GOMAXPROCS(0))
	if err != nil {
		return false, err
	}
	have := verified.Manifest
	if v.Besides != nil {
		v.Besides(&have)
		v.Besides(&m)
	}
	differences := append(compareManifests(have, m), verified.Differences...)
	if len(differences) > 0 {
		return false, &ChangedError{Dir: target, Differences: differences}
	}
	return true, nil
}

// writeManifest writes the manifest, and what `sha256sum -c` holds it and its outputs against.
func (v *Version) writeManifest(m Manifest) error {
	text, err := m.encode()
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	return errors.Join(v.writeOwn(ManifestName, text),
		v.writeOwn(SumsName, sumsOf(hex.EncodeToString(sum[:]), m.Outputs)))
}

// writeOwn writes a file that is not among the outputs.
func (v *Version) writeOwn(name string, text []byte) error {
	f, err := v.create(name)
	if err != nil {
		return err
	}
	f.settle = f.reachDisk
	f.drop = func() error { return nil } // Abort removes the folder
	_, _ = f.Write(text)                 // Close returns its error
	return f.Close()
}

// checkAside holds the folder aside, as it is found under its name, against what was written into it: somebody may have
// removed or replaced a part of it meanwhile. Sizes are compared, bytes are Verify's.
func (v *Version) checkAside(outputs []Entry) error {
	root, err := fileio.OpenRoot(v.aside)
	if err != nil {
		return err
	}
	defer root.Close()
	wrong, err := glance(root, outputs)
	if err != nil || len(wrong) == 0 {
		return err
	}
	return fmt.Errorf("release: version %q: somebody changed it while it was written, so it is not published: %s; "+
		"run again", v.name, wrong[0])
}

// syncFolders syncs the folders aside, deepest first.
func (v *Version) syncFolders() error {
	var folders []string
	err := filepath.WalkDir(v.aside, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			folders = append(folders, path)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, folder := range slices.Backward(folders) {
		if err := v.disk.syncFolder(folder); err != nil {
			return err
		}
	}
	return nil
}

// makeReadOnly takes the right to write from all that is in the folder aside, and from itself. A file that is linked is
// read-only already.
func (v *Version) makeReadOnly() error {
	if err := v.disk.check("chmod", filepath.Join(v.dist, v.name)); err != nil {
		return err
	}
	return filepath.WalkDir(v.aside, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if mode := info.Mode().Perm(); err == nil && mode&0o222 != 0 {
			err = os.Chmod(path, mode&^0o222)
		}
		return err
	})
}

func (v *Version) end() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.ended {
		v.ended = true
		_ = v.root.Close()
	}
}

// Abort drops the version. After Publish it does nothing, so that it can be deferred.
func (v *Version) Abort() {
	v.mu.Lock()
	ended := v.ended
	v.mu.Unlock()
	if ended {
		return
	}
	_ = v.syncs.Wait()
	v.end()
	_ = v.disk.removeAll(v.aside) // what cannot be removed now is swept at the next start
}

// Sweep removes from folders what dead runs have left aside, settles them (Settle), and brings a folder back that was
// being replaced when its run died. It does not look into folders. Only the holder of the workspace's lock may do this,
// since others' files look the same.
func Sweep(lock *Lock, folders ...string) (removed []string, err error) {
	if !lock.held() {
		return nil, errors.New("release: sweeping without the lock")
	}
	return sweep(&disk{}, folders)
}

// SweepShared removes what has been aside in folders for an hour or more, without a lock: others, of another workspace,
// may be writing there now.
func SweepShared(folders ...string) error {
	var errs []error
	for _, folder := range folders {
		entries, err := os.ReadDir(folder)
		errs = append(errs, err)
		for _, e := range entries {
			info, err := e.Info()
			if err == nil && fileio.IsAside(e.Name()) && time.Since(info.ModTime()) > time.Hour {
				errs = append(errs, fileio.RemoveAll(filepath.Join(folder, e.Name())))
			}
		}
	}
	return errors.Join(errs...)
}

func sweep(d *disk, folders []string) (removed []string, err error) {
	var errs []error
	for _, folder := range folders {
		errs = append(errs, settle(d, folder, true))
		entries, err := os.ReadDir(folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
		for _, e := range entries {
			name, full := e.Name(), filepath.Join(folder, e.Name())
			if base, ok := strings.CutSuffix(name, waitingSuffix); ok && e.IsDir() && strings.HasPrefix(name, ".") {
				target := filepath.Join(folder, base[1:])
				if _, err := os.Lstat(target); errors.Is(err, fs.ErrNotExist) {
					errs = append(errs, d.rename(full, target))
					continue
				}
			} else if !fileio.IsAside(name) {
				continue
			}
			if err := d.removeAll(full); err != nil {
				errs = append(errs, err)
				continue
			}
			removed = append(removed, full)
		}
	}
	return removed, errors.Join(errs...)
}
