package main

import (
	"github.com/spf13/cobra"

	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
)

func (a *app) downloadCommand() *cobra.Command {
	var from string
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "download VERSION --from URL",
		Short: "A version from a store → dist/",
		Long: `The twin of upload: every file of <URL>/<version>/manifest.json comes into dist/<version>/, whole or
not at all. Each is held against the manifest, and that against manifest.sha256, before the version
appears. A version that is in dist/ already stays: an equal one is verified, another one is an error.
An upload that has not ended is refused. Stopped at any moment, the next run goes on where this one
was: what has come waits in dist/.<version>.download.`,
		Example: `  dermset download DXv27.0 --from s3://bucket/versions --dry-run
  dermset download DXv27.0 --from s3://bucket/versions   # from s3://bucket/versions/DXv27.0/
  dermset download DXv27.0 --from /mnt/share/versions`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			w, err := a.open()
			if err != nil {
				return err
			}
			var result workspace.Result
			do := func() error {
				result, err = versions.Download(cmd.Context(), w, args[0], from, dryRun)
				return err
			}
			if dryRun {
				err = do()
			} else {
				err = w.Locked("download", do)
			}
			return a.moved(cmd.Context(), downloadForm, result, dryRun, err)
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "s3://bucket/prefix or a folder, with options as in images.store")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be downloaded, write nothing")
	return cmd
}
