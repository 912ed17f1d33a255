package main

import (
	"github.com/spf13/cobra"

	"github.com/dermset/dermset/results"
)

var settingsForm = results.Form{
	Verb: "settings", Says: "every setting, with the value that holds",
	Rows: results.Columns{
		results.Text("setting", "the key, with dots"),
		results.Value("value", "the value that holds; in a CSV as dermset.yaml would have it").OrNone(),
		results.Text("from", "the file and line that says so, or default"),
	},
}

func (a *app) settingsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "settings",
		Short: "Every setting with the value that holds, and the line that says so",
		Long: `Every setting of dermset.yaml with the value that holds, and the line that says so where it
is not the default. docs/settings.md says more of each.`,
		Example: "  dermset settings\n  dermset settings --format csv",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			w, err := a.open()
			if err != nil {
				return err
			}
			all, err := w.Settings()
			if err != nil {
				return err
			}
			rows := make([][]string, len(all))
			for i, s := range all {
				if rows[i] = []string{s.Key, s.Value, s.From()}; a.format == "json" {
					rows[i][1] = results.ValueCell(s.Typed)
				}
			}
			return a.giveRows(settingsForm, rows)
		},
	}
}
