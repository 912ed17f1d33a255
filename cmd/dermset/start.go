package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dermset/dermset/demo"
	"github.com/dermset/dermset/workflow"
)

func (a *app) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "init [DIR]",
		Short:   "A new, empty workspace",
		Example: "  dermset init my-dataset",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := a.workspace
			if len(args) == 1 {
				dir = args[0]
			}
			written, err := workflow.Init(dir)
			for _, path := range written {
				fmt.Fprintln(a.stdout, path)
			}
			return err
		},
	}
}

func (a *app) demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo [DIR]",
		Short: "A small generated workspace, ingested and built in seconds",
		Long: `A small generated workspace (six invented sources with patients, differentials, mergers, exclusions and bad rows), ingested and built
in seconds, to look at. Nothing in it comes from a real person. DIR is dermset-demo unless given; a demo that is there is built again.`,
		Example: "  dermset demo\n  dermset demo /tmp/demo && cd /tmp/demo && dermset trace clinic-atlas/atlas-0001.jpg",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			a.workspace = "dermset-demo"
			if len(args) == 1 {
				a.workspace = args[0]
			}
			if err := demo.Write(a.workspace); err != nil {
				return err
			}
			w, err := a.open()
			if err != nil {
				return err
			}
			var result workflow.Result
			err = w.Locked("demo", func() error {
				if _, err := w.Ingest(cmd.Context(), workflow.IngestOptions{All: true}); err != nil {
					return err
				}
				result, err = w.Build(cmd.Context(), "publish")
				return err
			})
			if err != nil {
				return err
			}
			if err := a.print(result.Columns, result.Rows); err != nil {
				return err
			}
			fmt.Fprintf(a.stderr, "\nLook at:\n  %s/sources/           what the sources declare, and the dataset CSVs made from it\n  %s/mapping/workbook/  the mapping\n", a.workspace, a.workspace)
			err = a.waiting(result)
			fmt.Fprintf(a.stderr, "Next:\n  cd %s && dermset mapping check\n  cd %s && dermset trace clinic-atlas/atlas-0001.jpg\n", a.workspace, a.workspace)
			if errors.Is(err, errWaiting) {
				return err
			}
			return err
		},
	}
}
