package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/workspace"
)

func (a *app) cropsCommand() *cobra.Command {
	cmd := a.stepCommand("crops", `  dermset crops                           # rectangles around lesions, in work/crops
  dermset crops --sheet crops.html        # some pictures of each source with their crops, to look at`)
	sheet := cmd.Flags().String("sheet", "", "write a page that shows some pictures of each source with mask and crops")
	each := cmd.Flags().Int("each", 12, "pictures of each source on the page")
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *sheet == "" || cmd.Flags().Changed("dry-run") {
			return run(cmd, args)
		}
		if *each < 1 {
			return workspace.Usage(fmt.Errorf("--each: %d, want 1 or more", *each))
		}
		w, err := a.open()
		if err != nil {
			return err
		}
		var result workspace.Result
		err = w.Locked("crops", func() error {
			result, err = build.CropSheet(cmd.Context(), w, *sheet, *each)
			return err
		})
		return a.done(cropSheetForm, result, err)
	}
	return cmd
}
