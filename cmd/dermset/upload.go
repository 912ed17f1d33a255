package main

import (
	"cmp"
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/workflow/desk"
	"github.com/dermset/dermset/workflow/versions"
	"github.com/dermset/dermset/workflow/workspace"
)

func (a *app) sourceUploadCommand() *cobra.Command {
	var o desk.UploadOptions
	var all bool
	cmd := &cobra.Command{
		Use:   "upload NAME | --all",
		Short: "A source's pictures and tables → the store, where fetch looks for them",
		Long: `Every image and mask that <name>_dataset.csv names goes from the raw folder to
<images.store>/<name>/, where fetch looks for it, and the dataset CSV, the renaming CSV
and source.yaml to <images.store>/<name>/.dermset/. What is there already with equal
bytes is not sent again. A picture with other bytes is listed and left as it is, unless
images.changed is accept; tables are replaced. Pictures that curation/withdrawn.csv
takes out stay here. Of a source with pictures: none the tables go alone. Stopped at any moment,
the next run goes on where this one was. With --all a source that fails is said and the next one
goes; a store that cannot be used at all ends the run.`,
		Example: `  dermset source upload ham10000 --dry-run              # what would go, how many bytes, where
  dermset source upload ham10000                        # pictures are in sources/ham10000/raw
  dermset source upload ham10000 --raw ~/raw/ham10000
  dermset source upload --all --raw ~/raw               # each source's pictures are in ~/raw/<name>`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return workspace.Usage(errors.New("name the source to upload, or give --all"))
			}
			if all {
				return a.upload(cmd.Context(), uploadAllForm, o.DryRun, func(w *workspace.Workspace) (workspace.Result, error) {
					return desk.UploadAll(cmd.Context(), w, o)
				})
			}
			return a.upload(cmd.Context(), sourceUploadForm, o.DryRun, func(w *workspace.Workspace) (workspace.Result, error) {
				return desk.UploadSource(cmd.Context(), w, args[0], o)
			})
		},
	}
	cmd.Flags().StringVar(&o.Raw, "raw", "",
		"folder of the pictures; with --all the folder that holds one per source (default sources/NAME/raw)")
	cmd.Flags().BoolVar(&all, "all", false, "every source")
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "say what would be uploaded, write nothing")
	return cmd
}

func (a *app) uploadCommand() *cobra.Command {
	var to string
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "upload VERSION --to URL",
		Short: "A version of dist/ → a store",
		Long: `Every file of a version's manifest goes to <URL>/<version>/, and the manifest last, so that
who finds it finds all. The files here are first checked against the manifest. What is there
already with equal bytes is not sent again. A draft is replaced: the manifest of the older one
is taken away before anything else changes, which needs the right to delete it. A finished
version that is there with other bytes is an error, and nothing is changed. Objects that are
no part of the version are listed, and stay. Stopped at any moment, the next run goes on where
this one was.`,
		Example: `  dermset upload DXv27.1 --to s3://bucket/versions --dry-run
  dermset upload DXv27.1 --to s3://bucket/versions      # to s3://bucket/versions/DXv27.1/
  dermset upload DXv27.1-draft --to /mnt/share/drafts`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if to == "" {
				return workspace.Usage(errors.New("--to is missing, want s3://bucket/prefix or a folder to upload to"))
			}
			return a.upload(cmd.Context(), uploadForm, dryRun, func(w *workspace.Workspace) (workspace.Result, error) {
				return versions.Upload(cmd.Context(), w, args[0], to, dryRun)
			})
		},
	}
	cmd.Flags().StringVar(&to, "to", "",
		"s3://bucket/prefix or a folder, with options as in images.store")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be uploaded, write nothing")
	return cmd
}

// upload runs an upload, which writes nothing to the workspace, and prints what went,
// also beside an error about the rest.
func (a *app) upload(ctx context.Context, f results.Form, dryRun bool,
	do func(*workspace.Workspace) (workspace.Result, error)) error {
	w, err := a.open()
	if err != nil {
		return err
	}
	result, err := do(w)
	return a.moved(ctx, f, result, dryRun, err)
}

// moved prints what became of objects, also beside an error about the rest, and returns the error.
func (a *app) moved(ctx context.Context, f results.Form, r workspace.Result, dryRun bool, err error) error {
	if none := len(r.Rows) == 0; none && (err != nil || a.format == "table") || err != nil && ctx.Err() != nil {
		return err
	}
	ends := "done"
	if err != nil {
		ends = "failed"
	}
	return cmp.Or(a.give(f, []string{ends, yes(dryRun)}, r.Rows, nil), err)
}
