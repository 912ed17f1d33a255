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
	var all bool
	cmd := &cobra.Command{
		Use:     "diff V1 V2",
		Short:   "What changed between two versions: images in, out, moved to another class or split",
		Example: "  dermset diff DXv27.0 DXv27.1-draft\n  dermset diff DXv27.0 DXv27.1-draft --rows --format csv",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			w, err := a.open()
			if err != nil {
				return err
			}
			columns, rows, err := versions.Diff(cmd.Context(), w, args[0], args[1], all)
			if err != nil {
				return err
			}
			return a.print(columns, rows)
		},
	}
	cmd.Flags().BoolVar(&all, "rows", false, "a row per image instead of counts")
	return cmd
}

func (a *app) verifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "verify VERSION",
		Short:   "Check every file of a version against its manifest",
		Example: "  dermset verify DXv27.1-draft",
		Args:    cobra.ExactArgs(1),
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
			_, err = fmt.Fprintf(a.stdout, "%s: %d files are as the manifest says, %s\n", safe(args[0]), verified.Files, also)
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
