package workflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/ledger"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/sources"
)

// A Workspace is a folder with a dermset.yaml (spec 2), opened for one run.
type Workspace struct {
	Dir      string
	Config   Config
	Run      engine.Settings
	Log      *slog.Logger
	Progress *Progress
	// Tables, if not nil, are the large tables of a version in place of those of spec 10: for measurements that write what others write.
	Tables func(*mapping.Mapping, *ledger.Decision) []RowTable
}

// Open reads the settings of the workspace at dir. It writes nothing.
func Open(dir string, run engine.Settings, log *slog.Logger, progress *Progress) (*Workspace, error) {
	config, err := ReadConfig(filepath.Join(dir, "dermset.yaml"))
	if err != nil {
		return nil, err
	}
	run.Watch = progress.add
	return &Workspace{Dir: dir, Config: config, Run: run, Log: log, Progress: progress}, nil
}

// path is a slash-separated path of the workspace as one of this system.
func (w *Workspace) path(inside string) string {
	return filepath.Join(w.Dir, filepath.FromSlash(inside))
}

func (w *Workspace) work(name string) string { return filepath.Join(w.Dir, "work", name) }

// Locked runs do while no other run writes to the workspace; a second run is told who the first one is.
func (w *Workspace) Locked(verb string, do func() error) error {
	lock, err := releaseio.TakeLock(w.work("lock"), verb, time.Now())
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
	workbook := w.path(w.workbookInside())
	folders := []string{w.dist(""), w.work("ingest"), w.work("icd11"), w.work("icd11/cache/" + w.Config.ICD11.Release), filepath.Dir(workbook), workbook}
	return slices.DeleteFunc(folders, func(folder string) bool {
		info, err := os.Stat(folder)
		return err != nil || !info.IsDir()
	})
}

// A Source is one folder under sources/: its declaration and its dataset CSV.
type Source struct {
	*sources.Config
	Ordinal int    // place in bytewise order of the names
	CSV     string // the dataset CSV, as a path of this system
	Bytes   int64
	Lines   int64 // of the CSV, the header's among them
	SHA256  string
	changed time.Time // the CSV's, when it was hashed
}

// sourceNames are the names of sources.
func sourceNames(all []Source) []string {
	names := make([]string, len(all))
	for i, source := range all {
		names[i] = source.Name
	}
	return names
}

// SourceNames lists the folders under sources/ bytewise. Files beside them and names that begin with a dot are not looked at.
func (w *Workspace) SourceNames() ([]string, error) {
	entries, err := os.ReadDir(w.path(w.Config.Sources))
	if err != nil {
		return nil, Usage(fmt.Errorf("%w (sources/ holds a folder per source: make one with `dermset source new NAME`)", err))
	}
	var names []string
	var errs []error
	for _, entry := range entries { // ReadDir sorts bytewise
		switch name := entry.Name(); {
		case strings.HasPrefix(name, "."):
		case entry.Type()&os.ModeSymlink != 0:
			errs = append(errs, fmt.Errorf("%s/%s: is a link; a source is a folder of the workspace, its raw material may be elsewhere (--raw)", w.Config.Sources, name))
		case !entry.IsDir():
		case sources.CheckName(name) != nil:
			errs = append(errs, fmt.Errorf("%s/%s: %w", w.Config.Sources, name, sources.CheckName(name)))
		default:
			names = append(names, name)
		}
	}
	return names, Usage(errors.Join(errs...))
}

// declarations loads the source.yaml of the named sources. What is wrong with any of them comes at once; the others are returned beside it.
func (w *Workspace) declarations(names []string) ([]*sources.Config, error) {
	var all []*sources.Config
	var errs []error
	for _, name := range names {
		config, err := sources.Load(filepath.Join(w.path(w.Config.Sources), name))
		if err != nil {
			errs = append(errs, Usage(err))
			continue
		}
		all = append(all, config)
	}
	return all, errors.Join(errs...)
}

// Sources loads every source's declaration and hashes its dataset CSV. What is wrong with any of them comes at once. A pending source that
// has no dataset CSV yet is left out, and said so.
func (w *Workspace) Sources(ctx context.Context) ([]Source, error) {
	names, err := w.SourceNames()
	if err != nil {
		return nil, err
	}
	configs, err := w.declarations(names)
	errs := []error{err}
	read := make([]Source, len(configs))
	readErrs := make([]error, len(configs))
	if err := w.each(len(configs), func(i int) error {
		read[i], readErrs[i] = readSource(configs[i])
		return ctx.Err()
	}); err != nil {
		return nil, err
	}
	var all []Source
	for i, source := range read {
		if errors.Is(readErrs[i], os.ErrNotExist) && source.Pending() {
			w.Log.Warn(source.Name + ": pending, and has no dataset CSV yet; it is left out")
			continue
		}
		source.Ordinal = len(all)
		errs, all = append(errs, readErrs[i]), append(all, source)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, Usage(fmt.Errorf("%s: there is no source with a dataset CSV; make one with `dermset source new NAME`", w.Config.Sources))
	}
	return all, nil
}

// readSource hashes the dataset CSV of a source and counts its lines.
func readSource(config *sources.Config) (Source, error) {
	csv := config.Dataset(config.Dir)
	source := Source{Config: config, CSV: csv, changed: modified(csv)}
	var lines lineCounter
	var err error
	source.SHA256, source.Bytes, err = hashFileInto(csv, &lines)
	source.Lines = lines.lines()
	if errors.Is(err, os.ErrNotExist) && !config.Pending() {
		err = fmt.Errorf("%s: the source has no dataset CSV yet; run `dermset source ingest %s`", csv, config.Name)
	}
	return source, err
}

// each calls do for 0 … n-1 on all workers. Its error is that of the smallest number.
func (w *Workspace) each(n int, do func(i int) error) error {
	errs := make([]error, n)
	var work errgroup.Group
	work.SetLimit(max(1, w.Run.Workers))
	for i := range n {
		work.Go(func() error {
			errs[i] = do(i)
			return nil
		})
	}
	_ = work.Wait() // errs has them
	return cmp.Or(errs...)
}

// modified is when a file was last written; the zero time if it is not there.
func modified(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}
