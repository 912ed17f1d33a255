package main

import (
	"cmp"

	"github.com/spf13/cobra"

	"github.com/dermset/dermset/workflow/versions"
)

func (a *app) classesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "classes [VERSION]",
		Short: "The classes of a version that are trained on, with their images, groups and splits",
		Example: `  dermset classes
  dermset classes DXv27.0 --format csv`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			w, err := a.open()
			if err != nil {
				return err
			}
			version, err := versions.OrOwn(w, cmp.Or(append(args, "")...))
			if err != nil {
				return err
			}
			var rows [][]string
			err = version.Each(cmd.Context(), "classes_stage3", classesForm.Rows.Keys(), func(cells []string) error {
				rows = append(rows, append([]string(nil), cells...))
				return nil
			})
			if err != nil {
				return err
			}
			return a.giveRows(classesForm, rows)
		},
	}
}
