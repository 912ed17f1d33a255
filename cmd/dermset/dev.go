package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dermset/dermset/workflow"
)

func (a *app) devCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "dev",
		Short:   "For trying out and for working on dermset itself",
		Example: "  dermset dev s3",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.devS3Command())
	return cmd
}

func (a *app) devS3Command() *cobra.Command {
	return &cobra.Command{
		Use:   "s3",
		Short: "A real S3 server on this machine alone, until Ctrl-C",
		Long: `A real S3 server (versitygw) on this machine alone, until Ctrl-C. It has one bucket, whose objects are the files below work/s3/pictures, and
keys that are made for this run. What it prints on stdout is what the shell of a client needs.`,
		Example: `  dermset dev s3                 # in one terminal; in another paste what it prints, and then
  aws s3 cp --recursive raw/ s3://pictures/
  dermset fetch                  # with images.store: s3://pictures`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			err := workflow.ServeS3(cmd.Context(), a.workspace, func(environment [][2]string, store string) {
				for _, kv := range environment {
					fmt.Fprintf(a.stdout, "export %s=%s\n", kv[0], kv[1])
				}
				a.say("the server runs; put images.store: %s into dermset.yaml. Ctrl-C ends it", store)
			})
			if cmd.Context().Err() != nil {
				return nil // it was meant to end
			}
			return err
		},
	}
}
