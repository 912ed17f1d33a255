package workspace

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/sources"
	"github.com/dermset/dermset/transfer"
)

// A Workspace is a folder with a dermset.yaml (spec 2), opened for one run.
type Workspace struct {
	Dir      string
	Config   Config
	Run      Resources
	Log      *slog.Logger
	Progress *Progress

	key askedKey // of pseudonyms
}

// Resources are what a run may take. None of them changes a byte of any answer.
type Resources struct {
	Workers     int   // how many things are worked on at once
	BatchBytes  int   // of input a batch, about
	MemoryBytes int64 // bound on the bytes in flight
}

// WarnOf warns of several things of a kind: what they say alike, such as what to do, comes once.
func (w *Workspace) WarnOf(all []string) {
	together := fault.Together
	if w.Progress != nil && w.Progress.terminal {
		together = fault.Few
	}
	for _, text := range together(all) {
		w.Log.Warn(text)
	}
}

// Open reads the settings of the workspace at dir. It writes nothing.
func Open(dir string, run Resources, log *slog.Logger, progress *Progress) (*Workspace, error) {
	config, err := ReadConfig(filepath.Join(dir, "dermset.yaml"))
	if err != nil {
		return nil, err
	}
	return &Workspace{Dir: dir, Config: config, Run: run, Log: log, Progress: progress}, nil
}

// OpenAnywhere is Open for a verb that looks at a version wherever that is: where dir is no workspace, it is one with
// the default settings, in which nothing is.
func OpenAnywhere(dir string, run Resources, log *slog.Logger, progress *Progress) (*Workspace, error) {
	if there, err := IsThere(filepath.Join(dir, "dermset.yaml")); err != nil || there {
		return Open(dir, run, log, progress)
	}
	return &Workspace{Dir: dir, Config: Defaults(), Run: run, Log: log, Progress: progress}, nil
}

// Locked runs do while no other run writes to the workspace; a second run is told who the first one is. The lock is not
// under work/: who deletes that while a run is on its way lets nobody in.
func (w *Workspace) Locked(verb string, do func() error) error {
	lock, err := releaseio.TakeLock(w.Path(".dermset.lock"), verb, time.Now())
	if err != nil {
		return err
	}
	if err := errors.Join(w.Settled(), w.sweep(lock)); err != nil {
		return errors.Join(err, lock.Release())
	}
	return errors.Join(do(), lock.Release())
}

// sweep removes what dead runs left aside, wherever verbs write, and puts in place what they had published. In a folder
// that others share, such as that of a linked workbook, the lock keeps nobody out: there it must be an hour old.
func (w *Workspace) sweep(lock *releaseio.Lock) error {
	raw := w.Path(w.Config.Sources)
	ofSources, sourcesErr := folders(raw)
	caches, cachesErr := folders(w.Work("icd11/cache"))
	workbook, shared := w.workbookFolders()
	for _, dir := range ofSources {
		err := sources.Sweep(dir)
		if err == nil {
			_, err = releaseio.Sweep(lock, dir)
		}
		if err != nil { // that one source's folder is shut stops no other's verbs
			w.Log.Warn(fmt.Sprintf("%s: what a dead run left aside: %v", w.Inside(dir), err))
		}
	}
	own := slices.Concat(caches, workbook, []string{w.Dir, raw, w.Dist(""), w.Work(""), w.Work("ingest"),
		w.Work("copies"), w.Path("curation"), w.Path("mapping"), w.Path(releaseFolder)})
	own = slices.DeleteFunc(own, func(folder string) bool {
		info, err := os.Stat(folder)
		return err != nil || !info.IsDir()
	})
	_, err := releaseio.Sweep(lock, own...)
	return errors.Join(sourcesErr, cachesErr, err, releaseio.SweepShared(shared...), transfer.Sweep(w.Work("blobs")))
}

// folders are those in a folder, which need not be there; links are none.
func folders(dir string) (all []string, err error) {
	entries, err := os.ReadDir(dir)
	if fault.Of(err) == fault.NotThere {
		return nil, nil
	}
	for _, entry := range entries {
		if entry.IsDir() {
			all = append(all, filepath.Join(dir, entry.Name()))
		}
	}
	return all, err
}

// workbookFolders are the folders that the workbook is written in: of the workspace, and those that links lead to.
func (w *Workspace) workbookFolders() (own, shared []string) {
	root, err := filepath.EvalSymlinks(w.Dir)
	if err != nil {
		return nil, nil
	}
	path := w.Path(w.WorkbookInside())
	for _, path := range []string{filepath.Dir(path), path} {
		real, err := filepath.EvalSymlinks(path)
		if err != nil {
			continue
		}
		if info, err := os.Stat(real); err == nil && !info.IsDir() {
			real = filepath.Dir(real)
		}
		if inside, err := filepath.Rel(root, real); err == nil && filepath.IsLocal(inside) {
			own = append(own, real)
		} else {
			shared = append(shared, real)
		}
	}
	return own, shared
}

// Each calls do for 0 … n-1 on all workers. Its error is that of the smallest number.
func (w *Workspace) Each(n int, do func(i int) error) error {
	errs := make([]error, n)
	var work errgroup.Group
	work.SetLimit(max(1, w.Run.Workers))
	for i := range n {
		work.Go(func() error {
			errs[i] = fault.Contain(func() error { return do(i) })
			return nil
		})
	}
	_ = work.Wait() // errs has them
	return cmp.Or(errs...)
}
