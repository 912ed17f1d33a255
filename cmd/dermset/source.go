package main

import (
	"errors"
	"fmt"

	"github.com/dermset/dermset/workflow/desk"
	"github.com/dermset/dermset/workflow/workspace"
	"github.com/spf13/cobra"
)

func (a *app) sourceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "source",
		Short: "Sources: declare them, ingest their raw material, upload their pictures, list them",
		Example: `  dermset source new ham10000
  dermset source ingest ham10000 --raw ~/raw/ham10000
  dermset source upload ham10000 --raw ~/raw/ham10000
  dermset source list --format csv`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.sourceNewCommand(), a.sourceIngestCommand(), a.sourceUploadCommand(), a.sourceListCommand())
	return cmd
}

func (a *app) sourceNewCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "new NAME",
		Short:   "A commented source.yaml to start from",
		Example: "  dermset source new ham10000",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			w, err := a.open()
			if err != nil {
				return err
			}
			var path string
			if err := w.Locked("source new", func() error {
				path, err = desk.NewSource(w, args[0])
				return err
			}); err != nil {
				return err
			}
			if a.format == "table" {
				return a.printPath(path)
			}
			return a.give(sourceNewForm, []string{path})
		},
	}
}

func (a *app) sourceIngestCommand() *cobra.Command {
	var options desk.IngestOptions
	cmd := &cobra.Command{
		Use:   "ingest [NAME...]",
		Short: "Raw material → <name>_dataset.csv and <name>_renaming.csv",
		Long: `Raw material → <name>_dataset.csv and <name>_renaming.csv, as source.yaml says. Every
raw row is used, or listed with file, line and reason in work/ingest/<name>_unused.csv.
Raw material lies in sources/<name>/raw, or where --raw says.`,
		Example: `  dermset source ingest ham10000 --raw ~/raw/ham10000
  dermset source ingest --all --raw ~/raw        # each source's raw material is in ~/raw/<name>
  dermset source ingest --all --dry-run`,
		RunE: func(cmd *cobra.Command, args []string) error {
			w, err := a.open()
			if err != nil {
				return err
			}
			switch {
			case options.All && len(args) > 0:
				return workspace.Usage(fmt.Errorf("--all and names of sources are given: want one of them"))
			case !options.All && len(args) == 0:
				return workspace.Usage(fmt.Errorf("name the sources to ingest, or give --all"))
			}
			options.Names = args
			var rows [][]string
			err = w.Locked("source ingest", func() error {
				rows, err = desk.Ingest(cmd.Context(), w, options)
				return err
			})
			if err != nil && len(rows) == 0 {
				return err
			}
			return errors.Join(err, a.giveRows(ingestForm, rows))
		},
	}
	cmd.Flags().StringVar(&options.Raw, "raw", "",
		"folder of the raw material; with --all the folder that holds one per source")
	cmd.Flags().BoolVar(&options.All, "all", false, "every source that declares raw material")
	cmd.Flags().BoolVar(&options.Force, "force", false, "overwrite a dataset CSV that was edited since it was ingested")
	cmd.Flags().BoolVar(&options.DryRun, "dry-run", false, "read and check everything, write nothing")
	return cmd
}

func (a *app) sourceListCommand() *cobra.Command {
	var markdown bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "The sources' summary table",
		Example: "  dermset source list\n  dermset source list --markdown > SOURCES.md",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := a.open()
			if err != nil {
				return err
			}
			rows, err := desk.ListSources(cmd.Context(), w)
			if err != nil {
				return err
			}
			if markdown {
				return a.printMarkdown(sourceListForm.Rows.Keys(), rows)
			}
			if a.format != "table" {
				rows = rows[:len(rows)-1] // the last one counts the others
			}
			return a.giveRows(sourceListForm, rows)
		},
	}
	cmd.Flags().BoolVar(&markdown, "markdown", false, "as a Markdown table")
	return cmd
}
