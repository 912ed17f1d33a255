package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/workspace"
)

func (a *app) twinsCommand() *cobra.Command {
	cmd := a.stepCommand("twins", `  dermset twins                           # images that show the same, the worst first
  dermset twins --conflicts               # only those of different classes
  dermset twins --sheet twins.html        # side by side, to look at and to judge`)
	var o build.TwinOptions
	cmd.Flags().StringVar(&o.Sheet, "sheet", "", "write a page that shows them side by side, to judge them")
	cmd.Flags().BoolVar(&o.Conflicts, "conflicts", false, "only pairs of different classes")
	cmd.Flags().IntVar(&o.Most, "most", 100, "pairs that are shown, the worst first; 0 shows all")
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if cmd.Flags().Changed("dry-run") {
			return run(cmd, args)
		}
		if o.Most < 0 {
			return workspace.Usage(fmt.Errorf("--most: %d, want 0 or more", o.Most))
		}
		w, err := a.open()
		if err != nil {
			return err
		}
		var result workspace.Result
		err = w.Locked("twins", func() error {
			result, err = build.Twins(cmd.Context(), w, o)
			return err
		})
		return a.done(twinsForm, result, err)
	}
	return cmd
}
