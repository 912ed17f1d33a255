package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/slips"
	"github.com/dermset/dermset/workflow/workspace"
)

// Suggest proposes what the unmapped labels of one source, or of all if source is empty, may mean: at most limit
// suggestions for each label, a row each (mapping.SuggestionColumns). It writes nothing.
func Suggest(ctx context.Context, w *workspace.Workspace, source string, limit int) ([][]string, error) {
	if limit < 1 {
		return nil, workspace.Usage(fmt.Errorf("--limit %d: want at least 1", limit))
	}
	names, err := w.SourceNames()
	if err != nil {
		return nil, err
	}
	if source != "" && !slices.Contains(names, source) {
		return nil, workspace.Usage(fmt.Errorf("--source %q: want one of %s%s", source, strings.Join(names, ", "),
			slips.Meant(source, names)))
	}
	configs, labels, labelsErr := allLabels(ctx, w, names)
	request := mapping.Request{Only: source, Limit: limit}
	for i, config := range configs {
		s := mapping.Source{Name: config.Name, Tab: w.Config.Mapping.Tabs[config.Name],
			Pending: config.Pending(), Labels: map[string]int64{}}
		for _, row := range labels[i] {
			s.Labels[row.Label] = row.Images
		}
		request.Sources = append(request.Sources, s)
	}
	var bookErr, knownErr, releaseErr, crosswalkErr error
	request.Book, bookErr = w.Workbook()
	request.Known, knownErr = mapping.ReadCategories(w.Path("mapping/known_categories.csv"))
	request.Release, releaseErr = w.Release()
	request.Crosswalks, crosswalkErr = mapping.ReadCrosswalks(w.Path("mapping/crosswalks"))
	if err := errors.Join(labelsErr, bookErr, knownErr, releaseErr, crosswalkErr, ctx.Err()); err != nil {
		return nil, err
	}
	if request.Release == nil {
		w.Log.Info(fmt.Sprintf(
			"mapping suggest: release %s of ICD-11 has not been imported (dermset codes import), so no title is suggested",
			w.Config.ICD11.Release))
	}
	var rows [][]string
	suggestions, left := mapping.Suggest(request)
	if left > 0 {
		w.Log.Warn(fmt.Sprintf("mapping suggest: %s unmapped labels, those of fewest images, are left to the next time",
			workspace.Thousands(int64(left))))
	}
	tellUnlike(w, request, suggestions, left)
	for _, s := range suggestions {
		rows = append(rows, []string{s.Source, s.Tab, s.Label, workspace.Number(s.Images), workspace.Number(int64(s.Rank)),
			s.Target, strings.Join(s.Codes, ";"), s.Reason, s.Evidence,
			s.Around})
	}
	return rows, nil
}

// tellUnlike says how many labels wait for a Target Name and are like nothing that is known, and names the first.
func tellUnlike(w *workspace.Workspace, r mapping.Request, found []mapping.Suggestion, left int) {
	proposed := map[[2]string]bool{}
	for _, s := range found {
		proposed[[2]string{s.Source, s.Label}] = true
	}
	m, _ := mapping.Parse(r.Book, r.Sources, mapping.Given{Known: r.Known, OnlyBlocking: true})
	unmapped, unlike := 0, []string{}
	for _, source := range r.Sources {
		if r.Only != "" && source.Name != r.Only {
			continue
		}
		for _, label := range workspace.SortedKeys(m.Labels[source.Name]) {
			if m.Labels[source.Name][label] != mapping.Unmapped || label == "" {
				continue
			}
			unmapped++
			if !proposed[[2]string{source.Name, label}] {
				unlike = append(unlike, fmt.Sprintf("%q of %s", label, source.Name))
			}
		}
	}
	switch {
	case unmapped == 0:
		w.Log.Info("mapping suggest: every label that was asked about has a Target Name")
	case left == 0 && len(unlike) > 0:
		w.Log.Info(fmt.Sprintf("mapping suggest: %s of %s labels without a Target Name are like nothing that is known, and "+
			"have no proposal: %s", workspace.Thousands(int64(len(unlike))), workspace.Thousands(int64(unmapped)),
			fewOf(unlike, len(unlike))))
	}
}

// ApplySuggestions fills what the list at path, a path of this system, says into the workbook, and returns a row for
// each label's row. As, unless it is empty, is the id of the person who chose, for rows that get a Target Name: where
// there is a people.yaml, one of it. A dry run writes nothing.
func ApplySuggestions(w *workspace.Workspace, path, as string, dryRun bool) ([][]string, error) {
	everyone, err := w.People()
	if err == nil && everyone != nil && as != "" {
		if err = everyone.Present(as, time.Now().UTC().Format(time.DateOnly)); err != nil {
			err = workspace.Usage(fmt.Errorf("--as: %w", err))
		}
	}
	if err != nil {
		return nil, err
	}
	choices, err := mapping.ReadChoices(path)
	if err != nil {
		return nil, err
	}
	if _, ok := w.Config.Document(); ok {
		return nil, workspace.Usage(fmt.Errorf("dermset.yaml: mapping.workbook: %q is a document of Google Sheets, which "+
			"is never written to: type the names and codes of %s into it", w.Config.Mapping.Workbook, path))
	}
	done, files, err := mapping.Apply(w.Path(w.Config.Mapping.Workbook), choices, as)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var rows [][]string
	for _, d := range done {
		rows = append(rows, []string{d.Tab, d.Label, d.Target, d.Codes, d.What})
	}
	if dryRun {
		return rows, nil
	}
	return rows, writeWorkbook(w, files)
}
