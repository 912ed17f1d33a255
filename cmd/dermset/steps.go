package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/workspace"
)

// stepCommand is the verb of one step: it brings the steps up to and with it up to date.
func (a *app) stepCommand(verb, example string) *cobra.Command {
	step := build.Step(verb)
	return a.withDryRun(&cobra.Command{
		Use:     verb,
		Short:   step.Does,
		Long:    step.Does + ".\nEarlier steps run first where something they depend on changed.",
		Example: example,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.build(cmd, verb) },
	})
}

func (a *app) buildCommand() *cobra.Command {
	var approved bool
	cmd := a.withDryRun(&cobra.Command{
		Use:   "build",
		Short: "All steps: from dataset CSVs and mapping to a version in dist/",
		Long: `All steps: from dataset CSVs and mapping to a version in dist/. A step runs only where
something it depends on changed.
A state that was approved gives the version itself, read-only and for good; any other a draft.
Ends with 3 when it is done and findings wait for a person, which is usual for a draft.`,
		Example: `  dermset build
  dermset build --workspace ~/dx --workers 8
  dermset plan                    # what would run, and why`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if approved {
				return a.buildWith(cmd, build.RunApproved)
			}
			return a.build(cmd, "publish")
		},
	})
	cmd.Flags().BoolVar(&approved, "require-approval", false, "fail rather than build a draft")
	return cmd
}

// withDryRun gives a verb that writes the flag to say what it would run instead.
func (a *app) withDryRun(cmd *cobra.Command) *cobra.Command {
	dryRun := cmd.Flags().Bool("dry-run", false, "say what would run and why, write nothing")
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *dryRun {
			return a.plan(cmd)
		}
		return run(cmd, args)
	}
	return cmd
}

func (a *app) build(cmd *cobra.Command, until string) error {
	return a.buildWith(cmd, func(ctx context.Context, w *workspace.Workspace) (workspace.Result, error) {
		return build.Run(ctx, w, until)
	})
}

func (a *app) buildWith(cmd *cobra.Command,
	run func(context.Context, *workspace.Workspace) (workspace.Result, error)) error {
	w, err := a.open()
	if err != nil {
		return err
	}
	var result workspace.Result
	err = w.Locked(cmd.Name(), func() error {
		result, err = run(cmd.Context(), w)
		return err
	})
	return a.done(result, err)
}

// done shows what a run made, or why it did not end, and whether a person has to look at something.
func (a *app) done(result workspace.Result, err error) error {
	if err != nil {
		return a.blocked(result, err)
	}
	if err := a.printCounts(result.Columns, result.Rows, result.Counts); err != nil {
		return err
	}
	return a.waiting(result)
}

// blocked shows the findings that kept a run from ending, if such did, and returns its error.
func (a *app) blocked(result workspace.Result, err error) error {
	if len(result.Findings) > 0 {
		return cmp.Or(a.printFindings(result.Findings), err)
	}
	return err
}

// waiting says where to look, and ends with 3 when a person has to.
func (a *app) waiting(result workspace.Result) error {
	for _, line := range result.Look {
		a.say("%s", line)
	}
	if result.Open > 0 {
		waits := fmt.Sprintf("%d findings wait", result.Open)
		if result.Open == 1 {
			waits = "1 finding waits"
		}
		a.say("%s for a person: see `%s`", waits, a.command("mapping check"))
		return errWaiting
	}
	return nil
}

func (a *app) planCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "plan",
		Short:   "What a build would run, and why",
		Example: "  dermset plan\n  dermset plan --format json",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.plan(cmd) },
	}
}

func (a *app) plan(cmd *cobra.Command) error {
	columns := []string{"step", "what it does", "runs", "because"}
	return a.table(columns, func(w *workspace.Workspace) ([][]string, error) { return build.Plan(cmd.Context(), w) })
}
