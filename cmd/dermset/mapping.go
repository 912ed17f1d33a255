package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/mapping"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/desk"
	"github.com/dermset/dermset/workflow/workspace"
)

func (a *app) mappingCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "mapping",
		Short: "The workbook: pull it, check it, add new labels, ask what they mean, judge a change",
		Example: "  dermset mapping check\n  dermset mapping merge --dry-run\n  dermset mapping suggest\n" +
			"  dermset mapping impact old.xlsx\n  dermset mapping diff DXv27.0 workbook\n  dermset mapping pull",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.mappingAcceptCommand(), a.mappingCheckCommand(), a.mappingDiffCommand(), a.mappingImpactCommand(),
		a.mappingMergeCommand(), a.mappingPullCommand(), a.mappingSuggestCommand())
	return cmd
}

func (a *app) mappingCheckCommand() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Everything wrong, missing, new or suspicious, with its cell and the images it touches",
		Long: `Everything wrong, missing, new or suspicious in the mapping and the sources, with its
cell, the images it touches and what to do. Those that somebody accepted are counted; with
--all, and as CSV or JSON, they are listed too.
Ends with 3 when error or review findings wait that nobody has accepted in
mapping/accepted_findings.csv.`,
		Example: "  dermset mapping check\n  dermset mapping check --format csv > findings.csv",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := a.open()
			if err != nil {
				return err
			}
			var result workspace.Result
			err = w.Locked("mapping check", func() error {
				result, err = build.Findings(cmd.Context(), w)
				return err
			})
			if err != nil {
				return err
			}
			if err := a.printFindings(mappingCheckForm, result.Findings, all); err != nil {
				return err
			}
			if result.Open > 0 {
				return errWaiting
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "list the findings that somebody accepted, too")
	return cmd
}

func (a *app) mappingMergeCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:     "merge",
		Short:   "Add the sources' new labels to the workbook; no filled cell is changed",
		Example: "  dermset mapping merge --dry-run\n  dermset mapping merge",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.lockedTable("mapping merge", mergeForm, func(w *workspace.Workspace) ([][]string, error) {
				return desk.Merge(cmd.Context(), w, dryRun)
			})
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be added, write nothing")
	return cmd
}

func (a *app) mappingSuggestCommand() *cobra.Command {
	var source, list, as string
	var limit int
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "suggest",
		Short: "What unmapped labels may mean, and why; what a person leaves in the list is filled in",
		Long: `Target Names and codes that unmapped labels may mean, ranked, each with its reason and where
it comes from: the same label elsewhere in the workbook, spelling, abbreviations and
synonyms, titles of the imported ICD-11 release, and the crosswalks under mapping/crosswalks.

Nothing is applied by itself. Write the list as CSV, leave in it one line for each label
that is right, and give it back with --apply: it fills the empty cells of Target Name
and codes in the rows of these labels, and changes no filled cell. With --as, the id of the
person who chose, it fills the column Annotator of each row that gets a Target Name.`,
		Example: "  dermset mapping suggest --source clinic\n  dermset mapping suggest --format csv > list.csv\n" +
			"  dermset mapping suggest --apply list.csv --dry-run\n  dermset mapping suggest --apply list.csv --as ana",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if list != "" && (source != "" || cmd.Flags().Changed("limit")) {
				return workspace.Usage(errors.New("--apply: fills in a list as it is; --source and --limit are for making one"))
			}
			if cmd.Flags().Changed("as") && (list == "" || strings.TrimSpace(as) != as || as == "") {
				return workspace.Usage(fmt.Errorf("--as %q: want the id of who cut the list down, and --apply with the list", as))
			}
			if list != "" {
				return a.lockedTable("mapping suggest", applyForm, func(w *workspace.Workspace) ([][]string, error) {
					return desk.ApplySuggestions(w, list, as, dryRun)
				})
			}
			return a.lockedTable("mapping suggest", suggestForm, func(w *workspace.Workspace) ([][]string, error) {
				rows, err := desk.Suggest(cmd.Context(), w, source, limit)
				if a.format == "csv" { // a list that people open in a spreadsheet, and give back
					rows = mapping.SuggestionList(rows)
				}
				return rows, err
			})
		},
	}
	cmd.Flags().StringVar(&source, "source", "", "only labels of this source")
	cmd.Flags().IntVar(&limit, "limit", 3, "suggestions for each label, at most")
	cmd.Flags().StringVar(&list, "apply", "",
		"fill in what this list says, a CSV that suggest wrote and a person cut down")
	cmd.Flags().StringVar(&as, "as", "",
		"with --apply: the id of the person who cut the list down, for the column Annotator")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "with --apply: say what would be filled, write nothing")
	return cmd
}

func (a *app) mappingPullCommand() *cobra.Command {
	var options desk.PullOptions
	cmd := &cobra.Command{
		Use:   "pull",
		Short: "Read the workbook from Google Sheets into mapping/gsheet; builds use the last pull",
		Long: `Read the workbook that mapping.workbook names as gsheet:ID from Google Sheets into
mapping/gsheet: the XLSX that Google exports of it, with its SHA-256. Builds use what
was pulled last. The document is only read, never written to.
DERMSET_GOOGLE_SERVICE_ACCOUNT names the JSON key file of a service account that the
document is shared with.`,
		Example: "  DERMSET_GOOGLE_SERVICE_ACCOUNT=~/key.json dermset mapping pull\n  dermset mapping pull --adc --dry-run",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.lockedTable("mapping pull", pullForm, func(w *workspace.Workspace) ([][]string, error) {
				return desk.Pull(cmd.Context(), w, options)
			})
		},
	}
	cmd.Flags().BoolVar(&options.DryRun, "dry-run", false, "say what would change, write nothing")
	cmd.Flags().BoolVar(&options.ADC, "adc", false, "use Google's application-default credentials")
	return cmd
}

// printFindings shows findings: as tables, one for each id, which says what to do once; as JSON or CSV, a row each with
// the columns of a version's mapping/findings.csv. Of those that were accepted tables have the number alone, unless all
// are asked for.
func (a *app) printFindings(f results.Form, found []findings.Finding, all bool) error {
	switch {
	case a.format == "table" && all:
		return a.printFindingTables(found)
	case a.format == "table":
		return a.printOpenFindings(found)
	}
	return a.giveRows(f, build.FindingsTable(found).Rows)
}

// printOpenFindings prints what nobody accepted, and counts the rest.
func (a *app) printOpenFindings(found []findings.Finding) error {
	var open []findings.Finding
	var accepted []string // ids, in the order of the findings
	of := map[string]int{}
	for _, f := range found {
		if f.Accepted == nil {
			open = append(open, f)
			continue
		}
		if of[f.ID]++; of[f.ID] == 1 {
			accepted = append(accepted, f.ID)
		}
	}
	if len(accepted) == 0 {
		return a.printFindingTables(open)
	}
	if len(open) > 0 {
		if err := a.printFindingTables(open); err != nil {
			return err
		}
		fmt.Fprintln(a.stdout)
	}
	for i, id := range accepted {
		accepted[i] = fmt.Sprintf("%d %s", of[id], id)
	}
	return a.printLine(fmt.Sprintf("accepted: %s; `%s` lists them", strings.Join(accepted, ", "),
		a.command("mapping check --all")))
}

func (a *app) printFindingTables(found []findings.Finding) error {
	if len(found) == 0 {
		return a.printLine("no findings")
	}
	for len(found) > 0 {
		first, n := found[0], 1
		for n < len(found) && found[n].ID == first.ID {
			n++
		}
		title := fmt.Sprintf("%s: %s", first.Severity, first.ID)
		if first.Blocks {
			title += ", blocks the build"
		}
		rows := make([][]string, n)
		for i, f := range found[:n] {
			detail := f.Detail
			if f.Accepted != nil {
				detail += fmt.Sprintf(" (accepted by %s on %s: %s)", f.Accepted.Person, f.Accepted.Date, f.Accepted.Reason)
			}
			rows[i] = []string{cmp.Or(f.Place, f.Source), f.Subject, workspace.Number(f.Images), detail}
		}
		found = found[n:]
		if err := a.printLine(title + "\nto do: " + first.Remedy); err != nil {
			return err
		}
		if err := a.printTable([]string{"place", "subject", "images", "detail"}, rows); err != nil {
			return err
		}
		if len(found) > 0 {
			fmt.Fprintln(a.stdout)
		}
	}
	return nil
}

func (a *app) findingsCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "findings",
		Short:   "The table of all finding ids: severity, meaning, remedy",
		Example: "  dermset findings\n  dermset findings --format json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if _, _, err := a.messages(); err != nil {
				return err
			}
			return a.giveRows(findingsForm, catalogueRows())
		},
	}
}

// catalogueRows are the table of all findings; docs/findings.md holds it too.
func catalogueRows() (rows [][]string) {
	for _, kind := range findings.Catalogue {
		rows = append(rows, []string{kind.ID, kind.Severity.String(), fmt.Sprint(kind.Blocks), kind.Meaning, kind.Remedy})
	}
	return rows
}
