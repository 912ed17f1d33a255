package main

import (
	"github.com/spf13/cobra"

	"github.com/dermset/dermset/workflow/desk"
	"github.com/dermset/dermset/workflow/workspace"
)

func (a *app) mappingAcceptCommand() *cobra.Command {
	var given desk.Acceptance
	cmd := &cobra.Command{
		Use:   "accept",
		Short: "Accept findings that are meant, many at once, with who and why",
		Long: `Accept findings that are meant: a line for each in mapping/accepted_findings.csv, with
today's date. --subject is a pattern of the whole subject, in which * stands for any text;
without it all findings of that id are meant. See first what is meant, with --dry-run.
Findings that block builds cannot be accepted.`,
		Example: "  dermset mapping accept --finding new_category --as ana --reason 'agreed on 3 March' --dry-run\n" +
			"  dermset mapping accept --finding bad_value --source clinic --subject 'age=*' \\\n" +
			"      --as ana --reason 'the clinic cannot correct its ages'",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.lockedTable("mapping accept", acceptForm, func(w *workspace.Workspace) ([][]string, error) {
				rows, err := desk.Accept(cmd.Context(), w, given)
				if err == nil && len(rows) == 0 {
					a.say("all of these are accepted already")
				}
				return rows, err
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&given.Finding, "finding", "", "id of the findings, as dermset findings lists them")
	flags.StringVar(&given.Source, "source", "", "only those of this source")
	flags.StringVar(&given.Subject, "subject", "", "only those whose subject matches this pattern")
	flags.StringVar(&given.Person, "as", "", "who accepts: an id of people.yaml, where there is one")
	flags.StringVar(&given.Reason, "reason", "", "why they are meant")
	flags.BoolVar(&given.DryRun, "dry-run", false, "say what would be accepted, write nothing")
	return cmd
}
