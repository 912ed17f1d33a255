package main

import (
	"cmp"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dermset/dermset/demo"
	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/desk"
	"github.com/dermset/dermset/workflow/workspace"
)

func (a *app) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "init [DIR]",
		Short:   "A new, empty workspace",
		Example: "  dermset init my-dataset",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := a.workspace
			if len(args) == 1 {
				dir = args[0]
			}
			if _, _, err := a.messages(); err != nil {
				return err
			}
			written, err := workspace.Init(dir)
			if err != nil && len(written) == 0 {
				return err
			}
			return cmp.Or(a.made(dir, written), err)
		},
	}
}

// made says which files of a workspace were written.
func (a *app) made(dir string, written []string) error {
	var rows [][]string
	for _, path := range written {
		if rows = append(rows, []string{path}); a.format == "table" {
			if err := a.printPath(path); err != nil {
				return err
			}
		}
	}
	if a.format == "table" {
		return nil
	}
	return a.give(initForm, []string{dir}, rows)
}

func (a *app) demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo [DIR]",
		Short: "A small generated workspace, ingested and built in seconds",
		Long: `A small generated workspace (six invented sources with patients, differentials, mergers,
exclusions and bad rows, and drawn pictures with masks and annotations, some there twice,
some broken), ingested and built in seconds, to look at. Nothing in it comes from a real
person. DIR is dermset-demo unless given; a demo that is there is built again.`,
		Example: "  dermset demo\n  dermset demo /tmp/demo && cd /tmp/demo && dermset trace clinic-atlas/atlas-0001.jpg",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				a.workspace = args[0]
			} else if !cmd.Flags().Changed("workspace") {
				a.workspace = "dermset-demo"
			}
			_, progress, err := a.messages()
			if err != nil {
				return err
			}
			drawn := progress.Step("draw")
			err = demo.Write(cmd.Context(), a.workspace)
			drawn()
			if err != nil {
				return err
			}
			w, err := a.open()
			if err != nil {
				return err
			}
			var result workspace.Result
			err = w.Locked("demo", func() error {
				ingested := w.Progress.Step("ingest")
				_, err := desk.Ingest(cmd.Context(), w, desk.IngestOptions{All: true, Force: true})
				ingested()
				if err != nil {
					return err
				}
				result, err = build.Run(cmd.Context(), w, "publish")
				return err
			})
			if err != nil {
				return err
			}
			if err := a.giveStep(demoForm, result, ""); err != nil {
				return err
			}
			a.say("what the sources declare, and the dataset CSVs made of it, are in %s/sources", a.workspace)
			a.say("the mapping is in %s/mapping/workbook", a.workspace)
			defer a.say("to see its pictures with their crops: `%s`", a.command("crops --sheet crops.html"))
			defer a.say("to ask about one image: `%s`", a.command("trace clinic-atlas/atlas-0001.jpg"))
			return a.waiting(result)
		},
	}
}

// command is a command line for the person who reads it: what to type where dermset was started,
// to run the verb on this workspace.
func (a *app) command(verb string) string {
	line := "dermset " + verb
	if path, err := os.Executable(); err == nil && strings.Contains(path, "go-build") {
		line = "go run ./cmd/" + line
	}
	if a.workspace == "." {
		return line
	}
	if strings.ContainsAny(a.workspace, " \t'\"$`\\") {
		return line + " --workspace " + strconv.Quote(a.workspace)
	}
	return line + " --workspace " + a.workspace
}
