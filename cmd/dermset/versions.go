package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
)

func (a *app) traceCommand() *cobra.Command {
	var version string
	cmd := &cobra.Command{
		Use:   "trace IMAGE_ID",
		Short: "Why is this image here, under this name, or why is it not?",
		Example: `  dermset trace ham10000/ISIC_0027419.jpg
  dermset trace ham10000/ISIC_0027419.jpg --version DXv27.0 --format json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.table([]string{"what", "value"}, func(w *workspace.Workspace) ([][]string, error) {
				return versions.Trace(cmd.Context(), w, version, args[0])
			})
		},
	}
	cmd.Flags().StringVar(&version, "version", "", "folder under dist/ (default: this workspace's version, or its draft)")
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
			w, err := a.open()
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
		return a.print(versions.ImageColumns, diff.Images)
	case a.format == "json":
		return a.printCounts(versions.WayColumns, diff.Ways, "images")
	case len(diff.Ways) == 0:
		_, err := fmt.Fprintln(a.stdout, "no image moved")
		return err
	}
	if err := a.print(versions.CauseColumns, diff.Causes); err != nil {
		return err
	}
	return a.print(versions.WayColumns, diff.Ways)
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
			w, err := a.open()
			if err != nil {
				return err
			}
			verified, err := versions.Verify(w, args[0])
			if err != nil {
				return err
			}
			also := "and the manifest is as manifest.sha256 says"
			if !verified.Sealed {
				also = "but there is no manifest.sha256 to hold the manifest against: an earlier dermset published this version"
			}
			if d := verified.Approved; d != nil {
				also += fmt.Sprintf("; %q approved it on %s, %s", d.Person, d.Time, d.Signature())
			}
			_, err = fmt.Fprintf(a.stdout, "%s: %d files are as the manifest says, %s\n", safe(args[0]), verified.Files,
				safe(also))
			return err
		},
	}
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "The version of dermset",
		Example: "  dermset version",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(a.stdout, "dermset %s\n", build.Version)
			return err
		},
	}
}

func completionCommand(root *cobra.Command) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:       "completion SHELL",
		Short:     "A completion script for bash, zsh, fish or powershell",
		Example:   "  source <(dermset completion bash)",
		ValidArgs: shells,
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
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
