package main

import (
	"cmp"

	"github.com/spf13/cobra"

	"github.com/dermset/dermset/workflow/build"
	"github.com/dermset/dermset/workflow/workspace"
)

func (a *app) fetchCommand() *cobra.Command {
	var o build.FetchOptions
	cmd := &cobra.Command{
		Use:   "fetch",
		Short: build.Step("fetch").Does,
		Long: build.Step("fetch").Does + `.
The store is images.store in dermset.yaml: s3://bucket/prefix or a folder; an object is
<store>/<source>/<image_path>. Every object is compared with what the store tells of it, and is kept
once, by its content, in work/blobs. Stopped at any moment, the next run goes on where this one was.
An object that fails is listed with its cause, and the others come; above
images.max_failed per cent the step fails.`,
		Example: `  dermset fetch --dry-run                     # what would come, how many bytes, from where
  dermset fetch
  dermset fetch --only failed                 # what failed the last time, again
  dermset fetch --only failed:missing`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.fetch(cmd, o) },
	}
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "say what would be fetched, write nothing")
	cmd.Flags().StringVar(&o.Only, "only", "", "fetch only what failed the last time: failed, or failed:REASON")
	return cmd
}

func (a *app) fetch(cmd *cobra.Command, o build.FetchOptions) error {
	w, err := a.open()
	if err != nil {
		return err
	}
	var result workspace.Result
	do := func() error {
		result, err = build.Fetch(cmd.Context(), w, o)
		return err
	}
	if o.DryRun {
		err = do()
	} else {
		err = w.Locked("fetch", do)
	}
	if err != nil && len(result.Findings) > 0 {
		if a.format == "json" {
			blocking := build.FindingsTable(result.Findings).Rows
			return cmp.Or(a.give(fetchForm, []string{"blocked", yes(o.DryRun)}, nil, blocking), err)
		}
		return cmp.Or(a.printFindings(mappingCheckForm, result.Findings, false), err)
	}
	return a.moved(cmd.Context(), fetchForm, result, o.DryRun, err)
}
