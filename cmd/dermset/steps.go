package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/dermset/dermset/findings"
	"github.com/dermset/dermset/results"
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
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.build(cmd, stepForms[verb], verb) },
	})
}

// stepForms are the forms of the steps' verbs.
var stepForms = map[string]results.Form{"generate": generateForm, "describe": describeForm, "crops": cropsForm,
	"twins": twinsForm, "split": splitForm, "soft": softForm, "publish": publishForm}

// runsSteps says whether a verb is there to run steps: others want some of them by the way.
func runsSteps(verb string) bool {
	_, is := stepForms[verb]
	return is || slices.Contains([]string{"build", "fetch", "check"}, verb)
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
				return a.buildWith(cmd, buildForm, build.RunApproved)
			}
			return a.build(cmd, buildForm, "publish")
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

func (a *app) build(cmd *cobra.Command, f results.Form, until string) error {
	return a.buildWith(cmd, f, func(ctx context.Context, w *workspace.Workspace) (workspace.Result, error) {
		return build.Run(ctx, w, until)
	})
}

func (a *app) buildWith(cmd *cobra.Command, f results.Form,
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
	return a.done(f, result, err)
}

// done shows what a run made, or the findings that kept it from ending, and whether a person has to look at something.
func (a *app) done(f results.Form, result workspace.Result, err error) error {
	switch {
	case err == nil:
		return cmp.Or(a.giveStep(f, result, ""), a.waiting(result))
	case len(result.Findings) == 0:
		return err
	case a.format != "json":
		return cmp.Or(a.printFindings(mappingCheckForm, result.Findings, false), err)
	}
	blocked := result
	blocked.Rows = nil
	return cmp.Or(a.giveStep(f, blocked, "blocked"), err)
}

// printClasses prints the classes that are trained on, and the nearest of those that are not.
func (a *app) printClasses(s workspace.ClassSummary) error {
	var err error
	if len(s.Rows) > 0 {
		title := "the classes that are trained on:"
		if n := len(s.Rows) - 1; s.Total > n && n > 0 {
			title = fmt.Sprintf("the %d smallest of %d classes that are trained on", n, s.Total)
			if s.Published {
				title += fmt.Sprintf(" (`%s` has all)", a.command("classes"))
			}
			title += ":"
		}
		err = cmp.Or(a.printLine(title), a.printTable(s.Columns, s.Rows))
	}
	if len(s.Near) > 0 && err == nil {
		err = a.printLine("below the threshold, the nearest first:")
	}
	for _, line := range s.Near {
		err = cmp.Or(err, a.printLine("  "+visible(line)))
	}
	return err
}

// giveStep gives what a run made, by a form of stepForm. How it ended is said, or seen by what waits.
func (a *app) giveStep(f results.Form, r workspace.Result, ends string) error {
	of := map[findings.Severity]int64{}
	for _, found := range r.Findings {
		of[found.Severity]++
	}
	var blocking [][]string
	switch {
	case ends != "":
		blocking = build.FindingsTable(r.Findings).Rows
	case r.Open > 0:
		ends = "waiting"
	default:
		ends = "done"
	}
	one := []string{ends, r.Version, r.Path, count(of[findings.Error]), count(of[findings.Review]),
		count(of[findings.Info]), count(int64(r.Open))}
	if a.format != "table" {
		return a.give(f, one, r.Rows, blocking)
	}
	if len(r.Rows) == 0 {
		return nil // a step whose answer is no table
	}
	return cmp.Or(a.give(f, one, r.Rows, blocking), a.printClasses(r.Classes))
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
	return a.table(planForm, func(w *workspace.Workspace) ([][]string, error) { return build.Plan(cmd.Context(), w) })
}
