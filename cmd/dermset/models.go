package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dermset/dermset/models"
	"github.com/dermset/dermset/pictures"
	"github.com/dermset/dermset/results"
	"github.com/dermset/dermset/workflow/workspace"
)

func (a *app) modelsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "models",
		Short:   "Models for skin tone, image type and part of the body: try one on a folder",
		Example: "  dermset models doctor models/type.yaml ~/some-pictures",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.modelsDoctorCommand())
	return cmd
}

func (a *app) modelsDoctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor CARD FOLDER",
		Short: "What a model would say of the pictures of a folder, and whether its card looks right",
		Long: `Check a card and its model file, show the model every picture of a folder, and print what
it would say: value, confidence, and the three likeliest values. Nothing is kept. Ends with 3
when the card looks wrong: the model abstains for all, always says the same, or its output
cannot be read. Cards are described in docs/models.md. It needs a dermset that is built with
-tags onnx, and ONNX Runtime.`,
		Example: `  dermset models doctor models/type.yaml ~/some-pictures
  dermset models doctor models/type.yaml ~/some-pictures --format csv > said.csv`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.HasSuffix(args[0], ".csv") {
				return workspace.Usage(fmt.Errorf("%s: is no card (.yaml): predictions are read by `%s`", args[0],
					a.command("describe")))
			}
			card, err := models.ReadCard(a.cardIn(args[0]))
			if err != nil {
				return workspace.Usage(err)
			}
			if info, err := os.Stat(args[1]); err != nil || !info.IsDir() {
				return workspace.Usage(cmp.Or(err, fmt.Errorf("%s: is not a folder", args[1])))
			}
			files, err := pictures.Folder(cmd.Context(), args[1])
			if err != nil {
				return err
			}
			model, err := card.Start()
			if err != nil {
				return err
			}
			var shown []models.File
			for _, file := range files {
				shown = append(shown, models.File{Name: file.Name, Path: file.Path})
			}
			var rows [][]string
			warnings, err := models.Doctor(cmd.Context(), card, model, shown, func(said models.Said) error {
				rows = append(rows, saidRow(said))
				return nil
			})
			if err = errors.Join(err, model.Close()); err != nil {
				return err
			}
			for _, warning := range warnings {
				a.say("%s: %s", args[0], warning)
			}
			if err := a.giveRows(doctorForm, rows); err != nil {
				return err
			}
			if len(warnings) > 0 {
				return errWaiting
			}
			return nil
		},
	}
}

// cardIn is the folder that a card and its model file must lie in, and the card's path there: as for a build the
// workspace, if the card lies in it, else the card's own folder.
func (a *app) cardIn(card string) (dir, name string) {
	root, err := filepath.Abs(a.workspace)
	path, also := filepath.Abs(card)
	if err == nil && also == nil {
		if inside, err := filepath.Rel(root, path); err == nil && filepath.IsLocal(inside) {
			return a.workspace, filepath.ToSlash(inside)
		}
	}
	return filepath.Dir(card), filepath.Base(card)
}

// saidRow is the row of a picture.
func saidRow(said models.Said) []string {
	var likeliest []string
	for _, ranked := range said.Top {
		value := ranked.Value
		if value == "" {
			value = "none"
		}
		likeliest = append(likeliest, fmt.Sprintf("%s %.4f", value, ranked.Confidence))
	}
	confidence := ""
	if said.HasConfidence {
		confidence = fmt.Sprintf("%.4f", said.Confidence)
	}
	return []string{said.Name, said.Value, confidence, results.ListCell(likeliest), said.Problem}
}
