package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/dermset/dermset/workflow"
)

func (a *app) checkCommand() *cobra.Command {
	var folder string
	var each bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Decode every picture once, and say which are broken, and why",
		Long: `Decode every picture once, whole, and say which are broken, and why: those that were fetched, or those of a folder. What is found is kept in
work/facts by content, so that no picture is decoded twice. Names that begin with a dot are left out.
Ends with 3 when there are pictures that do not count and that nobody keeps in curation/image_overrides.csv.`,
		Example: `  dermset check
  dermset check --images ~/delivery                          # a folder, before it becomes a source
  dermset check --images ~/delivery --each --format csv > pictures.csv`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := a.open()
			if err != nil {
				return err
			}
			var found []workflow.Checked
			err = w.Locked("check", func() error {
				found, err = w.CheckPictures(cmd.Context(), folder)
				return err
			})
			if err != nil {
				return err
			}
			if each {
				err = a.print(checkedColumns, checkedRows(found))
			} else {
				err = a.print(workflow.VerdictColumns, workflow.VerdictRows(found))
			}
			if err != nil {
				return err
			}
			for i := range found {
				if !found[i].Counts() {
					return errWaiting
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&folder, "images", "", "check the pictures below this folder instead of those that were fetched")
	cmd.Flags().BoolVar(&each, "each", false, "a row for each picture instead of one for each verdict")
	return cmd
}

var checkedColumns = []string{"image", "verdict", "warnings", "kept", "format", "width", "height", "detail"}

// checkedRows are a row for each picture. Width and height are the upright picture's.
func checkedRows(found []workflow.Checked) [][]string {
	rows := make([][]string, len(found))
	for i := range found {
		c := &found[i]
		width, height := c.Upright()
		rows[i] = []string{c.ShownName(), string(c.Verdict), workflow.Warnings(c.Result), yes(c.Kept), c.Format, sized(width), sized(height), c.Detail}
	}
	return rows
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return ""
}

// sized is a side, empty where it is not known.
func sized(side int) string {
	if side == 0 {
		return ""
	}
	return strconv.Itoa(side)
}
