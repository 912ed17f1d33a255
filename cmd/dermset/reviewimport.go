package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dermset/dermset/review"
	"github.com/dermset/dermset/workflow/desk"
	"github.com/dermset/dermset/workflow/workspace"
)

func (a *app) reviewImportCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Take back a review workbook: what is legal goes into log and workbook, row by row",
		Long: `Take back a review workbook, an XLSX or a folder of CSVs, that a person filled in: each row
that they decided becomes a line of the log and cells of the workbook, by one act. The sheet
names its person, and so this verb does not ask.
A row that is refused (changed since, somebody's own, codes that are none, a formula) is told
and changes nothing, and the verb ends with 3; the others are taken. What is wrong with the
person, the sheet or the log refuses all of it. Importing twice changes nothing.
A workbook of Google Sheets is not written: mapping/to-paste.xlsx has what to paste.`,
		Example: "  dermset review import cy.xlsx --dry-run\n  dermset review import cy.xlsx",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			w, err := a.open()
			if err != nil {
				return err
			}
			var done desk.Imported
			err = w.LockedSoon(cmd.Context(), "review import", func() error {
				done, err = desk.ImportReview(w, args[0], dryRun, time.Now())
				return err
			})
			if err != nil {
				return err
			}
			return a.imported(done, dryRun)
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be taken and refused, write nothing")
	return cmd
}

// imported tells what became of a review workbook.
func (a *app) imported(done desk.Imported, dryRun bool) error {
	if err := a.giveRows(reviewImportForm, done.Rows); err != nil {
		return err
	}
	var said []string
	for _, what := range []string{review.Taken, review.Already, review.Refused, review.Open} {
		said = append(said, fmt.Sprintf("%s %s", workspace.Thousands(int64(done.Count[what])), what))
	}
	if n := done.Count[review.Missing]; n > 0 {
		said = append(said, fmt.Sprintf("%s %s", workspace.Thousands(int64(n)), review.Missing))
	}
	a.say("rows: %s", strings.Join(said, ", "))
	switch {
	case dryRun:
		a.say("nothing was written")
	case done.Paste != "":
		a.say("paste the rows of %s over those of the document, as text, then run `%s`: until then nothing can be approved",
			done.Paste, a.command("mapping pull"))
	}
	if done.Count[review.Refused] > 0 {
		a.say("rows that were refused wait for a person; what was taken stands")
		return errWaiting
	}
	return nil
}
