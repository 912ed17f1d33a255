package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
)

func (a *app) withdrawnCommand() *cobra.Command {
	var inVersions bool
	cmd := &cobra.Command{
		Use:   "withdrawn",
		Short: "What curation/withdrawn.csv takes out, and which versions and stores still hold it",
		Long: `Each line of curation/withdrawn.csv with the rows of the datasets that it takes out, and how many of
these images and of their crops the workspace's version still holds: the next build takes them out.

With --in-versions the files of all versions under dist/, and of those at the paths given, that hold
what is withdrawn: by the image, by its patient, or as another image whose picture has the same
SHA-256; and the stores that dermset upload sent these versions to. A row without a file stands for
the image's rows in the tables. dermset deletes nothing of a version: a person deletes its folder, or
these files, and keeps in mind that verify then names them.`,
		Example: `  dermset withdrawn
  dermset withdrawn --in-versions
  dermset withdrawn --in-versions /mnt/archive/DXv26.0 --format csv > to-delete.csv`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && !inVersions {
				return workspace.Usage(errors.New("versions are given with --in-versions only"))
			}
			w, err := a.open()
			if err != nil {
				return err
			}
			if !inVersions {
				rows, err := versions.Withdrawn(cmd.Context(), w)
				if err != nil {
					return err
				}
				return a.giveRows(withdrawnForm, rows)
			}
			rows, err := versions.WithdrawnIn(cmd.Context(), w, args)
			if err != nil {
				return err
			}
			if len(rows) == 0 && a.format == "table" {
				return a.printLine("no version holds what is withdrawn")
			}
			return a.giveRows(withdrawnInForm, rows)
		},
	}
	cmd.Flags().BoolVar(&inVersions, "in-versions", false,
		"files of versions, and stores, that still hold what is withdrawn")
	return cmd
}
