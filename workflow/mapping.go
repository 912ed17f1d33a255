package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/sources"
)

// begin reads everything a build needs but the rows, and checks the mapping. What is wrong with any of it comes at once.
func (w *Workspace) begin(b *build) error {
	go func() { _, _ = codeHash() }() // is asked for later, and takes a while
	released := make(chan error, 1)
	go func() { // takes a tenth of a second
		var err error
		b.release, err = w.release()
		released <- err
	}()
	var errs [8]error
	b.sources, errs[0] = w.Sources(b.ctx)
	b.book, errs[1] = w.workbook()
	b.known, errs[2] = mapping.ReadCategories(w.path("mapping/known_categories.csv"))
	b.accepted, errs[3] = findings.ReadAccepted(w.path("mapping/accepted_findings.csv"))
	errs[4] = w.checkNames()
	if errs[0] == nil {
		b.withdrawn, errs[5] = w.readWithdrawals(b.sources)
		if w.hasPictures() {
			b.overrides, errs[7] = w.readOverrides(sourceNames(b.sources))
		}
	}
	errs[6] = <-released
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	var err error
	if b.inputs, err = w.readInputs(b.sources, b.book); err != nil {
		return err
	}
	if err := b.noteCodes(); err != nil {
		return err
	}
	b.table, b.findings = b.parseMapping(counted{})
	return nil
}

func (w *Workspace) workbook() (*sheetio.Book, error) {
	if id, ok := w.Config.document(); ok {
		return w.pulledWorkbook(id)
	}
	path := w.Config.Mapping.Workbook
	if _, err := os.Stat(w.path(path)); errors.Is(err, os.ErrNotExist) {
		return nil, Usage(fmt.Errorf("dermset.yaml: mapping.workbook: there is no %s; name the XLSX or the folder of CSVs, or make one with `dermset mapping merge`", path))
	}
	return sheetio.Read(w.path(path))
}

// checkNames checks the settings that name sources and versions.
func (w *Workspace) checkNames() error {
	names, err := w.SourceNames()
	if err != nil {
		return nil // Sources tells
	}
	var errs []error
	for _, name := range sortedKeys(w.Config.Split.Pin) {
		if !slices.Contains(names, name) {
			errs = append(errs, fmt.Errorf("dermset.yaml: split.pin: there is no source %q under %s/", name, w.Config.Sources))
		}
	}
	for _, name := range sortedKeys(w.Config.Mapping.Tabs) {
		if !slices.Contains(names, name) {
			errs = append(errs, fmt.Errorf("dermset.yaml: mapping.tabs: there is no source %q under %s/", name, w.Config.Sources))
		}
	}
	if lock := w.Config.Split.Lock; lock != "" {
		if _, err := os.Stat(w.lockFile()); err != nil {
			errs = append(errs, fmt.Errorf("dermset.yaml: split.lock: there is no dist/%s with its table of selected images; name a version that is there, or leave it empty", lock))
		}
	}
	return Usage(errors.Join(errs...))
}

// counted is what is known of the rows when the findings of the mapping are made. The zero value: nothing yet.
type counted struct {
	labels []map[string]int64 // per source: label → rows that name it
	rows   []int64            // per source: rows that name any
	images map[string]int64   // Target Name → rows mapped to it; nil before the join
}

// parseMapping makes the mapping and the findings of the workbook. As long as no row is counted, findings are asked only whether they block
// a build, which no title of the release does: then it is left out, for to compare titles takes longer than all else.
func (b *build) parseMapping(c counted) (*mapping.Mapping, []findings.Finding) {
	given := mapping.Given{Known: b.known, NoCode: b.Config.ICD11.NoCode, Images: c.images}
	if c.labels != nil {
		given.Release = b.release
	}
	named := make([]mapping.Source, len(b.sources))
	for i, source := range b.sources {
		named[i] = mapping.Source{Name: source.Name, Tab: b.Config.Mapping.Tabs[source.Name], Pending: source.Pending()}
		if c.labels != nil {
			named[i].Labels, named[i].Rows = c.labels[i], c.rows[i]
		}
	}
	return mapping.Parse(b.book, named, given)
}

// mappedImages are the rows of each Target Name, as stage 1 counts them; nil before the split, which counts.
func (b *build) mappedImages() map[string]int64 {
	if b.decided == nil {
		return nil
	}
	images := make(map[string]int64, len(b.decided.Stage1))
	for _, class := range b.decided.Stage1 {
		images[b.table.Names[class.Name]] = class.Images
	}
	return images
}

// blockers are the findings that keep a build from running.
func blockers(found []findings.Finding) []findings.Finding {
	var all []findings.Finding
	for _, f := range found {
		if f.Blocks {
			all = append(all, f)
		}
	}
	return all
}

// normalised is the mapping as one table: what every label of every source became, sorted bytewise.
func (b *build) normalised() smallTable {
	t := smallTable{columns: []string{"source", "source_label", "target_name", "icd11_codes", "final_class", "notes"}}
	for _, row := range b.table.Rows {
		final := ""
		if i, known := slices.BinarySearch(b.table.Names, row.Target); known && b.table.Final[i] >= 0 {
			final = b.table.Names[b.table.Final[i]]
		}
		t.rows = append(t.rows, []string{row.Source, row.Label, row.Target, list(row.Codes), final, row.Notes})
	}
	return t
}

// mappingHash names what the join reads of the mapping: the same for any order of the workbook's rows.
func (b *build) mappingHash() string {
	text, err := json.Marshal([]any{b.table.Names, b.table.Final, b.table.Labels})
	if err != nil {
		panic(err) // strings and numbers
	}
	return hexSum(text)
}

// MergeLabels adds the labels of the sources' renaming files that the workbook lacks, and returns a row for each and for every label that no
// source has any more. A dry run writes nothing.
func (w *Workspace) MergeLabels(ctx context.Context, dryRun bool) ([][]string, error) {
	names, err := w.SourceNames()
	if err != nil {
		return nil, err
	}
	configs, labels, err := w.allLabels(ctx, names)
	if err := errors.Join(err, ctx.Err()); err != nil {
		return nil, err
	}
	var renamings []mapping.Renaming
	for i, config := range configs {
		renamings = append(renamings, mapping.Renaming{Source: config.Name, Tab: w.Config.Mapping.Tabs[config.Name], Rows: labels[i]})
	}
	if id, ok := w.Config.document(); ok {
		if _, err := w.pulledWorkbook(id); err != nil {
			return nil, err
		}
	}
	merged, err := mapping.Merge(w.path(w.workbookInside()), renamings)
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
	err = writeWorkbook(merged.Files)
	for _, file := range merged.Files {
		if _, ok := w.Config.document(); ok {
			w.Log.Info(fmt.Sprintf("paste the rows of %s into the document, as text, then run `dermset mapping pull`", w.inside(file.Path)))
		}
	}
	return rows, err
}

// writeWorkbook writes files of the workbook. One that is a link, to a folder that people share, stays a link.
func writeWorkbook(files []mapping.File) error {
	var errs []error
	for _, file := range files {
		path := file.Path
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
		}
		errs = append(errs, releaseio.WriteFile(path, file.Data))
	}
	return errors.Join(errs...)
}

// allLabels are the declarations of the named sources, and the labels of each; a pending source may have none yet. What is wrong with any of
// them comes at once.
func (w *Workspace) allLabels(ctx context.Context, names []string) ([]*sources.Config, [][]dataset.RenamingRow, error) {
	configs, err := w.declarations(names)
	errs := []error{err}
	labels := make([][]dataset.RenamingRow, len(configs))
	for i, config := range configs {
		var err error
		if labels[i], err = w.labelsOf(ctx, config); err != nil && !(config.Pending() && errors.Is(err, os.ErrNotExist)) {
			errs = append(errs, err)
		}
	}
	return configs, labels, errors.Join(errs...)
}

// labelsOf are a source's labels: as its renaming CSV has them or, where the dataset CSV was written by hand, as that names them.
func (w *Workspace) labelsOf(ctx context.Context, config *sources.Config) ([]dataset.RenamingRow, error) {
	if path := config.Renaming(config.Dir); config.HasRaw() || !modified(path).IsZero() {
		return dataset.ReadRenaming(path)
	}
	path := config.Dataset(config.Dir)
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	b := newBuild(ctx, w)
	b.sources = []Source{{Config: config, CSV: path, Bytes: info.Size()}}
	counts, err := b.labelCounts()
	if err != nil {
		return nil, err
	}
	var rows []dataset.RenamingRow
	for label, images := range counts.labels[0] {
		rows = append(rows, dataset.RenamingRow{Label: label, Images: images})
	}
	slices.SortFunc(rows, dataset.RenamingRow.Compare)
	return rows, nil
}
