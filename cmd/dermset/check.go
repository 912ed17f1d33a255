package main

import (
	"strconv"

	"github.com/dermset/dermset/pictures"
	"github.com/dermset/dermset/workflow/build"
	"github.com/spf13/cobra"
)

func (a *app) checkCommand() *cobra.Command {
	var folder string
	var each bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Decode every picture once, and say which are broken, and why",
		Long: `Decode every picture once, whole, and say which are broken, and why: those that were
fetched, or those of a folder. What is found is kept in work/facts by content, so that
no picture is decoded twice. Names that begin with a dot are left out.
Ends with 3 when there are pictures that do not count and that nobody keeps in
curation/image_overrides.csv.`,
		Example: `  dermset check
  dermset check --images ~/delivery                          # a folder, before it becomes a source
  dermset check --images ~/delivery --each --format csv > pictures.csv`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := a.open()
			if err != nil {
				return err
			}
			var verdicts pictures.Tally
			var rows [][]string
			waiting := false
			take := func(c *pictures.Seen) error {
				waiting = waiting || !c.Counts()
				if verdicts.Add(c); each {
					rows = append(rows, checkedRow(c))
				}
				return nil
			}
			if err := w.Locked("check",
				func() error { return build.Check(cmd.Context(), w, folder, take) }); err != nil {
				return err
			}
			if each {
				err = a.giveRows(checkEachForm, rows)
			} else {
				err = a.giveRows(checkForm, verdicts.Rows())
			}
			if err == nil && waiting {
				err = errWaiting
			}
			return err
		},
	}
	cmd.Flags().StringVar(&folder, "images", "", "check the pictures below this folder instead of those that were fetched")
	cmd.Flags().BoolVar(&each, "each", false, "a row for each picture instead of one for each verdict")
	return cmd
}

// checkedRow is the row of a picture. Width and height are the upright picture's.
func checkedRow(c *pictures.Seen) []string {
	width, height := c.Upright()
	return []string{c.Name, string(c.Verdict), pictures.Warnings(c.Result), yes(c.Kept), c.Format,
		sized(width), sized(height), c.Detail}
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
