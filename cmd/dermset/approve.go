package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/workspace"
)

func (a *app) approveCommand() *cobra.Command {
	var given build.Approval
	cmd := &cobra.Command{
		Use:   "approve",
		Short: "Approve the state that the draft was built from: the next build publishes it for good",
		Long: `Approve the state that the draft was built from: the next build publishes it for good.
Everything that is missing is said at once: a draft of exactly this state, findings that
wait, codes that were not checked, rows without annotator or reviews.
Who has an ssh_key in people.yaml signs with --key; ssh-keygen makes the signature.`,
		Example: "  dermset approve --as cy --dry-run\n" +
			"  dermset approve --as cy --key ~/.ssh/id_ed25519 --reason 'release 27.1'",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if given.As == "" {
				return workspace.Usage(errors.New("approve: want --as and the id of the person, as people.yaml has it"))
			}
			return a.lockedOne(approveForm, func(w *workspace.Workspace) ([]string, error) {
				return build.Approve(cmd.Context(), w, given)
			})
		},
	}
	cmd.Flags().StringVar(&given.As, "as", "", "who approves: an id of people.yaml with the role approver")
	cmd.Flags().StringVar(&given.Key, "key", "", "file of the SSH key to sign with; its .pub where an agent has it")
	cmd.Flags().StringVar(&given.Reason, "reason", "", "why, for the log")
	cmd.Flags().BoolVar(&given.DryRun, "dry-run", false, "say whether it could be approved, approve nothing")
	return cmd
}

func (a *app) withdrawApprovalCommand() *cobra.Command {
	var given build.Approval
	cmd := &cobra.Command{
		Use:   "withdraw-approval",
		Short: "Take back the last approval of this version: what is built from now on is a draft",
		Long: `Take back the last approval of this version: what is built from now on is a draft.
A version that was published stays as it is; the log says that its approval was taken back.`,
		Example: "  dermset withdraw-approval --as cy --reason 'two labels were mixed up'",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if given.As == "" || given.Reason == "" {
				return workspace.Usage(errors.New("withdraw-approval: want --as and the id of the person, and --reason"))
			}
			return a.lockedOne(withdrawApprovalForm, func(w *workspace.Workspace) ([]string, error) {
				return build.WithdrawApproval(cmd.Context(), w, given)
			})
		},
	}
	cmd.Flags().StringVar(&given.As, "as", "", "who takes it back: an id of people.yaml with the role approver")
	cmd.Flags().StringVar(&given.Reason, "reason", "", "why, for the log")
	cmd.Flags().BoolVar(&given.DryRun, "dry-run", false, "say which approval it is, write nothing")
	return cmd
}

func (a *app) logCommand() *cobra.Command {
	var asked build.Logged
	cmd := &cobra.Command{
		Use:   "log [TAB LABEL]",
		Short: "What people decided, oldest first; with --row of one row of the mapping",
		Long: `What people decided, oldest first; with --row of one row of the mapping.
With --verify the whole log is checked: that no line was changed, added or taken out, that
each act was legal, that who acted held the role on that day, and each signature.
Ends with 1 where anything is wrong.`,
		Example: "  dermset log\n  dermset log --row clinic 'melanocytic nevus' --format json\n  dermset log --verify",
		Args: func(_ *cobra.Command, args []string) error {
			if asked.Row && len(args) == 2 || !asked.Row && len(args) == 0 {
				return nil
			}
			return errors.New("want --row and the names of a tab and of a label or category, or neither")
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if asked.Row {
				asked.Tab, asked.Label = args[0], args[1]
			}
			w, err := a.open()
			if err != nil {
				return err
			}
			rows, err := build.Log(w, asked)
			switch {
			case err != nil:
				return err
			case asked.Verify:
				return a.giveRows(logVerifyForm, rows)
			case a.format == "table":
				return a.printTable(build.LogInWords(rows))
			}
			return a.giveRows(logForm, rows)
		},
	}
	cmd.Flags().BoolVar(&asked.Row, "row", false, "only the row of this TAB and LABEL")
	cmd.Flags().BoolVar(&asked.Verify, "verify", false, "check the log instead")
	return cmd
}
