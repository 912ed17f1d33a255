package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
)

func (a *app) traceCommand() *cobra.Command {
	var version string
	cmd := &cobra.Command{
		Use:   "trace IMAGE",
		Short: "Why is this image here, under this name, or why is it not?",
		Long: `The way of one image through a version: its row in the source, its mapping and who decided it, class,
group, split, what it shows, or where and why it was rejected. An image is named by its image_id, by its
published file, by the name of its file or a part of its path, by the SHA-256 of its content (8 digits
or more), by a picture on this disk, or by its patient or lesion. Where that is several images they are
listed, and the exit code is 2.`,
		Example: `  dermset trace ham10000/ISIC_0027419.jpg
  dermset trace ISIC_0027419.jpg --version DXv27.0 --format json
  dermset trace 8924dce5                     # the beginning of its SHA-256
  dermset trace ~/Downloads/lesion.jpg       # which image is this file?`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			w, err := a.open()
			if err != nil {
				return err
			}
			one, rows, err := versions.Trace(cmd.Context(), w, version, args[0])
			if err == nil {
				return a.give(traceForm, one, rows)
			}
			if several, is := errors.AsType[*versions.Ambiguous](err); is {
				rows := make([][]string, len(several.First))
				for i, c := range several.First {
					rows[i] = c.Row()
				}
				return cmp.Or(a.giveRows(candidatesForm, rows), err)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&version, "version", "",
		"a version's name or folder (default: this workspace's version, or its draft)")
	return cmd
}

func (a *app) diffCommand() *cobra.Command {
	var each bool
	cmd := &cobra.Command{
		Use:   "diff V1 V2",
		Short: "What changed between two versions, and why: images in, out, moved to another class or split",
		Long: `Every image that is selected in one version alone, or stands in another class or split, or has other
codes or another picture, and the cause: source, withdrawal, mapping, picture, twin, exclusion, merge,
threshold, lock, split or codes. Of several causes the first of these counts that explains the move.
V1 and V2 are names of folders under dist/, or paths. As a table the causes and the ways are counted;
as CSV, or with --rows, each image has a row, whose detail names the very thing: tab and label with the
name before and after, the class with its counts, the other image. docs/versions.md has all of it.`,
		Example: `  dermset diff DXv27.0 DXv27.1-draft
  dermset diff DXv27.0 DXv27.1-draft --format csv > moved.csv    # a row an image
  dermset diff /mnt/archive/DXv26.0 dist/DXv27.1-draft --rows`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			w, err := a.openFor(args...)
			if err != nil {
				return err
			}
			each = each || a.format == "csv"
			diff, err := versions.Compare(cmd.Context(), w, args[0], args[1], each)
			if err != nil {
				return err
			}
			if err := a.printDiff(diff, each); err != nil {
				return err
			}
			if diff.Parted > 0 {
				a.say("%s", partedWords(diff))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&each, "rows", false, "a row an image instead of counts, as --format csv has anyway")
	return cmd
}

func (a *app) printDiff(diff *versions.Diff, each bool) error {
	switch {
	case each:
		return a.giveRows(diffRowsForm, diff.Images)
	case a.format == "json":
		return a.giveRows(diffForm, diff.Ways)
	case len(diff.Ways) == 0:
		return a.printLine("no image moved")
	}
	if err := a.printTable(versions.CauseColumns, diff.Causes); err != nil {
		return err
	}
	return a.giveRows(diffForm, diff.Ways)
}

// partedWords are about images in another split though their class is the same.
func partedWords(diff *versions.Diff) string {
	words := fmt.Sprintf("images in another split, though their class is the same: %d", diff.Parted)
	if diff.Lock == "" {
		return words
	}
	return words + fmt.Sprintf("; to keep splits, set split.lock: %s, and build again", diff.Lock)
}

func (a *app) verifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "verify VERSION",
		Short: "Check every file of a version against its manifest",
		Example: `  dermset verify DXv27.1-draft
  dermset verify /mnt/archive/DXv27.0      # a version's folder, wherever it is`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			w, err := a.openFor(args...)
			if err != nil {
				return err
			}
			verified, err := versions.Verify(w, args[0])
			if err != nil {
				return err
			}
			if a.format != "table" {
				return a.give(verifyForm, verifiedCells(verified))
			}
			also := "and the manifest is as manifest.sha256 says"
			if !verified.Sealed {
				also = "but there is no manifest.sha256 to hold the manifest against: an earlier dermset published this version"
			}
			if d := verified.Approved; d != nil {
				also += fmt.Sprintf("; %q approved it on %s, %s", d.Person, d.Time, d.Signature())
			}
			return a.printLine(safe(fmt.Sprintf("%s: %d files are as the manifest says, %s", args[0], verified.Files, also)))
		},
	}
}

func verifiedCells(v versions.Verified) []string {
	cells := []string{v.Name, filepath.ToSlash(v.Dir), count(int64(v.Files)), yes(v.Sealed), yes(v.Approved != nil),
		"", "", ""}
	if d := v.Approved; d != nil {
		cells[5], cells[6], cells[7] = d.Person, d.Time, d.Key
	}
	return cells
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "The version of dermset",
		Example: "  dermset version",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.version() },
	}
}

func (a *app) version() error {
	if _, _, err := a.messages(); err != nil {
		return err
	}
	if a.format == "table" {
		_, err := fmt.Fprintf(a.stdout, "dermset %s\n", build.Version)
		return err
	}
	return a.give(versionForm, []string{build.Version, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH})
}

// textOnly refuses to give what is no data in another form than text.
func (a *app) textOnly(what string) error {
	_, _, err := a.messages()
	if err == nil && a.format != "table" {
		err = workspace.Usage(fmt.Errorf("%s is text, and has no form --format %s: leave that flag out", what, a.format))
	}
	return err
}

func (a *app) completionCommand(root *cobra.Command) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:       "completion SHELL",
		Short:     "A completion script for bash, zsh, fish or powershell",
		Example:   "  source <(dermset completion bash)",
		ValidArgs: shells,
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.textOnly("a completion script"); err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			}
			return root.GenPowerShellCompletionWithDesc(out)
		},
	}
}
