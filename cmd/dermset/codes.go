package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dermset/dermset/workflow/desk"
	"github.com/dermset/dermset/workflow/workspace"
)

func (a *app) codesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "codes",
		Short: "ICD-11: import a release, check the workbook's codes, look codes up",
		Example: `  dermset codes import SimpleTabulation-ICD-11-MMS-en.zip
  dermset codes check
  dermset codes show 2C32 EA80`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.codesImportCommand(), a.codesCheckCommand(), a.codesShowCommand(),
		a.codesSearchCommand(), a.codesDiffCommand())
	return cmd
}

func (a *app) codesImportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE.zip",
		Short: "Keep a copy of WHO's release file, so that codes can be checked offline",
		Long: `Keep a copy of WHO's release file in the workspace, in icd11/, with its SHA-256, so that
codes can be checked offline. It must be the release that dermset.yaml names (icd11.release). The
file is not part of dermset; WHO publishes it without a login:
https://icdcdn.who.int/static/releasefiles/2025-01/SimpleTabulation-ICD-11-MMS-en.zip`,
		Example: "  dermset codes import SimpleTabulation-ICD-11-MMS-en.zip",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.lockedOne(codesImportForm, func(w *workspace.Workspace) ([]string, error) {
				return desk.ImportCodes(w, args[0])
			})
		},
	}
}

func (a *app) codesCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Each code of the workbook and its official title: does it exist, is it the one meant?",
		Long: `Every code of the workbook beside its official title: does it exist, is it the one that
was meant? It is looked up in the imported release and, where dermset.yaml names an
ICD-API (icd11.api), there too; WHO's own wants DERMSET_ICD_CLIENT_ID and
DERMSET_ICD_CLIENT_SECRET in the environment. Ends with 3 when a code is unknown, is a
block, a chapter or an extension code alone, or is known differently by the two.`,
		Example: "  dermset codes check\n  dermset codes check --format csv > codes.csv",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := a.open()
			if err != nil {
				return err
			}
			var rows [][]string
			var problems int
			check := func() error {
				rows, problems, err = desk.CheckCodes(cmd.Context(), w)
				return err
			}
			if w.Config.ICD11.API == "" { // writes nothing
				err = check()
			} else {
				err = w.Locked("codes check", check)
			}
			if err != nil {
				return err
			}
			if a.format == "table" { // descriptions are paragraphs
				err = a.printTable(withoutAt(desk.CodeColumns.Keys(), rows,
					slices.Index(desk.CodeColumns.Keys(), "description")))
			} else {
				err = a.giveRows(codesCheckForm, rows)
			}
			if err != nil {
				return err
			}
			if problems > 0 {
				return errWaiting
			}
			return nil
		},
	}
}

func (a *app) codesShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "show CODE...",
		Short:   "A code's title, what it lies in, what lies below it, and its page in WHO's browser",
		Example: "  dermset codes show 2C32 EA80\n  dermset codes show '2C32.Z&XK8G'",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.table(codesShowForm, func(w *workspace.Workspace) ([][]string, error) {
				return desk.ShowCodes(w, args)
			})
		},
	}
}

func (a *app) codesSearchCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "search WORDS...",
		Short:   "Codes whose titles hold all the words; extension codes (chapter X) come last",
		Example: "  dermset codes search basal cell carcinoma\n  dermset codes search contact dermat --format csv",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.table(codesSearchForm, func(w *workspace.Workspace) ([][]string, error) {
				return desk.SearchCodes(w, strings.Join(args, " "))
			})
		},
	}
}

func (a *app) codesDiffCommand() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "diff OLD.zip NEW.zip",
		Short: "What a newer release of ICD-11 changes for the workbook's codes",
		Long: `What a newer release of ICD-11 changes for the workbook's codes: gone (with the code that
the same entity has now), reused for another entity, retitled, moved, leaf (nothing is below
it any more), parent (there are finer codes now). Run it before icd11.release is changed.`,
		Example: "  dermset codes diff 2025-01.zip 2026-01.zip\n  dermset codes diff 2025-01.zip 2026-01.zip --all " +
			"--format csv",
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			rows, err := a.diffCodes(cmd, args[0], args[1], all)
			if err != nil {
				return err
			}
			return a.giveRows(codesDiffForm, rows)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "every code of the releases, new ones too; needs no workspace")
	return cmd
}

func (a *app) diffCodes(cmd *cobra.Command, older, newer string, all bool) ([][]string, error) {
	if all {
		if _, _, err := a.messages(); err != nil {
			return nil, err
		}
		return desk.DiffAllCodes(older, newer)
	}
	w, err := a.open()
	if err != nil {
		return nil, err
	}
	return desk.DiffCodes(cmd.Context(), w, older, newer)
}
