package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dermset/dermset/slips"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
)

func (a *app) mappingDiffCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "diff V1 V2",
		Short: "Rows of the mapping that differ between two versions, or a version and the workbook",
		Long: `Rows of the mapping, and of the tab of exclusions and mergers, that were added, removed or changed
(name, codes, note), with the images that have the label in either version. V1 and V2 are names of
folders under dist/, paths of versions, or the word workbook: the workspace's, as it is now, of whose
images nothing is known before a build (mapping impact counts them).`,
		Example: `  dermset mapping diff DXv27.0 DXv27.1-draft
  dermset mapping diff DXv27.0 workbook                   # what was edited since
  dermset mapping diff DXv27.0 workbook --format csv > rows.csv`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			w, err := a.open()
			if err != nil {
				return err
			}
			older, err := mappingTable(cmd.Context(), w, args[0])
			if err != nil {
				return err
			}
			newer, err := mappingTable(cmd.Context(), w, args[1])
			if err != nil {
				return err
			}
			return a.printMappingDiff(versions.DiffMappings(older, newer))
		},
	}
}

// currentWorkbook stands for the workspace's workbook where a version is asked for.
const currentWorkbook = "workbook"

func mappingTable(ctx context.Context, w *workspace.Workspace, name string) (*versions.MappingTable, error) {
	if name == currentWorkbook {
		return build.WorkbookTable(ctx, w)
	}
	m, err := versions.MappingOf(ctx, w, name)
	if workspace.IsUsage(err) && slips.Nearest(name, []string{currentWorkbook}) != "" {
		return nil, workspace.Usage(fmt.Errorf("%w; did you mean the word %s?", err, currentWorkbook))
	}
	return m, err
}

func (a *app) printMappingDiff(rows [][]string) error {
	if a.format != "table" {
		return a.giveRows(mappingDiffForm, rows)
	}
	if len(rows) == 0 {
		return a.printLine("no row of the mapping differs")
	}
	shown := make([][]string, len(rows))
	for i, row := range rows {
		shown[i] = []string{row[0], row[1], row[3], versions.MappingChange(row), imagesWords(row[10], row[11])}
	}
	return a.printWithin(usualWidth, []string{"change", "tab", "label", "what", "images"}, shown)
}

// imagesWords are images before and after; empty ones are not known.
func imagesWords(before, after string) string {
	switch {
	case before == after || after == "":
		return before
	case before == "":
		return after
	}
	return before + " → " + after
}
