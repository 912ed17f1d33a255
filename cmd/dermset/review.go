package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/dermset/dermset/decisions"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/workflow/desk"
	"github.com/dermset/dermset/workflow/workspace"
)

func (a *app) reviewCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "review",
		Short: "Review the mapping: workbooks for people, samples, how far every row is",
		Example: "  dermset review export --role primary --to ben\n" +
			"  dermset review export --role secondary --to cy\n  dermset review import cy.xlsx\n  dermset review status",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.reviewExportCommand(), a.reviewImportCommand(), a.reviewSampleCommand(), a.reviewStatusCommand())
	return cmd
}

func (a *app) reviewExportCommand() *cobra.Command {
	var o desk.ReviewOptions
	cmd := &cobra.Command{
		Use:   "export",
		Short: "A workbook in which one person reviews the rows that wait",
		Long: `A workbook in which one person of people.yaml reviews the rows that wait: primary (a data
scientist, who sees what was proposed) or secondary (a dermatologist, who sees nothing of it
unless --open is given, which the log keeps). Rows in which the person took part are left
out; rows with open questions come first. It is an XLSX with up to four sample pictures a
label where pictures have been fetched, or a folder of CSVs. The log, mapping/decisions.jsonl,
keeps that it was made.`,
		Example: "  dermset review export --role primary --to ben\n" +
			"  dermset review export --role secondary --to cy --out cy.xlsx\n" +
			"  dermset review export --role secondary --to cy --csv --dry-run",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.exportReview(cmd, o, reviewExportForm) },
	}
	cmd.Flags().StringVar(&o.Role, "role", "", "primary or secondary")
	cmd.Flags().BoolVar(&o.Open, "open", false, "show a secondary reviewer what was proposed and reviewed")
	reviewFlags(cmd, &o)
	return cmd
}

// reviewFlags are those of whatever makes a review workbook.
func reviewFlags(cmd *cobra.Command, o *desk.ReviewOptions) {
	cmd.Flags().StringVar(&o.To, "to", "", "for whom it is, an id of people.yaml")
	cmd.Flags().BoolVar(&o.NoPictures, "no-pictures", false, "without sample pictures")
	cmd.Flags().BoolVar(&o.CSV, "csv", false, "a folder of CSVs, without protection, drop-downs and pictures")
	cmd.Flags().StringVar(&o.Out, "out", "",
		"the file or folder to make (default: named by version, role, person and sheet)")
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "say what it would hold, write nothing")
}

func (a *app) exportReview(cmd *cobra.Command, o desk.ReviewOptions, f results.Form) error {
	return a.lockedTable(f.Verb, f, func(w *workspace.Workspace) ([][]string, error) {
		return desk.ExportReview(cmd.Context(), w, o)
	})
}

func (a *app) reviewSampleCommand() *cobra.Command {
	o := desk.ReviewOptions{Role: decisions.Sampler}
	cmd := &cobra.Command{
		Use:   "sample N",
		Short: "A blinded draw of N reviewed rows, for the periodic quality check",
		Long: `A blinded workbook of N rows that have both reviews, for the periodic quality check by a
dermatologist who took no part in them. They are spread over the tabs by the images they
touch; within a tab the seed alone decides. What comes back changes no row.`,
		Example: "  dermset review sample 50 --to di\n  dermset review sample 50 --to di --seed 2",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := strconv.Atoi(args[0])
			if err != nil {
				return workspace.Usage(fmt.Errorf("%q rows: want a number", args[0]))
			}
			o.Sample = n
			return a.exportReview(cmd, o, reviewSampleForm)
		},
	}
	cmd.Flags().Int64Var(&o.Seed, "seed", 1, "what the rows are drawn by")
	reviewFlags(cmd, &o)
	return cmd
}
