package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/mapping"
)

// begin reads everything a build needs but the rows, and checks the mapping. What is wrong with any of it comes at once.
func (w *Workspace) begin(b *build) error {
	var errs [4]error
	b.sources, errs[0] = w.Sources(b.ctx)
	b.book, errs[1] = sheetio.Read(w.path(w.Config.Mapping.Workbook))
	b.known, errs[2] = mapping.ReadCategories(w.path("mapping/known_categories.csv"))
	b.accepted, errs[3] = mapping.ReadAccepted(w.path("mapping/accepted_findings.csv"))
	if errs[1] != nil {
		errs[1] = fmt.Errorf("mapping.workbook: %w", errs[1])
	}
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	withdrawn, err := w.readWithdrawals(b.sources)
	if err := errors.Join(w.checkSourceNames(b.sources), err); err != nil {
		return err
	}
	b.withdrawn = withdrawn
	if b.inputs, err = w.readInputs(b.sources); err != nil {
		return err
	}
	b.parseMapping(make([]map[string]int64, len(b.sources)))
	return nil
}

// checkSourceNames checks the settings that name sources.
func (w *Workspace) checkSourceNames(all []Source) error {
	known := map[string]bool{}
	for _, source := range all {
		known[source.Name] = true
	}
	var errs []error
	for _, name := range sortedKeys(w.Config.Split.Pin) {
		if !known[name] {
			errs = append(errs, fmt.Errorf("dermset.yaml: split.pin: there is no source %q under %s/", name, w.Config.Sources))
		}
	}
	for _, name := range sortedKeys(w.Config.Mapping.Tabs) {
		if !known[name] {
			errs = append(errs, fmt.Errorf("dermset.yaml: mapping.tabs: there is no source %q under %s/", name, w.Config.Sources))
		}
	}
	return Usage(errors.Join(errs...))
}

// parseMapping makes the mapping and its findings of the workbook. labels are the rows that name each label, per source, for the
// findings; they are nil where nobody has counted yet.
func (b *build) parseMapping(labels []map[string]int64) {
	named := make([]mapping.Source, len(b.sources))
	for i, source := range b.sources {
		named[i] = mapping.Source{Name: source.Name, Tab: b.Config.Mapping.Tabs[source.Name], Pending: source.Pending(), Labels: labels[i]}
	}
	b.table, b.findings = mapping.Parse(b.book, named, b.known, b.Config.ICD11.NoCode)
}

// blockers are the findings that keep a build from running.
func blockers(findings []mapping.Finding) []mapping.Finding {
	var all []mapping.Finding
	for _, f := range findings {
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
	configs, err := w.declarations(names)
	errs := []error{err}
	var renamings []mapping.Renaming
	for _, config := range configs {
		rows, err := mapping.ReadRenaming(config.Renaming(config.Dir))
		if err != nil && !config.Pending() {
			errs = append(errs, err)
		}
		renamings = append(renamings, mapping.Renaming{Source: config.Name, Tab: w.Config.Mapping.Tabs[config.Name], Rows: rows})
	}
	if err := errors.Join(append(errs, ctx.Err())...); err != nil {
		return nil, err
	}
	merged, err := mapping.Merge(w.path(w.Config.Mapping.Workbook), renamings)
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
	for _, file := range merged.Files {
		errs = append(errs, releaseio.WriteFile(file.Path, file.Data))
	}
	return rows, errors.Join(errs...)
}
