package workspace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/slips"
	"github.com/dermset/dermset/sources"
)

// A Source is one folder under sources/: its declaration and its dataset CSV.
type Source struct {
	*sources.Config
	Ordinal int    // place in bytewise order of the names
	CSV     string // the dataset CSV, as a path of this system
	Bytes   int64
	Lines   int64 // of the CSV, the header's among them
	SHA256  string
	Changed time.Time // the CSV's, when it was hashed
}

// NamesOf are the names of sources.
func NamesOf(all []Source) []string {
	names := make([]string, len(all))
	for i, source := range all {
		names[i] = source.Name
	}
	return names
}

// SourceNames lists the folders under sources/ bytewise. Files beside them and names that begin with
// a dot are not looked at.
func (w *Workspace) SourceNames() ([]string, error) {
	entries, err := os.ReadDir(w.Path(w.Config.Sources))
	if err != nil {
		return nil, Usage(fmt.Errorf("%w (sources/ holds a folder per source: make one with `dermset source new NAME`)", err))
	}
	var names []string
	var errs []error
	for _, entry := range entries { // ReadDir sorts bytewise
		switch name := entry.Name(); {
		case strings.HasPrefix(name, "."):
		case entry.Type()&os.ModeSymlink != 0:
			errs = append(errs,
				fmt.Errorf("%s/%s: is a link; a source is a folder of the workspace, its raw material may be elsewhere (--raw)",
					w.Config.Sources, name))
		case !entry.IsDir():
		case sources.CheckName(name) != nil:
			errs = append(errs, fmt.Errorf("%s/%s: %w", w.Config.Sources, name, sources.CheckName(name)))
		default:
			names = append(names, name)
		}
	}
	return names, Usage(errors.Join(errs...))
}

// Declarations loads the source.yaml of the named sources. What is wrong with any of them comes at once;
// the others are returned beside it.
func (w *Workspace) Declarations(names []string) ([]*sources.Config, error) {
	var all []*sources.Config
	var errs []error
	for _, name := range names {
		config, err := sources.Load(filepath.Join(w.Path(w.Config.Sources), name))
		if err != nil {
			errs = append(errs, Usage(err))
			continue
		}
		all = append(all, config)
	}
	return all, errors.Join(errs...)
}

// Sources loads every source's declaration and hashes its dataset CSV. What is wrong with any of them comes at once. A
// pending source that has no dataset CSV yet is left out, and said so.
func (w *Workspace) Sources(ctx context.Context) ([]Source, error) {
	names, err := w.SourceNames()
	if err != nil {
		return nil, err
	}
	configs, err := w.Declarations(names)
	errs := []error{err}
	read := make([]Source, len(configs))
	readErrs := make([]error, len(configs))
	if err := w.Each(len(configs), func(i int) error {
		read[i], readErrs[i] = readSource(configs[i])
		return ctx.Err()
	}); err != nil {
		return nil, err
	}
	var all []Source
	var pending []string
	for i, source := range read {
		if errors.Is(readErrs[i], os.ErrNotExist) && source.Pending() {
			pending = append(pending, source.Name+": pending, and has no dataset CSV yet; it is left out")
			continue
		}
		source.Ordinal = len(all)
		errs, all = append(errs, readErrs[i]), append(all, source)
	}
	w.WarnOf(pending)
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, Usage(fmt.Errorf("%s: there is no source with a dataset CSV; make one with `dermset source new NAME`",
			w.Config.Sources))
	}
	return all, nil
}

// readSource hashes the dataset CSV of a source and counts its lines.
func readSource(config *sources.Config) (Source, error) {
	csv := config.Dataset(config.Dir)
	source := Source{Config: config, CSV: csv, Changed: Modified(csv)}
	var lines lineCounter
	var err error
	source.SHA256, source.Bytes, err = fileio.Hash(csv, &lines)
	source.Lines = lines.lines()
	if errors.Is(err, os.ErrNotExist) && !config.Pending() {
		err = fmt.Errorf("%s: the source has no dataset CSV yet; run `dermset source ingest %s`", csv, config.Name)
	}
	return source, err
}

// KnownSources are the names of all sources; those asked for must be among them.
func (w *Workspace) KnownSources(asked []string) ([]string, error) {
	names, err := w.SourceNames()
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, name := range asked {
		if !slices.Contains(names, name) {
			errs = append(errs, Usage(errors.New(w.noSource(name, names))))
		}
	}
	return names, errors.Join(errs...)
}

// noSource says that there is no source of this name, and what to write: the one that was probably meant, which may be
// named by its path; else how one is made.
func (w *Workspace) noSource(name string, names []string) string {
	why := fmt.Sprintf("there is no source %q under %s/", name, w.Config.Sources)
	if meant := slips.Meant(filepath.Base(name), names); meant != "" {
		return why + meant
	}
	if sources.CheckName(name) != nil {
		return why + "; there are " + strings.Join(names, ", ")
	}
	return why + fmt.Sprintf("; make it with `dermset source new %s`", name)
}
