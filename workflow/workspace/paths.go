package workspace

import (
	"path/filepath"
	"regexp"
	"strings"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/fileio"
)

// Path is a slash-separated path of the workspace as one of this system.
func (w *Workspace) Path(inside string) string {
	return filepath.Join(w.Dir, filepath.FromSlash(inside))
}

// Inside is a path of this system as one of the workspace, with slashes.
func (w *Workspace) Inside(path string) string {
	relative, err := filepath.Rel(w.Dir, path)
	if err != nil {
		return filepath.ToSlash(path)
	}
	return filepath.ToSlash(relative)
}

// Shown is a path as messages name it: as one of the workspace where it is inside.
func (w *Workspace) Shown(path string) string {
	if inside, err := filepath.Rel(w.Dir, path); err == nil && filepath.IsLocal(inside) {
		return filepath.ToSlash(inside)
	}
	return path
}

// Work is a folder or file under work/.
func (w *Workspace) Work(name string) string {
	return filepath.Join(w.Dir, "work", filepath.FromSlash(name))
}

// Dist is the folder of a version; Dist("") holds all of them.
func (w *Workspace) Dist(version string) string { return filepath.Join(w.Dir, "dist", version) }

// VersionForm is the form of a version's folder under dist/, drafts too.
var VersionForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*v[0-9]+\.[0-9]+(-draft)?$`)

// FilePrefix is what the names of a version's files begin with: the same for a draft.
func FilePrefix(version string) string { return strings.TrimSuffix(version, "-draft") + "_" }

// LockFile is the table of the version that split.lock names: its bytes, unlike the manifest's,
// are the same when the version is built again.
func (w *Workspace) LockFile() string {
	lock := w.Config.Split.Lock
	return filepath.Join(w.Dist(lock), FilePrefix(lock)+"selected_unsampled.csv")
}

// HasPictures says whether images count in this workspace; without a store the tables are made of the rows alone.
func (w *Workspace) HasPictures() bool { return w.Config.Images.Store != "" }

// StoreURL is images.store with a folder as seen from here.
func (w *Workspace) StoreURL() string {
	store := w.Config.Images.Store
	if blobio.IsFolder(store) && !filepath.IsAbs(store) {
		return w.Path(store)
	}
	return store
}

// StoreName is what the log of objects calls the store: a folder of the workspace has the same name when
// the workspace is elsewhere.
func (w *Workspace) StoreName() string { return filepath.ToSlash(blobio.Name(w.Config.Images.Store)) }

// Objects under way at once: enough that their round trips overlap, as one waits for the network most of the time.
const (
	objectsPerWorker = 16
	leastObjects     = 32
	mostObjects      = 256

	// Handles: one that is under way has its connection or file, the one it goes to, and folders on the way there.
	handlesPerObject = 4
	otherHandles     = 20
)

// ObjectsAtOnce is how many objects are fetched or uploaded at once.
func (w *Workspace) ObjectsAtOnce() int { return objectsAtOnce(w.Run.Workers, fileio.MayOpen()) }

// objectsAtOnce is as many as workers ask for, and as a process has handles for.
func objectsAtOnce(workers, mayOpen int) int {
	asked := min(max(leastObjects, objectsPerWorker*workers), mostObjects)
	return max(1, min(asked, (mayOpen-otherHandles)/handlesPerObject))
}
