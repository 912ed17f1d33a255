package workflow

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dermset/dermset/dataset"
	"github.com/dermset/dermset/io/releaseio"
	"github.com/dermset/dermset/io/sheetio"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/sources"
	"github.com/dermset/dermset/stages"
)

// begin reads everything a build needs but the rows, and checks the mapping. Where findings block the build, they come as an error.
func (w *Workspace) begin(b *build) error {
	var err error
	if b.sources, err = w.Sources(b.ctx); err != nil {
		return err
	}
	if err := w.checkSourceNames(b.sources); err != nil {
		return err
	}
	if b.inputs, err = w.readInputs(b.sources); err != nil {
		return err
	}
	return b.readMapping(make([]map[string]int64, len(b.sources)))
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

// readMapping reads the workbook and what is known of its categories. labels are the rows that name each label, per source, for the
// findings; they may be nil where nobody has counted yet.
func (b *build) readMapping(labels []map[string]int64) error {
	book, err := sheetio.Read(b.path(b.Config.Mapping.Workbook))
	if err != nil {
		return fmt.Errorf("mapping: %w", err)
	}
	known, err := mapping.ReadCategories(b.path("mapping/known_categories.csv"))
	if err != nil {
		return err
	}
	named := make([]mapping.Source, len(b.sources))
	for i, source := range b.sources {
		named[i] = mapping.Source{Name: source.Name, Tab: b.Config.Mapping.Tabs[source.Name], Pending: source.Pending(), Labels: labels[i]}
	}
	b.known = known
	b.table, b.findings = mapping.Parse(book, named, known, b.Config.ICD11.NoCode)
	return nil
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

// findAll adds up, once, what the mapping, the rows and the split gave to find, and which of it people have accepted.
func (b *build) findAll() error {
	if b.found {
		return nil
	}
	b.found = true
	if err := b.readMapping(b.answer.Labels); err != nil {
		return err
	}
	for _, find := range []func() ([]mapping.Finding, error){b.badValues, b.badWeights} {
		found, err := find()
		if err != nil {
			return err
		}
		b.findings = append(b.findings, found...)
	}
	for _, found := range [][]stages.Finding{b.answer.Findings, b.splitFindings()} {
		found, err := b.ofRows(found)
		if err != nil {
			return err
		}
		b.findings = append(b.findings, found...)
	}
	mapping.Sort(b.findings)
	return b.accept()
}

func (b *build) accept() error {
	accepted, err := mapping.ReadAccepted(b.path("mapping/accepted_findings.csv"))
	if err != nil {
		return err
	}
	for _, a := range mapping.Accept(b.findings, accepted) {
		b.Log.Warn(fmt.Sprintf("mapping/accepted_findings.csv:%d: %s of %q accepts nothing any more; take the line out", a.Line, a.Finding, a.Subject))
	}
	return nil
}

// splitFindings are those of the split, if it has run.
func (b *build) splitFindings() []stages.Finding {
	if b.decided == nil {
		return nil
	}
	return b.decided.Findings
}

// maxAlike is how many findings of one id are listed for one source; one more then says how many there are in all.
const maxAlike = 1000

// listed are the findings that are listed one by one, and for each source and id that has more of them one that counts all.
func listed(found []stages.Finding) []stages.Finding {
	type kind struct {
		source int
		id     string
	}
	var kinds []kind
	seen := map[kind]int64{}
	var out []stages.Finding
	for _, f := range found {
		k := kind{f.Source, f.ID}
		if seen[k] == 0 {
			kinds = append(kinds, k)
		}
		if seen[k]++; seen[k] <= maxAlike {
			out = append(out, f)
		}
	}
	for _, k := range kinds {
		if n := seen[k]; n > maxAlike {
			out = append(out, stages.Finding{ID: k.id, Source: k.source, Row: -1, Images: n, Detail: fmt.Sprintf("there are %d of these, the first %d are listed", n, maxAlike)})
		}
	}
	return out
}

// ofRows names the sources and places of what stages found among rows.
func (b *build) ofRows(found []stages.Finding) ([]mapping.Finding, error) {
	rows := map[int][]int64{}
	for _, f := range found {
		if f.Row >= 0 {
			rows[f.Source] = append(rows[f.Source], f.Row)
		}
	}
	places := map[int]map[int64]string{}
	for source, wanted := range rows {
		var err error
		if places[source], err = b.places(b.sources[source], wanted); err != nil {
			return nil, err
		}
	}
	var all []mapping.Finding
	for _, f := range found {
		all = append(all, mapping.New(f.ID, places[f.Source][f.Row], b.sourceName(f.Source), f.Subject, f.Images, f.Detail))
	}
	return all, nil
}

func (b *build) sourceName(source int) string {
	if source < 0 {
		return ""
	}
	return b.sources[source].Name
}

func (b *build) badValues() ([]mapping.Finding, error) {
	var all []mapping.Finding
	for i, values := range b.answer.BadValues {
		rows := make([]int64, len(values))
		for j, v := range values {
			rows[j] = v.Row
		}
		places, err := b.places(b.sources[i], rows)
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			subject := v.Column + "=" + v.Value
			detail := fmt.Sprintf("%s %q is not a value of this column; the cell counts as empty", v.Column, v.Value)
			if v.More {
				subject, detail = v.Column, fmt.Sprintf("more values of %s than are listed here are bad", v.Column)
			}
			all = append(all, mapping.New("bad_value", places[v.Row]+":"+v.Column, b.sources[i].Name, subject, v.Rows, detail))
		}
	}
	return all, nil
}

func (b *build) badWeights() ([]mapping.Finding, error) {
	var all []mapping.Finding
	for i, weights := range b.answer.BadWeights {
		if weights.Entries == 0 {
			continue
		}
		rows := make([]int64, len(weights.First))
		for j, w := range weights.First {
			rows[j] = w.Row
		}
		places, err := b.places(b.sources[i], rows)
		if err != nil {
			return nil, err
		}
		var some []string
		for _, w := range weights.First {
			some = append(some, fmt.Sprintf("%s (%s)", places[w.Row], cmp.Or(w.Weight, "none")))
		}
		detail := fmt.Sprintf("%d entries of differentials have no weight above 0 and are dropped, first at %s", weights.Entries, strings.Join(some[:min(5, len(some))], ", "))
		all = append(all, mapping.New("bad_weight", places[weights.First[0].Row]+":"+dataset.Differentials, b.sources[i].Name, dataset.Differentials, weights.Entries, detail))
	}
	return all, nil
}

// places names rows of a dataset CSV as path:line.
func (b *build) places(source Source, rows []int64) (map[int64]string, error) {
	lines, err := linesOf(b.ctx, source.CSV, rows)
	places := map[int64]string{}
	for row, line := range lines {
		places[row] = fmt.Sprintf("%s:%d", b.inside(source.CSV), line)
	}
	return places, err
}

// findingsFile is the CSV of findings that goes with a version.
var findingColumns = []string{"severity", "finding", "place", "source", "subject", "images", "detail", "remedy", "accepted_by", "accepted_on", "accepted_because"}

func (b *build) findingsTable() smallTable {
	t := smallTable{columns: findingColumns}
	for _, f := range b.findings {
		row := []string{f.Severity.String(), f.ID, f.Place, f.Source, f.Subject, number(f.Images), f.Detail, f.Remedy, "", "", ""}
		if f.Accepted != nil {
			row[8], row[9], row[10] = f.Accepted.Person, f.Accepted.Date, f.Accepted.Reason
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// archive copies into the version what it was made of: workbook, normalised mapping, findings, and each source's declaration.
func (b *build) archive(version *releaseio.Version) error {
	workbook, err := b.workbookFiles()
	if err != nil {
		return err
	}
	for _, path := range append(workbook, "mapping/known_categories.csv", "mapping/accepted_findings.csv", "mapping/decisions.jsonl") {
		if err := b.copyInto(version, path, "mapping/"+strings.TrimPrefix(path, "mapping/")); err != nil {
			return err
		}
	}
	for _, source := range b.sources {
		for _, path := range append(source.scripts(), source.Path, source.Renaming(source.Dir)) {
			inside := b.inside(path)
			if err := b.copyInto(version, inside, "sources/"+strings.TrimPrefix(inside, b.Config.Sources+"/")); err != nil {
				return err
			}
		}
	}
	if err := putFile(version, "mapping/findings.csv", b.findingsTable().text()); err != nil {
		return err
	}
	return putFile(version, "mapping/normalised.csv", b.normalised().text())
}

// scripts are the files of the source's folder that its exec: names.
func (s Source) scripts() []string {
	var paths []string
	for _, word := range s.Exec {
		path := filepath.Join(s.Dir, filepath.FromSlash(word))
		if info, err := os.Lstat(path); filepath.IsLocal(word) && err == nil && info.Mode().IsRegular() {
			paths = append(paths, path)
		}
	}
	return paths
}

// copyInto copies a file of the workspace into the version, if it is there.
func (b *build) copyInto(version *releaseio.Version, inside, name string) error {
	text, err := os.ReadFile(b.path(inside))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return putFile(version, name, text)
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
	var renamings []mapping.Renaming
	var errs []error
	for _, name := range names {
		config, err := sources.Load(filepath.Join(w.path(w.Config.Sources), name))
		if err != nil {
			errs = append(errs, Usage(err))
			continue
		}
		rows, err := mapping.ReadRenaming(config.Renaming(config.Dir))
		if err != nil && !config.Pending() {
			errs = append(errs, err)
		}
		renamings = append(renamings, mapping.Renaming{Source: name, Tab: w.Config.Mapping.Tabs[name], Rows: rows})
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
