package desk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/sources"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/workspace"
)

// Merge adds the labels of the sources' renaming files that the workbook lacks, and returns a row for each and for
// every label that no source has any more. A dry run writes nothing.
func Merge(ctx context.Context, w *workspace.Workspace, dryRun bool) ([][]string, error) {
	names, err := w.SourceNames()
	if err != nil {
		return nil, err
	}
	configs, labels, err := allLabels(ctx, w, names)
	if err := errors.Join(err, ctx.Err()); err != nil {
		return nil, err
	}
	var renamings []mapping.Renaming
	for i, config := range configs {
		renamings = append(renamings,
			mapping.Renaming{Source: config.Name, Tab: w.Config.Mapping.Tabs[config.Name], Rows: labels[i]})
	}
	if id, ok := w.Config.Document(); ok {
		if _, err := w.PulledWorkbook(id); err != nil {
			return nil, err
		}
	}
	merged, err := mapping.Merge(w.Path(w.WorkbookInside()), renamings)
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for _, tab := range merged.Created {
		rows = append(rows, []string{tab, "", "new tab"})
	}
	for _, label := range merged.Added {
		rows = append(rows, []string{label.Tab, label.Label, "added"})
	}
	for _, label := range merged.Gone {
		rows = append(rows, []string{label.Tab, label.Label, "no source has it any more"})
	}
	if dryRun {
		return rows, nil
	}
	err = writeWorkbook(w, merged.Files)
	for _, file := range merged.Files {
		if _, ok := w.Config.Document(); ok {
			w.Log.Info(fmt.Sprintf("paste the rows of %s into the document, as text, then run `dermset mapping pull`",
				w.Inside(file.Path)))
		}
	}
	return rows, err
}

// writeWorkbook writes files of the workbook, and others that change with them, by one act. Folders are made.
func writeWorkbook(w *workspace.Workspace, files []mapping.File, others ...workspace.File) error {
	for _, file := range files {
		if err := fileio.MakeFolders(filepath.Dir(file.Path)); err != nil {
			return err
		}
		others = append(others, workspace.File(file))
	}
	return w.Together(others)
}

// allLabels are the declarations of the named sources, and the labels of each; a pending source may have none yet. What
// is wrong with any of them comes at once.
func allLabels(ctx context.Context, w *workspace.Workspace,
	names []string) ([]*sources.Config, [][]dataset.RenamingRow, error) {
	configs, err := w.Declarations(names)
	errs := []error{err}
	labels := make([][]dataset.RenamingRow, len(configs))
	for i, config := range configs {
		var err error
		if labels[i], err = labelsOf(ctx, w, config); err != nil && !(config.Pending() && errors.Is(err, os.ErrNotExist)) {
			errs = append(errs, err)
		}
	}
	return configs, labels, errors.Join(errs...)
}

// labelsOf are a source's labels: as its renaming CSV has them or, where the dataset CSV was written by hand,
// as that names them.
func labelsOf(ctx context.Context, w *workspace.Workspace, config *sources.Config) ([]dataset.RenamingRow, error) {
	path := config.Renaming(config.Dir)
	there, err := workspace.IsThere(path)
	if err != nil {
		return nil, err
	}
	if config.HasRaw() || there {
		return dataset.ReadRenaming(path)
	}
	counts, err := build.LabelCounts(ctx, w, config)
	if err != nil {
		return nil, err
	}
	var rows []dataset.RenamingRow
	for label, images := range counts {
		rows = append(rows, dataset.RenamingRow{Label: label, Images: images})
	}
	slices.SortFunc(rows, dataset.RenamingRow.Compare)
	return rows, nil
}
