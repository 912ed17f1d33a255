package workspace

import (
	"cmp"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dermset/dermset/fault"
	"github.com/dermset/dermset/io/releaseio"
)

// A Workspace is a folder with a dermset.yaml (spec 2), opened for one run.
type Workspace struct {
	Dir      string
	Config   Config
	Run      Resources
	Log      *slog.Logger
	Progress *Progress
}

// Resources are what a run may take. None of them changes a byte of any answer.
type Resources struct {
	Workers     int   // how many things are worked on at once
	BatchBytes  int   // of input a batch, about
	MemoryBytes int64 // bound on the bytes in flight
}

// Open reads the settings of the workspace at dir. It writes nothing.
func Open(dir string, run Resources, log *slog.Logger, progress *Progress) (*Workspace, error) {
	config, err := ReadConfig(filepath.Join(dir, "dermset.yaml"))
	if err != nil {
		return nil, err
	}
	return &Workspace{Dir: dir, Config: config, Run: run, Log: log, Progress: progress}, nil
}

// Locked runs do while no other run writes to the workspace; a second run is told who the first one is. The lock is not
// under work/: who deletes that while a run is on its way lets nobody in.
func (w *Workspace) Locked(verb string, do func() error) error {
	lock, err := releaseio.TakeLock(w.Path(".dermset.lock"), verb, time.Now())
	if err != nil {
		return err
	}
	if _, err := releaseio.Sweep(lock, w.written()...); err != nil {
		return errors.Join(err, lock.Release())
	}
	return errors.Join(do(), lock.Release())
}

// written are the folders that verbs put single files or versions into, where a dead run may have left something aside.
func (w *Workspace) written() []string {
	workbook := w.Path(w.WorkbookInside())
	folders := []string{w.Dist(""), w.Work("ingest"), w.Path(releaseFolder),
		w.Work("icd11/cache/" + w.Config.ICD11.Release), filepath.Dir(workbook), workbook}
	return slices.DeleteFunc(folders, func(folder string) bool {
		info, err := os.Stat(folder)
		return err != nil || !info.IsDir()
	})
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
