package main

import (
	"fmt"
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
			written, err := workspace.Init(dir)
			for _, path := range written {
				fmt.Fprintln(a.stdout, safe(path))
			}
			return err
		},
	}
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
			if err := demo.Write(a.workspace); err != nil {
				return err
			}
			w, err := a.open()
			if err != nil {
				return err
			}
			var result workspace.Result
			err = w.Locked("demo", func() error {
				if _, err := desk.Ingest(cmd.Context(), w, desk.IngestOptions{All: true, Force: true}); err != nil {
					return err
				}
				result, err = build.Run(cmd.Context(), w, "publish")
				return err
			})
			if err != nil {
				return err
			}
			if err := a.print(result.Columns, result.Rows); err != nil {
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
