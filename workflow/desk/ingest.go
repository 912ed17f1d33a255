package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/sources"
	"github.com/dermset/dermset/workflow/workspace"
)

// IngestOptions say which sources to ingest, from where.
type IngestOptions struct {
	Names  []string
	All    bool   // every source that declares raw material
	Raw    string // folder of the raw material, see sources.Config.Raw; empty: each source's own
	DryRun bool
	Force  bool // overwrite a dataset CSV that ingest did not write last
}

// A lineLog passes what a script prints on as messages, line by line.
type lineLog struct {
	log  *slog.Logger
	part []byte
}

func (l *lineLog) Write(text []byte) (int, error) {
	l.part = append(l.part, text...)
	for {
		line, rest, whole := bytes.Cut(l.part, []byte{'\n'})
		if !whole {
			return len(text), nil
		}
		l.log.Info(string(line))
		l.part = rest
	}
}

// IngestColumns are the columns of what Ingest returns.
var IngestColumns = results.Columns{
	results.Text("source", "its name"),
	results.Whole("raw_rows", "rows of its raw material"),
	results.Whole("used", "those that became rows of the dataset CSV, or parts of one"),
	results.Whole("unused", "those that did not, and are listed in work/ingest"),
	results.Whole("images", "rows of the dataset CSV"),
	results.Whole("labels", "different labels"),
	results.Whole("patients", "different patients"),
	results.Whole("lesions", "different lesions"),
	results.Whole("bad_values", "values that are none of their column, listed in work/ingest"),
}

// Ingest turns raw material into dataset CSVs. It goes on after a source that fails, and returns all errors. Unused
// rows and bad values are listed in work/ingest.
func Ingest(ctx context.Context, w *workspace.Workspace, o IngestOptions) ([][]string, error) {
	names, err := w.KnownSources(o.Names)
	if err != nil {
		return nil, err
	}
	if !o.All {
		names = o.Names
	}
	configs, err := w.Declarations(names)
	errs := []error{err}
	var rows [][]string
	for _, config := range configs {
		if !config.HasRaw() {
			if !o.All {
				errs = append(errs, workspace.Usage(
					fmt.Errorf("%s declares no raw material (files: or exec:); its dataset CSV is written by hand", config.Path)))
			}
			continue
		}
		done := w.Progress.Phase("ingest " + config.Name)
		report, err := ingest(ctx, w, config, o)
		done()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		row := []string{config.Name}
		for _, n := range []int{
			report.RawRows, report.Used, report.Unused,
			report.Rows, report.Labels, report.Patients, report.Lesions, report.Bad,
		} {
			row = append(row, workspace.Number(int64(n)))
		}
		rows = append(rows, row)
		tellLost(w, report)
		if told := config.TellVague(report); told != "" {
			w.Log.Warn(config.Name + ": " + told)
		}
		if o.DryRun {
			tellTallies(w, config.Name, "unused rows", report.Reasons)
			tellTallies(w, config.Name, "bad values", report.BadIn)
		} else if report.Unused+report.Bad > 0 {
			w.Log.Info(fmt.Sprintf("%s: unused rows and bad values are listed in %s", config.Name, w.Work("ingest")))
		}
	}
	return rows, errors.Join(errs...)
}

// ingest ingests one source, and lists what it could not use for a person to look at: where nothing is written because
// nothing was used, too.
func ingest(ctx context.Context, w *workspace.Workspace, config *sources.Config,
	o IngestOptions) (*sources.Report, error) {
	options := sources.Options{Raw: o.Raw, DryRun: o.DryRun, Force: o.Force, Messages: &lineLog{log: w.Log}}
	if o.DryRun {
		return sources.Ingest(ctx, config, options)
	}
	if err := fileio.MakeFolders(w.Work("ingest")); err != nil {
		return nil, err
	}
	var lists []*releaseio.File
	for name, to := range map[string]*io.Writer{"unused": &options.Unused, "bad_values": &options.BadValues} {
		list, err := releaseio.Create(filepath.Join(w.Work("ingest"), config.Name+"_"+name+".csv"))
		if err != nil {
			return nil, err
		}
		defer list.Abort()
		lists, *to = append(lists, list), list
	}
	report, err := sources.Ingest(ctx, config, options)
	if err != nil && !errors.Is(err, sources.ErrNoRow) {
		return report, err
	}
	if err != nil {
		err = fmt.Errorf("%w; all are listed in %s", err, w.Work("ingest"))
	}
	for _, list := range lists {
		err = errors.Join(err, list.Close())
	}
	return report, err
}

// tellTallies says by reason or column how many rows or values there are, where no list is written.
func tellTallies(w *workspace.Workspace, source, what string, all []sources.Tally) {
	for _, t := range all {
		w.Log.Info(fmt.Sprintf("%s: %s: %s", source, what, t))
	}
}

// tellLost says which rows a join left alone, which names that a person gave go with their labels, which images are
// left out of rows that count, which rows contradict each other, which values of source.yaml no row has, what may be
// meant otherwise, and which values are bad for a comma alone.
func tellLost(w *workspace.Workspace, report *sources.Report) {
	for _, alone := range report.Alone {
		w.Log.Info(fmt.Sprintf("%s: %s of %s used rows have no row in %s, and nothing of it: %s", report.Name,
			workspace.Number(int64(alone.Rows)), workspace.Number(int64(alone.Of)), alone.Table,
			fewOf(alone.First, alone.Rows)))
	}
	for _, idle := range report.Idle {
		w.Log.Warn(report.Name + ": " + idle)
	}
	var labels, images, different []string
	for _, row := range report.Gone {
		labels = append(labels, strconv.Quote(row.Label))
	}
	for _, u := range report.Repeated[:min(len(report.Repeated), few)] {
		images = append(images, fmt.Sprintf("%s:%d: %s", u.File, u.Line, u.Detail))
	}
	if len(labels) > 0 {
		w.Log.Warn(fmt.Sprintf("%s: no row has these labels any more; what the renaming CSV had for them is left out: %s",
			report.Name, fewOf(labels, len(labels))))
	}
	if len(images) > 0 {
		w.Log.Warn(fmt.Sprintf("%s: rows name images that a row before names, and others; these are left out: %s",
			report.Name, fewOf(images, report.LeftOut)))
	}
	for _, u := range report.Different[:min(len(report.Different), few)] {
		different = append(different, fmt.Sprintf("%s:%d: %s", u.File, u.Line, u.Detail))
	}
	if len(different) > 0 {
		w.Log.Warn(fmt.Sprintf("%s: rows say something else of an image than the first that names it, which counts: %s",
			report.Name, fewOf(different, report.Differ)))
	}
	for _, doubt := range report.Doubts {
		w.Log.Warn(report.Name + ": " + doubt)
	}
	if v, some := report.DecimalComma(); some {
		w.Log.Warn(fmt.Sprintf("%s: %s:%d: %s %q has a decimal comma: write `replace: {\",\": \".\"}` beside its column: in "+
			"source.yaml", report.Name, v.File, v.Line, v.Column, v.Value))
	}
}

// few is how many things a message names.
const few = 5

// fewOf names the first of n things, and says how many more there are.
func fewOf(things []string, n int) string {
	if n > few {
		return fmt.Sprintf("%s and %d more", strings.Join(things[:few], ", "), n-few)
	}
	return strings.Join(things, ", ")
}

// ListSources is the sources' summary table (spec 4).
func ListSources(ctx context.Context, w *workspace.Workspace) (rows [][]string, err error) {
	names, err := w.SourceNames()
	if err != nil {
		return nil, err
	}
	configs, err := w.Declarations(names)
	errs := []error{err}
	var all []sources.Summary
	for _, config := range configs {
		summary, err := sources.Summarise(ctx, config)
		errs = append(errs, err)
		all = append(all, summary)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	for _, summary := range append(all, sources.Totals(all)) {
		rows = append(rows, summary.Cells())
	}
	return rows, nil
}

// NewSource writes a commented source.yaml for a new source and returns its path.
func NewSource(w *workspace.Workspace, name string) (string, error) {
	text, err := sources.New(name)
	if err != nil {
		return "", workspace.Usage(err)
	}
	path := filepath.Join(w.Path(w.Config.Sources), name, "source.yaml")
	there, err := workspace.IsThere(path)
	if there {
		err = workspace.Usage(fmt.Errorf("%s is there already", path))
	}
	if err != nil {
		return "", err
	}
	return path, workspace.Keep(path, text)
}
