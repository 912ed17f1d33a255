package main

import (
	"github.com/spf13/cobra"

	"github.com/dermset/dermset/workflow/versions"
)

func (a *app) versionsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "versions",
		Short: "All versions under dist/, the newest last: state, size, where they were uploaded, what is wrong",
		Long: `A row for each version under dist/, the newest last: whether it is a draft, or who approved it and when;
images, classes, groups and bytes; when it was built and where it was uploaded to. Damaged versions,
downloads that have not ended and what is no version at all are listed with what to do. Files are
compared by name and size: that every byte is right is for verify to say.`,
		Example: `  dermset versions
  dermset versions --format json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			w, err := a.open()
			if err != nil {
				return err
			}
			all, err := versions.List(w)
			if err != nil {
				return err
			}
			if len(all) == 0 && a.format == "table" {
				return a.printLine("there is no version yet: `dermset build` makes one")
			}
			rows := make([][]string, len(all))
			for i, l := range all {
				rows[i] = l.Row()
			}
			return a.giveRows(versionsForm, rows)
		},
	}
}
