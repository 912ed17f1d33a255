package releaseio

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dermset/dermset/io/fileio"
)

// An Arrival is a version that comes from elsewhere, in a folder beside the published ones: what is in it stays when a
// run dies, and the next one goes on. By Publish it appears under its name, whole. One run at a time has it.
type Arrival struct {
	Root *os.Root // of the folder

	disk       *disk
	dist, name string
	aside      string
}

// arrivingSuffix is how the name of an Arrival's folder ends, which begins with a dot. Sweep leaves it.
const arrivingSuffix = ".download"

// ArrivingName is the version that is arriving in a folder of this name; ok is false of any other folder.
func ArrivingName(folder string) (version string, ok bool) {
	version, ok = strings.CutSuffix(folder, arrivingSuffix)
	version, dotted := strings.CutPrefix(version, ".")
	return version, ok && dotted && version != ""
}

// ArrivingFolder is the name of the folder, beside the published ones, that a version arrives in.
func ArrivingFolder(version string) string { return "." + version + arrivingSuffix }

// BeginArrival opens the folder in which a version arrives, or makes it. Nothing may be in dist under its name.
func BeginArrival(dist, name string) (*Arrival, error) { return beginArrival(&disk{}, dist, name) }

func beginArrival(d *disk, dist, name string) (*Arrival, error) {
	if err := checkPath(name); err != nil || strings.ContainsAny(name, `/\`) || strings.HasPrefix(name, ".") {
		return nil, fmt.Errorf("release: version %q: want the name of a folder", name)
	}
	a := &Arrival{disk: d, dist: dist, name: name, aside: filepath.Join(dist, ArrivingFolder(name))}
	if err := a.wantNone(); err != nil {
		return nil, err
	}
	if err := d.makeFolder(dist); err != nil {
		return nil, err
	}
	if err := d.check("create", a.aside); err != nil {
		return nil, err
	}
	if info, err := os.Lstat(a.aside); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s: is no folder, and a version is to arrive in it: remove it", a.aside)
	}
	err := fileio.MakeFolders(a.aside)
	if err == nil {
		a.Root, err = fileio.OpenRoot(a.aside)
	}
	return a, err
}

// wantNone wants nothing to be there under the name: to replace it is nobody's wish.
func (a *Arrival) wantNone() error {
	target := filepath.Join(a.dist, a.name)
	_, err := os.Lstat(target)
	if err == nil {
		return fmt.Errorf("%s: is there already, and stays as it is: move it away first", target)
	}
	return ignoring(fs.ErrNotExist, err)
}

// Keep removes what is there and is no file of these paths, and lets folders that a run has made read-only before it
// died be written to again.
func (a *Arrival) Keep(paths map[string]bool) error {
	var wrong []string
	err := fs.WalkDir(fileio.FS(a.Root), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			info, err := d.Info()
			if err == nil && info.Mode()&0o200 == 0 {
				err = a.Root.Chmod(filepath.FromSlash(name), info.Mode().Perm()|0o200)
			}
			return err
		case !paths[name] || !d.Type().IsRegular():
			wrong = append(wrong, name)
		}
		return nil
	})
	for _, name := range wrong {
		err = cmp.Or(err, a.Root.Remove(filepath.FromSlash(name)))
	}
	return cmp.Or(err, a.dropEmpty(paths))
}

// dropEmpty removes folders that none of the paths is in.
func (a *Arrival) dropEmpty(paths map[string]bool) error {
	wanted := map[string]bool{".": true}
	for name := range paths {
		for dir := path.Dir(name); !wanted[dir]; dir = path.Dir(dir) {
			wanted[dir] = true
		}
	}
	var folders []string
	err := fs.WalkDir(fileio.FS(a.Root), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && !wanted[name] {
			folders = append(folders, name)
			return fs.SkipDir
		}
		return err
	})
	for _, name := range folders {
		err = cmp.Or(err, a.Root.RemoveAll(filepath.FromSlash(name)))
	}
	return err
}

// Write puts a small file into the folder, such as the manifest.
func (a *Arrival) Write(name string, text []byte) error {
	if err := a.disk.check("write", filepath.Join(a.aside, name)); err != nil {
		return err
	}
	if err := ignoring(fs.ErrNotExist, a.Root.Remove(name)); err != nil {
		return err
	}
	f, err := a.Root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

// Dir is the folder, for who reads what has arrived.
func (a *Arrival) Dir() string { return a.aside }

// Publish lets the version appear under its name when all of it has reached the disk. The bytes of its files must have
// been held against the manifest; that no file is missing, of another size or not listed is looked at once more. Any
// version but a draft is made read-only.
func (a *Arrival) Publish() error {
	m, _, wrong, err := Survey(a.aside)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%s: is not whole: %s: run again", a.aside, wrong[0])
	}
	v := &Version{disk: a.disk, dist: a.dist, name: a.name, aside: a.aside}
	if m.State != Draft {
		if err := v.makeReadOnly(); err != nil {
			return err
		}
	}
	if err := a.disk.check("sync", a.aside); err != nil {
		return err
	}
	if err := errors.Join(fileio.SyncAll(a.aside), v.syncFolders()); err != nil {
		return err
	}
	target := filepath.Join(a.dist, a.name)
	if err := cmp.Or(a.wantNone(), a.disk.rename(a.aside, target)); err != nil {
		return err
	}
	return a.disk.syncFolder(a.dist)
}

// Close ends the arrival; what has come stays.
func (a *Arrival) Close() error { return a.Root.Close() }

// A Foreign is a manifest that comes from elsewhere, as text, with the text of the manifest.sha256 beside it, which is
// nil where there is none.
type Foreign struct{ Manifest, Sums []byte }

// MaxManifest is how many bytes either may have: of about five million files.
const MaxManifest = manifestLimit

// Read reads it, strictly: what ReadManifest refuses, a manifest.sha256 that says something else, and entries that no
// folder can hold are errors. Sum is the SHA-256 of the manifest.
func (t Foreign) Read() (m Manifest, sum string, err error) {
	hash := sha256.Sum256(t.Manifest)
	f := &folder{sum: hex.EncodeToString(hash[:]), sums: t.Sums}
	if f.manifest, err = decodeManifest(t.Manifest); err != nil {
		return Manifest{}, f.sum, fmt.Errorf("%s: %w", ManifestName, err)
	}
	if _, wrong := f.listed(); len(wrong) > 0 {
		return Manifest{}, f.sum, errors.New(wrong[0].String())
	}
	return f.manifest, f.sum, checkOutputs(f.manifest.Outputs)
}

// checkOutputs refuses entries that no folder can hold, or that nothing can be held against.
func checkOutputs(outputs []Entry) error {
	outputs = byPath(outputs)
	paths := make(map[string]bool, len(outputs))
	for _, e := range outputs {
		paths[e.Path] = true
	}
	var total int64
	for _, e := range outputs {
		raw, err := hex.DecodeString(e.SHA256)
		switch {
		case err != nil || len(raw) != sha256.Size || e.SHA256 != strings.ToLower(e.SHA256):
			return fmt.Errorf("%s: %s: sha256 %.80q, want 64 digits in lower-case hex", ManifestName, e.Path, e.SHA256)
		case e.Bytes < 0 || total+e.Bytes < 0:
			return fmt.Errorf("%s: %s: has %d bytes: no disk holds that", ManifestName, e.Path, e.Bytes)
		}
		total += e.Bytes
		for dir := path.Dir(e.Path); dir != "."; dir = path.Dir(dir) {
			if paths[dir] || slices.Contains([]string{ManifestName, SumsName}, dir) {
				return fmt.Errorf("%s: %s: %s is a file as well, and so no folder", ManifestName, e.Path, dir)
			}
		}
	}
	return nil
}
